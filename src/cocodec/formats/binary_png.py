"""A binary PNG an object: ``IMAGE__CLASS__NUMBER.png``, anything but 0 is inside."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError
from cocodec.files.png import print_png, read_pixels
from cocodec.formats.builder import Builder
from cocodec.formats.folders import label_names, staged
from cocodec.formats.objects import Carries, note_boxes, open_objects
from cocodec.formats.png_folders import png_files
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_NAME = re.compile(r"(.+)__(.+)__(\d+)")


def detect(path: Path) -> str | None:
    """Say why this is a folder of binary masks, if names say so."""
    if not path.is_dir():
        return None
    first = next(path.rglob("*__*__*.png"), None)
    return "its PNGs are named IMAGE__CLASS__NUMBER" if first is not None else None


@names_arguments
def read(path: str | os.PathLike[str], *, report: FormatReport | None = None) -> Document:
    """Read a folder of masks; those of one image must have one size.

    Raises
    ------
    DocumentError
        For images that are no masks.
    """
    report = FormatReport("binary-png") if report is None else report
    root = Path(path)
    builder = Builder()
    images: dict[str, tuple[int, tuple[int, int]]] = {}
    for file in steps(png_files(root)):
        name = file.relative_to(root).with_suffix("").as_posix() if root.is_dir() else file.stem
        found = _NAME.fullmatch(name)
        stem, label = (found[1], unquote(found[2])) if found else (name, "object")
        known = images.get(stem)
        pixels = read_pixels(file, known[1] if known else None, str(file))
        if pixels.ndim == 3:
            pixels = np.asarray(pixels[:, :, :3].any(axis=2))
        if known is None:
            height, width = pixels.shape
            known = (builder.image(f"{stem}.png", (height, width)), (height, width))
            images[stem] = known
        mask = RleArray.encode(np.ascontiguousarray(pixels != 0))
        builder.object(known[0], label, segmentation=mask)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write a PNG of 0 and 255 an object; images without objects are lost.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(document, "binary-png", Carries())
    note_boxes(objects, report)
    stems = label_names(objects.images, "")
    without = np.setdiff1d(np.arange(len(objects.images)), objects.image)
    report.lose("images without objects", (objects.images[k].place for k in without.tolist()))
    with staged(path) as folder:
        for (picture, chosen), stem in zip(objects.by_picture(), stems, strict=True):
            if len(chosen):
                picture.require_paintable()
            for number, k in enumerate(chosen.tolist()):
                label = quote(objects.names[int(objects.category[k])], safe=" ")
                if "__" in label or not label:
                    raise DocumentError(f"the class {label!r} cannot be part of a file's name")
                pixels = objects.masks[k].decode(layout="HW") * np.uint8(255)
                folder.write(f"{stem}__{label}__{number:04d}.png", print_png(pixels), "images")
    return report
