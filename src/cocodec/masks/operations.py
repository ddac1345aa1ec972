"""What can be done with masks besides set operations, without their pixels ever being written out.

Functions that take a batch, which `RleArray` has as its methods. Each checks and shapes its
arguments; the work is done, for the whole batch, in ``cocodec._core``. Whatever gives masks gives
them with the runs that `RleArray.encode` would cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

import cocodec._core as _core
from cocodec.errors import RleError
from cocodec.masks.arguments import as_integers, as_sizes

if TYPE_CHECKING:
    from cocodec.masks.rle_array import RleArray

__all__ = ["crop", "flip", "pad", "resize", "rotate90", "shift", "transpose"]

Direction: TypeAlias = Literal["horizontal", "vertical"]
ResizeRule: TypeAlias = Literal["nearest", "area"]


def flip(masks: RleArray, direction: Direction, *, threads: int = 0) -> RleArray:
    """Mirror each mask.

    Parameters
    ----------
    direction : {"horizontal", "vertical"}
        Whether left and right change places, or top and bottom.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> import numpy as np
    >>> from cocodec import RleArray
    >>> RleArray.encode(np.array([[1, 0, 0]], np.uint8)).flip("horizontal").decode()
    array([[[0, 0, 1]]], dtype=uint8)
    """
    horizontal = _choice(direction, "direction", ("horizontal", "vertical")) == "horizontal"
    return masks._wrap(_core.flip(masks._runs, horizontal, threads))


def transpose(masks: RleArray, *, threads: int = 0) -> RleArray:
    """Exchange rows and columns: pixel (y, x) goes to (x, y), size (h, w) becomes (w, h).

    Parameters
    ----------
    threads : int
        0 = as many as pay, 1 = none.
    """
    return masks._wrap(_core.transpose(masks._runs, threads))


def rotate90(masks: RleArray, k: int = 1, *, threads: int = 0) -> RleArray:
    """Turn each mask by 90 degrees counterclockwise, k times, as `numpy.rot90` does.

    Parameters
    ----------
    k : int
        How many times; negative numbers turn clockwise.
    threads : int
        0 = as many as pay, 1 = none.
    """
    return masks._wrap(_core.rotate90(masks._runs, int(k) % 4, threads))


def crop(masks: RleArray, boxes: ArrayLike, *, threads: int = 0) -> RleArray:
    """Cut a box of pixels out of each mask; it becomes the whole of the new one.

    Parameters
    ----------
    boxes : (n, 4) or (4,) array
        x, y, width, height, whole pixels. A box may reach beyond the image, or lie outside of it:
        what is there is background.
    threads : int
        0 = as many as pay, 1 = none.

    Raises
    ------
    RleError
        For boxes that are not whole pixels, or of negative width or height.
    """
    whole = _as_pixels(boxes, "boxes")
    n = len(masks)
    if whole.shape != (4,) and whole.shape != (n, 4) and not (n == 0 and whole.size == 0):
        raise RleError(f"boxes have shape {whole.shape}, expected (4,) or ({n}, 4)")
    windows = np.empty((n, 4), np.int64)
    windows[:] = whole[..., [0, 1, 3, 2]] if whole.size > 0 else 0
    return masks._wrap(_core.crop(masks._runs, windows, threads))


def pad(
    masks: RleArray,
    left: ArrayLike = 0,
    top: ArrayLike = 0,
    right: ArrayLike = 0,
    bottom: ArrayLike = 0,
    *,
    threads: int = 0,
) -> RleArray:
    """Add background around each mask.

    Parameters
    ----------
    left, top, right, bottom : int or (n,) array of int
        How many pixels on which side, from 0 on.
    threads : int
        0 = as many as pay, 1 = none.

    Raises
    ------
    RleError
        For negative numbers (`crop` takes pixels away), or images of more than 2**32 - 1 rows or
        columns.
    """
    sides = {"left": left, "top": top, "right": right, "bottom": bottom}
    added = {side: _as_each(value, len(masks), side) for side, value in sides.items()}
    for side, value in added.items():
        outside = np.flatnonzero((value < 0) | (value >= 2**32))
        if len(outside) > 0:
            number = value[outside[0]]
            raise RleError(f"{side} is {number}; padding lies in 0..4294967295 (crop takes away)")
    windows = np.empty((len(masks), 4), np.int64)
    windows[:, 0] = -added["left"]
    windows[:, 1] = -added["top"]
    windows[:, 2:] = masks.sizes
    windows[:, 2] += added["top"] + added["bottom"]
    windows[:, 3] += added["left"] + added["right"]
    return masks._wrap(_core.crop(masks._runs, windows, threads))


def shift(masks: RleArray, dx: ArrayLike, dy: ArrayLike, *, threads: int = 0) -> RleArray:
    """Move each mask inside its image; what leaves the image is lost, what enters is background.

    Parameters
    ----------
    dx, dy : int or (n,) array of int
        Pixels to the right and down; negative ones go to the left and up.
    threads : int
        0 = as many as pay, 1 = none.
    """
    windows = np.empty((len(masks), 4), np.int64)
    # Beyond 2**33 everything has left the image, whatever its size.
    windows[:, 0] = -np.clip(_as_each(dx, len(masks), "dx"), -(2**33), 2**33)
    windows[:, 1] = -np.clip(_as_each(dy, len(masks), "dy"), -(2**33), 2**33)
    windows[:, 2:] = masks.sizes
    return masks._wrap(_core.crop(masks._runs, windows, threads))


def resize(
    masks: RleArray, sizes: ArrayLike, *, rule: ResizeRule = "nearest", threads: int = 0
) -> RleArray:
    """Scale each mask to a size.

    Parameters
    ----------
    sizes : (n, 2) or (2,) array of int
        New heights and widths in pixels.
    rule : {"nearest", "area"}
        "nearest": the pixel in which the centre of the new one lies, exactly
        ``floor((x + 1/2) * old / new)``. That is what OpenCV calls INTER_NEAREST_EXACT, torch
        "nearest-exact", and what Pillow and scikit-image do. "area": foreground where more than
        half of what the new pixel covers is, exactly; better for making masks smaller.
    threads : int
        0 = as many as pay, 1 = none.

    Raises
    ------
    RleError
        For sides outside of 0..2**32 - 1, and where a mask without pixels is to get some.
    """
    area = _choice(rule, "rule", ("nearest", "area")) == "area"
    given = as_sizes(sizes, len(masks))
    return masks._wrap(_core.resize(masks._runs, given, area, threads))


def _choice(value: Any, what: str, choices: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in choices:
        return value
    names = " or ".join(f'"{choice}"' for choice in choices)
    raise ValueError(f"{what} is {value!r}; it must be {names}")


def _as_pixels(values: ArrayLike, what: str) -> NDArray[np.int64]:
    """Whole numbers, floats that are whole among them (as bounding boxes come)."""
    array = np.asarray(values)
    if array.dtype.kind != "f" or array.size == 0:
        return as_integers(array, what)
    wrong = ~(np.abs(array) < 2**53) | (array != np.floor(array))
    if wrong.any():
        raise RleError(f"{what} must be whole pixels, not {array[wrong][0]}")
    return array.astype(np.int64)


def _as_each(values: ArrayLike, n: int, what: str) -> NDArray[np.int64]:
    """One whole number for each mask; a single one serves all."""
    array = _as_pixels(values, what)
    if array.ndim != 0 and array.shape != (n,):
        raise RleError(f"{what} has shape {array.shape}, expected () or ({n},)")
    return np.broadcast_to(array, (n,))
