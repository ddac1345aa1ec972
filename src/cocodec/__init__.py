"""cocodec: the COCO mask codec. Run-length masks, polygons, set operations, IoU, documents."""

from __future__ import annotations

from cocodec._core import __version__
from cocodec.conversion import ConvertReport, RefusedError, RefusedRow, convert
from cocodec.embedding import get_cmake_dir, get_include
from cocodec.errors import CocodecError, DocumentError, PolygonError, RleError
from cocodec.rles import RleArray
from cocodec.spellings import as_rle

__all__ = [
    "CocodecError",
    "ConvertReport",
    "DocumentError",
    "PolygonError",
    "RefusedError",
    "RefusedRow",
    "RleArray",
    "RleError",
    "__version__",
    "as_rle",
    "convert",
    "get_cmake_dir",
    "get_include",
]
