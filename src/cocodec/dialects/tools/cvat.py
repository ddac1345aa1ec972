"""CVAT, and datumaro, which writes its files: a zip of one JSON a subset and task, and images.

Read: subsets and tasks of the archive, attributes, score, boxes as ``[]``. Normal for it: RLE as
lists, and iscrowd 1 wherever a mask is RLE; an area of pixels; empty info, one empty license,
`date_captured` 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.dialect import Clue, Dialect, keys, order, value
from cocodec.dialects.evidence import Evidence
from cocodec.dialects.kept_rings import is_kept
from cocodec.dialects.mask_form import as_polygons, as_rle_dicts
from cocodec.dialects.measures import box_of, is_number
from cocodec.dialects.reading import task_and_subset
from cocodec.dialects.report import Place
from cocodec.dialects.rows import crowd_flag
from cocodec.dialects.shapes import masks_of

__all__ = ["DIALECT", "write"]

_INFO = ("contributor", "date_created", "description", "url", "version", "year")
_BATCH = 4096  # rows whose masks are held at once
_DIGITS = 2  # decimals of a coordinate


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
    """The archive's JSON members, one a subset and task: their names and roots."""
    _number_categories(canon, work)
    _read_attributes(canon, work)
    _round_rings(canon, work)
    crowds = [
        i
        for i, row in enumerate(canon.annotations)
        if canon.has_mask[i] and (row["iscrowd"] or isinstance(row["segmentation"], dict))
    ]
    as_rle_dicts(canon, crowds, "list", work)
    members: dict[str, Row] = {}
    subset_of = {
        image["id"]: subset for image, subset in zip(canon.images, canon.subsets, strict=True)
    }
    for i, row in enumerate(canon.annotations):
        task, written = _annotation(i, canon, work)
        if written is not None:
            name = f"annotations/{task}_{subset_of[row['image_id']]}.json"
            _member(members, name, canon)["annotations"].append(written)
    covered = {task_and_subset(name)[1] for name in members}
    for subset in dict.fromkeys(canon.subsets):
        if subset not in covered:
            _member(members, f"annotations/image_info_{subset}.json", canon)
    _lose_roots(canon, work)
    return list(members.items())


def _read_attributes(canon: Canon, work: Work) -> None:
    """CVAT's page: attributes score and is_crowd are the annotation's score, and an RLE mask."""
    ringed = []
    for i, row in enumerate(canon.annotations):
        attributes = row.get("attributes")
        if not isinstance(attributes, dict):
            continue
        score, crowd = attributes.get("score"), crowd_flag(attributes.get("is_crowd", 0))
        attributes = dict(attributes)
        if is_number(score) and row.get("score", score) == score:
            row["score"] = attributes.pop("score")
            work.report.change("attributes.score made the annotation's score", canon.places[i])
        if canon.kinds[i] == "instance" and "is_crowd" in attributes and crowd is not None:
            del attributes["is_crowd"]
            row["iscrowd"] = crowd
            ringed += [i] * (canon.has_mask[i] and not crowd)
            what = "an RLE mask" if crowd else "rings"
            work.report.change(f"attributes.is_crowd made {what}", canon.places[i])
        row["attributes"] = attributes
    as_polygons(canon, ringed, work)


def _member(members: dict[str, Row], name: str, canon: Canon) -> Row:
    if name in members:
        return members[name]
    subset = task_and_subset(name)[1]
    images = [
        _image(image)
        for image, own in zip(canon.images, canon.subsets, strict=True)
        if own == subset
    ]
    task = task_and_subset(name)[0]
    categories = [] if task in ("captions", "image_info") else canon.categories
    members[name] = {
        "licenses": canon.licenses or [{"name": "", "id": 0, "url": ""}],
        "info": {key: canon.info[key] if canon.info.get(key) is not None else "" for key in _INFO},
        "categories": [_category(row, task) for row in categories],
        "images": images,
        "annotations": [],
    }
    return members[name]


def _image(image: Row) -> Row:
    defaults = {"license": 0, "flickr_url": "", "coco_url": "", "date_captured": 0}
    first = {key: image.get(key) for key in ("id", "width", "height", "file_name")}
    said = {key: image[key] for key in defaults if image.get(key) is not None}
    return {**first, **defaults, **said}


def _category(row: Row, task: str | None) -> Row:
    out = {"id": row["id"], "name": row["name"], "supercategory": row.get("supercategory") or ""}
    if task == "person_keypoints":
        points, bones = row.get("keypoints"), row.get("skeleton")
        out["keypoints"] = points if isinstance(points, list) else []
        out["skeleton"] = bones if isinstance(bones, list) else []
    return out


