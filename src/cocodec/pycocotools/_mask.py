"""``pycocotools._mask``: the list-level functions behind ``pycocotools.mask``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec import _core
from cocodec.errors import RleError

__all__ = [
    "area",
    "decode",
    "encode",
    "frBbox",
    "frPoly",
    "frPyObjects",
    "frUncompressedRLE",
    "iou",
    "merge",
    "toBbox",
]

__author__ = "tsungyi"

Rle = dict[str, Any]


class IscrowdLengthError(RleError, AssertionError):
    """`iscrowd` has not one entry per ground truth; the reference raises an AssertionError here."""


def encode(mask: NDArray[Any]) -> list[Rle]:
    """Encode masks of shape (h, w, n) to n dicts."""
    return _core.to_coco(_core.encode(np.asarray(mask), "HWN", 1), "bytes")


def decode(rleObjs: Sequence[Rle]) -> NDArray[np.uint8]:
    """Decode n dicts to an array of uint8 of shape (h, w, n) in Fortran order."""
    return _core.decode(_core.from_coco(rleObjs), None, "HWN", np.dtype(np.uint8), 0)


def merge(rleObjs: Sequence[Rle], intersect: Any = 0) -> Rle:
    """Union, or intersection, of all masks."""
    runs = _core.from_coco(rleObjs)
    n = len(runs)
    if n == 0:
        return {"size": [0, 0], "counts": b""}
    operation = "intersection" if intersect else "union"
    merged = _core.combine(runs, np.arange(n), np.array([0, n]), operation, 1)
    return _core.to_coco(merged, "bytes")[0]


def area(rleObjs: Sequence[Rle]) -> NDArray[np.uint32]:
    """Foreground pixels of each mask, shape (n,)."""
    areas = _core.area(_core.from_coco(rleObjs))
    if areas.size > 0 and areas.max() > 0xFFFFFFFF:
        raise RleError(
            f"area {areas.max()} does not fit pycocotools' uint32; use cocodec.RleArray.area()"
        )
    return areas.astype(np.uint32)


def toBbox(rleObjs: Sequence[Rle]) -> NDArray[np.float64]:
    """Bounding box ``[x, y, w, h]`` of each mask, shape (n, 4)."""
    return _core.bbox(_core.from_coco(rleObjs))


def iou(dt: Any, gt: Any, pyiscrowd: Any) -> Any:
    """IoU of n detections and m ground truths, both RLEs or both boxes.

    Returns
    -------
    (n, m) array of float64 in Fortran order, or [] if there are no detections or no ground truths
    """
    crowd = np.asarray(pyiscrowd, dtype=np.uint8)
    left, right = _preproc(dt), _preproc(gt)
    if len(crowd) != len(right):
        raise IscrowdLengthError("iou(iscrowd=) must have the same length as gt")
    if len(left) == 0 or len(right) == 0:
        return []
    if isinstance(left, _core.Runs) and isinstance(right, _core.Runs):
        return _core.iou(left, right, crowd, 0)
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return _core.box_iou(left, right, crowd)
    raise TypeError("The dt and gt should have the same data type, either RLEs, list or np.ndarray")


def _preproc(objs: Any) -> _core.Runs | NDArray[np.float64]:
    """RLEs as runs, boxes as an (n, 4) array."""
    if isinstance(objs, np.ndarray):
        boxes = objs.astype(np.float64)
        if boxes.size == 0:
            return boxes.reshape(0, 4)
        if boxes.ndim == 1:
            boxes = boxes.reshape(1, -1)
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise ValueError(f"boxes have shape {objs.shape}, expected (n, 4)")
        return boxes
    if isinstance(objs, list):
        if all(isinstance(obj, dict) for obj in objs):
            return _core.from_coco(objs)
        if all(isinstance(obj, (list, tuple, np.ndarray)) and len(obj) == 4 for obj in objs):
            return np.asarray(objs, dtype=np.float64).reshape(-1, 4)
        raise TypeError("list input can be bounding box (Nx4) or RLEs ([RLE])")
    raise TypeError(
        "unrecognized type.  The following type: RLEs (rle), np.ndarray (box), and list (box) are "
        "supported."
    )


def frPoly(poly: Sequence[Any], h: Any, w: Any) -> list[Rle]:
    """Each ring ``[x0, y0, x1, y1, ...]`` as a mask of its own."""
    rings = [[ring] for ring in poly]
    return _core.to_coco(_core.from_polygons(rings, _sizes(h, w, len(rings)), 1), "bytes")


def frBbox(bb: Any, h: Any, w: Any) -> list[Rle]:
    """Each box ``[x, y, w, h]`` as a mask of its own."""
    boxes = np.asarray(bb, dtype=np.float64)
    if boxes.ndim == 1 and boxes.size > 0:
        boxes = boxes.reshape(1, -1)
    boxes = boxes.reshape(0, 4) if boxes.size == 0 else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes have shape {boxes.shape}, expected (n, 4)")
    return _core.to_coco(_core.from_boxes(boxes, _sizes(h, w, len(boxes))), "bytes")


def frUncompressedRLE(ucRles: Sequence[Rle], h: Any, w: Any) -> list[Rle]:
    """Each ``{"size": [h, w], "counts": [...]}`` compressed; its own size wins over `h` and `w`."""
    return _core.to_coco(_core.from_coco(ucRles), "bytes")


def frPyObjects(pyobj: Any, h: Any, w: Any) -> Any:
    """Encode boxes, polygons or uncompressed RLEs; what they are is told by type and length.

    An array or rows of four numbers are boxes, longer rows polygons, dicts RLEs; these give a list
    (one dict gives a dict). A flat list of four numbers is one box, a longer one one polygon; they
    give a dict.
    """
    if isinstance(pyobj, np.ndarray):
        return frBbox(pyobj, h, w)
    if isinstance(pyobj, dict):
        return frUncompressedRLE([pyobj], h, w)[0]
    if not isinstance(pyobj, list):
        raise TypeError(f"input type is not supported: {type(pyobj).__name__}")
    if len(pyobj) == 0:
        return frPoly([[]], h, w)
    first = pyobj[0]
    if isinstance(first, dict):
        return frUncompressedRLE(pyobj, h, w)
    if np.ndim(first) > 0:
        boxes = all(np.ndim(row) == 1 and len(row) == 4 for row in pyobj)
        return frBbox(pyobj, h, w) if boxes else frPoly(pyobj, h, w)
    return (frBbox if len(pyobj) == 4 else frPoly)([pyobj], h, w)[0]


def _sizes(h: Any, w: Any, n: int) -> NDArray[np.int64]:
    return np.tile(np.array([int(h), int(w)], dtype=np.int64), (n, 1))
