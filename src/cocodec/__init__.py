"""cocodec: the COCO mask codec. Run-length masks, polygons, set operations, IoU, documents.

The names here are handed on: what one needs is imported when it is first asked for, so that
``import cocodec`` costs little more than numpy (PEP 562).
"""

from __future__ import annotations

TYPE_CHECKING = False  # of typing, which takes long: the command listens for Ctrl-C before that
if TYPE_CHECKING:
    from typing import Any

    from cocodec._core import (
        __version__,
        get_limits,
        get_num_threads,
        set_limits,
        set_num_threads,
    )
    from cocodec.conversion.dialect import DialectError, convert_dialect
    from cocodec.conversion.mask_spelling import ConvertReport, RefusedError, convert
    from cocodec.dialects import DialectOptions, DialectReport, FrameMasks, frame_masks, sniff
    from cocodec.documents.dataset import MaskDataset
    from cocodec.documents.document import Document, read
    from cocodec.documents.json_values import MISSING, JsonKind
    from cocodec.documents.segmentations import Masks
    from cocodec.documents.table import Table
    from cocodec.embedding import get_cmake_dir, get_include
    from cocodec.errors import CocodecError, DocumentError, PolygonError, RefusedRow, RleError
    from cocodec.evaluation import Evaluator, Result, evaluate
    from cocodec.groups import MergeReport, RefusedGroup, merge_groups
    from cocodec.inspection.check import check
    from cocodec.inspection.findings import Finding, Findings
    from cocodec.inspection.repairs import Change, Repaired, repair
    from cocodec.masks.rle_array import RleArray
    from cocodec.masks.segmentation_values import SegmentationKind
    from cocodec.masks.spellings import as_rle
    from cocodec.panoptic.quality import panoptic_quality
    from cocodec.reshaping import (
        diff,
        merge,
        remap,
        sample,
        set_columns,
        split,
        stats,
        strip,
        subset,
    )

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
    "Masks",
    "MergeReport",
    "PolygonError",
    "RefusedError",
    "RefusedGroup",
    "RefusedRow",
    "Repaired",
    "Result",
    "RleArray",
    "RleError",
    "SegmentationKind",
    "Table",
    "__version__",
    "as_rle",
    "check",
    "convert",
    "convert_dialect",
    "diff",
    "evaluate",
    "frame_masks",
    "get_cmake_dir",
    "get_include",
    "get_limits",
    "get_num_threads",
    "merge",
    "merge_groups",
    "panoptic_quality",
    "read",
    "remap",
    "repair",
    "sample",
    "set_columns",
    "set_limits",
    "set_num_threads",
    "sniff",
    "split",
    "stats",
    "strip",
    "subset",
]

# Where each public name lives.
_HOMES = {
    "_core": ("__version__", "get_limits", "get_num_threads", "set_limits", "set_num_threads"),
    "conversion.dialect": ("DialectError", "convert_dialect"),
    "conversion.mask_spelling": ("ConvertReport", "RefusedError", "convert"),
    "dialects": ("DialectOptions", "DialectReport", "FrameMasks", "frame_masks", "sniff"),
    "documents.dataset": ("MaskDataset",),
    "documents.document": ("Document", "read"),
    "documents.json_values": ("MISSING", "JsonKind"),
    "documents.segmentations": ("Masks",),
    "documents.table": ("Table",),
    "embedding": ("get_cmake_dir", "get_include"),
    "inspection.check": ("check",),
    "inspection.findings": ("Finding", "Findings"),
    "inspection.repairs": ("Change", "Repaired", "repair"),
    "errors": ("CocodecError", "DocumentError", "PolygonError", "RefusedRow", "RleError"),
    "evaluation": ("Evaluator", "Result", "evaluate"),
    "groups": ("MergeReport", "RefusedGroup", "merge_groups"),
    "masks.rle_array": ("RleArray",),
    "masks.spellings": ("as_rle",),
    "panoptic.quality": ("panoptic_quality",),
    "masks.segmentation_values": ("SegmentationKind",),
    "reshaping": (
        "diff",
        "merge",
        "remap",
        "sample",
        "set_columns",
        "split",
        "stats",
        "strip",
        "subset",
    ),
}
_HOME_OF = {name: f"cocodec.{home}" for home, names in _HOMES.items() for name in names}
_WINGS = (
    "arrow",
    "bulk",
    "conformance",
    "conversion",
    "dialects",
    "documents",
    "drawing",
    "errors",
    "evaluation",
    "files",
    "formats",
    "groups",
    "inspection",
    "masks",
    "panoptic",
    "pycocotools",
    "reshaping",
)


def __getattr__(name: str) -> Any:
    """Import a public name, or a wing, when it is first asked for."""
    from importlib import import_module

    if name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
    # PyCapsule_Import("cocodec._core._C_API") asks for _core as an attribute.
    if name in _WINGS or name == "_core":
        return import_module(f"cocodec.{name}")
    raise AttributeError(f"module 'cocodec' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names and the wings."""
    return sorted({*__all__, *_WINGS, "__doc__", "__file__", "__name__", "__path__", "__spec__"})
