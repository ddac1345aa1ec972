"""Ways to move images: what becomes of sizes, points and masks. Nothing here knows documents.

A point (x, y) of an image becomes ``matrix @ (x, y, 1)``; pixel (0, 0) spans 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cocodec.masks.rle_array import RleArray

__all__ = ["Motion", "flipping", "moved_points", "scaling", "turning", "windowing"]

# What Pillow's Image.Transpose calls FLIP_LEFT_RIGHT and so on; it turns counterclockwise too.
_FLIPS = {"horizontal": 0, "vertical": 1}
_TURNS = {1: 2, 2: 3, 3: 4}
_DECIMALS = 7  # more are not worth keeping: they came out of a calculation


@dataclass(frozen=True)
class Motion:
    """What becomes of m images.

    Attributes
    ----------
    matrix : (m, 2, 3) array of float64
        For points.
    sizes : (m, 2) array of int64
        New heights and widths.
    masks : callable
        Moves masks, each of the image of a given number.
    picture : callable
        Moves an image of Pillow, that of a given number.
    is_exact : bool
        Whether pixels become pixels: no scale but 1 and -1.
    cuts : bool
        Whether something may be left out.
    mirrors : bool
        Whether left becomes right.
    """

    matrix: NDArray[np.float64]
    sizes: NDArray[np.int64]
    masks: Callable[[RleArray, NDArray[np.int64], int], RleArray]
    picture: Callable[[Any, int], Any]
    is_exact: bool = True
    cuts: bool = False
    mirrors: bool = False

    @property
    def scales(self) -> NDArray[np.float64]:
        """How much larger areas become, shape (m,)."""
        m = self.matrix
        return np.asarray(np.abs(m[:, 0, 0] * m[:, 1, 1] - m[:, 0, 1] * m[:, 1, 0]), np.float64)


def windowing(windows: NDArray[np.int64], *, cuts: bool = True) -> Motion:
    """Cut or pad: each image becomes a window (x, y, width, height) of itself, shape (m, 4).

    `cuts`: whether it may leave out a part of an image.
    """
    matrix = np.zeros((len(windows), 2, 3))
    matrix[:, 0, 0] = matrix[:, 1, 1] = 1
    matrix[:, :, 2] = -windows[:, :2]

    def masks(batch: RleArray, images: NDArray[np.int64], threads: int) -> RleArray:
        return batch.crop(windows[images], threads=threads)

    def picture(image: Any, number: int) -> Any:
        x, y, w, h = windows[number].tolist()
        return image.crop((x, y, x + w, y + h))

    return Motion(matrix, windows[:, [3, 2]].copy(), masks, picture, cuts=cuts)


def flipping(sizes: NDArray[np.int64], direction: Literal["horizontal", "vertical"]) -> Motion:
    """Mirror: "horizontal" or "vertical"; `sizes` are heights and widths, shape (m, 2)."""
    matrix = np.zeros((len(sizes), 2, 3))
    matrix[:, 0, 0] = matrix[:, 1, 1] = 1
    axis = 0 if direction == "horizontal" else 1
    matrix[:, axis, axis] = -1
    matrix[:, axis, 2] = sizes[:, 1 - axis]

    def masks(batch: RleArray, images: NDArray[np.int64], threads: int) -> RleArray:
        return batch.flip(direction, threads=threads)

    def picture(image: Any, number: int) -> Any:
        return image.transpose(_FLIPS[direction])

    return Motion(matrix, sizes.copy(), masks, picture, mirrors=True)


def turning(sizes: NDArray[np.int64], k: int) -> Motion:
    """Turn by k times 90 degrees, counterclockwise as seen on the screen."""
    matrix = np.zeros((len(sizes), 2, 3))
    turn = np.array([[[1, 0], [0, 1]], [[0, 1], [-1, 0]], [[-1, 0], [0, -1]], [[0, -1], [1, 0]]])
    matrix[:, :, :2] = turn[k % 4]
    height, width = sizes[:, 0], sizes[:, 1]
    ends = [(0 * width, 0 * width), (0 * width, width), (width, height), (height, 0 * width)]
    matrix[:, 0, 2], matrix[:, 1, 2] = ends[k % 4]

    def masks(batch: RleArray, images: NDArray[np.int64], threads: int) -> RleArray:
        return batch.rotate90(k, threads=threads)

    def picture(image: Any, number: int) -> Any:
        return image.transpose(_TURNS[k % 4]) if k % 4 else image

    return Motion(matrix, sizes[:, ::-1].copy() if k % 2 else sizes.copy(), masks, picture)


def scaling(sizes: NDArray[np.int64], new: NDArray[np.int64]) -> Motion:
    """Scale images of `sizes` to `new` ones: heights and widths, shape (m, 2)."""
    matrix = np.zeros((len(sizes), 2, 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(sizes > 0, new / sizes, 1.0)
    matrix[:, 0, 0], matrix[:, 1, 1] = factors[:, 1], factors[:, 0]

    def masks(batch: RleArray, images: NDArray[np.int64], threads: int) -> RleArray:
        return batch.resize(new[images], threads=threads)

    def picture(image: Any, number: int) -> Any:
        height, width = new[number].tolist()
        return image.resize((width, height))

    return Motion(matrix, new.copy(), masks, picture, is_exact=False)


def moved_points(
    points: NDArray[np.float64], images: NDArray[np.int64], motion: Motion, *, half: float = 0.0
) -> NDArray[np.float64]:
    """Move points, shape (p, 2), each of an image of a given number.

    Where the motion is exact, a coordinate keeps its decimals: 7.66 moved by 5 is 12.66, and back.

    Parameters
    ----------
    half : float
        0.5 for points that name pixels by their indices, as keypoints do.
    """
    matrix = motion.matrix[images]
    out = np.einsum("pij,pj->pi", matrix[:, :, :2], points + half) + matrix[:, :, 2] - half
    if not motion.is_exact:
        return np.asarray(out, np.float64)
    digits = np.full(points.shape, _DECIMALS + 1)
    for decimals in range(_DECIMALS, -1, -1):
        power = 10.0**decimals
        short = np.rint(points * power) / power == points
        digits[short] = decimals
    # The digits go where the coordinate goes.
    swapped = (matrix[:, 0, 0] == 0)[:, np.newaxis]
    digits = np.where(swapped, digits[:, ::-1], digits)
    for decimals in range(_DECIMALS + 1):
        power = 10.0**decimals
        here = digits == decimals
        out[here] = np.rint(out[here] * power) / power
    return np.asarray(out + 0.0, np.float64)  # no -0.0
