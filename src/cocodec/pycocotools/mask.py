"""``pycocotools.mask``: functions that take one RLE dict or a list of them.

RLEs are ``{"size": [h, w], "counts": bytes}``; masks are uint8 in Fortran order; boxes are
``[x, y, w, h]`` in pixels. (COCO API, https://github.com/cocodataset/cocoapi, PythonAPI.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cocodec.pycocotools import _mask
from cocodec.pycocotools._mask import frPyObjects, iou, merge

__all__ = ["area", "decode", "encode", "frPyObjects", "iou", "merge", "toBbox"]


def encode(bimask: Any) -> Any:
    """Encode a mask of shape (h, w) to a dict, or (h, w, n) to a list of n dicts.

    Any memory order and strides; bool, uint8 or int8; every non-zero value is foreground.
    """
    array = np.asarray(bimask)
    if array.ndim == 3:
        return _mask.encode(array)
    if array.ndim == 2:
        return _mask.encode(array[:, :, np.newaxis])[0]
    raise ValueError(f"a mask has 2 or 3 dimensions, not {array.ndim}")


def decode(rleObjs: Any) -> Any:
    """Decode a dict to (h, w), or a list of n dicts to (h, w, n); uint8, Fortran order."""
    if isinstance(rleObjs, list):
        return _mask.decode(rleObjs)
    return _mask.decode([rleObjs])[:, :, 0]


def area(rleObjs: Any) -> Any:
    """Foreground pixels: np.uint32 of a dict, an array of uint32 of a list."""
    if isinstance(rleObjs, list):
        return _mask.area(rleObjs)
    return _mask.area([rleObjs])[0]


def toBbox(rleObjs: Any) -> Any:
    """Bounding boxes as float64: (4,) of a dict, (n, 4) of a list."""
    if isinstance(rleObjs, list):
        return _mask.toBbox(rleObjs)
    return _mask.toBbox([rleObjs])[0]
