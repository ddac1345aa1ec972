"""A numpy archive: the masks as flat arrays of runs, and the document without them.

``counts``, ``offsets`` and ``sizes`` are those of `RleArray`; mask i is that of the annotation
``rows[i]`` of the document, whose JSON is the bytes of ``document``.
"""

from __future__ import annotations

import io
import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from cocodec._core import SegmentationKind
from cocodec.documents import document as documents
from cocodec.documents.document import Document
from cocodec.documents.progress import counted
from cocodec.errors import CocodecError, DocumentError, located
from cocodec.files.limits import default_unzip_limit, require_unzip_limit
from cocodec.files.output import open_whole
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_NAMES = ("counts", "offsets", "sizes", "rows", "document")
_RLE = (SegmentationKind.RLE_STRING, SegmentationKind.RLE_LIST)


def detect(path: Path) -> str | None:
    """Say why this is such an archive, if it is."""
    if not path.is_file() or path.suffix.lower() != ".npz":
        return None
    return "it is a numpy archive"


@names_arguments
def read(
    path: str | os.PathLike[str],
    *,
    unzip_limit: int | None = None,
    report: FormatReport | None = None,
) -> Document:
    """Read the file; every mask becomes compressed RLE.

    Parameters
    ----------
    path : str or path
    unzip_limit : int, optional
        How many bytes the arrays may unpack to in all. By default as many as the file has, or if
        that is more, as many as the JSON of a zip of this size: see `cocodec.read`.
    report : FormatReport, optional
        Is filled.

    Raises
    ------
    DocumentError
        If arrays are missing, do not fit together or unpack to too much.
    """
    report = FormatReport("npz") if report is None else report
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            packed = os.path.getsize(path)
            most = max(packed, default_unzip_limit(packed)) if unzip_limit is None else unzip_limit
            with located(file=os.fspath(path)):
                require_unzip_limit(size, most)
            for member in archive.infolist():
                _require_values(archive, member, path)
        with np.load(path, allow_pickle=False) as found:
            missing = [name for name in _NAMES if name not in found]
            if missing:
                raise DocumentError(f"{path}: the arrays {', '.join(missing)} are missing")
            arrays = {name: found[name] for name in _NAMES}
    except (DocumentError, OSError):
        raise
    except Exception as error:  # numpy evaluates what stands before the numbers: anything comes
        raise DocumentError(f"{path}: no numpy archive: {error}") from None
    document = _document(arrays, str(path), report)
    _tell(document)
    return document


def _tell(document: Document) -> None:
    """All images at once: the masks are one block."""
    with counted(len(document.images)) as count:
        count(len(document.images))


def _require_values(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str | os.PathLike[str]
) -> None:
    """Refuse an array that says it has more than there is: numpy would make room for it."""
    with archive.open(member) as stream:
        is_first = np.lib.format.read_magic(stream) == (1, 0)
        read_header = (
            np.lib.format.read_array_header_1_0 if is_first else np.lib.format.read_array_header_2_0
        )
        shape, _, kind = read_header(stream)
        wanted, there = math.prod(shape) * kind.itemsize, member.file_size - stream.tell()
    if wanted > there:
        raise DocumentError(
            f"{path}: the array {member.filename} says it has {wanted} bytes, but there are {there}"
        )


def _document(arrays: dict[str, Any], path: str, report: FormatReport) -> Document:
    rows = arrays["rows"]
    try:
        masks = RleArray.from_runs(arrays["counts"], arrays["offsets"], arrays["sizes"])
        document = documents.read(arrays["document"].astype(np.uint8).tobytes())
        fits = rows.dtype.kind in "iu" and rows.shape == (len(masks),)
        if not fits or (rows < 0).any() or (rows >= len(document.annotations)).any():
            raise DocumentError(f"rows do not fit {len(masks)} masks and the document")
        if len(rows):
            document.set_masks(rows.astype(np.int64), masks)
    except (CocodecError, TypeError) as error:
        raise DocumentError(f"{path}: {error}") from None
    report.images, report.objects = len(document.images), len(document.annotations)
    return document


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write the file; everything but how masks were spelled is kept.

    Returns
    -------
    FormatReport
    """
    report = FormatReport("npz")
    found = document.masks(on_error="skip")
    report.note("wrong segmentations, kept as they are", map(str, found.refused))
    rows = np.flatnonzero(found.has_mask)
    masks = found.masks[rows]
    drawn = ~np.isin(found.kinds[rows], _RLE)
    report.note(
        "masks that were polygons or boxes and become runs",
        (f"row {row}" for row in rows[drawn].tolist()),
    )
    copy = documents.read(b"".join(document.render_source()))
    if len(rows):
        copy.set_column("segmentation", [None] * len(rows), rows)
    text = np.frombuffer(b"".join(copy.render_source()), np.uint8)
    report.images, report.objects = len(document.images), len(document.annotations)
    out = io.BytesIO()
    np.savez(
        out, counts=masks.counts, offsets=masks.offsets, sizes=masks.sizes, rows=rows, document=text
    )
    with open_whole(path) as stream:
        stream.write(out.getvalue())
    _tell(document)
    return report
