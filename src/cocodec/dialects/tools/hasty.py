"""Hasty / CloudFactory: every mask a compressed RLE string, iscrowd 0.

Read: nothing beyond the official keys. Normal for it: RLE with iscrowd 0, an area of pixels and
the bbox of the mask, no attributes. Only the annotation is documented; the root written here is
the official one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.dialect import Clue, Dialect, order
from cocodec.dialects.evidence import Evidence
from cocodec.dialects.made_rows import Made, PlainText, make_rows, unpacked
from cocodec.dialects.mask_form import fill_boxes, rle_strings
from cocodec.dialects.plain_rows import Integers, compose, printed_integers

__all__ = ["DIALECT", "write"]

_KEYS = ("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd")


def _all_strings(found: Evidence) -> bool:
    rows = found.rows("annotations")
    return bool(rows) and all(
        isinstance(row.get("segmentation"), dict)
        and isinstance(row["segmentation"].get("counts"), str)
        and row.get("iscrowd") in (0, False)
        for row in rows
    )


def _no_more(found: Evidence) -> bool:
    return all(tuple(row) == _KEYS for row in found.rows("annotations"))


DIALECT = Dialect(
    "hasty",
    "Hasty / CloudFactory",
    "https://docs.cloudfactory.com, export formats, COCO",
    "",
    ("RLE with iscrowd 0", "an annotation id of 0", "area is the number of pixels"),
    (
        Clue("compressed RLE with iscrowd 0", _all_strings),
        order("annotations", *_KEYS, weight=1, says="annotation keys in Hasty's order"),
        Clue("no other annotation keys", _no_more, 1),
    ),
    writable=("hasty",),
)


def write(canon: Canon, work: Work) -> list[tuple[str, Any]]:
    """One document: the name of its file, and its root."""
    fill_boxes(canon, work, "boxes without a mask filled")
    rows = make_rows(np.arange(len(canon.annotations)), canon, _Maker(canon, work), work)
    root = {
        "info": canon.info,
        "licenses": canon.licenses,
        "images": canon.images,
        "annotations": Made(lambda: unpacked(rows)),
        "categories": canon.categories,
    }
    work.report.lose_keys(canon.fields, (), "root")
    return [("annotations.json", root)]


class _Maker:
    """Makes the rows of annotations."""

    def __init__(self, canon: Canon, work: Work) -> None:
        self._canon, self._work = canon, work
        self._has_mask = np.array(canon.has_mask, bool)

    def prepare(self, rows: Integers) -> PlainText | None:
        masked = rows[self._has_mask[rows]]
        masks = rle_strings(self._canon, masked, self._work)
        plain, columns = rows[self._canon.annotations.plain[rows]], self._canon.annotations.columns
        if columns is None or len(plain) == 0:
            return None
        pieces = (
            *(b'{"id":', printed_integers(columns.ids[plain])),
            *(b',"image_id":', printed_integers(columns.images[plain])),
            *(b',"category_id":', printed_integers(columns.categories[plain])),
            *(b',"segmentation":', masks),
            *(b',"area":', columns.area_places(plain)),
            *(b',"bbox":', columns.box_places(plain)),
            b',"iscrowd":0},',
        )
        crowds = columns.crowds[plain] == 1
        return PlainText(*compose(pieces, len(plain)), crowds, np.arange(1, len(plain) + 1))

    def tell(self, rows: Integers) -> None:
        columns = self._canon.annotations.columns
        assert columns is not None
        crowds = rows[columns.crowds[rows] == 1]
        self._work.report.lose_rows(self._canon.places, {"iscrowd 1": crowds.tolist()})

    def make(self, row: int) -> list[Row]:
        return _annotation(row, self._canon, self._work)


def _annotation(i: int, canon: Canon, work: Work) -> list[Row]:
    """The row in Hasty's form, in the place of its own; none if it has no mask."""
    row, place = canon.take(i), canon.places[i]
    if canon.kinds[i] != "instance" or not isinstance(row["segmentation"], dict):
        work.report.lose(f"{canon.kinds[i]} rows without a mask", place)
        return []
    if row["iscrowd"]:
        work.report.lose("iscrowd 1", place)
    work.report.lose_keys(row, _KEYS, "annotation", place)
    return [{**{key: row.get(key) for key in _KEYS}, "iscrowd": 0}]
