"""Any spelling of one segmentation -> a mask, for whoever does not know what a file holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import RleError
from cocodec.masks.rle_array import RleArray

__all__ = ["as_rle"]


def as_rle(segmentation: Any, height: int | None = None, width: int | None = None) -> RleArray:
    """One mask from any spelling of a segmentation.

    Parameters
    ----------
    segmentation : list, dict, str, bytes, array or RleArray
        A list of rings; one flat ring ``[x0, y0, x1, y1, ...]``; the points of one ring; a box
        ``[x, y, w, h]`` or ``[[x, y, w, h], ...]``; a dict with ``size`` and ``counts``
        (compressed or not); a bare counts string; a dense two-dimensional mask; ``[]`` or
        ``[[]]`` for an empty mask.
    height, width : int, optional
        Size of the image in pixels. Needed for rings, boxes and bare counts strings; where the
        segmentation has a size of its own, it must be the same.

    Returns
    -------
    RleArray of length 1
    """
    if (height is None) != (width is None):
        raise TypeError("give both height and width, or neither")
    size = None if height is None or width is None else (height, width)
    if isinstance(segmentation, dict):
        return RleArray.from_coco([segmentation], size)
    if isinstance(segmentation, RleArray):
        if len(segmentation) != 1:
            raise RleError(f"expected one mask, got {len(segmentation)}")
        return _require_size(segmentation, size)
    if isinstance(segmentation, np.ndarray) and segmentation.ndim == 2 and _is_dense(segmentation):
        return _require_size(RleArray.encode(segmentation), size)
    if size is None:
        raise TypeError("height and width are needed: this spelling does not hold the image's size")
    if isinstance(segmentation, (str, bytes)):
        return RleArray.from_coco([segmentation], size)
    return _from_shapes(segmentation, size)


def _from_shapes(shapes: Any, size: tuple[int, int]) -> RleArray:
    """Rings, one flat ring, one ring of points, or boxes."""
    if isinstance(shapes, np.ndarray):
        shapes = _array_shapes(shapes)
    if not isinstance(shapes, (list, tuple)):
        raise TypeError(f"a {type(shapes).__name__} is not a segmentation")
    if len(shapes) > 0 and not any(_is_row(shape) for shape in shapes):
        shapes = [shapes]
    length = _common_length(shapes)
    if length == 4:
        return RleArray.from_boxes(shapes, size).union()
    if length == 2 and len(shapes) > 2:
        shapes = [shapes]  # rings of one point cover nothing: these are the points of one ring
    return RleArray.from_polygons([list(shapes)], size)


def _is_row(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _common_length(shapes: Any) -> int | None:
    """How many numbers each shape has, if all have as many and hold nothing but numbers."""
    if not all(_is_row(shape) and not any(_is_row(item) for item in shape) for shape in shapes):
        return None
    lengths = {len(shape) for shape in shapes}
    return lengths.pop() if len(lengths) == 1 else None


def _array_shapes(array: NDArray[Any]) -> list[Any]:
    """What an array of coordinates can only be: a flat ring, the points of a ring, or boxes."""
    if array.dtype.kind in "iuf":
        if array.ndim == 1:
            return [array] if array.size > 0 else []
        if array.ndim == 2 and array.shape[1] == 2:
            return [array]
        if array.ndim == 2 and array.shape[1] == 4:
            return list(array)
    raise TypeError(
        f"an array of {array.dtype} with shape {array.shape} may be a mask or coordinates: "
        "cast a dense mask to bool, (mask > 0.5), and pass rings as a list of rings"
    )


def _is_dense(array: NDArray[Any]) -> bool:
    """Bytes are pixels; wider numbers are coordinates."""
    return array.dtype.kind == "b" or (array.dtype.kind in "iu" and array.dtype.itemsize == 1)


def _require_size(mask: RleArray, size: tuple[int, int] | None) -> RleArray:
    if size is not None and tuple(mask.sizes[0]) != tuple(size):
        raise RleError(
            f"the mask has size {mask.sizes[0].tolist()}, the caller asks for {list(size)}"
        )
    return mask
