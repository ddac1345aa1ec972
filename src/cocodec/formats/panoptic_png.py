"""COCO's panoptic form: ``panoptic.json`` and a folder ``panoptic`` of RGB PNGs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from cocodec.documents import document as documents
from cocodec.documents.document import Document
from cocodec.errors import DocumentError
from cocodec.formats.folders import staged
from cocodec.formats.report import FormatReport

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
        made = document.to_panoptic(folder.place("panoptic/x", "output").parent)
        folder.write("panoptic.json", b"".join(made.render_source()))
    back = read(path)
    report.images, report.objects = len(back.images), len(back.annotations)
    before = int(masks.masks[masks.has_mask].area().sum())
    lost = before - int(back.masks().masks.area().sum())
    if lost:
        report.lose("pixels that a later object covers", [f"{lost} in all"])
    return report
