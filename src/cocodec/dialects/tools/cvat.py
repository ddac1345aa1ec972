"""CVAT, and datumaro, which writes its files: a zip of one JSON a subset and task, and images.

Read: subsets and tasks of the archive, attributes, score, boxes as ``[]``. Normal for it: RLE as
lists, and iscrowd 1 wherever a mask is RLE; an area of pixels; empty info, one empty license,
`date_captured` 0.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.dialects.common_form import SUBSET_KEYS, TASKS, Canon, Row, Work
from cocodec.dialects.dialect import Clue, Dialect, keys, order, value
from cocodec.dialects.evidence import Evidence
from cocodec.dialects.kept_rings import is_kept
from cocodec.dialects.made_rows import Made
from cocodec.dialects.mask_form import as_polygons, as_rle_dicts, straighten_boxes
from cocodec.dialects.plain_rows import (
    Printed,
    PrintedRows,
    compose,
    printed_integers,
    stretches_of,
)
from cocodec.dialects.reading import task_and_subset
from cocodec.dialects.report import Place
from cocodec.dialects.rows import box_of, crowd_flag, has_box
from cocodec.dialects.shapes import masks_of
from cocodec.dialects.tools.cvat_names import fit_names
from cocodec.dialects.tools.cvat_panoptic import Picture, panoptic_images
from cocodec.dialects.tools.cvat_values import fit_values, score_of
from cocodec.documents.places import Places

__all__ = ["DIALECT", "write"]

_INFO = ("contributor", "date_created", "description", "url", "version", "year")
_BATCH = 1024  # rows whose masks are held at once
_NOTHING_SAID: Row = {"occluded": False}  # one for all rows
_DIGITS = 2  # decimals of a coordinate
_OBJECTS = ((), ("instances",))  # tasks of a row that is an object, and nothing more
_FLOAT = re.compile(rb"[^.]*\..*")
_FITTING_BOX = re.compile(rb"\[(?:-?\d+\.\d{1,2},?){4}\]")  # of a text that is a box


def _has_occluded(found: Evidence) -> bool:
    rows = [row.get("attributes") for row in found.rows("annotations")]
    return any(isinstance(row, dict) and "occluded" in row for row in rows)


def _is_archive(found: Evidence) -> bool:
    return any(task_and_subset(name)[0] is not None for name in found.names)


def _has_empty_license(found: Evidence) -> bool:
    rows = found.rows("licenses")
    return len(rows) == 1 and rows[0] == {"name": "", "id": 0, "url": ""}


DIALECT = Dialect(
    "cvat",
    "CVAT / datumaro",
    "https://docs.cvat.ai/docs/manual/advanced/formats/format-coco/",
    "subsets and tasks of a zip, attributes, score, rotation, track_id and keyframe",
    (
        "boxes with segmentation []",
        "iscrowd 1 means that the mask is RLE",
        "RLE as a list of counts",
        "area is the number of pixels",
        "empty info, a license without a name, date_captured 0",
        "attributes.occluded",
    ),
    (
        order(
            "root", "licenses", "info", "categories", "images", "annotations", says="licenses first"
        ),
        Clue("attributes.occluded", _has_occluded),
        Clue("one license without a name", _has_empty_license),
        value("images", "date_captured", lambda v: v == 0 and v is not False, "date_captured 0"),
        value("info", "year", lambda v: v == "", "year ''"),
        Clue("annotations/<task>_<subset>.json", _is_archive, 3),
        keys("annotations", "attributes", weight=1),
    ),
    writable=("cvat",),
)


def write(canon: Canon, work: Work) -> list[tuple[str, Any]]:
    """The archive's members, one JSON a subset and task, and PNGs: their names and contents."""
    _decode_others(canon)
    straighten_boxes(canon, work)
    fit_names(canon, work)
    fit_values(canon, work)
    _read_attributes(canon, work)
    _round_rings(canon, work)
    crowds = [
        i
        for i, row in canon.annotations.decoded()
        if canon.has_mask[i] and (row["iscrowd"] or isinstance(row["segmentation"], dict))
    ]
    as_rle_dicts(canon, crowds, "list", work)
    rows = _rows_by_task(canon, work)
    archive = _Archive(canon)
    _add_rows(archive, rows, canon, work)
    _to_masks(archive, rows.get("stuff", ()), canon, work)
    if "panoptic" in rows:
        said, pictures = panoptic_images(canon, rows["panoptic"], work)
        for number, row in said.items():
            archive.add("panoptic", number, row)
            archive.add_picture(number, row["file_name"], pictures[row["file_name"]])
    wanted = work.options.tasks
    for subset in dict.fromkeys(canon.subsets or ["default"]):
        if (wanted and "image_info" in wanted) or not archive.covers(subset):
            archive.member("image_info", subset)
    _lose_roots(canon, "panoptic" in rows, work)
    for root in archive.members.values():
        if canon.annotations.plain.any():
            root["annotations"] = _made_rows(root["annotations"], canon, work)
    return [*archive.members.items(), *archive.pictures.items()]


