"""Whether an error was written for a reader, or is what Python, numpy and pybind11 say."""

from __future__ import annotations

import re

from cocodec import CocodecError

__all__ = ["complaint"]

# What Python, numpy and pybind11 say by themselves.
RAW = re.compile(
    r"incompatible (function|constructor) arguments|has no attribute|not supported between|"
    r"unsupported operand|is not (iterable|subscriptable|callable)|cannot be interpreted|"
    r"argument must be|expected str, bytes|could not convert|invalid literal|must be real number|"
    r"non-iterable|values to unpack|truth value|inhomogeneous|has no len|to Python scalar|"
    r"cannot convert|surrogates not allowed|unhashable|not understood|broadcast|ufunc|"
    r"indices must be|index out of range$|index-sized|can't multiply|buffer|Unable to cast"
)
BARE = (AttributeError, KeyError, UnicodeError, OverflowError, AssertionError, ZeroDivisionError)


def complaint(error: Exception) -> str | None:
    """What is wrong with an error; None for one that was written for a reader."""
    text = str(error)
    if isinstance(error, BARE):
        return f"{type(error).__name__}: {text}"
    if len(text) > 4100 or not text:
        return f"{type(error).__name__} of {len(text)} characters"
    if not isinstance(error, CocodecError) and RAW.search(text):
        return f"{type(error).__name__}: {text}"
    return None
