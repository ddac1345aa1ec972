"""Roboflow's exports: folders train, valid and test, each with ``_annotations.coco.json``.

Splits become one document whose images have a ``split``; the placeholder category 0 goes, if no
annotation is of it. Exports in YOLO's, VOC's or CreateML's form are what `yolo`, `voc` and
`createml` read.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cocodec.documents import document as documents
from cocodec.documents.document import Document
from cocodec.errors import DocumentError, shown
from cocodec.formats.folders import staged
from cocodec.formats.report import FormatReport

__all__ = ["detect", "read", "write"]

_FILE = "_annotations.coco.json"


def detect(path: Path) -> str | None:
    """Say why this is Roboflow's, if it is."""
    if path.is_dir() and next(path.glob(f"*/{_FILE}"), None):
        return f"it has folders with {_FILE}"
    return None


def read(
    path: str | os.PathLike[str],
    *,
    subset: str | None = None,
    report: FormatReport | None = None,
) -> Document:
    """Read all splits, or one; ids count over all of them.

    Raises
    ------
    DocumentError
        If there is no such split, or categories of the splits differ.
    """
    report = FormatReport("roboflow") if report is None else report
    files = sorted(Path(path).glob(f"{subset or '*'}/{_FILE}"))
    if not files:
        raise DocumentError(f"{path}: there is no {subset or 'split'}/{_FILE}")
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    categories: list[dict[str, Any]] | None = None
    for file in files:
        one = documents.read(file)
        if categories is not None and one.categories[:] != categories:
            raise DocumentError(f"{file}: its categories are not those of {files[0]}")
        categories = one.categories[:]
        first = len(images) + 1
        for number, row in enumerate(one.images[:]):
            images.append({**row, "id": first + number, "split": file.parent.name})
        where = one.image_rows().tolist()
        for row, image in zip(one.annotations[:], where, strict=True):
            if image < 0:
                report.lose("annotations without an image", [f"{file}, id {row.get('id')}"])
                continue
            box = row.get("bbox")
            if isinstance(box, list) and any(isinstance(side, str) for side in box):
                try:
                    row["bbox"] = [float(side) for side in box]
                except ValueError:
                    raise DocumentError(f"{file}, id {row.get('id')}: bbox is {box}") from None
                report.note("boxes with numbers in quotes", [f"{file}, id {row.get('id')}"])
            annotations.append({**row, "id": len(annotations) + 1, "image_id": first + image})
    categories = categories or []
    used = {row.get("category_id") for row in annotations}
    kept = [one for one in categories if one.get("id") != 0 or 0 in used or len(categories) == 1]
    report.images, report.objects = len(images), len(annotations)
    return Document.from_rows(images=images, annotations=annotations, categories=kept)


def write(
    document: Document, path: str | os.PathLike[str], *, subset: str = "train"
) -> FormatReport:
    """Write a folder a split; images without a ``split`` go to `subset`.

    Returns
    -------
    FormatReport
    """
    report = FormatReport("roboflow")
    splits = document.images.column("split", missing=None).tolist()
    splits = [one if isinstance(one, str) and one else subset for one in splits]
    images, annotations = document.images[:], document.annotations[:]
    where = document.image_rows().tolist()
    lost = [f"row {k}" for k, image in enumerate(where) if image < 0]
    report.lose("annotations without an image", lost)
    with staged(path) as folder:
        for split in dict.fromkeys(splits):
            rows = [k for k, one in enumerate(splits) if one == split]
            here = set(rows)
            root = {
                "info": document.info,
                "licenses": document.licenses[:],
                "categories": document.categories[:],
                "images": [_without_split(images[k], k) for k in rows],
                "annotations": [
                    row for row, image in zip(annotations, where, strict=True) if image in here
                ],
            }
            folder.write(f"{split}/{_FILE}", json.dumps(root), "split")
    report.images, report.objects = len(images), len(annotations) - len(lost)
    return report


def _without_split(image: Any, row: int) -> dict[str, Any]:
    if not isinstance(image, dict):
        raise DocumentError(f"is {shown(image)}, expected an object", table="images", row=row)
    return {key: value for key, value in image.items() if key != "split"}