def _decode_others(canon: Canon) -> None:
    """Decode the plain rows that are not written as they are: what is rounded, crowds, stuff."""
    columns, rows = canon.annotations.columns, canon.annotations.plain_rows()
    if columns is None or len(rows) == 0:
        return
    good = columns.coarse[rows] & (columns.crowds[rows] == 0) & (columns.ids[rows] > 0)
    good &= np.fromiter((canon.tasks[i] in _OBJECTS for i in rows.tolist()), bool, len(rows))
    good &= _fit(columns.box_places(rows), _FITTING_BOX)
    good &= _fit(columns.area_places(rows), _FLOAT)
    canon.annotations.decode(rows[~good])


def _fit(values: Places, pattern: re.Pattern[bytes]) -> NDArray[np.bool_]:
    """Whether the text of each value is as a pattern has it."""
    text = _core.join_values(values.rows())[1:-1]
    ends = np.cumsum(values.spans[:, 1] - values.spans[:, 0] + 1).tolist()
    match = pattern.fullmatch
    begins = [0, *ends]
    return np.fromiter(
        (match(text, a, b - 1) is not None for a, b in zip(begins, ends, strict=False)),
        bool,
        len(ends),
    )


def _made_rows(rows: list[Any], canon: Canon, work: Work) -> Made:
    """The rows of a document, in which numbers are plain annotations, as they are written."""
    numbers = array("q", (row if type(row) is int else -1 for row in rows))

    def made() -> Iterator[Any]:
        for first in range(0, len(rows), _BATCH):
            some = np.array(numbers[first : first + _BATCH], np.int64)
            text, ends = _printed(some[some >= 0], canon)
            begins, at = [0, *ends.tolist()], np.concatenate([[0], np.cumsum(some >= 0)]).tolist()
            for begin, end in stretches_of(some >= 0):
                if some[begin] >= 0:
                    yield Printed(text[begins[at[begin]] : begins[at[end]] - 1], end - begin)
                else:
                    yield from rows[first + begin : first + end]

    work.report.annotations += len(rows)
    return Made(made)


def _printed(rows: NDArray[np.int64], canon: Canon) -> PrintedRows:
    """Plain rows as CVAT has them, with a comma behind each."""
    columns = canon.annotations.columns
    if columns is None or len(rows) == 0:
        return b"", rows
    pieces = (
        *(b'{"id":', printed_integers(columns.ids[rows])),
        *(b',"image_id":', printed_integers(columns.images[rows])),
        *(b',"category_id":', printed_integers(columns.categories[rows])),
        *(b',"segmentation":[', columns.inner_places(rows)),
        *(b'],"area":', columns.area_places(rows)),
        *(b',"bbox":', columns.box_places(rows)),
        b',"iscrowd":0,"attributes":%s},' % msgspec.json.encode(_NOTHING_SAID),
    )
    return compose(pieces, len(rows))


