"""`crop`, `pad`, `flip`, `rotate90`, `resize`: every image of a document, and all that is on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.masks.arguments import as_integers
from cocodec.reshaping.motions import Motion, flipping, scaling, turning, windowing
from cocodec.reshaping.moving import Rings, image_sizes, move, read_shown
from cocodec.reshaping.opening import Input, opened
from cocodec.reshaping.pictures import Folders, file_names, require_pillow, write_pictures
from cocodec.reshaping.selecting import keep_images
from cocodec.signatures import names_arguments

__all__ = ["crop", "flip", "pad", "resize", "rotate90"]

_LARGEST = 2**31 - 1  # a side of an image, in pixels


@names_arguments
def crop(
    source: Input,
    box: Sequence[int],
    *,
    min_visible: float = 0.0,
    rings: Rings = "exact",
    image_folders: Folders | None = None,
    threads: int = 0,
) -> Document:
    """Cut the same box out of every image.

    Masks, rings, boxes, keypoints, areas and the sizes of images move together. Annotations of
    which nothing is left are left out, and so are images that the box does not meet.

    Parameters
    ----------
    source : path, bytes, binary file or Document
    box : (x, y, width, height)
        In whole pixels; what of it lies outside of an image counts for nothing.
    min_visible : float
        How much of an annotation must be left: of its mask's pixels, or else of its box; 0 to 1.
    rings : {"exact", "vertices"}
        Rings whose moved points are drawn by COCO's rule as anything but the moved mask are traced
        anew from it (default), or left. One that draws no pixel keeps its points.
    image_folders : (path, path), optional
        Where the image files lie, and a new folder in which the moved ones are written under
        their names; JPEG is packed anew. Needs Pillow.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    Document
        Rows on which nothing changes are the same bytes.

    Raises
    ------
    DocumentError
        If the file cannot be read, an image does not tell its size, or a mask is wrong or of
        another size than its image; names the row.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(
    ...     images=[{"id": 1, "height": 10, "width": 20}],
    ...     annotations=[{"id": 1, "image_id": 1, "bbox": [4, 2, 8, 3], "segmentation": []}],
    ... )
    >>> crop(document, [5, 0, 10, 10]).annotations[0]["bbox"]
    [0, 2, 7, 3]
    """
    x, y, width, height = _pixels(box, "the box", 4).tolist()
    if width < 1 or height < 1:
        raise ValueError(f"the box is {width} x {height} pixels, expected at least 1 x 1")
    document = opened(source)
    sizes = image_sizes(document)
    low = np.clip(np.array([x, y]), 0, sizes[:, ::-1])
    high = np.clip(np.array([x + width, y + height]), 0, sizes[:, ::-1])
    windows = np.hstack([low, high - low])
    met = np.asarray((windows[:, 2:] > 0).all(axis=1), bool)
    if not met.all():
        keep_images(document, met)
        sizes, windows = sizes[met], windows[met]
    return _moved(document, sizes, windowing(windows), (rings, min_visible, image_folders), threads)


@names_arguments
def pad(
    source: Input,
    left: int = 0,
    top: int = 0,
    right: int = 0,
    bottom: int = 0,
    *,
    rings: Rings = "exact",
    image_folders: Folders | None = None,
    threads: int = 0,
) -> Document:
    """Add pixels around every image; arguments as for `crop`. Every annotation stays.

    Parameters
    ----------
    left, top, right, bottom : int
        How many pixels on which side; none is negative.

    Examples
    --------
    >>> from cocodec.reshaping import pad
    >>> pad(document, 1, 1, 1, 1).images[0]['width']
    42
    """
    sides = _pixels([left, top, right, bottom], "the sides", 4)
    if (sides < 0).any():
        raise ValueError(f"the sides are {sides.tolist()}, expected 0 or more; crop takes away")
    document = opened(source)
    sizes = image_sizes(document)
    windows = np.zeros((len(sizes), 4), np.int64)
    windows[:, 0], windows[:, 1] = -sides[0], -sides[1]
    windows[:, 2:] = sizes[:, ::-1] + sides[:2] + sides[2:]
    _require_sides(windows[:, 2:])
    motion = windowing(windows, cuts=False)
    return _moved(document, sizes, motion, (rings, 0.0, image_folders), threads)


@names_arguments
def flip(
    source: Input,
    direction: Literal["horizontal", "vertical"] = "horizontal",
    *,
    rings: Rings = "exact",
    image_folders: Folders | None = None,
    threads: int = 0,
) -> Document:
    """Mirror every image; arguments as for `crop`.

    Keypoints called left and right by their category change places.

    Parameters
    ----------
    direction : {"horizontal", "vertical"}
        Left becomes right, or top becomes bottom.

    Examples
    --------
    >>> from cocodec.reshaping import flip
    >>> flip(document, 'horizontal').annotations[0]['bbox']
    [26, 5, 10, 8]
    """
    if direction not in ("horizontal", "vertical"):
        raise ValueError(f"direction is {direction!r}, expected 'horizontal' or 'vertical'")
    document = opened(source)
    sizes = image_sizes(document)
    return _moved(document, sizes, flipping(sizes, direction), (rings, 0.0, image_folders), threads)


@names_arguments
def rotate90(
    source: Input,
    k: int = 1,
    *,
    rings: Rings = "exact",
    image_folders: Folders | None = None,
    threads: int = 0,
) -> Document:
    """Turn every image; arguments as for `crop`.

    Parameters
    ----------
    k : int
        How many times 90 degrees, counterclockwise as seen on the screen; -1 is clockwise.

    Examples
    --------
    >>> from cocodec.reshaping import rotate90
    >>> rotate90(document).images[0]['width']
    30
    """
    document = opened(source)
    sizes = image_sizes(document)
    return _moved(document, sizes, turning(sizes, int(k)), (rings, 0.0, image_folders), threads)


@names_arguments
def resize(
    source: Input,
    *,
    size: Sequence[int] | None = None,
    scale: float | None = None,
    longest: int | None = None,
    image_folders: Folders | None = None,
    threads: int = 0,
) -> Document:
    """Scale every image, and all that is on it.

    Masks take the pixel at the centre of each new one; points are multiplied. Boxes and areas that
    were a function of the mask are so again.

    Parameters
    ----------
    source : path, bytes, binary file or Document
    size : (width, height), optional
        In pixels, the same for all images.
    scale : float, optional
        A factor.
    longest : int, optional
        Pixels of the longer side; the other keeps the ratio.
    image_folders
        As for `crop`.
    threads : int
        0 = as many as pay, 1 = none.

    Raises
    ------
    DocumentError
        As for `crop`.

    Examples
    --------
    >>> from cocodec.reshaping import resize
    >>> resize(document, scale=2).images[0]['width']
    80
    """
    if sum(option is not None for option in (size, scale, longest)) != 1:
        raise ValueError("give one of size, scale and longest")
    document = opened(source)
    sizes = image_sizes(document)
    if size is not None:
        new = np.broadcast_to(_pixels(size, "the size", 2)[::-1], sizes.shape).copy()
    else:
        factor: Any = scale if longest is None else longest / sizes.max(axis=1, initial=1)
        if not np.all(np.isfinite(factor)) or np.any(np.asarray(factor) <= 0):
            raise ValueError("the scale must be a number above 0")
        factors = np.broadcast_to(np.asarray(factor, np.float64), (len(sizes),))
        new = np.maximum(np.floor(sizes * factors[:, np.newaxis] + 0.5), 1).astype(np.int64)
    if (new < 1).any():
        raise ValueError("the new size must be at least 1 x 1 pixels")
    _require_sides(new)
    return _moved(document, sizes, scaling(sizes, new), ("vertices", 0.0, image_folders), threads)


def _moved(
    document: Document,
    sizes: NDArray[np.int64],
    motion: Motion,
    how: tuple[Rings, float, Folders | None],
    threads: int,
) -> Document:
    if how[2] is not None:
        require_pillow()
    names = file_names(document) if how[2] is not None else []
    shown = read_shown(document, sizes, threads)
    move(document, shown, motion, sizes, rings=how[0], min_visible=how[1], threads=threads)
    if how[2] is not None:
        write_pictures(how[2], (names, names), sizes, motion)
    return document


def _pixels(values: Sequence[int], what: str, count: int) -> NDArray[np.int64]:
    array = as_integers(np.asarray(values), what)
    if array.shape != (count,) or (np.abs(array) > _LARGEST).any():
        raise ValueError(f"{what}: expected {count} whole numbers of pixels, not {list(values)}")
    return array


def _require_sides(sides: NDArray[np.int64]) -> None:
    if (sides > _LARGEST).any():
        raise ValueError(
            f"an image would be {sides.max():,} pixels wide or high, which is too much"
        )
