"""Instance maps: a PNG of 16 bits an image; a value is class * 1000 + number (Cityscapes, MOTS).

Mapillary's divisor is 256. Values below the divisor are the class itself, all of its objects: read
as a crowd. ``classes.json`` names the classes.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError
from cocodec.files.png import print_png, read_pixels
from cocodec.formats.builder import Builder
from cocodec.formats.folders import label_names, staged
from cocodec.formats.objects import Carries, Objects, note_boxes, open_objects, without_empty
from cocodec.formats.png_folders import class_names, png_files
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_LARGEST = 65535


def detect(path: Path) -> str | None:
    """Say why this is a folder of instance maps, if names say so."""
    if path.is_dir() and next(path.rglob("*_instanceIds.png"), None):
        return "it has *_instanceIds.png"
    if path.is_dir() and (path / "instances.json").is_file():
        return "it has instances.json" if next(path.rglob("*.png"), None) else None
    return None


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    divisor: int = 1000,
    report: FormatReport | None = None,
) -> Document:
    """Read PNGs; 0 is background.

    Parameters
    ----------
    path : path
        A folder (of it, only ``*_instanceIds.png`` if there are any), or one PNG.
    divisor : int
        What a class is multiplied by.
    report : FormatReport, optional

    Raises
    ------
    DocumentError
        For images that are no instance maps.
    """
    report = FormatReport("instance-png") if report is None else report
    root = Path(path)
    names = class_names(root)
    builder = Builder(names[value] for value in sorted(names) if value != 0)
    files = png_files(root)
    files = [file for file in files if file.name.endswith("_instanceIds.png")] or files
    for file in steps(files):
        pixels = read_pixels(file, None, str(file))
        if pixels.ndim != 2:
            raise DocumentError(f"{file}: it has {pixels.shape[2]} channels, expected one")
        height, width = pixels.shape
        base = file.relative_to(root).as_posix() if root.is_dir() else file.name
        image = builder.image(base, (height, width))
        masks, values = RleArray.from_label_map(pixels)
        for k, value in enumerate(values.tolist()):
            group = value < divisor
            number = int(value) if group else int(value) // divisor
            name = names.get(number, f"class_{number}")
            more = {"iscrowd": 1} if group else {"instance": int(value) % divisor}
            builder.object(image, name, segmentation=masks[k], **more)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


@names_arguments
def write(document: Document, path: str | os.PathLike[str], *, divisor: int = 1000) -> FormatReport:
    """Write a PNG of 16 bits an image.

    Of pixels that several objects have, the last one gets them; the report counts what others lose.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(
        document, "instance-png", Carries(keys=("instance",), crowds=True, classes=True)
    )
    note_boxes(objects, report)
    objects = without_empty(objects, report)
    report.objects = len(objects)
    with staged(path) as folder:
        folder.write("classes.json", json.dumps(dict(enumerate(objects.names, 1))))
        folder.write("instances.json", json.dumps({"divisor": divisor}))
        stems = label_names(objects.images, ".png")
        crowd = objects.crowd()
        for (picture, chosen), stem in zip(objects.by_picture(), stems, strict=True):
            values = _values(objects, chosen, crowd, divisor)
            fits = values <= _LARGEST
            report.lose("objects whose number does not fit 16 bits", objects.places(chosen[~fits]))
            chosen, values = chosen[fits], values[fits]
            masks = objects.masks[chosen]
            picture.require_paintable()
            size = (picture.height, picture.width)
            pixels = masks.to_label_map(values, size=size, dtype=np.uint16)
            folder.write(stem, print_png(pixels), "images")
            left = np.bincount(pixels.ravel(), minlength=_LARGEST + 1)[values]
            covered = np.flatnonzero(masks.area().astype(np.int64) > left)
            report.lose("pixels that a later object covers", objects.places(chosen[covered]))
    return report


def _values(
    objects: Objects, chosen: NDArray[np.int64], crowd: NDArray[np.bool_], divisor: int
) -> NDArray[np.int64]:
    """Class * divisor + number within the class; a crowd is its class."""
    counts: dict[int, int] = {}
    out = []
    for k in chosen.tolist():
        category = int(objects.category[k]) + 1
        if crowd[k]:
            out.append(category)
            continue
        number = counts.get(category, 0)
        counts[category] = number + 1
        out.append(category * divisor + number if number < divisor else _LARGEST + 1)
    return np.array(out, np.int64)