def _add_rows(archive: _Archive, rows: dict[str, array[int]], canon: Canon, work: Work) -> None:
    """Put rows into the documents of their tasks; each is made once, and reported once.

    A row of one task takes the place of the one that it is made from: there are many.
    """
    several, plain = len(rows) > 1, canon.annotations.plain.tolist()
    images = canon.annotations.image_ids() if any(plain) else []
    times = Counter(i for of_task in rows.values() for i in of_task) if several else {}
    made: dict[int, Row] = {}
    for task in TASKS:  # in one order, whatever came first
        for i in rows.get(task, ()) if task != "panoptic" else []:
            if plain[i]:  # made when it is written
                archive.add(task, images[i], i)
                continue
            row = canon.annotations[i]
            if times.get(i, 1) == 1:
                canon.annotations[i] = written = _annotation(i, canon, work)
            else:
                if i not in made:
                    made[i] = _annotation(i, canon, work)
                written = dict(made[i])
            if task == "person_keypoints":
                seen = sum(v > 0 for v in row["keypoints"][2::3])
                written["keypoints"] = row["keypoints"]
                written["num_keypoints"] = row.get("num_keypoints") or seen
            archive.add(task, row["image_id"], written)


class _Archive:
    """The members of an archive, as they fill."""

    def __init__(self, canon: Canon) -> None:
        self.members: dict[str, Row] = {}
        self.pictures: dict[str, Picture] = {}
        self._canon = canon
        self._subset_of = {
            image["id"]: subset for image, subset in zip(canon.images, canon.subsets, strict=True)
        }

    def add(self, task: str, image: int, row: Row | int) -> None:
        """Put a row into the document of its task and of its image's subset."""
        self.member(task, self._subset_of[image])["annotations"].append(row)

    def add_picture(self, image: int, name: str, picture: Picture) -> None:
        """Put an image's PNG beside the panoptic document of its subset."""
        self.pictures[f"annotations/panoptic_{self._subset_of[image]}/{name}"] = picture

    def covers(self, subset: str) -> bool:
        """Whether there is a document of this subset."""
        return any(f"annotations/{task}_{subset}.json" in self.members for task in TASKS)

    def name_of(self, task: str, image: int) -> str:
        """The name of the document of a task that an image's rows are in."""
        return f"annotations/{task}_{self._subset_of[image]}.json"

    def member(self, task: str, subset: str) -> Row:
        """The document of a task and subset, made if there is none."""
        name = f"annotations/{task}_{subset}.json"
        if name not in self.members:
            self.members[name] = _root(task, subset, self._canon)
        return self.members[name]


def _rows_by_task(canon: Canon, work: Work) -> dict[str, array[int]]:
    """The annotations that each task has: what is asked for, or else what rows come from or are."""
    wanted = work.options.tasks
    out: dict[str, array[int]] = {}
    plain = canon.annotations.plain.tolist()
    for i in range(len(canon.annotations)):
        if plain[i]:
            out.setdefault("instances", array("q")).append(i)
            continue
        fits = _fitting(i, canon, work)
        own = wanted if wanted is not None else (canon.tasks[i] or ())
        tasks = [task for task in fits if task in own]
        if not tasks and wanted is None:
            tasks = fits[:1]
        if "person_keypoints" in fits and "person_keypoints" not in tasks:
            if wanted is None:
                tasks = [*(task for task in tasks if task != "instances"), "person_keypoints"]
            else:
                work.report.lose("keypoints, whose task is not asked for", canon.places[i])
        if not tasks and fits:
            what = f"rows that could be {' or '.join(fits)}, which is not asked for"
            work.report.lose(what, canon.places[i])
        for task in tasks:
            out.setdefault(task, array("q")).append(i)
    return out


def _fitting(i: int, canon: Canon, work: Work) -> list[str]:
    """The tasks that could have a row; none if CVAT has no word for it, which is reported."""
    row, place, kind = canon.annotations[i], canon.places[i], canon.kinds[i]
    if kind == "panoptic":
        work.report.lose("panoptic rows, whose masks are in images", place)
        return []
    if kind == "caption" and not isinstance(row.get("caption"), str):
        work.report.lose("captions that are no texts", place)
        return []
    if kind != "instance":
        return ["captions" if kind == "caption" else "labels"]
    masked = ["stuff", "panoptic"] if canon.has_mask[i] else []
    if not has_box(row) and box_of(row) is None:
        work.report.lose("objects without mask and box", place)
        return []
    return ["instances", *(["person_keypoints"] if row.get("keypoints") else []), *masked]


