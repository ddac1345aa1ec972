"""cocodec: the COCO mask codec. Run-length masks, polygons, set operations, IoU, documents."""

from __future__ import annotations

from cocodec._core import __version__
from cocodec.conversion import ConvertReport, RefusedError, convert
from cocodec.dataset import MaskDataset
from cocodec.dialect_conversion import DialectError, convert_dialect
from cocodec.dialects import DialectOptions, DialectReport, FrameMasks, frame_masks, sniff
from cocodec.document import Document, read
from cocodec.embedding import get_cmake_dir, get_include
from cocodec.errors import CocodecError, DocumentError, PolygonError, RefusedRow, RleError
from cocodec.evaluation import Evaluator, evaluate
from cocodec.groups import MergeReport, RefusedGroup, merge_groups
from cocodec.panoptic_quality import panoptic_quality
from cocodec.rles import RleArray
from cocodec.spellings import as_rle
from cocodec.values import MISSING, JsonKind

__all__ = [
    "MISSING",
    "CocodecError",
    "ConvertReport",
    "DialectError",
    "DialectOptions",
    "DialectReport",
    "Document",
    "DocumentError",
    "Evaluator",
    "FrameMasks",
    "JsonKind",
    "MaskDataset",
    "MergeReport",
    "PolygonError",
    "RefusedError",
    "RefusedGroup",
    "RefusedRow",
    "RleArray",
    "RleError",
    "__version__",
    "as_rle",
    "convert",
    "convert_dialect",
    "evaluate",
    "frame_masks",
    "get_cmake_dir",
    "get_include",
    "merge_groups",
    "panoptic_quality",
    "read",
    "sniff",
]
