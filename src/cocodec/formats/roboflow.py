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
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError, shown
from cocodec.formats.builder import object_rows
from cocodec.formats.folders import place_images, staged
from cocodec.formats.objects import pictures_of, splits_of
from cocodec.formats.report import FormatReport
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_FILE = "_annotations.coco.json"


def detect(path: Path) -> str | None:
    """Say why this is Roboflow's, if it is."""
    if path.is_dir() and next(path.glob(f"*/{_FILE}"), None):
        return f"it has folders with {_FILE}"
    return None


@names_arguments
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
    for file in steps(files):
        one = documents.read(file)
        found = object_rows(one.categories, file)
        if categories is not None and found != categories:
            raise DocumentError(f"{file}: its categories are not those of {files[0]}")
        categories = found
        first = len(images) + 1
        for number, row in enumerate(object_rows(one.images, file)):
            images.append({**row, "id": first + number, "split": file.parent.name})
        where = one.image_rows().tolist()
        rows = object_rows(one.annotations, file)
        unhashable = (dict, list)
        for k, (row, image) in enumerate(zip(rows, where, strict=True)):
            if isinstance(row.get("category_id"), unhashable):
                raise DocumentError(
                    f"is {shown(row['category_id'])}, expected an id",
                    file=str(file), table="annotations", row=k, key="category_id",
                )  # fmt: skip
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
    return _said_by(documents.read(files[0]), images, annotations, kept)


def _said_by(
    first: Document,
    images: list[dict[str, Any]],
    annotations: list[dict[str, Any]],
    categories: list[dict[str, Any]],
) -> Document:
    """The document of all rows; what a file says of itself is the same in all splits."""
    document = Document.from_rows(
        images=images,
        annotations=annotations,
        categories=categories,
        licenses=first.licenses[:],
    )
    for key, value in first.fields().items():
        document.set_field(key, value)
    return document


@names_arguments
def write(
    document: Document,
    path: str | os.PathLike[str],
    *,
    subset: str = "train",
    images: str | os.PathLike[str] | None = None,
    link: bool = False,
) -> FormatReport:
    """Write a folder a split.

    Parameters
    ----------
    document : Document
    path : path
        A folder, which appears whole or not at all.
    subset : str
        Where images without a ``split`` go.
    images : path, optional
        The folder of the image files, which are then put beside the JSON; by default they are not.
    link : bool
        Links to the image files in the place of copies.

    Returns
    -------
    FormatReport
    """
    report = FormatReport("roboflow")
    splits = splits_of(document, subset)
    image_rows, annotations = document.images[:], document.annotations[:]
    where = document.image_rows().tolist()
    lost = [f"row {k}" for k, image in enumerate(where) if image < 0]
    report.lose("annotations without an image", lost)
    with staged(path) as folder:
        for split in steps(list(dict.fromkeys(splits))):
            rows = [k for k, one in enumerate(splits) if one == split]
            here = set(rows)
            root = {
                **document.fields(),
                "licenses": document.licenses[:],
                "categories": document.categories[:],
                "images": [_without_split(image_rows[k], k) for k in rows],
                "annotations": [
                    row for row, image in zip(annotations, where, strict=True) if image in here
                ],
            }
            folder.write(f"{split}/{_FILE}", json.dumps(root), "split")
        if images is not None:
            named = [(one, f"{splits[one.row]}/{one.file_name}") for one in pictures_of(document)]
            place_images(named, images, folder, link=link)
    report.images, report.objects = len(image_rows), len(annotations) - len(lost)
    return report


def _without_split(image: Any, row: int) -> dict[str, Any]:
    if not isinstance(image, dict):
        raise DocumentError(f"is {shown(image)}, expected an object", table="images", row=row)
    return {key: value for key, value in image.items() if key != "split"}
