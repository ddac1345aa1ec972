"""What a command has to do with the terminal: exit codes, what is said, progress, being stopped."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from cocodec.errors import shortened

__all__ = [
    "BAD_DATA",
    "FAILED",
    "INTERRUPTED",
    "OK",
    "Progress",
    "Say",
    "UsageError",
    "advance_bar",
    "complain",
    "hush",
    "input_of",
    "output_of",
    "progress_bar",
    "say",
    "say_all",
]

OK, BAD_DATA, FAILED, INTERRUPTED = 0, 1, 2, 130

Say = Callable[[str], None]
Progress = Callable[[int, int], None]


class UsageError(Exception):
    """Arguments that do not go together: the command could not be carried out."""


def input_of(name: str) -> str | BinaryIO:
    """Return what to read: a path, or the standard input for ``-``."""
    return sys.stdin.buffer if name == "-" else name


def output_of(name: str) -> str | BinaryIO:
    """Return where to write: a path, or the standard output for ``-``."""
    return sys.stdout.buffer if name == "-" else name


def complain(message: str, code: int) -> int:
    """Say a line on standard error; return `code`."""
    print(f"cocodec: {shortened(message)}", file=sys.stderr)
    return code


def say_all(lines: Iterable[str], code: int) -> int:
    """Say lines on standard error; return `code`."""
    for line in lines:
        complain(line, code)
    return code


def say(message: str) -> None:
    """Say a line on standard error while a bar may be there: above it, not into it."""
    if "tqdm" not in sys.modules:  # there is no bar
        complain(message, OK)
        return
    from tqdm import tqdm  # type: ignore[import-untyped]

    tqdm.write(f"cocodec: {shortened(message)}", file=sys.stderr)


def hush(message: str) -> None:
    """Say nothing."""


@contextlib.contextmanager
def progress_bar(*, quiet: bool = False, unit: str = "B") -> Iterator[Progress]:
    """Show a bar over bytes, where somebody looks at it, and clean up however the command ends."""
    if quiet or not sys.stderr.isatty():
        yield _look_away
        return
    from tqdm import tqdm

    with tqdm(unit=unit, unit_scale=unit == "B", leave=False) as bar:
        yield advance_bar(bar)


def _look_away(done: int, total: int) -> None:
    """Take note of (done, total) where nobody looks."""


def advance_bar(bar: Any) -> Progress:
    """Return what moves a bar to (done, total)."""

    def advance(done: int, total: int) -> None:
        bar.total = total
        if done < bar.n:  # the next pass, as writing after reading
            bar.reset(total)
        bar.update(done - bar.n)

    return advance
