"""The official format, and what is taken for it because nothing speaks for another dialect.

Read: instances, keypoints, stuff, captions, panoptic, image_info, labels, results. Normal for it:
an area that is the rings' own and not the number of pixels, crowds whose bbox is one less than
their mask's, crowd ids of twelve digits.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.dialect import Clue, Dialect
from cocodec.dialects.evidence import Evidence
from cocodec.dialects.mask_form import (
    fill_boxes,
    fill_empty,
    spell_masks,
    straighten_boxes,
)
from cocodec.dialects.plain_rows import Annotations

# What a file without objects is, and who reads it.
_ALONE = {
    "panoptic": ("panoptic", "panoptic rows have no id: panopticapi reads them, pycocotools not"),
    "caption": (
        "captions",
        "captions are no objects: pycocotools reads them, sahi fails",
    ),
    "label": ("labels", "labels are no objects: pycocotools reads them, sahi fails"),
}
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")

__all__ = ["BESIDE", "DIALECT", "variant_of", "write"]

BESIDE = ("captions", "labels")  # what goes to a file of its own


def _official_source(found: Evidence) -> bool:
    texts = [text.lower() for text in found.info.values() if isinstance(text, str)]
    return any("cocodataset.org" in text or "mscoco" in text for text in texts)


def _is_ours(found: Evidence) -> bool:
    """Only official files keep old ids in themselves; older ones say no dialect."""
    return found.mark.get("dialect") == "official" or "ids" in found.mark


DIALECT = Dialect(
    "official",
    "COCO, official",
    "https://cocodataset.org/#format-data and #format-results",
    "instances, keypoints, stuff, captions, panoptic, image_info, labels, results",
    (
        "area is the rings' own, not the number of pixels",
        "width and height of the bbox of a crowd are one less than its mask's",
        "crowd ids of twelve digits",
    ),
    (
        Clue("info names the COCO data set", _official_source, 4),
        Clue("cocodec made it official", _is_ours, 99),
    ),
    writable=("official",),
)


def write(canon: Canon, work: Work) -> list[tuple[str, Any]]:
    """One document that pycocotools loads: the name of its file, and its root."""
    straighten_boxes(canon, work)
    if work.options.boxes == "ring":
        fill_boxes(canon, work, "boxes without a mask given their ring", keypoints=True)
        fill_empty(canon, work, keypoints=True)
    spell_masks(canon, work)
    _number_year(canon, work)
    tables: dict[str, list[int]] = {}
    objects = "instance" in canon.kinds
    tables_of = {
        kind: f"{kind}s" if objects and f"{kind}s" in BESIDE else "" for kind in set(canon.kinds)
    }
    for i, kind in enumerate(canon.kinds):
        tables.setdefault(tables_of[kind], []).append(i)
    if not objects and canon.kinds:
        alone = [_ALONE[kind] for kind in dict.fromkeys(canon.kinds)]
        work.report.target = "official " + " and ".join(name for name, _ in alone)
        for _, note in alone:
            work.report.note(note)
    files = [("annotations.json", _root(canon, tables.pop("", []), work))]
    for name, rows in sorted(tables.items()):
        files.append((f"{name}.json", _root(canon, rows, work)))
    return files


def _root(canon: Canon, rows: list[int], work: Work) -> Row:
    annotations = canon.annotations.take(np.array(rows, np.int64))
    root: Row = {"info": canon.info, "licenses": canon.licenses, **canon.fields}
    if canon.mark:
        root["cocodec"] = canon.mark
    root.update(images=canon.images, annotations=annotations)
    if canon.categories or all("category_id" in row for _, row in annotations.decoded()):
        root["categories"] = canon.categories
        _give_categories(annotations, work)
    return root


def _give_categories(annotations: Annotations, work: Work) -> None:
    """Where categories are listed, pycocotools wants one of every row, captions too."""
    for _, row in annotations.decoded():
        if "caption" in row and "category_id" not in row:
            row["category_id"] = 0
            work.report.change("captions given the category_id 0")


def _number_year(canon: Canon, work: Work) -> None:
    """Strict readers take no year but a number; one that says nothing is that of the date, or 0."""
    year = canon.info.get("year", 0)
    if isinstance(year, int) and not isinstance(year, bool):
        return
    for said in (year, canon.info.get("date_created")):
        found = _YEAR.search(said) if isinstance(said, str) else None
        if found is not None:
            break
    number = int(found[0]) if found is not None else 0
    if isinstance(year, float) and year.is_integer():
        number = int(year)
    canon.info = {**canon.info, "year": number}
    work.report.change(f"info.year, which was {year!r}, made the number {number}")


def variant_of(found: Evidence) -> str:
    """Say what of COCO the annotations are, by the keys of the rows that are looked at."""
    if found.root in ("results", "annotation"):
        return "results" if found.root == "results" else "instances"
    rows = found.rows("annotations")
    if not rows:
        return "image_info"
    seen: set[str] = set().union(*(row.keys() for row in rows))
    if "segments_info" in seen:
        return "panoptic"
    if "segmentations" in seen:
        return "video"
    if any(row.get("keypoints") for row in rows):
        return "keypoints"
    if "segmentation" in seen or "bbox" in seen:
        return "stuff" if _is_stuff(found) else "instances"
    return "captions" if "caption" in seen else "labels"


def _is_stuff(found: Evidence) -> bool:
    """COCO-stuff: categories from 92 on, and nothing but masks."""
    ids = [row.get("id") for row in found.rows("categories")]
    rows = found.rows("annotations")
    masks = all(isinstance(row.get("segmentation"), dict) for row in rows)
    return masks and bool(ids) and all(isinstance(i, int) and 92 <= i <= 183 for i in ids)
