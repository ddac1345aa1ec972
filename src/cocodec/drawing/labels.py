"""Words on a canvas: Pillow's own small font, the same everywhere, or a font file."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.drawing.strokes import Color, rectangle
from cocodec.errors import DocumentError
from cocodec.masks.painting import Canvas

__all__ = ["Letters", "shown_text"]

_LONGEST = 60  # characters of a label
_HEIGHT = 11  # pixels of a font file's letters at scale 1


def shown_text(text: str) -> str:
    """Return a text that fits into a label: short, and nothing in it that is no letter."""
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return "".join(char if char.isprintable() else "?" for char in short)


class Letters:
    """Writes words in one size.

    Parameters
    ----------
    scale : int
        How many pixels wide a pixel of the small font is.
    font : path, optional
        A TrueType or OpenType file, for letters that the small font lacks.
    """

    def __init__(self, scale: int, font: str | os.PathLike[str] | None = None) -> None:
        from PIL import ImageFont

        self._scale = scale if font is None else 1
        self._is_small = font is None
        if font is None:
            # Its name since Pillow 10.4 or so; before that load_default was it.
            load: Any = getattr(ImageFont, "load_default_imagefont", ImageFont.load_default)
            self._font: Any = load()
            return
        try:
            self._font = ImageFont.truetype(os.fspath(font), _HEIGHT * scale)
        except OSError as error:
            raise DocumentError(
                f"{os.fspath(font)}: no font that Pillow can read: {error}"
            ) from None

    def pixels(self, text: str) -> NDArray[np.bool_]:
        """Return which pixels a text covers, shape (h, w)."""
        from PIL import Image, ImageDraw

        shown = shown_text(text)
        if self._is_small:  # it has the letters of Latin-1
            shown = shown.encode("latin-1", "replace").decode("latin-1")
        _, _, width, height = self._font.getbbox(shown)
        image = Image.new("1", (max(int(width), 1), max(int(height), 1)))
        ImageDraw.Draw(image).text((0, 0), shown, fill=1, font=self._font)
        found = np.asarray(image, bool)
        return found.repeat(self._scale, axis=0).repeat(self._scale, axis=1)

    def write(self, canvas: Canvas, corner: tuple[int, int], text: str, color: Color) -> None:
        """Write a text on a plate of a colour whose lower left corner is at (x, y) of `corner`.

        A plate that would lie beyond the canvas is moved onto it, as far as it fits.
        """
        pixels = self.pixels(text)
        height, width = pixels.shape
        margin = self._scale
        room = (canvas.shape[0] - width - 2 * margin, canvas.shape[1] - height - 2 * margin)
        x = max(0, min(corner[0], room[0]))
        y = max(0, min(corner[1] - height - 2 * margin, room[1]))
        rectangle(canvas, (x, y, x + width + 2 * margin - 1, y + height + 2 * margin - 1), color)
        red, green, blue = color
        is_bright = 299 * red + 587 * green + 114 * blue > 128000
        part = canvas[x + margin : x + margin + width, y + margin : y + margin + height]
        seen = pixels.T[: part.shape[0], : part.shape[1]]
        part[seen] = 0 if is_bright else 255
