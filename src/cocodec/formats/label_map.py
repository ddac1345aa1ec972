"""Label maps: a PNG an image whose values are classes (semantic segmentation).

``classes.json`` names the values; without it, a file with a name a line, from 0 on. Every class of
an image is one object. 8 bits, or 16 where there are more than 255 classes.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import DocumentError
from cocodec.files.png import print_png, read_pixels
from cocodec.formats.builder import Builder
from cocodec.formats.folders import label_names, staged
from cocodec.formats.objects import Carries, note_boxes, open_objects, without_empty
from cocodec.formats.png_folders import class_names, png_files
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]


def detect(path: Path) -> str | None:
    """Say why this is a folder of label maps, if it says so itself."""
    if path.is_dir() and (path / "classes.json").is_file():
        return "it has classes.json" if next(path.rglob("*.png"), None) else None
    return None


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    background: int | None = 0,
    void: int | None = 255,
    report: FormatReport | None = None,
) -> Document:
    """Read PNGs; every class of an image becomes an object.

    Parameters
    ----------
    path : path
        A folder, or one PNG.
    background : int, optional
        The value that is no class; None if all are.
    void : int, optional
        Another value that is no class, of images of 8 bits.
    report : FormatReport, optional

    Raises
    ------
    DocumentError
        For images that are no label maps.
    """
    report = FormatReport("label-map") if report is None else report
    root = Path(path)
    names = class_names(root)
    builder = Builder(name for value, name in names.items() if value not in (background, void))
    for file in steps(png_files(root)):
        pixels = read_pixels(file, None, str(file))
        if pixels.ndim != 2:
            raise DocumentError(f"{file}: it has {pixels.shape[2]} channels, a label map has one")
        height, width = pixels.shape
        base = file.relative_to(root).as_posix() if root.is_dir() else file.name
        image = builder.image(base, (height, width))
        masks, values = RleArray.from_label_map(pixels, background=background)
        for k, value in enumerate(values.tolist()):
            if value == void and pixels.dtype == np.uint8:
                report.note("void pixels, of no class", [f"{file}"])
                continue
            builder.object(
                image, names.get(int(value), f"class_{int(value)}"), segmentation=masks[k]
            )
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write a PNG an image: the class of each pixel, 0 where there is none.

    Objects of one class become one; of pixels that several classes have, the last object gets them.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(document, "label-map", Carries(classes=True))
    note_boxes(objects, report)
    objects = without_empty(objects, report)
    report.objects = len(objects)
    if len(objects.names) > 65534:
        raise DocumentError(f"{len(objects.names)} classes do not fit 16 bits")
    dtype = np.uint8 if len(objects.names) < 255 else np.uint16
    with staged(path) as folder:
        names = {0: "background"} | dict(enumerate(objects.names, 1))
        folder.write("classes.json", json.dumps(names))
        stems = label_names(objects.images, ".png")
        for (picture, chosen), stem in zip(objects.by_picture(), stems, strict=True):
            masks, classes = objects.masks[chosen], objects.category[chosen] + 1
            picture.require_paintable()
            size = (picture.height, picture.width)
            pixels = masks.to_label_map(classes, size=size, dtype=dtype)
            folder.write(stem, print_png(pixels), "images")
            values, counts = np.unique(classes, return_counts=True)
            joined = chosen[np.isin(classes, values[counts > 1])]
            report.lose("which object of its class it is", objects.places(joined))
            lost = _covered(masks, classes, pixels)
            report.lose("pixels that a later object covers", objects.places(chosen[lost]))
    return report


def _covered(
    masks: RleArray, classes: NDArray[np.int64], pixels: NDArray[Any]
) -> NDArray[np.int64]:
    """Masks of which some pixel shows another class; no pixel may show a class at all."""
    painted, found = RleArray.from_label_map(pixels)
    shown = np.isin(classes, found)
    lost = masks.area() > 0
    own = painted[np.searchsorted(found, classes[shown])]
    lost[shown] = masks[shown].difference(own).area() > 0
    return np.flatnonzero(lost)
