"""Masks painted into images, run by run: no dense mask is made.

An image in the making is a canvas: (w, h, 3) of uint8, column by column as runs are, so that a run
is one stretch of it. All arithmetic is on integers, so that a picture is the same everywhere.
`tests/reference/drawing.py` says every pixel once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cocodec.errors import RleError

if TYPE_CHECKING:
    from cocodec.masks.rle_array import RleArray

__all__ = [
    "GROUND",
    "Canvas",
    "as_canvas",
    "as_image",
    "as_weight",
    "color_of",
    "new_canvas",
    "overlaid",
    "paint",
    "paint_masks",
    "preview",
    "spell_png",
]

Canvas = NDArray[np.uint8]
Bytes = NDArray[np.uint8]

GROUND = 128  # grey level of an image that is not there
_HATCH = 4  # width of a stripe, and of the gap beside it
_HUES = 1536  # six ramps of 256
_GOLDEN = 949  # hues from one colour to the next: the golden section of the circle
_PREVIEW_SIDE, _PREVIEW_MASKS, _PREVIEW_PIXELS = 512, 500, 1 << 26


def color_of(number: int) -> tuple[int, int, int]:
    """Return a bright colour for a number; neighbours are far apart on the circle of hues.

    Examples
    --------
    >>> color_of(0), color_of(1)
    ((255, 64, 64), (64, 120, 255))
    """
    ramp, level = divmod(number * _GOLDEN % _HUES, 256)
    up, down = 64 + level * 191 // 255, 255 - level * 191 // 255
    return (
        (255, up, 64),
        (down, 255, 64),
        (64, 255, up),
        (64, down, 255),
        (up, 64, 255),
        (255, 64, down),
    )[ramp]


def new_canvas(height: int, width: int, level: int = GROUND) -> Canvas:
    """Make a canvas of one grey level."""
    return np.full((width, height, 3), level, np.uint8)


def as_canvas(image: ArrayLike) -> Canvas:
    """Copy an image, (h, w) or (h, w, 3) of uint8, to a canvas.

    Raises
    ------
    TypeError
        For other shapes and dtypes.
    """
    array = np.asarray(image)
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise TypeError(
            f"the image is {array.dtype} of shape {array.shape}, expected uint8 of shape (h, w) or "
            "(h, w, 3)"
        )
    if array.ndim == 2:
        array = array[:, :, None].repeat(3, axis=2)
    if array.shape[2] != 3:
        raise TypeError(f"the image has {array.shape[2]} channels, expected red, green and blue")
    return array.transpose(1, 0, 2).copy()


def as_image(canvas: Canvas) -> Bytes:
    """Return a canvas as an image, (h, w, 3) in C order."""
    return np.ascontiguousarray(canvas.transpose(1, 0, 2))


def as_weight(alpha: float) -> int:
    """Return how much a colour counts, in 256ths.

    Raises
    ------
    ValueError
        For what does not lie in 0..1.
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha is {alpha}, expected 0 (nothing) to 1 (nothing shines through)")
    return int(alpha * 256 + 0.5)


def paint(canvas: Canvas, where: NDArray[np.int64], color: ArrayLike, weight: int) -> None:
    """Blend a colour into pixels, told by their positions down the columns; none comes twice."""
    flat = canvas.reshape(-1, 3)
    if weight == 256:
        flat[where] = color
        return
    under = flat[where].astype(np.uint32) * np.uint32(256 - weight)
    over = np.asarray(color, np.uint32) * np.uint32(weight) + np.uint32(128)
    flat[where] = (under + over) >> np.uint32(8)


