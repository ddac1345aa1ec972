"""SA-1B: a JSON file an image, masks as compressed COCO RLE, no categories."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import CocodecError, DocumentError
from cocodec.formats.builder import Builder, json_files, load_json
from cocodec.formats.folders import first_file, is_bare, json_head, label_names, staged
from cocodec.formats.objects import Carries, open_objects, side_of
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_SCORES = ("predicted_iou", "stability_score", "crop_box", "point_coords")


def detect(path: Path) -> str | None:
    """Say why this is SA-1B, if it is."""
    head = json_head(first_file(path, ".json"))
    own = b'"image"' in head and b'"annotations"' in head
    own &= b'"counts"' in head or (is_bare(head) and b'"image_id"' in head)
    if own and b'"images"' not in head:
        return "it has one image and annotations with counts"
    return None


@names_arguments
def read(path: str | os.PathLike[str], *, report: FormatReport | None = None) -> Document:
    """Read a file, or all files of a folder; every mask is of the category "object".

    Raises
    ------
    DocumentError
        For masks that are none: names the file and the row.
    """
    report = FormatReport("sa1b") if report is None else report
    builder = Builder(["object"])
    for file in steps(json_files(Path(path))):
        root = load_json(file)
        head = root.get("image") if isinstance(root, dict) else None
        rows = root.get("annotations") if isinstance(root, dict) else None
        if not isinstance(head, dict) or not isinstance(rows, list):
            raise DocumentError(f"{file}: expected an object with 'image' and 'annotations'")
        size = (
            side_of(head.get("height"), f"{file}: height"),
            side_of(head.get("width"), f"{file}: width"),
        )
        name = head.get("file_name", f"{file.stem}.jpg")
        if not isinstance(name, str):
            raise DocumentError(f"{file}: file_name is {name!r:.40}, expected a string")
        own = head.get("image_id")
        image = builder.image(name, size, **({"id": own} if isinstance(own, int) else {}))
        for number, row in enumerate(rows):
            _read_row(row, f"{file}, annotation {number}", size, image, builder)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


def _read_row(row: Any, what: str, size: tuple[int, int], image: Any, builder: Builder) -> None:
    if not isinstance(row, dict) or not isinstance(row.get("segmentation"), dict):
        raise DocumentError(f"{what}: it has no segmentation with size and counts")
    try:
        mask = RleArray.from_coco([row["segmentation"]], [size])
    except (CocodecError, TypeError, KeyError, ValueError) as error:
        raise DocumentError(f"{what}: {error}") from None
    more = {key: row[key] for key in _SCORES if key in row}
    if isinstance(row.get("id"), int):
        more["sa1b_id"] = row["id"]
    builder.object(image, "object", segmentation=mask, **more)


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write a file an image into a folder; the categories are lost.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(document, "sa1b", Carries(keys=(*_SCORES, "sa1b_id")))
    named = np.array([name != "object" for name in objects.names], bool)
    if len(named):
        lost = np.flatnonzero(named[objects.category])
        report.lose("categories", objects.places(lost))
    report.objects = len(objects)
    table, rows = document.annotations, objects.rows
    columns = {key: table.column(key, rows, missing=None).tolist() for key in _SCORES}
    ids = table.column("sa1b_id", rows, missing=None).tolist()
    own = table.column("id", rows, missing=None).tolist()
    spelled, areas = objects.masks.to_coco(), objects.masks.area().tolist()
    boxes = objects.masks.bbox().tolist()
    with staged(path) as folder:
        names = label_names(objects.images, ".json")
        for (picture, chosen), name in zip(objects.by_picture(), names, strict=True):
            found = []
            for k in chosen.tolist():
                row = {
                    "id": own[k] if ids[k] is None else ids[k],
                    "segmentation": spelled[k],
                    "bbox": boxes[k],
                    "area": areas[k],
                }
                row |= {key: values[k] for key, values in columns.items() if values[k] is not None}
                found.append(row)
            head = {
                "image_id": picture.id,
                "width": picture.width,
                "height": picture.height,
                "file_name": picture.file_name,
            }
            root = {"image": head, "annotations": found}
            folder.write(name, json.dumps(root, separators=(",", ":")), "images")
    return report