def _annotation(i: int, canon: Canon, work: Work) -> tuple[str, Row | None]:
    """The task that a row belongs to, and the row in CVAT's form; None if there is no such task."""
    row, place, kind = canon.annotations[i], canon.places[i], canon.kinds[i]
    if kind == "panoptic":
        work.report.lose("panoptic rows, whose masks are in images", place)
        return "panoptic", None
    if kind != "instance":
        used = ("id", "image_id", "category_id", *(["caption"] if kind == "caption" else []))
        used = (*used, *(["score"] if "score" in row else []))
        out = {key: row.get(key, 0) for key in used}
        work.report.lose_keys(row, (*used, "attributes"), "annotation", place)
        _add_attributes(out, row)
        return ("captions" if kind == "caption" else "labels"), out
    box = box_of(row)
    if box is None or len(box) == 5:
        what = "objects without mask and box" if box is None else "boxes with an angle"
        work.report.lose(what, place)
        return "instances", None
    out = _instance(row, place, work)
    known = (*out, "keypoints", "num_keypoints", "attributes")
    work.report.lose_keys(row, known, "annotation", place)
    return ("person_keypoints" if "keypoints" in out else "instances"), out


def _instance(row: Row, place: Place, work: Work) -> Row:
    out = {key: row[key] for key in ("id", "image_id", "category_id", "segmentation")}
    out["area"] = float(row.get("area", 0))
    out["bbox"] = [round(float(x), _DIGITS) for x in row["bbox"]]
    if out["bbox"] != row["bbox"]:
        work.report.change(f"bboxes rounded to {_DIGITS} decimals", place)
    out["iscrowd"] = int(isinstance(row["segmentation"], dict))
    if out["iscrowd"] != row["iscrowd"]:
        why = "1, the mask is RLE" if out["iscrowd"] else "0, there is no mask"
        work.report.change(f"iscrowd made {why}", place)
    if "score" in row:
        out["score"] = row["score"]
    _add_attributes(out, row)
    points = row.get("keypoints")
    if points:
        seen = sum(v > 0 for v in points[2::3])
        out["keypoints"], out["num_keypoints"] = points, row.get("num_keypoints") or seen
    return out


def _add_attributes(out: Row, row: Row) -> None:
    """CVAT has one flat object; Encord's classifications are flattened into it."""
    own = row.get("attributes")
    attributes = dict(own) if isinstance(own, dict) else {} if own is None else {"attributes": own}
    answers = attributes.get("classifications")
    if isinstance(answers, dict):
        del attributes["classifications"]
        attributes = {**answers, **attributes}
    out["attributes"] = {**attributes, "occluded": attributes.get("occluded", False)}


def _number_categories(canon: Canon, work: Work) -> None:
    """CVAT takes category 0 for no label, and counts from 1."""
    if all(row["id"] > 0 for row in canon.categories):
        return
    new = {row["id"]: i for i, row in enumerate(canon.categories, 1)}
    for row in canon.categories:
        row["id"] = new[row["id"]]
    for row in canon.annotations:
        if row.get("category_id") in new:
            row["category_id"] = new[row["category_id"]]
    work.report.change("category ids counted from 1, 0 is no label in CVAT", None, len(new))
    for entry in canon.ids.setdefault("categories", []):
        entry["id"] = new.pop(entry["id"])
    canon.ids["categories"] += [{"was": was, "id": now} for was, now in new.items()]


def _round_rings(canon: Canon, work: Work) -> None:
    """Round coordinates as CVAT does when it reads them, and say whose pixels that changes."""
    changed: list[int] = []
    lost: list[int] = []
    for first in range(0, len(canon.annotations), _BATCH):
        rounded: dict[int, list[Any]] = {}
        for i in range(first, min(first + _BATCH, len(canon.annotations))):
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


def _lose_roots(canon: Canon, work: Work) -> None:
    report = work.report
    report.lose_keys(canon.fields, (), "root")
    report.lose_keys(canon.info, _INFO, "info")
    known = ("id", "width", "height", "file_name", "license", "flickr_url", "coco_url")
    for image in canon.images:
        report.lose_keys(image, (*known, "date_captured"), "image")
    for row in canon.categories:
        used = ("id", "name", "supercategory", "keypoints", "skeleton")
        report.lose_keys(row, used, "category")
