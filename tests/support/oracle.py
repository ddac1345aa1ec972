"""pycocotools as an oracle: its functions without the warnings that numpy 2 has for them.

Only tests import this. Give it nothing that the reference does not check: it would crash the run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np
import pycocotools._mask as _mask
import pycocotools.mask as _public

from reference.masks import Mask, from_string, to_string


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return function(*args, **kwargs)

    return call


encode = _quiet(_public.encode)
decode = _quiet(_public.decode)
merge = _quiet(_public.merge)
area = _quiet(_public.area)
iou = _quiet(_public.iou)
toBbox = _quiet(_public.toBbox)  # noqa: N816 - the reference's name
frPyObjects = _quiet(_public.frPyObjects)  # noqa: N816


def rle(mask: Mask) -> dict[str, Any]:
    """The mask as pycocotools takes it."""
    return {"size": [mask.height, mask.width], "counts": to_string(mask.runs)}


def mask(segmentation: dict[str, Any]) -> Mask:
    """A dict of pycocotools as the tests' own mask."""
    return Mask(from_string(segmentation["counts"]), *segmentation["size"])


def from_rings(polygon: Sequence[Sequence[float]], height: int, width: int) -> list[dict[str, Any]]:
    """Every ring as a mask of its own (frPyObjects would take four numbers for a box)."""
    return list(_mask.frPoly([[float(v) for v in ring] for ring in polygon], height, width))


def from_boxes(boxes: Sequence[Sequence[float]], height: int, width: int) -> list[dict[str, Any]]:
    array = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    return list(_mask.frBbox(array, height, width))
