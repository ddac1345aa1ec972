"""Hasty / CloudFactory: every mask a compressed RLE string, iscrowd 0.

Read: nothing beyond the official keys. Normal for it: RLE with iscrowd 0, an area of pixels and
the bbox of the mask, no attributes. Only the annotation is documented; the root written here is
the official one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.dialect import Clue, Dialect, order
from cocodec.dialects.evidence import Evidence
from cocodec.dialects.made_rows import Made, make_rows
from cocodec.dialects.mask_form import as_rle_dicts, fill_boxes

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

    def make(some: Sequence[int]) -> list[list[Row]]:
        as_rle_dicts(canon, [i for i in some if canon.has_mask[i]], "str", work)
        return [_annotation(i, canon, work) for i in some]

    rows = make_rows(range(len(canon.annotations)), make, work)
    root = {
        "info": canon.info,
        "licenses": canon.licenses,
        "images": canon.images,
        "annotations": Made(lambda: chain.from_iterable(rows)),
        "categories": canon.categories,
    }
    work.report.lose_keys(canon.fields, (), "root")
    return [("annotations.json", root)]


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
