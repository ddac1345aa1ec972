"""Rows of one id that are the parts of one object, as TrainingData.io writes them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from cocodec.dialects.common_form import Canon, Work
from cocodec.dialects.kept_rings import are_kept
from cocodec.dialects.shapes import mask_size, masks_of
from cocodec.documents.references import identity

__all__ = ["unite_parts"]

_OF_A_PART = ("id", "segmentation", "area", "bbox", "iscrowd", "image_id", "category_id")


def unite_parts(canon: Canon, work: Work) -> None:
    """Make rows of one part of the file that say the same id, image and category one row.

    It has the rings of all, in their order, or where some are RLE the union of their pixels; area
    and bbox are of the whole, so those of the parts go. Rows without a mask, and those of one id
    that are of another image or category, stay alone.
    """
    groups: dict[Hashable, list[int]] = {}
    for i, row in enumerate(canon.annotations):
        if canon.kinds[i] == "instance" and canon.has_mask[i] and row.get("id") is not None:
            key = (canon.sources[i], identity(row["id"]), row["image_id"], row["category_id"])
            groups.setdefault((*key, *mask_size(canon, i)), []).append(i)
    several = [rows for rows in groups.values() if len(rows) > 1]
    if not several:
        return
    _unite_masks(canon, several, work)
    gone = set()
    for first, *others in several:
        for i in others:
            _take_over(canon, first, i, work)
            gone.add(i)
        work.report.change(
            "rows of one id, image and category united", canon.places[first], 1 + len(others)
        )
    canon.keep([i for i in range(len(canon.annotations)) if i not in gone])


def _unite_masks(canon: Canon, groups: list[list[int]], work: Work) -> None:
    """Give the first row of each group the mask of all."""
    rows = [i for group in groups for i in group]
    numbers = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    united = masks_of(canon, rows, work).union(groups=numbers, threads=work.options.threads)
    rles = united.to_coco("str")
    for group, rle in zip(groups, rles, strict=True):
        shapes: list[Any] = [canon.annotations[i]["segmentation"] for i in group]
        row = canon.annotations[group[0]]
        row["segmentation"] = rle
        if not all(are_kept(shape) for shape in shapes):  # rings are kept all, or none
            shapes = [work.texts.plain(shape) for shape in shapes]
        if all(isinstance(shape, list) for shape in shapes):
            row["segmentation"] = [ring for shape in shapes for ring in shape]
        row["iscrowd"] = max(canon.annotations[i]["iscrowd"] for i in group)
        for key in ("area", "bbox"):
            row.pop(key, None)


def _take_over(canon: Canon, first: int, other: int, work: Work) -> None:
    kept, row = canon.annotations[first], canon.annotations[other]
    for key, value in row.items():
        if key in _OF_A_PART:
            continue
        if key not in kept:
            kept[key] = value
        elif kept[key] != value:
            work.report.lose(f"annotation {key} of a part of an object", canon.places[other])
