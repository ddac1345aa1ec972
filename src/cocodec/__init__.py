"""cocodec: the COCO mask codec. Run-length masks, polygons, set operations, IoU, documents."""

from __future__ import annotations

from cocodec._core import __version__
from cocodec.conversion import ConvertReport, RefusedError, RefusedRow, convert
from cocodec.errors import CocodecError, DocumentError, PolygonError, RleError
from cocodec.evaluation import Evaluator, evaluate
from cocodec.panoptic import panoptic_quality
from cocodec.rles import RleArray
from cocodec.spellings import as_rle

__all__ = [
    "CocodecError",
    "ConvertReport",
    "DocumentError",
    "Evaluator",
    "PolygonError",
    "RefusedError",
    "RefusedRow",
    "RleArray",
    "RleError",
    "__version__",
    "as_rle",
    "convert",
    "evaluate",
    "panoptic_quality",
]
