"""What can be done with masks besides set operations, without their pixels ever being written out.

Functions that take a batch, which `RleArray` has as its methods. Each checks and shapes its
arguments; the work is done, for the whole batch, in ``cocodec._core``. Whatever gives masks gives
them with the runs that `RleArray.encode` would cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

import cocodec._core as _core
from cocodec.errors import RleError
from cocodec.masks.arguments import as_choice, as_integers, as_sizes
from cocodec.signatures import names_arguments

if TYPE_CHECKING:
    from cocodec.masks.rle_array import RleArray

__all__ = [
    "Components",
    "boundary",
    "centroid",
    "close",
    "connected_components",
    "contains",
    "convex_hull",
    "crop",
    "crop_to_bbox",
    "dilate",
    "erode",
    "extreme_points",
    "fill_holes",
    "flip",
    "largest_component",
    "largest_inner_rectangle",
    "mend_runs",
    "moments",
    "open",
    "orientation",
    "outline",
    "pad",
    "perimeter",
    "read_by_rows",
    "remove_small",
    "resize",
    "rotate90",
    "shift",
    "transpose",
    "uncrop",
    "warp_affine",
]

Direction: TypeAlias = Literal["horizontal", "vertical"]
ResizeRule: TypeAlias = Literal["nearest", "area"]
Connectivity: TypeAlias = Literal[4, 8]
Shape: TypeAlias = Literal["box", "cross", "disk"]
Border: TypeAlias = Literal["background", "foreground", "ignore"]
RunOrder: TypeAlias = Literal["columns", "rows"]


@names_arguments
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
    horizontal = as_choice(direction, "direction", ("horizontal", "vertical")) == "horizontal"
    return masks._wrap(_core.flip(masks._runs, horizontal, threads))


@names_arguments
def transpose(masks: RleArray, *, threads: int = 0) -> RleArray:
    """Exchange rows and columns: pixel (y, x) goes to (x, y), size (h, w) becomes (w, h).

    Parameters
    ----------
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> masks.transpose()
    <RleArray: 2 masks, 5x4, 14 runs>
    """
    return masks._wrap(_core.transpose(masks._runs, threads))


def read_by_rows(masks: RleArray, *, threads: int = 0) -> RleArray:
    """Read runs as if they went along the rows: the masks that row-major writers meant.

    The runs of a mask of height h and width w, taken down the columns of an image of height w and
    width h, are those of its mirror image at the diagonal; that is turned back.
    """
    mirrored = masks.from_runs(masks.counts, masks.offsets, masks.sizes[:, ::-1])
    return transpose(mirrored, threads=threads)


def mend_runs(
    masks: RleArray, *, runs: RunOrder, sizes: NDArray[Any] | None = None, threads: int = 0
) -> tuple[RleArray, NDArray[np.bool_]]:
    """Masks as they were meant: of runs in another order, or of another size than their image.

    Parameters
    ----------
    runs : {"columns", "rows"}
        Which way they were counted.
    sizes : (n, 2) array of int64, optional
        Height and width of the images, to which masks are cut; background is added where one is
        smaller.

    Returns
    -------
    RleArray
    (n,) array of bool
        Which were of another size.
    """
    if runs == "rows":
        masks = read_by_rows(masks, threads=threads)
    if sizes is None:
        return masks, np.zeros(len(masks), bool)
    cut = (sizes != masks.sizes).any(axis=1)
    return masks.uncrop([0, 0], sizes, threads=threads), cut


@names_arguments
def rotate90(masks: RleArray, k: int = 1, *, threads: int = 0) -> RleArray:
    """Turn each mask by 90 degrees counterclockwise, k times, as `numpy.rot90` does.

    Parameters
    ----------
    k : int
        How many times; negative numbers turn clockwise.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> masks.rotate90()
    <RleArray: 2 masks, 5x4, 14 runs>
    """
    return masks._wrap(_core.rotate90(masks._runs, int(k) % 4, threads))


@names_arguments
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

    Examples
    --------
    >>> masks.crop([0, 0, 3, 3]).area()
    array([2, 3])
    """
    whole = _as_pixels(boxes, "boxes")
    n = len(masks)
    if whole.shape != (4,) and whole.shape != (n, 4) and not (n == 0 and whole.size == 0):
        raise RleError(f"boxes have shape {whole.shape}, expected (4,) or ({n}, 4)")
    windows = np.empty((n, 4), np.int64)
    windows[:] = whole[..., [0, 1, 3, 2]] if whole.size > 0 else 0
    return masks._wrap(_core.crop(masks._runs, windows, threads))


