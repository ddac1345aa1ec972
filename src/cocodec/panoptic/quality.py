"""Panoptic quality: how well segments that tile an image agree with those of the ground truth.

The numbers are those of `panopticapi`, images taken one after another. Segments are read from PNG
label maps as COCO has them (this needs Pillow), or from masks, which never become pixels.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.crowds import Crowd, crowd_of, unclear
from cocodec.documents.document import Document
from cocodec.documents.json_values import MISSING
from cocodec.documents.panoptic_rows import PanopticRow, folder_of, read_row
from cocodec.documents.parts import read_raw
from cocodec.documents.sides import size_of
from cocodec.errors import DocumentError, RleError, located, shown
from cocodec.evaluation.annotations import (
    AnnotationColumns,
    AnnotationSource,
    Sizes,
    open_annotations,
)
from cocodec.files.sources import name_of
from cocodec.signatures import names_arguments

__all__ = ["PanopticQuality", "panoptic_quality"]

_VOID = 0
_Folder = str | os.PathLike[str]


@dataclass
class Tally:
    """Counts of one category: summed IoU, matched, wrong and missed segments."""

    iou: float = 0.0
    tp: int = 0
    fp: int = 0
    fn: int = 0

    def quality(self) -> dict[str, float]:
        """Panoptic, segmentation and recognition quality; 0 where there was nothing."""
        weight = self.tp + 0.5 * self.fp + 0.5 * self.fn
        if weight == 0:
            return {"pq": 0.0, "sq": 0.0, "rq": 0.0}
        sq = self.iou / self.tp if self.tp else 0.0
        return {"pq": self.iou / weight, "sq": sq, "rq": self.tp / weight}


@dataclass
class PanopticQuality:
    """The outcome: a tally for each category, and means over all, things and stuff.

    Attributes
    ----------
    tallies : dict of id to Tally
        Categories in the order of the ground truth.
    things : set of ids
        Categories of countable objects.
    names : dict of id to str
    """

    tallies: dict[Any, Tally]
    things: set[Any]
    names: dict[Any, str] = field(default_factory=dict)

    def mean(self, things: bool | None = None) -> dict[str, float]:
        """Means of pq, sq, rq over the n categories that occur: all, things only, or stuff only."""
        sums, n = {"pq": 0.0, "sq": 0.0, "rq": 0.0}, 0
        for category, tally in self.tallies.items():
            if things is not None and things != (category in self.things):
                continue
            if tally.tp + tally.fp + tally.fn == 0:
                continue
            n += 1
            sums = {name: sums[name] + value for name, value in tally.quality().items()}
        return {name: total / n if n else 0.0 for name, total in sums.items()} | {"n": n}

    @property
    def stats(self) -> dict[str, float]:
        """PQ, SQ, RQ, then the same of things (PQ_th, ...) and of stuff (PQ_st, ...)."""
        groups = (("", None), ("_th", True), ("_st", False))
        means = {suffix: self.mean(things) for suffix, things in groups}
        return {f"{q.upper()}{s}": means[s][q] for s in means for q in ("pq", "sq", "rq")}

    def per_category(self) -> list[dict[str, Any]]:
        """One row a category: id, name, whether it is a thing, pq, sq, rq, and the counts."""
        return [
            {"id": id_, "name": self.names.get(id_, str(id_)), "isthing": id_ in self.things}
            | tally.quality()
            | vars(tally)
            for id_, tally in self.tallies.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain objects, ready for JSON."""
        return {"stats": self.stats, "per_category": self.per_category()}

    def __str__(self) -> str:
        """Return the table that `panopticapi` prints."""
        lines = [f"{'':10s}| {'PQ':>5s}  {'SQ':>5s}  {'RQ':>5s} {'N':>5s}", "-" * 38]
        for name, things in (("All", None), ("Things", True), ("Stuff", False)):
            m = self.mean(things)
            quality = "  ".join(f"{100 * m[q]:5.1f}" for q in ("pq", "sq", "rq"))
            lines.append(f"{name:10s}| {quality} {int(m['n']):5d}")
        return "\n".join(lines)


@dataclass
class _Side:
    """The segments of one image: as labelled pixels, or as masks in the order of the segments."""

    segments: list[dict[str, Any]]
    labels: NDArray[np.uint32] | None = None
    masks: _core.Runs | None = None


