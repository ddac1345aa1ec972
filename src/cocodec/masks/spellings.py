"""Any spelling of one segmentation -> a mask, for whoever does not know what a file holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import PolygonError, RleError
from cocodec.masks.arguments import as_dense
from cocodec.masks.geojson import is_geometry
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["as_rle"]


@names_arguments
def as_rle(segmentation: Any, height: int | None = None, width: int | None = None) -> RleArray:
    """One mask from any spelling of a segmentation.

    Parameters
    ----------
    segmentation : list, dict, str, bytes, array or RleArray
        A list of rings; one flat ring ``[x0, y0, x1, y1, ...]``; the points of one ring; a dict
        with ``size`` and ``counts`` (compressed or not); a bare counts string; a dense
        two-dimensional mask of numpy, torch or whoever gives DLPack, with or without axes of length
        1 in front; contours of cv2; a polygon of shapely or of GeoJSON; ``[]`` or ``[[]]`` for an
        empty mask. A ring is never a box: see `RleArray.from_boxes`.
    height, width : int, optional
        Size of the image in pixels. Needed for rings and bare counts strings; where the
        segmentation has a size of its own, it must be the same.

    Returns
    -------
    RleArray of length 1

    Raises
    ------
    PolygonError, RleError
        For rings or RLE that are wrong; says what they seem to be.
    TypeError
        For what is no segmentation at all, or needs a size that was not given.

    Examples
    --------
    >>> as_rle([[1, 1], [5, 1], [3, 6]], 10, 12) == as_rle([[1, 1, 5, 1, 3, 6]], 10, 12)
    True
    """
    if (height is None) != (width is None):
        raise TypeError("give both height and width, or neither")
    size = None if height is None or width is None else (height, width)
    if hasattr(segmentation, "__dlpack__") and not isinstance(segmentation, np.ndarray):
        segmentation, is_bfloat16 = as_dense(segmentation)
        if is_bfloat16:
            raise TypeError("the mask is of bfloat16: cast it to bool, (mask > 0.5)")
    if isinstance(segmentation, np.ndarray):
        segmentation = _without_axes(segmentation)
    if not isinstance(segmentation, RleArray) and is_geometry(segmentation):
        if size is None:
            raise TypeError("height and width are needed: a polygon does not hold the image's size")
        return _unnumbered(RleArray.from_geometries, [segmentation], size)
    if isinstance(segmentation, dict):
        return _unnumbered(RleArray.from_coco, [segmentation], size)
    if isinstance(segmentation, RleArray):
        if len(segmentation) != 1:
            raise RleError(f"expected one mask, got {len(segmentation)}")
        return _require_size(segmentation, size)
    if isinstance(segmentation, np.ndarray) and segmentation.ndim == 2 and _is_dense(segmentation):
        return _require_size(RleArray.encode(segmentation), size)
    if isinstance(segmentation, np.ndarray):
        segmentation = _array_ring(segmentation)
    if size is None:
        raise TypeError("height and width are needed: this spelling does not hold the image's size")
    if isinstance(segmentation, (str, bytes)):
        return _unnumbered(RleArray.from_coco, [segmentation], size)
    if not isinstance(segmentation, (list, tuple)):
        raise TypeError(f"a {type(segmentation).__name__} is not a segmentation")
    return _unnumbered(RleArray.from_polygons, [segmentation], size)


def _without_axes(array: NDArray[Any]) -> NDArray[Any]:
    """A mask without axes of length 1 in front: models give (1, 1, h, w)."""
    if not _is_dense(array) or array.ndim < 3:
        return array
    if array.size != array.shape[-1] * array.shape[-2]:
        raise RleError(
            f"expected one mask, got an array of shape {array.shape}: RleArray.encode reads batches"
        )
    return array.reshape(array.shape[-2:])


def _unnumbered(read: Any, values: list[Any], size: tuple[int, int] | None) -> RleArray:
    """Read one value; that it is number 0 of one needs no saying."""
    try:
        masks: RleArray = read(values, size)
        return masks
    except (PolygonError, RleError) as error:
        error.args = (str(error).removeprefix("mask 0: "),)
        raise


def _array_ring(array: NDArray[Any]) -> list[Any]:
    """What an array of coordinates can only be: a flat ring, or the points of a ring."""
    if array.dtype.kind in "iuf":
        if array.ndim == 1:
            return [array] if array.size > 0 else []
        if array.ndim == 2 and array.shape[1] == 2:
            return [array]
        if array.ndim == 3 and array.shape[1:] == (1, 2):
            return [array.reshape(-1, 2)]  # a contour of cv2
        if array.ndim == 2 and array.shape[1] == 4:
            raise TypeError(
                f"an array of shape {array.shape} may be boxes or rings of two points: use "
                "RleArray.from_boxes(boxes, size).union() for boxes x, y, width, height"
            )
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
