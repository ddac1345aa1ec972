"""TrainingData.io, the medical viewer: one flat ring a row, and answers about images as rows.

Read: class names in the place of category ids, answers (value, name, image_id) as attributes of the
image, flat rings in pixels. Normal for it: ids that several objects share, no area, bbox and
categories, ids of images that are addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

import cocodec._core as _core
from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.dialect import Clue, Dialect, keys, root_keys
from cocodec.dialects.evidence import Evidence
from cocodec.dialects.made_rows import Made, PlainText, make_rows, unpacked
from cocodec.dialects.mask_form import as_polygons, fill_boxes
from cocodec.dialects.plain_rows import Integers, compose, printed_integers
from cocodec.dialects.report import Place
from cocodec.dialects.rows import numbers
from cocodec.documents.places import Places

__all__ = ["DIALECT", "write"]

_IMAGE = {
    "coco_url": "",
    "date_captured": "",
    "file_name": "",
    "flickr_url": "",
    "id": 0,
    "license": 0,
}
_CARRIED = ("segmentation", "image_id", "id", "category_id", "iscrowd")
_DERIVED = ("area", "bbox")
_NONE: list[Row] = []  # one for all rows
_TAKEN_APART = "annotations of several rings written as rows of one id"
_LOST = "annotation {} (a reader can compute it)"


def _flat_rings(found: Evidence) -> bool:
    rows = [row["segmentation"] for row in found.rows("annotations") if row.get("segmentation")]
    return bool(rows) and all(numbers(ring) is not None and len(ring) >= 6 for ring in rows)


def _names(found: Evidence) -> bool:
    rows = [row for row in found.rows("annotations") if "category_id" in row]
    return bool(rows) and all(isinstance(row["category_id"], str) for row in rows)


def _answers_alone(found: Evidence) -> bool:
    rows = found.rows("annotations")
    return bool(rows) and all(row.keys() == {"value", "name", "image_id"} for row in rows)


DIALECT = Dialect(
    "trainingdata",
    "TrainingData.io",
    "trainingdata/AIAssistedImageVideoLabelling, docs/v1.0/Export Format/COCO.md",
    "class names as category ids, answers about images",
    (
        "flat rings",
        "an id for several objects",
        "no area, bbox and categories",
        "rows without a shape",
    ),
    (
        Clue("flat rings", _flat_rings),
        Clue("class names as category ids", _names),
        keys("annotations", "value", "name", "image_id", says="answers about images"),
        keys("annotations", "segmentation", "annotations", says="annotations in annotations"),
        Clue("nothing but answers about images", _answers_alone),
        root_keys("attributes", weight=1),
    ),
    writable=("trainingdata",),
    usual=frozenset({"repeated ids", "unlisted categories"}),
)


def write(canon: Canon, work: Work) -> list[tuple[str, Any]]:
    """One document: the name of its file, and its root."""
    fill_boxes(canon, work, "boxes without a mask made rings")
    root = {
        "images": Made(lambda: (_image(image, work) for image in canon.images)),
        "categories": [],
        "licenses": canon.licenses,
        "info": canon.info,
        "attributes": [],
        "annotations": Made(lambda: _rows(canon, work)),
    }
    used = {row.get("category_id") for _, row in canon.annotations.decoded()}
    used.update(canon.annotations.plain_values("categories").tolist())
    _lose_rest(canon, used, work)
    return [("coco_export.json", root)]


def _rows(canon: Canon, work: Work) -> Iterator[Row]:
    """The rows of all rings, then those of answers about images."""
    order = np.arange(len(canon.annotations))
    yield from unpacked(make_rows(order, canon, _Maker(canon, work), work))
    for image in canon.images:
        answers = _answers(image, canon, work)
        work.report.annotations += len(answers)
        yield from answers


class _Maker:
    """Makes the rows of annotations: a row for each ring."""

    def __init__(self, canon: Canon, work: Work) -> None:
        self._canon, self._work = canon, work
        self._names = {row["id"]: row["name"] for row in canon.categories}

    def prepare(self, rows: Integers) -> PlainText | None:
        canon, columns = self._canon, self._canon.annotations.columns
        plain = canon.annotations.plain[rows]
        others = [i for i in rows[~plain].tolist() if canon.has_mask[i]]
        as_polygons(canon, others, self._work, keep=False)
        rows = rows[plain]
        if columns is None or len(rows) == 0:
            return None
        each = columns.counts()[rows]
        of_rings = np.repeat(rows, each)
        pieces = (
            *(b'{"segmentation":', columns.ring_places(rows)),
            *(b',"annotations":[],"image_id":', printed_integers(columns.images[of_rings])),
            *(b',"iscrowd":0,"id":', printed_integers(columns.ids[of_rings])),
            *(b',"category_id":', self._printed_names(columns.categories[of_rings])),
            b"},",
        )
        text, ends = compose(pieces, len(of_rings))
        made = np.cumsum(each)
        return PlainText(text, ends[made - 1], np.ones(len(rows), bool), made)

    def _printed_names(self, categories: Integers) -> Places:
        ids, which = np.unique(categories, return_inverse=True)
        text = msgspec.json.encode([self._names[i] for i in ids.tolist()])
        spans = _core.list_elements(text)[which]
        return Places([text], np.zeros(len(which), np.int32), spans)

    def tell(self, rows: Integers) -> None:
        report, places = self._work.report, self._canon.places
        columns = self._canon.annotations.columns
        assert columns is not None
        each, listed = columns.counts()[rows], rows.tolist()
        crowds = {"iscrowd 1": rows[columns.crowds[rows] == 1].tolist()}
        report.lose_rows(places, {**crowds, **{_LOST.format(key): listed for key in _DERIVED}})
        report.change_rows(_TAKEN_APART, places, rows[each > 1].tolist())

    def make(self, row: int) -> list[Row]:
        return _annotations(row, self._names, self._canon, self._work)


def _annotations(i: int, names: dict[Any, str], canon: Canon, work: Work) -> list[Row]:
    """A row for each ring of an annotation, in the place of its own; none if it has none."""
    row, place = canon.take(i), canon.places[i]
    if canon.kinds[i] != "instance" or not row["segmentation"]:
        work.report.lose(f"{canon.kinds[i]} rows without a ring", place)
        return []
    if isinstance(row["segmentation"], dict):
        work.report.lose("masks without a pixel", place)
        return []
    return _parts(row, names[row["category_id"]], place, work)


def _parts(row: Row, name: str, place: Place, work: Work) -> list[Row]:
    if row["iscrowd"]:
        work.report.lose("iscrowd 1", place)
    if len(row["segmentation"]) > 1:
        work.report.change(_TAKEN_APART, place)
    for key in _DERIVED:
        if key in row:
            work.report.lose(_LOST.format(key), place)
    work.report.lose_keys(row, (*_CARRIED, *_DERIVED), "annotation", place)
    return [
        {
            "segmentation": ring,
            "annotations": _NONE,
            "image_id": row["image_id"],
            "iscrowd": 0,
            "id": row["id"],
            "category_id": name,
        }
        for ring in row["segmentation"]
    ]


def _answers(image: Row, canon: Canon, work: Work) -> list[Row]:
    attributes = image.get("attributes")
    if not isinstance(attributes, dict):
        return []
    out = []
    for name, answer in attributes.items():
        several = isinstance(answer, list) and (image["id"], str(name)) in canon.repeats
        for value in answer if several else [answer]:
            out.append({"value": value, "name": name, "image_id": image["id"]})
    work.report.change("attributes of images written as rows", None, len(out))
    return out


def _image(image: Row, work: Work) -> Row:
    work.report.lose_keys(image, (*_IMAGE, "height", "width", "attributes"), "image")
    known = {
        key: image[key] if image.get(key) is not None else default
        for key, default in _IMAGE.items()
    }
    return {**known, "height": image.get("height"), "width": image.get("width")}


def _lose_rest(canon: Canon, used: set[Any], work: Work) -> None:
    work.report.lose_keys(canon.fields, (), "root")
    for row in canon.categories:
        if row["id"] not in used:
            work.report.lose("categories of no object")
        if row.get("supercategory"):
            work.report.lose("category supercategory")
        work.report.lose_keys(row, ("id", "name", "supercategory"), "category")
    if canon.categories:
        work.report.change("category ids replaced by names", None, len(canon.categories))
