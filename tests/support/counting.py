"""Work that is counted, not timed: it is the same on every machine."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from typing import Any

from cocodec import CocodecError

__all__ = ["work"]


def work(call: Callable[[], object]) -> int:
    """How many functions are called, and how many lines run."""
    count = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        with (
            contextlib.suppress(CocodecError, ValueError, SystemExit),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            call()
    finally:
        sys.settrace(None)
    return count
