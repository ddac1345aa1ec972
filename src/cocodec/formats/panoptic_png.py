"""COCO's panoptic form: ``panoptic.json`` and a folder ``panoptic`` of RGB PNGs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocodec.documents import document as documents
from cocodec.documents.document import Document
from cocodec.errors import DocumentError
from cocodec.formats.folders import staged
from cocodec.formats.report import FormatReport
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]


def _file_of(path: Path) -> Path | None:
    if path.is_file():
        return path if path.with_suffix("").is_dir() and path.suffix == ".json" else None
    files = [path / "panoptic.json", *sorted(path.glob("panoptic*.json"))]
    return next((file for file in files if file.is_file() and file.with_suffix("").is_dir()), None)


def detect(path: Path) -> str | None:
    """Say why this is panoptic, if it is."""
    file = _file_of(path)
    if file is None:
        return None
    with open(file, "rb") as stream:
        head = stream.read(1 << 20)
    return "it has segments_info and a folder of PNGs" if b'"segments_info"' in head else None


@names_arguments
def read(path: str | os.PathLike[str], *, report: FormatReport | None = None) -> Document:
    """Read the JSON file, whose PNGs lie in the folder of its name, or a folder with both.

    Raises
    ------
    DocumentError
        If there is none; see `Document.from_panoptic` for the rest.
    """
    report = FormatReport("panoptic-png") if report is None else report
    file = _file_of(Path(path))
    if file is None:
        raise DocumentError(f"{path}: there is no panoptic*.json with a folder of its name")
    document = Document.from_panoptic(file)
    report.images, report.objects = len(document.images), len(document.annotations)
    return document


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write a folder with both; of pixels that several objects have, the last gets them.

    Returns
    -------
    FormatReport
    """
    report = FormatReport("panoptic-png")
    masks = document.masks(on_error="skip")
    report.lose("annotations with a wrong segmentation", map(str, masks.refused))
    without = np.flatnonzero(~masks.has_mask | (document.image_rows() < 0))
    report.lose("annotations without a mask or an image", (f"row {k}" for k in without.tolist()))
    if len(without):
        document = documents.read(b"".join(document.render_source()))
        document.remove(without)
    with staged(path) as folder:
        made = document.to_panoptic(os.path.dirname(folder.place("panoptic/x", "output")))
        folder.write("panoptic.json", b"".join(made.render_source()))
    _lose_pixels(document, made, without, report)
    return report


def _lose_pixels(
    document: Document, made: Document, without: NDArray[np.int64], report: FormatReport
) -> None:
    """Compare what each object has in its picture with its mask."""
    left = {
        (json.dumps(image), json.dumps(segment.get("annotation_id", segment["id"]))): segment[
            "area"
        ]
        for image, segments in zip(
            made.annotations.column("image_id").tolist(),
            made.annotations.column("segments_info").tolist(),
            strict=True,
        )
        for segment in segments
    }
    report.images, report.objects = len(made.images), len(left)
    rows = np.setdiff1d(np.arange(len(document.annotations) + len(without)), without).tolist()
    images = document.annotations.column("image_id").tolist()
    ids = document.annotations.column("id", missing=None).tolist()
    areas = document.masks().masks.area().tolist()
    for row, image, id_, area in zip(rows, images, ids, areas, strict=True):
        found = left.get((json.dumps(image), json.dumps(id_)), 0)
        place = f"row {row} (id {id_})"
        if area == 0:
            report.lose("objects without a pixel", [place])
        elif found < area:
            covered = f"{place}: {area - found} pixels"
            report.lose("pixels that a later object covers", [covered])
