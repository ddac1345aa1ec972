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
from cocodec.formats.folders import (
    ImageFinder,
    is_bare,
    json_head,
    only_file,
    require_only_file,
    split_folders,
)
from cocodec.formats.objects import Carries, open_objects
from cocodec.formats.report import FormatReport
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_FILE = "_annotations.createml.json"


def detect(path: Path) -> str | None:
    """Say why this is CreateML, if it is."""
    if path.is_dir():
        files = _files(path)
        found = files and all(_is_own(json_head(file, 1 << 14)) for file in files)
    else:
        found = _is_own(json_head(path, 1 << 14))
    return "it has coordinates of annotations of images" if found else None


def _is_own(head: bytes) -> bool:
    known = b'"coordinates"' in head or (is_bare(head) and b'"data"' not in head)
    named = b'"image"' in head or b'"imagefilename"' in head
    return head.lstrip().startswith(b"[") and known and named


def _files(folder: Path) -> list[Path]:
    """The file of a folder (Apple's may have any name), or those of the splits below it."""
    file = only_file(folder, [".json"], _FILE)
    return [one / _FILE for one in split_folders(folder, _FILE)] if file is None else [file]


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    images: str | os.PathLike[str] | None = None,
    report: FormatReport | None = None,
) -> Document:
    """Read the file, or the folder with it; sizes come from the images.

    Of folders train, valid and test, each with its file, images get the ``split``.

    Raises
    ------
    DocumentError
        For entries that are none, and images that are not there.
    """
    report = FormatReport("createml") if report is None else report
    root = Path(path)
    files = [root] if root.is_file() else _files(root)
    files = files or [require_only_file(root, [".json"], _FILE)]
    builder = Builder()
    for file in files:
        split = {"split": file.parent.name} if len(files) > 1 else {}
        finder = ImageFinder([*([images] if images else []), file.parent])
        _read_file(file, finder, builder, split)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


def _read_file(file: Path, finder: ImageFinder, builder: Builder, split: dict[str, str]) -> None:
    entries = load_json(file)
    if not isinstance(entries, list):
        raise DocumentError(f"{file}: expected a list")
    for number, entry in enumerate(steps(entries)):
        what = f"{file}, entry {number}"
        entry = entry if isinstance(entry, dict) else {}
        name = entry.get("image", entry.get("imagefilename"))
        found = entry.get("annotations", entry.get("annotation", []))
        if not isinstance(name, str) or not isinstance(found, list):
            raise DocumentError(f"{what}: expected an image and its annotations")
        image = builder.image(name, finder.size(name, what), **split)
        for k, one in enumerate(found):
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