def paint_masks(
    canvas: Canvas,
    masks: RleArray,
    colors: NDArray[np.uint8],
    *,
    alpha: float = 0.5,
    edges: bool = True,
    hatched: NDArray[np.bool_] | None = None,
) -> None:
    """Paint masks one over the other, in their order.

    Parameters
    ----------
    canvas : (w, h, 3) array of uint8
    masks : RleArray
        n masks, each h x w.
    colors : (n, 3) array of uint8
    alpha : float
        How much the colour counts inside: 0 to 1.
    edges : bool
        Whether pixels with others beside them that are not of the mask get the full colour.
    hatched : (n,) array of bool, optional
        Masks of which only every second diagonal stripe is painted.

    Raises
    ------
    RleError
        If a mask is of another size than the canvas.
    """
    height = canvas.shape[1]
    wrong = (masks.sizes != (height, canvas.shape[0])).any(axis=1)
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        size = " x ".join(map(str, masks.sizes[i].tolist()))
        raise RleError(
            f"mask {i} is {size} (height x width), the image {height} x {canvas.shape[0]}"
        )
    weight = as_weight(alpha)
    outlines = masks.outline() if edges else None
    for i, color in enumerate(colors):
        inside = _positions(masks, i)
        if hatched is not None and hatched[i]:
            inside = inside[_is_striped(inside, height)]
        paint(canvas, inside, color, weight)
        if outlines is not None:
            paint(canvas, _positions(outlines, i), color, 256)


def _positions(masks: RleArray, i: int) -> NDArray[np.int64]:
    """Positions of the foreground of one mask, down the columns."""
    begin, end = masks.offsets[i : i + 2].tolist()
    ends = np.cumsum(masks.counts[begin:end], dtype=np.int64)
    lengths = masks.counts[begin + 1 : end : 2].astype(np.int64)
    starts = ends[0::2][: len(lengths)]
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))


def _is_striped(where: NDArray[np.int64], height: int) -> NDArray[np.bool_]:
    x, y = np.divmod(where, height)
    return np.asarray((x + y) % (2 * _HATCH) < _HATCH, bool)


def overlaid(
    masks: RleArray,
    image: Any = None,
    *,
    colors: ArrayLike | None = None,
    alpha: float = 0.5,
    edges: bool = True,
    hatched: ArrayLike | None = None,
) -> Any:
    """See `RleArray.overlay`."""
    n = len(masks)
    if colors is None:
        chosen = np.array([color_of(i) for i in range(n)], np.uint8).reshape(n, 3)
    else:
        given = np.asarray(colors)
        if given.shape not in ((3,), (n, 3)) or given.dtype.kind not in "iu":
            raise TypeError(f"colors have shape {given.shape}, expected ({n}, 3) or (3,) of int")
        if given.size and not 0 <= given.min() <= given.max() <= 255:
            raise ValueError("colors lie in 0..255")
        chosen = np.broadcast_to(given, (n, 3)).astype(np.uint8)
    flags = None if hatched is None else np.asarray(hatched, bool)
    if flags is not None and flags.shape not in ((), (n,)):
        raise TypeError(f"hatched has shape {flags.shape}, expected ({n},) or one bool")
    flags = None if flags is None else np.broadcast_to(flags, (n,))
    is_picture = hasattr(image, "convert")  # PIL's; it is not imported here
    if image is None:
        height, width = _common_size(masks)
        canvas = new_canvas(height, width)
    else:
        canvas = as_canvas(image.convert("RGB") if is_picture else image)
    paint_masks(canvas, masks, chosen, alpha=alpha, edges=edges, hatched=flags)
    painted = as_image(canvas)
    if not is_picture:
        return painted
    from PIL import Image

    return Image.fromarray(painted)


def _common_size(masks: RleArray) -> tuple[int, int]:
    sizes = np.unique(masks.sizes, axis=0)
    if len(sizes) != 1:
        raise RleError(f"the masks have {len(sizes)} sizes, expected one; give an image")
    height, width = sizes[0].tolist()
    return height, width


def preview(masks: RleArray) -> bytes | None:
    """Return a small PNG of masks; None if they are of several sizes, none, or too large."""
    some = masks[:_PREVIEW_MASKS]
    sizes = np.unique(masks.sizes, axis=0).tolist()
    if len(sizes) != 1 or 0 in sizes[0] or sizes[0][0] * sizes[0][1] > _PREVIEW_PIXELS:
        return None
    longest = max(sizes[0])
    if longest > _PREVIEW_SIDE:
        some = some.resize([max(1, side * _PREVIEW_SIDE // longest) for side in sizes[0]])
    return spell_png(overlaid(some))


def spell_png(image: Bytes) -> bytes:
    """Spell an image, (h, w, 3) of uint8, as a PNG; needs nothing but Python."""
    import struct
    import zlib

    height, width = image.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = image.reshape(height, -1)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
        + chunk(b"IEND", b"")
    )