@names_arguments
def panoptic_quality(
    gt: AnnotationSource,
    dt: AnnotationSource,
    *,
    gt_folder: _Folder | None = None,
    dt_folder: _Folder | None = None,
) -> PanopticQuality:
    """Panoptic quality of predicted segments.

    Parameters
    ----------
    gt, dt : path, bytes, binary file or dict
        Both in COCO's panoptic format (annotations with `file_name` and `segments_info`), or both
        with a row for each segment (`image_id`, `category_id`, `segmentation`), which must not
        overlap. Categories are those of `gt`; `isthing` says which are things.
    gt_folder, dt_folder : path, optional
        Where the label maps are; by default the folder that is called like the file, without
        ``.json``.

    Raises
    ------
    DocumentError
        If an image has no prediction, or its segments and its label map do not fit.
    ImportError
        If label maps are to be read and Pillow is not installed.

    Examples
    --------
    >>> leaf = document.subset(images=[2])
    >>> leaf.set_column('iscrowd', [0])
    >>> leaf.write('leaf.json')
    >>> cocodec.panoptic_quality('leaf.json', 'leaf.json').tallies[1].tp
    1
    """
    truth, prediction = _content(gt), _content(dt)
    categories = {
        _id_of(row, "id", ("categories", i)): row
        for i, row in enumerate(_rows(truth, "categories"))
    }
    if _is_panoptic(truth) != _is_panoptic(prediction):
        raise DocumentError("one side has label maps, the other masks; expected the same of both")
    if _is_panoptic(truth):
        folders = folder_of(gt, gt_folder, "gt_folder"), folder_of(dt, dt_folder, "dt_folder")
        images = _from_maps(truth, prediction, folders)
    else:
        images = _from_masks(truth, prediction)
    tallies: dict[Any, Tally] = {id_: Tally() for id_ in categories}
    for image, left, right in images:
        with located(part=f"image {shown(image)}"):
            _count(left, right, tallies)
    return PanopticQuality(
        tallies,
        {id_ for id_, row in categories.items() if row.get("isthing") == 1},
        {id_: str(row.get("name", id_)) for id_, row in categories.items()},
    )


def _content(source: AnnotationSource) -> dict[str, Any]:
    """The lists of a document, decoded."""
    if isinstance(source, Mapping):
        return dict(source)
    if isinstance(source, Sequence) and not isinstance(source, (str, bytes, bytearray, memoryview)):
        return {"annotations": list(source)}
    given: Any = source  # whatever is left
    file = read_raw(given)
    if len(file.parts) != 1:
        raise DocumentError(
            f"there are {len(file.parts)} documents; they are evaluated one by one",
            file=name_of(given),
        )
    document, tables = Document(file), file.parts[0].tables
    lists = {name: getattr(document, name) for name in ("images", "annotations", "categories")}
    return {name: list(rows) for name, rows in lists.items() if name in tables}