@names_arguments
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

    Examples
    --------
    >>> masks.pad(1, 1, 1, 1)
    <RleArray: 2 masks, 6x7, 6 runs>
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


@names_arguments
def shift(masks: RleArray, dx: ArrayLike, dy: ArrayLike, *, threads: int = 0) -> RleArray:
    """Move each mask inside its image; what leaves the image is lost, what enters is background.

    Parameters
    ----------
    dx, dy : int or (n,) array of int
        Pixels to the right and down; negative ones go to the left and up.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> masks.shift(1, 0).bbox()
    array([[2., 1., 1., 2.],
           [2., 0., 1., 4.]])
    """
    windows = np.empty((len(masks), 4), np.int64)
    # Beyond 2**33 everything has left the image, whatever its size.
    windows[:, 0] = -np.clip(_as_each(dx, len(masks), "dx"), -(2**33), 2**33)
    windows[:, 1] = -np.clip(_as_each(dy, len(masks), "dy"), -(2**33), 2**33)
    windows[:, 2:] = masks.sizes
    return masks._wrap(_core.crop(masks._runs, windows, threads))


@names_arguments
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

    Examples
    --------
    >>> masks.resize([8, 10]).area()
    array([ 8, 16])
    """
    area = as_choice(rule, "rule", ("nearest", "area")) == "area"
    given = as_sizes(sizes, len(masks))
    return masks._wrap(_core.resize(masks._runs, given, area, threads))


@names_arguments
def warp_affine(
    masks: RleArray,
    matrix: ArrayLike,
    sizes: ArrayLike,
    *,
    inverse: bool = False,
    threads: int = 0,
) -> RleArray:
    """Turn, scale, shear and move each mask: `cv2.warpAffine` with INTER_NEAREST.

    Parameters
    ----------
    matrix : (2, 3) or (n, 2, 3) array of float
        Takes pixel (x, y) of a mask to ``matrix @ (x, y, 1)`` of the new one, whole numbers being
        the centres of pixels, as in OpenCV.
    sizes : (n, 2) or (2,) array of int
        Heights and widths of the new masks.
    inverse : bool
        Whether `matrix` takes pixels of the new mask to the old one (OpenCV's WARP_INVERSE_MAP).
    threads : int
        0 = as many as pay, 1 = none.

    Notes
    -----
    Pixel (x, y) of the new mask is that of the old one at ``floor((a x + c) + b y + 1/2)`` and
    ``floor((d x + f) + e y + 1/2)``, computed in doubles, (a b c, d e f) being the inverse of
    `matrix`; what lies outside is background. OpenCV rounds the same place to a 1024th of a pixel
    first: the two agree wherever that does not lead over a border between pixels.

    Raises
    ------
    RleError
        For matrices that are not finite or, without `inverse`, have no inverse.

    Examples
    --------
    >>> from cocodec import RleArray
    >>> mask = RleArray.from_boxes([[0, 0, 1, 2]], (2, 3))
    >>> mask.warp_affine([[2, 0, 0.5], [0, 1, 0]], (2, 3)).decode(layout="HW")
    array([[1, 1, 0],
           [1, 1, 0]], dtype=uint8)
    """
    maps = _as_matrices(matrix, len(masks))
    if not inverse:
        maps = _inverted(maps)
    rows = np.ascontiguousarray(maps.reshape(-1, 6))
    return masks._wrap(_core.warp_affine(masks._runs, rows, as_sizes(sizes, len(masks)), threads))


@names_arguments
def crop_to_bbox(masks: RleArray, *, threads: int = 0) -> tuple[RleArray, NDArray[np.int64]]:
    """Cut each mask down to its bounding box, as instance masks are kept in many tools.

    Returns
    -------
    masks : RleArray
        Each of the size of its box; of size (0, 0) where a mask is empty.
    boxes : (n, 4) array of int
        x, y, width, height. `uncrop` takes both, and the sizes of the images, back.

    Examples
    --------
    >>> masks.crop_to_bbox()[0].sizes
    array([[2, 1],
           [4, 1]])
    """
    boxes = masks.bbox().astype(np.int64)
    return crop(masks, boxes, threads=threads), boxes


@names_arguments
def uncrop(masks: RleArray, boxes: ArrayLike, sizes: ArrayLike, *, threads: int = 0) -> RleArray:
    """Put masks back into the images that they were cut out of.

    Parameters
    ----------
    boxes : (n, 4), (n, 2), (4,) or (2,) array
        x and y, whole pixels, of where the top left corner of each mask goes; width and height
        after them are not looked at.
    sizes : (n, 2) or (2,) array of int
        Heights and widths of the images. What of a mask lies beyond its image is lost.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> small, boxes = masks.crop_to_bbox()
    >>> small.uncrop(boxes, [4, 5]) == masks
    True
    """
    n = len(masks)
    corners = _as_pixels(boxes, "boxes")
    if (
        corners.ndim not in (1, 2)
        or corners.shape[-1] not in (2, 4)
        or (corners.ndim == 2 and len(corners) != n)
    ):
        raise RleError(f"boxes have shape {corners.shape}, expected ({n}, 4) or ({n}, 2)")
    windows = np.empty((n, 4), np.int64)
    windows[:, :2] = -corners[..., :2]
    windows[:, 2:] = as_sizes(sizes, n)
    return masks._wrap(_core.crop(masks._runs, windows, threads))


class Components(NamedTuple):
    """The connected parts of a batch of masks.

    Attributes
    ----------
    masks : RleArray
        One mask for each part, of the size of the mask that it is a part of: mask by mask, and
        in the order of their first pixels, column by column.
    parent : (m,) array of int64
        Index of the mask that each part comes from; never falling.
    """

    masks: RleArray
    parent: NDArray[np.int64]

    @property
    def area(self) -> NDArray[np.int64]:
        """Pixels of each part, shape (m,)."""
        return self.masks.area()

    @property
    def bbox(self) -> NDArray[np.float64]:
        """x, y, width, height in pixels of each part, shape (m, 4)."""
        return self.masks.bbox()


@names_arguments
def connected_components(
    masks: RleArray, connectivity: Connectivity = 8, *, threads: int = 0
) -> Components:
    """Take masks apart into pieces that do not touch.

    Parameters
    ----------
    connectivity : {8, 4}
        Whether pixels that share a corner only belong together, or pixels that share a side alone.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> import numpy as np
    >>> from cocodec import RleArray
    >>> mask = RleArray.encode(np.array([[1, 0, 1], [1, 0, 1]], np.uint8))
    >>> parts = mask.connected_components()
    >>> len(parts.masks), parts.parent.tolist(), parts.area.tolist()
    (2, [0, 0], [2, 2])
    """
    neighbours = _as_connectivity(connectivity)
    runs, parents = _core.connected_components(masks._runs, neighbours, threads)
    return Components(masks._wrap(runs), parents)


@names_arguments
def fill_holes(
    masks: RleArray,
    max_area: int | None = None,
    *,
    connectivity: Connectivity = 4,
    threads: int = 0,
) -> RleArray:
    """Fill the holes of each mask: pieces of background that touch no side of the image.

    Parameters
    ----------
    max_area : int, optional
        In pixels; larger holes stay. By default all are filled.
    connectivity : {4, 8}
        Which pixels of the background belong together. With 4 (as in `scipy.ndimage`) a way out
        that leads over corners alone is none; it goes with foreground connected by 8.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> masks.fill_holes().area()
    array([2, 4])
    """
    most = 2**64 - 1 if max_area is None else _as_count(max_area, "max_area")
    neighbours = _as_connectivity(connectivity)
    return masks._wrap(_core.fill_holes(masks._runs, most, neighbours, threads))


@names_arguments
def remove_small(
    masks: RleArray, min_area: int, *, connectivity: Connectivity = 8, threads: int = 0
) -> RleArray:
    """Drop the connected parts of each mask that have fewer than `min_area` pixels.

    Parameters
    ----------
    min_area : int
        In pixels.
    connectivity : {8, 4}
        As for `connected_components`.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> masks.remove_small(3).area()
    array([0, 4])
    """
    least = _as_count(min_area, "min_area")
    neighbours = _as_connectivity(connectivity)
    return masks._wrap(_core.remove_small(masks._runs, least, neighbours, threads))


@names_arguments
def largest_component(
    masks: RleArray, *, connectivity: Connectivity = 8, threads: int = 0
) -> RleArray:
    """Keep the largest connected part of each mask; of equals, the one with the first pixel.

    Parameters
    ----------
    connectivity : {8, 4}
        As for `connected_components`.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> masks.largest_component().area()
    array([2, 4])
    """
    neighbours = _as_connectivity(connectivity)
    return masks._wrap(_core.largest_component(masks._runs, neighbours, threads))


@names_arguments
def dilate(
    masks: RleArray,
    size: float | tuple[int, int],
    *,
    shape: Shape = "box",
    border: Border = "background",
    iterations: int = 1,
    threads: int = 0,
) -> RleArray:
    """Let each mask grow: foreground wherever a pixel of the neighbourhood is foreground.

    Parameters
    ----------
    size : int, (int, int) or float
        Of a box or a cross, its side or its (height, width) in pixels, odd numbers. Of a disk, its
        radius: pixels whose centres are at most that far away.
    shape : {"box", "cross", "disk"}
        The neighbourhood: all of a rectangle, its middle row and column, or a Euclidean disk.
    border : {"background", "foreground", "ignore"}
        What lies outside of the image, at every step. "background" and "foreground" are 0 and 1
        of `scipy.ndimage`'s border_value; with "ignore" only what is inside counts, as in OpenCV.
    iterations : int
        How many times, 1 to 65535.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> from cocodec import RleArray
    >>> mask = RleArray.from_boxes([[1, 1, 1, 1]], (3, 3))
    >>> mask.dilate(3, shape="cross").decode(layout="HW")
    array([[0, 1, 0],
           [1, 1, 1],
           [0, 1, 0]], dtype=uint8)
    """
    options = _options(size, shape=shape, border=border, iterations=iterations)
    return masks._wrap(_core.morphology(masks._runs, "dilate", *options, threads))


@names_arguments
def erode(
    masks: RleArray,
    size: float | tuple[int, int],
    *,
    shape: Shape = "box",
    border: Border = "background",
    iterations: int = 1,
    threads: int = 0,
) -> RleArray:
    """Let each mask shrink: foreground where all of the neighbourhood is; arguments of `dilate`.

    Examples
    --------
    >>> masks.erode(1).area()
    array([2, 4])
    """
    options = _options(size, shape=shape, border=border, iterations=iterations)
    return masks._wrap(_core.morphology(masks._runs, "erode", *options, threads))


@names_arguments
def open(
    masks: RleArray,
    size: float | tuple[int, int],
    *,
    shape: Shape = "box",
    border: Border = "background",
    iterations: int = 1,
    threads: int = 0,
) -> RleArray:
    """Erode `iterations` times, then dilate as often: thin parts go; arguments of `dilate`.

    Examples
    --------
    >>> masks.open(1).area()
    array([2, 4])
    """
    options = _options(size, shape=shape, border=border, iterations=iterations)
    return masks._wrap(_core.morphology(masks._runs, "open", *options, threads))


@names_arguments
def close(
    masks: RleArray,
    size: float | tuple[int, int],
    *,
    shape: Shape = "box",
    border: Border = "background",
    iterations: int = 1,
    threads: int = 0,
) -> RleArray:
    """Dilate `iterations` times, then erode as often: narrow gaps go; arguments of `dilate`.

    With border="background" the erosion eats what touches the sides of the image, as in
    `scipy.ndimage`; with "ignore" nothing of the mask is lost.

    Examples
    --------
    >>> masks.close(1).area()
    array([2, 4])
    """
    options = _options(size, shape=shape, border=border, iterations=iterations)
    return masks._wrap(_core.morphology(masks._runs, "close", *options, threads))


@names_arguments
def outline(masks: RleArray, *, connectivity: Connectivity = 4, threads: int = 0) -> RleArray:
    """The pixels of each mask that have background, or the outside of the image, beside them.

    Parameters
    ----------
    connectivity : {4, 8}
        Whether beside means at a side, or at a corner too.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> masks.outline().area()
    array([2, 4])
    """
    return masks._wrap(_core.outline(masks._runs, _as_connectivity(connectivity), threads))


@names_arguments
def moments(masks: RleArray, *, threads: int = 0) -> NDArray[np.float64]:
    """Sums of ``x**i * y**j`` over the foreground of each mask, x and y being whole numbers.

    Returns
    -------
    (n, 10) array of float64
        m00, m10, m01, m20, m11, m02, m30, m21, m12, m03, as OpenCV orders them; exact up to 2**53.

    Examples
    --------
    >>> masks.moments()[:, 0]
    array([2., 4.])
    """
    return _core.moments(masks._runs, threads)


@names_arguments
def centroid(masks: RleArray, *, threads: int = 0) -> NDArray[np.float64]:
    """The mean x and y of each mask's pixels, shape (n, 2); NaN for an empty mask.

    Pixels count at their whole numbers: a mask of pixel (0, 0) alone has its centroid at (0, 0).

    Examples
    --------
    >>> masks.centroid()
    array([[1. , 1.5],
           [1. , 1.5]])
    """
    return _core.centroid(masks._runs, threads)


@names_arguments
def orientation(masks: RleArray, *, threads: int = 0) -> NDArray[np.float64]:
    """Direction of the longer axis of each mask, shape (n,), in radians from -pi/2 to pi/2.

    Measured from the x axis towards the y axis (clockwise on the screen); 0 where no direction is
    longer than the others, NaN for an empty mask.

    Examples
    --------
    >>> masks.orientation().shape
    (2,)
    """
    return _core.orientation(masks._runs, threads).reshape(-1)


@names_arguments
def perimeter(masks: RleArray, *, threads: int = 0) -> NDArray[np.uint64]:
    """Sides of pixels between foreground and background or the outside of the image, shape (n,).

    Examples
    --------
    >>> masks.perimeter()
    array([ 6, 10], dtype=uint64)
    """
    return _core.perimeter(masks._runs, threads).reshape(-1)


@names_arguments
def extreme_points(masks: RleArray, *, threads: int = 0) -> NDArray[np.int64]:
    """Pixels where each mask goes furthest to the left, the top, the right and the bottom.

    Returns
    -------
    (n, 4, 2) array of int64
        x and y. Of several, the topmost in the first and the last column, the leftmost in the
        first and the last row; -1 for an empty mask.

    Examples
    --------
    >>> masks.extreme_points()[0].tolist()
    [[1, 1], [1, 1], [1, 1], [1, 2]]
    """
    return _core.extreme_points(masks._runs, threads).reshape(-1, 4, 2)


@names_arguments
def largest_inner_rectangle(masks: RleArray, *, threads: int = 0) -> NDArray[np.float64]:
    """Find the largest rectangle of pixels that lies inside of each mask.

    Returns
    -------
    (n, 4) array of float64
        x, y, width and height in pixels, zeros for an empty mask. Of several as large the leftmost,
        of those the topmost, of those the narrowest.

    Examples
    --------
    >>> import numpy as np
    >>> from cocodec import RleArray
    >>> mask = RleArray.encode(np.array([[1, 1, 1, 0], [1, 1, 1, 1]], np.uint8))
    >>> mask.largest_inner_rectangle()
    array([[0., 0., 3., 2.]])
    """
    return _core.inner_rectangle(masks._runs, threads)


@names_arguments
def contains(masks: RleArray, points: ArrayLike, *, threads: int = 0) -> NDArray[np.bool_]:
    """Whether points lie on masks.

    Parameters
    ----------
    points : (m, 2) array of float or int
        x and y in pixels; pixel (0, 0) holds what lies from 0 up to 1.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    (n, m) array of bool
        For each mask and each point. Points outside of the image, and NaN, lie on none.

    Examples
    --------
    >>> masks.contains([[1.5, 1.5]]).tolist()
    [[True], [True]]
    """
    array = np.asarray(points)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"points must be numbers, not {array.dtype}")
    if array.size == 0:
        array = array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise RleError(f"points have shape {array.shape}, expected (m, 2): x, y")
    found = _core.contains(masks._runs, array.astype(np.float64), threads)
    return found.view(np.bool_)


def convex_hull(masks: RleArray) -> list[NDArray[np.int64]]:
    """The corners of the convex hull of each mask's pixels.

    Returns
    -------
    list of n arrays of int64, shape (k, 2)
        x and y in pixels, pixel (0, 0) spanning 0 to 1; clockwise on the screen, starting at the
        upper corner of the first column. As a ring, `RleArray.from_polygons` takes it. Without
        corners for an empty mask.

    Examples
    --------
    >>> masks.convex_hull()[0].tolist()
    [[1, 1], [2, 1], [2, 3], [1, 3]]
    """
    corners, offsets = _core.convex_hull(masks._runs)
    return np.split(corners, offsets[1:-1]) if len(masks) > 0 else []


@names_arguments
def boundary(masks: RleArray, dilation_ratio: float = 0.02, *, threads: int = 0) -> RleArray:
    """The pixels of each mask that lie near its edge, as the boundary IoU API defines them.

    Parameters
    ----------
    dilation_ratio : float
        How near, as a share of the diagonal of the image; rounded to whole pixels, half to even,
        and at least one. Rows and columns count alike, and so do the sides of the image.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> masks.boundary().area()
    array([2, 4])
    """
    ratio = float(dilation_ratio)
    if not ratio >= 0:
        raise ValueError(f"dilation_ratio is {dilation_ratio!r}; it must be a number from 0 on")
    return masks._wrap(_core.boundary(masks._runs, ratio, threads))


def _as_matrices(matrix: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return (n, 2, 3) finite numbers; a single matrix serves all."""
    array = np.asarray(matrix)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"matrix must be numbers, not {array.dtype}")
    if array.shape not in ((2, 3), (n, 2, 3)):
        raise RleError(f"matrix has shape {array.shape}, expected (2, 3) or ({n}, 2, 3)")
    values = array.astype(np.float64)
    if not np.isfinite(values).all():
        raise RleError("matrix has numbers that are not finite")
    return np.broadcast_to(values, (n, 2, 3))


