"""Documents reshaped: taken apart, put together, compared, counted, moved about."""

from __future__ import annotations

from cocodec.reshaping.selecting import subset

__all__ = ["subset"]