def _to_masks(archive: _Archive, rows: Sequence[int], canon: Canon, work: Work) -> None:
    """Stuff is masks: what has rings elsewhere is RLE in this task."""
    ringed = [i for i in rows if not isinstance(canon.annotations[i]["segmentation"], dict)]
    if not ringed:
        return
    spelled = dict(zip(ringed, masks_of(canon, ringed, work).to_coco("list"), strict=True))
    written: dict[str, Iterator[Row]] = {
        name: iter(root["annotations"])
        for name, root in archive.members.items()
        if task_and_subset(name)[0] == "stuff"
    }
    for i in rows:
        row = next(written[archive.name_of("stuff", canon.annotations[i]["image_id"])])
        if i in spelled:
            row["segmentation"], row["iscrowd"] = spelled[i], 1
            work.report.change("rings made RLE in the task stuff", canon.places[i])


def _read_attributes(canon: Canon, work: Work) -> None:
    """CVAT's page: attributes score and is_crowd are the annotation's score, and an RLE mask."""
    ringed = []
    for i, row in canon.annotations.decoded():
        attributes = row.get("attributes")
        if not isinstance(attributes, dict):
            continue
        score, crowd = score_of(attributes.get("score")), crowd_flag(attributes.get("is_crowd", 0))
        attributes = dict(attributes)
        if score is not None and row.get("score", score) == score:
            del attributes["score"]
            row["score"] = score
            work.report.change("attributes.score made the annotation's score", canon.places[i])
        if canon.kinds[i] == "instance" and "is_crowd" in attributes and crowd is not None:
            del attributes["is_crowd"]
            row["iscrowd"] = crowd
            ringed += [i] * (canon.has_mask[i] and not crowd)
            what = "an RLE mask" if crowd else "rings"
            work.report.change(f"attributes.is_crowd made {what}", canon.places[i])
        row["attributes"] = attributes
    as_polygons(canon, ringed, work)


def _root(task: str, subset: str, canon: Canon) -> Row:
    own = [i for i, one in enumerate(canon.subsets) if one == subset]
    categories = [] if task in ("captions", "image_info") else canon.categories
    return {
        "licenses": canon.licenses or [{"name": "", "id": 0, "url": ""}],
        "info": {key: canon.info[key] if canon.info.get(key) is not None else "" for key in _INFO},
        "categories": [_category(row, task) for row in categories],
        "images": Made(lambda: (_image(canon.images[i]) for i in own)),
        "annotations": [],
    }


def _image(image: Row) -> Row:
    defaults = {"license": 0, "flickr_url": "", "coco_url": "", "date_captured": 0}
    first = {key: image.get(key) for key in ("id", "width", "height", "file_name")}
    said = {key: image[key] for key in defaults if image.get(key) is not None}
    return {**first, **defaults, **said}


def _category(row: Row, task: str) -> Row:
    out = {"id": row["id"], "name": row["name"], "supercategory": row.get("supercategory") or ""}
    if task == "person_keypoints":
        points, bones = row.get("keypoints"), row.get("skeleton")
        out["keypoints"] = points if isinstance(points, list) else []
        out["skeleton"] = bones if isinstance(bones, list) else []
    if task == "panoptic":
        out["isthing"] = row.get("isthing", 0)
        out.update({"color": row["color"]} if "color" in row else {})
    return out


def _annotation(i: int, canon: Canon, work: Work) -> Row:
    """The row as CVAT has it, but for keypoints."""
    row, place, kind = canon.annotations[i], canon.places[i], canon.kinds[i]
    if kind != "instance":
        used = ("id", "image_id", "category_id", *(["caption"] if kind == "caption" else []))
        used = (*used, *(["score"] if "score" in row else []))
        out = {key: row.get(key, 0) for key in used}
        work.report.lose_keys(row, (*used, "attributes"), "annotation", place)
        if row.get("attributes"):
            _add_attributes(out, row)
            if "occluded" not in row["attributes"]:
                del out["attributes"]["occluded"]  # only shapes can be
        return out
    out = _instance(row, place, work)
    known = (*out, "keypoints", "num_keypoints", "attributes", "segment_id", "isthing")
    work.report.lose_keys(row, known, "annotation", place)
    return out


