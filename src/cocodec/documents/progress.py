"""How far the reading or writing of a data set is, for whoever watches."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["counted", "steps", "watched"]

T = TypeVar("T")
_Watcher = Callable[[int, int], None]
_watcher: ContextVar[_Watcher | None] = ContextVar("_watcher", default=None)


@contextlib.contextmanager
def watched(watcher: _Watcher | None) -> Iterator[None]:
    """While the block runs, `watcher` is told how many files or images are done, and of how many.

    It starts anew for each pass: reading has one over files, writing one over images.
    """
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def steps(items: Sequence[T]) -> Iterator[T]:
    """Yield the items; each counts as done when the next is asked for."""
    tell = _watcher.get()
    if tell is None:
        yield from items
        return
    for done, item in enumerate(items):
        tell(done, len(items))
        yield item
    tell(len(items), len(items))


@contextlib.contextmanager
def counted(total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how many more of `total` items are done."""
    tell = _watcher.get() or (lambda _done, _total: None)
    done = 0
    tell(0, total)

    def count(more: int) -> None:
        nonlocal done
        done += more
        tell(done, total)

    yield count
