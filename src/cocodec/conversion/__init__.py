"""Documents written another way: how masks are spelled, and from dialect to dialect."""

from __future__ import annotations

from cocodec.conversion.mask_spelling import (
    ChangedMask,
    ConvertReport,
    RefusedError,
    RefusedRow,
    convert,
)

__all__ = ["ChangedMask", "ConvertReport", "RefusedError", "RefusedRow", "convert"]
