"""CreateML (Apple): boxes by their centre, in one JSON file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError
from cocodec.files.output import open_whole
from cocodec.formats.builder import Builder, as_number, load_json
from cocodec.formats.folders import ImageFinder, is_bare, json_head
from cocodec.formats.objects import Carries, open_objects
from cocodec.formats.report import FormatReport
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_FILE = "_annotations.createml.json"


def detect(path: Path) -> str | None:
    """Say why this is CreateML, if it is."""
    head = json_head(path / _FILE if path.is_dir() else path, 1 << 14)
    known = b'"coordinates"' in head or (is_bare(head) and b'"data"' not in head)
    if head.lstrip().startswith(b"[") and known and b'"image"' in head:
        return "it has coordinates of annotations of images"
    return None


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    images: str | os.PathLike[str] | None = None,
    report: FormatReport | None = None,
) -> Document:
    """Read the file, or the folder with it; sizes come from the images.

    Raises
    ------
    DocumentError
        For entries that are none, and images that are not there.
    """
    report = FormatReport("createml") if report is None else report
    file = Path(path) / _FILE if Path(path).is_dir() else Path(path)
    finder = ImageFinder([*([images] if images else []), file.parent])
    entries = load_json(file)
    if not isinstance(entries, list):
        raise DocumentError(f"{file}: expected a list")
    builder = Builder()
    for number, entry in enumerate(steps(entries)):
        what = f"{file}, entry {number}"
        name = entry.get("image") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not isinstance(entry.get("annotations", []), list):
            raise DocumentError(f"{what}: expected an image and its annotations")
        image = builder.image(name, finder.size(name, what))
        for k, one in enumerate(entry.get("annotations", [])):
            where = f"{what}, annotation {k}"
            at = one.get("coordinates") if isinstance(one, dict) else None
            if not isinstance(at, dict) or not isinstance(one.get("label"), str):
                raise DocumentError(f"{where}: expected a label and coordinates")
            x, y, w, h = (
                as_number(at.get(key), f"{where}: {key}") for key in ("x", "y", "width", "height")
            )
            box = [round(value, 9) for value in (x - w / 2, y - h / 2, w, h)]
            area = round(w * h, 9)
            builder.object(image, one["label"], segmentation=[], area=area, bbox=box)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write a file; masks and sizes of images are lost.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(document, "createml", Carries())
    report.lose("masks (boxes have none)", objects.places(np.flatnonzero(objects.has_mask)))
    report.objects = len(objects)
    entries = []
    for picture, chosen in objects.by_picture():
        found = []
        for k in chosen.tolist():
            x, y, w, h = objects.boxes[k].tolist()
            at = {"x": x + w / 2, "y": y + h / 2, "width": w, "height": h}
            found.append({"label": objects.names[int(objects.category[k])], "coordinates": at})
        entries.append({"image": picture.file_name, "annotations": found})
    with open_whole(path) as stream:
        stream.write(json.dumps(entries).encode())
    return report