def _rows(content: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    """The rows of a list, all of them objects."""
    rows = content.get(table)
    if rows is None:
        return []
    if not isinstance(rows, Sequence) or isinstance(rows, (str, bytes)):
        raise DocumentError(f"{table!r} is {shown(rows)}, expected a list")
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DocumentError(f"is {shown(row)}, expected an object", table=table, row=i)
    return list(rows)


def _id_of(row: Mapping[str, Any], key: str, place: tuple[str, int]) -> Any:
    """An id as a row states it: an integer or a string."""
    value = row.get(key, MISSING)
    if isinstance(value, (int, float, str, np.generic)):
        return value
    found = "is missing" if value is MISSING else f"is {shown(value)}"
    raise DocumentError(
        f"{found}, expected a number or a string", table=place[0], row=place[1], key=key
    )


def _is_panoptic(content: Mapping[str, Any]) -> bool:
    return any("segments_info" in row for row in _rows(content, "annotations"))


def _from_maps(
    truth: Mapping[str, Any], prediction: Mapping[str, Any], folders: tuple[Path, Path]
) -> Iterator[tuple[Any, _Side, _Side]]:
    sizes = {}
    for i, image in enumerate(_rows(truth, "images")):
        sizes[_id_of(image, "id", ("images", i))] = size_of(image)
    found = {}
    for i, row in enumerate(_rows(prediction, "annotations")):
        found[_id_of(row, "image_id", ("annotations", i))] = (i, row)
    for i, left in enumerate(_rows(truth, "annotations")):
        image = _id_of(left, "image_id", ("annotations", i))
        if image not in found:
            raise DocumentError(f"image {shown(image)} has no prediction")
        sides = [
            _side_of_map(read_row(row, number, folder), sizes.get(image))
            for (number, row), folder in zip(((i, left), found[image]), folders, strict=True)
        ]
        yield image, sides[0], sides[1]


def _side_of_map(row: PanopticRow, size: tuple[int, int] | None) -> _Side:
    colours = row.read_labels(size).astype(np.uint32)
    labels = colours[:, :, 0] + (colours[:, :, 1] << 8) + (colours[:, :, 2] << 16)
    return _Side(_checked(row.segments), np.asarray(labels, np.uint32))


def _checked(segments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Refuse segments that do not say of what category they are, or how large."""
    for segment in segments:
        where = f"segment {shown(segment.get('id'))}"
        category, area = segment.get("category_id"), segment.get("area", 0)
        if not isinstance(category, (int, float, str, np.generic)):
            raise DocumentError(
                f"{where}: category_id is {shown(category)}, expected a number or a string"
            )
        if isinstance(area, bool) or not isinstance(area, (int, float, np.number)):
            raise DocumentError(f"{where}: area is {shown(area)}, expected a number")
    return segments


def _from_masks(
    truth: Mapping[str, Any], prediction: Mapping[str, Any]
) -> Iterator[tuple[Any, _Side, _Side]]:
    for content in (truth, prediction):
        for name, key in (("images", "id"), ("annotations", "image_id")):
            for i, row in enumerate(_rows(content, name)):
                if isinstance(row.get(key), (list, dict)):
                    _id_of(row, key, (name, i))
    table = open_annotations(truth)
    left, right = (
        _grouped(table, table.sizes()),
        _grouped(open_annotations(prediction), table.sizes()),
    )
    images = [row.id for row in table.images or []] or list(left)
    for image in images:
        if image in left and image not in right:
            raise DocumentError(f"image {shown(image)} has no prediction")
        if image in left:
            yield image, left[image], right[image]


def _is_crowd(segment: Mapping[str, Any]) -> bool:
    crowd = crowd_of(segment.get("iscrowd"))
    if crowd == Crowd.UNCLEAR:
        raise DocumentError(f"segment {segment.get('id')!r}: {unclear(segment['iscrowd'])}")
    return crowd == Crowd.YES


def _grouped(table: AnnotationColumns, sizes: Sizes) -> dict[Any, _Side]:
    """The segments of each image; their labels are their places, from 1 on."""
    masks, _ = table.masks(sizes)
    rows: dict[Any, list[int]] = defaultdict(list)
    for row, image in enumerate(table.column("image_id")):
        rows[image].append(row)
    categories, crowds, areas = (table.column(key) for key in ("category_id", "iscrowd", "area"))
    pixels = masks.area().tolist()
    return {
        image: _Side(
            _checked(
                [
                    {
                        "id": place,
                        "category_id": categories[row],
                        "iscrowd": crowds[row],
                        "area": pixels[row] if areas[row] is None else areas[row],
                    }
                    for place, row in enumerate(some, 1)
                ]
            ),
            masks=masks[some]._runs,
        )
        for image, some in rows.items()
    }


def _shared(left: _Side, right: _Side) -> dict[tuple[int, int], int]:
    """Pixels by pair of labels, ascending."""
    try:
        if left.masks is not None and right.masks is not None:
            rows = _core.shared_pixels_of_masks(left.masks, right.masks)
        else:
            assert left.labels is not None
            assert right.labels is not None
            if left.labels.shape != right.labels.shape:
                raise DocumentError(
                    f"the label maps have shapes {left.labels.shape} and {right.labels.shape}"
                )
            rows = _core.shared_pixels(left.labels, right.labels)
    except RleError as error:
        raise DocumentError(str(error)) from None
    return {(gt, dt): pixels for gt, dt, pixels in rows.tolist()}


def _count(left: _Side, right: _Side, tallies: dict[Any, Tally]) -> None:
    """Add one image: segments match that share more than half of their union."""
    gts = {row["id"]: row for row in left.segments}
    dts = {row["id"]: row for row in right.segments}
    shared = _shared(left, right)
    areas = _checked_areas(dts, shared, tallies)
    matched_gts, matched_dts = set(), set()
    for (gt, dt), both in shared.items():
        if gt not in gts or dt not in dts or _is_crowd(gts[gt]):
            continue
        category = gts[gt]["category_id"]
        if category != dts[dt]["category_id"]:
            continue
        union = areas[dt] + _area(gts[gt], gt) - both - shared.get((_VOID, dt), 0)
        iou = both / union
        if iou > 0.5:
            tallies[category].tp += 1
            tallies[category].iou += iou
            matched_gts.add(gt)
            matched_dts.add(dt)
    crowds = {}
    for gt, row in gts.items():
        if gt in matched_gts:
            continue
        if _is_crowd(row):
            crowds[row["category_id"]] = gt
        elif row["category_id"] in tallies:
            tallies[row["category_id"]].fn += 1
        else:
            raise DocumentError(
                f"segment {gt} has the unknown category {shown(row['category_id'])}"
            )
    for dt, row in dts.items():
        if dt in matched_dts:
            continue
        # What lies mostly where nothing was annotated, or in a crowd of its kind, is not judged.
        excused = shared.get((_VOID, dt), 0)
        if row["category_id"] in crowds:
            excused += shared.get((crowds[row["category_id"]], dt), 0)
        if excused / areas[dt] <= 0.5:
            tallies[row["category_id"]].fp += 1


def _area(segment: Mapping[str, Any], label: int) -> Any:
    if "area" not in segment:
        raise DocumentError(f"segment {label} of the ground truth has no area")
    return segment["area"]


def _checked_areas(
    dts: Mapping[int, Mapping[str, Any]],
    shared: Mapping[tuple[int, int], int],
    categories: Mapping[Any, Any],
) -> dict[int, int]:
    """Pixels of each predicted segment; listed and painted segments must be the same."""
    areas: dict[int, int] = defaultdict(int)
    for (_, dt), pixels in shared.items():
        areas[dt] += pixels
    unlisted = [dt for dt in areas if dt != _VOID and dt not in dts]
    if unlisted:
        raise DocumentError(f"segment {unlisted[0]} has pixels, but is not listed")
    for dt, row in dts.items():
        if dt not in areas:
            raise DocumentError(f"segment {dt} is listed, but has no pixels")
        if row["category_id"] not in categories:
            raise DocumentError(
                f"segment {dt} has the unknown category {shown(row['category_id'])}"
            )
    return areas
