"""How large an image is, as a decoded record says it."""

from __future__ import annotations

from typing import Any

__all__ = ["side_of", "size_of"]

_LIMIT = 2**32


def side_of(value: Any) -> int | None:
    """Return a height or width: a whole number of pixels, be it written as a float; else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value < _LIMIT and value == int(value) else None


def size_of(image: Any) -> tuple[int, int] | None:
    """Return height and width of an image's record; None if it does not state both."""
    if not isinstance(image, dict):
        return None
    height, width = side_of(image.get("height")), side_of(image.get("width"))
    return None if height is None or width is None else (height, width)
