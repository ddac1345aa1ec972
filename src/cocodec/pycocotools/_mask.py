"""``pycocotools._mask``: the list-level functions behind ``pycocotools.mask``.

Written in C++ (``cpp/bindings/bind_pycocotools*.cpp``); ``help()`` of each says what it does.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cocodec._core import _mask_area as area
from cocodec._core import _mask_decode as decode
from cocodec._core import _mask_encode as encode
from cocodec._core import _mask_frBbox as frBbox
from cocodec._core import _mask_frPoly as frPoly
from cocodec._core import _mask_frPyObjects as frPyObjects
from cocodec._core import _mask_frUncompressedRLE as frUncompressedRLE
from cocodec._core import _mask_iou as iou
from cocodec._core import _mask_merge as merge
from cocodec._core import _mask_toBbox as toBbox
from cocodec.errors import RleError
from cocodec.pycocotools.engine.replaced_masks import MaskModule

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "PYTHON_VERSION",
    "area",
    "decode",
    "encode",
    "frBbox",
    "frPoly",
    "frPyObjects",
    "frUncompressedRLE",
    "iou",
    "merge",
    "np",
    "sys",
    "toBbox",
]

__author__ = "tsungyi"
PYTHON_VERSION = sys.version_info[0]

sys.modules[__name__].__class__ = MaskModule


def __getattr__(name: str) -> Any:
    if name == "np":  # not used here, and it costs more than the rest
        import numpy as np

        return np
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), "np"]


class IscrowdLengthError(RleError, AssertionError):
    """`iscrowd` has not one entry per ground truth; the reference raises an AssertionError here."""
