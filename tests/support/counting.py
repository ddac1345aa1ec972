"""Work that is counted, not timed: it is the same on every machine."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from typing import Any

from cocodec import CocodecError

__all__ = ["quietly", "work"]


def quietly(call: Callable[[], object]) -> None:
    """Call it; what it prints is not seen, and bad input it may refuse."""
    with (
        contextlib.suppress(CocodecError, ValueError, SystemExit),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        call()


def work(call: Callable[[], object]) -> int:
    """How many functions are called, and how many lines run."""
    count = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        quietly(call)
    finally:
        sys.settrace(None)
    return count