def _inverted(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverses, by the expressions of OpenCV's invertAffineTransform."""
    a, b, c, d, e, f = maps.reshape(-1, 6).T
    determinant = a * e - b * d
    flat = np.flatnonzero(determinant == 0)
    if len(flat) > 0:
        raise RleError(f"matrix of mask {flat[0]} has no inverse: {maps[flat[0]].tolist()}")
    with np.errstate(over="ignore", invalid="ignore"):
        scale = 1 / determinant
        inverse = np.stack([e * scale, -b * scale, -d * scale, a * scale], 1).reshape(-1, 2, 2)
        moved = -inverse @ np.stack([c, f], 1)[:, :, None]
    return np.concatenate([inverse, moved], 2)


def _as_connectivity(connectivity: int) -> int:
    if connectivity not in (4, 8):
        raise ValueError(f"connectivity is {connectivity!r}; it must be 4 or 8")
    return int(connectivity)


def _as_count(value: Any, what: str) -> int:
    number = int(value)
    if number != value or number < 0:
        raise ValueError(f"{what} is {value!r}; it must be a whole number from 0 on")
    return min(number, 2**64 - 1)


def _as_border(border: Any) -> str:
    return as_choice(border, "border", ("background", "foreground", "ignore"))


def _options(size: Any, *, shape: Shape, border: Border, iterations: int) -> tuple[Any, Any, Any]:
    """What `dilate` and its kin are told, as the core takes it."""
    return _as_shape(shape, size), _as_border(border), _as_iterations(iterations)


def _as_iterations(iterations: Any) -> int:
    number = _as_count(iterations, "iterations")
    if not 1 <= number <= 65535:
        raise ValueError(f"iterations is {number}; it must lie in 1..65535")
    return number


def _as_shape(shape: Any, size: Any) -> tuple[str, float, float]:
    """The name of a neighbourhood, and how many rows and columns it reaches from its middle."""
    name = as_choice(shape, "shape", ("box", "cross", "disk"))
    if name == "disk":
        radius = float(size)
        if not 0 <= radius <= 65536:
            raise ValueError(f"size is {size!r}; the radius of a disk lies in 0..65536")
        return name, radius, radius
    sides = np.asarray(size)
    if sides.shape not in ((), (2,)) or sides.dtype.kind not in "iu":
        raise TypeError(f"size is {size!r}; it must be a whole number, or height and width")
    if (sides < 1).any() or (sides % 2 == 0).any() or (sides >= 2**32).any():
        raise ValueError(f"size is {size!r}; sides must be odd, so that there is a middle")
    height, width = np.broadcast_to(sides, (2,)).tolist()
    return name, (height - 1) / 2, (width - 1) / 2


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