def _instance(row: Row, place: Place, work: Work) -> Row:
    out = {key: row[key] for key in ("id", "image_id", "category_id", "segmentation")}
    out["area"] = float(row.get("area", 0))
    out["bbox"] = _box(row, place, work)
    out["iscrowd"] = int(isinstance(row["segmentation"], dict))
    if out["iscrowd"] != row["iscrowd"]:
        why = "1, the mask is RLE" if out["iscrowd"] else "0, there is no mask"
        work.report.change(f"iscrowd made {why}", place)
    if "score" in row:
        out["score"] = row["score"]
    _add_attributes(out, row)
    return out


def _box(row: Row, place: Place, work: Work) -> Any:
    said = row["bbox"]
    if type(said) is bytes and _FITTING_BOX.fullmatch(said):
        return said
    said = box_of(row) or said
    box = [round(float(x), _DIGITS) for x in said]
    if box != said:
        work.report.change(f"bboxes rounded to {_DIGITS} decimals", place)
    elif set(map(type, said)) == {float}:
        return said  # one list less
    return box


def _add_attributes(out: Row, row: Row) -> None:
    """CVAT has one flat object; Encord's classifications are flattened into it."""
    own = row.get("attributes")
    attributes = dict(own) if isinstance(own, dict) else {} if own is None else {"attributes": own}
    answers = attributes.get("classifications")
    if isinstance(answers, dict):
        del attributes["classifications"]
        attributes = {**answers, **attributes}
    if not attributes:
        out["attributes"] = _NOTHING_SAID
        return
    out["attributes"] = {**attributes, "occluded": attributes.get("occluded", False)}


def _round_rings(canon: Canon, work: Work) -> None:
    """Round coordinates as CVAT does when it reads them, and say whose pixels that changes."""
    changed: list[int] = []
    lost: list[int] = []
    others = np.flatnonzero(~canon.annotations.plain).tolist()
    for first in range(0, len(others), _BATCH):
        rounded: dict[int, list[Any]] = {}
        for i in others[first : first + _BATCH]:
            row = canon.annotations[i]
            if not canon.has_mask[i] or isinstance(row["segmentation"], dict) or row["iscrowd"]:
                continue
            if all(is_kept(r) and work.texts.has_decimals(r, _DIGITS) for r in row["segmentation"]):
                continue
            rings = work.texts.plain(row["segmentation"])
            new = [[round(float(x), _DIGITS) for x in ring] for ring in rings]
            if new != rings:
                rounded[i] = new
            else:
                row["segmentation"] = new
        changed += rounded
        lost += _set_rings(canon, rounded, work)
    if changed:
        work.report.change(
            f"coordinates rounded to {_DIGITS} decimals", canon.places[changed[0]], len(changed)
        )
    for i in lost:
        work.report.lose("pixels at the edge, by rounding", canon.places[i])


def _set_rings(canon: Canon, rings: dict[int, list[Any]], work: Work) -> list[int]:
    """Give annotations other rings; returns those whose mask that changes."""
    rows = list(rings)
    before = masks_of(canon, rows, work)
    for i, new in rings.items():
        canon.annotations[i]["segmentation"] = new
    changed = before.symmetric_difference(masks_of(canon, rows, work)).area()
    return [rows[k] for k in np.flatnonzero(changed).tolist()]


def _lose_roots(canon: Canon, panoptic: bool, work: Work) -> None:
    report = work.report
    report.lose_keys(canon.fields, (), "root")
    report.lose_keys(canon.info, _INFO, "info")
    known = ("id", "width", "height", "file_name", "license", "flickr_url", "coco_url")
    report.lose_keys_of_all(canon.images, (*known, "date_captured", *SUBSET_KEYS), "image")
    for row in canon.categories:
        used = ("id", "name", "supercategory", "keypoints", "skeleton")
        more = ("isthing", "color") if panoptic else ()
        report.lose_keys(row, (*used, *more), "category")
