"""cocodec: the COCO mask codec. Run-length masks, polygons, set operations, IoU, documents."""

from __future__ import annotations

from cocodec._core import __version__
from cocodec.conversion.dialect import DialectError, convert_dialect
from cocodec.conversion.mask_spelling import ConvertReport, RefusedError, convert
from cocodec.dialects import DialectOptions, DialectReport, FrameMasks, frame_masks, sniff
from cocodec.documents.dataset import MaskDataset
from cocodec.documents.document import Document, read
from cocodec.documents.json_values import MISSING, JsonKind
from cocodec.embedding import get_cmake_dir, get_include
from cocodec.errors import CocodecError, DocumentError, PolygonError, RefusedRow, RleError
from cocodec.evaluation import Evaluator, evaluate
from cocodec.groups.merge import MergeReport, RefusedGroup, merge_groups
from cocodec.inspection.check import check
from cocodec.inspection.findings import Finding, Findings
from cocodec.inspection.repairs import Change, Repaired, repair
from cocodec.masks.rle_array import RleArray
from cocodec.masks.spellings import as_rle
from cocodec.panoptic.quality import panoptic_quality

__all__ = [
    "MISSING",
    "Change",
    "CocodecError",
    "ConvertReport",
    "DialectError",
    "DialectOptions",
    "DialectReport",
    "Document",
    "DocumentError",
    "Evaluator",
    "Finding",
    "Findings",
    "FrameMasks",
    "JsonKind",
    "MaskDataset",
    "MergeReport",
    "PolygonError",
    "RefusedError",
    "RefusedGroup",
    "RefusedRow",
    "Repaired",
    "RleArray",
    "RleError",
    "__version__",
    "as_rle",
    "check",
    "convert",
    "convert_dialect",
    "evaluate",
    "frame_masks",
    "get_cmake_dir",
    "get_include",
    "merge_groups",
    "panoptic_quality",
    "read",
    "repair",
    "sniff",
]
