"""Python's own functions on several things at once: the one place that starts threads of Python's.

The core starts its own; how many is decided there for both (`get_num_threads`).
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import cocodec._core as _core

__all__ = ["in_order"]

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_order(
    function: Callable[[Given], Made], given: Iterable[Given], threads: int = 0
) -> Iterator[Made]:
    """Call a function with each of many things, some at once, and yield the results in order.

    No more are under way than there are threads: each holds what it works on.

    Parameters
    ----------
    threads : int
        How many; 0 for as many as the process may use, 1 for none but the caller's.
    """
    count = operator.index(threads) or _core.get_num_threads()
    if count == 1:
        yield from map(function, given)
        return
    with ThreadPoolExecutor(count) as pool:
        waiting: deque[Callable[[], Made]] = deque()
        for one in given:
            waiting.append(_started(pool, function, one))
            if len(waiting) > count:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()


def _started(
    pool: ThreadPoolExecutor, function: Callable[[Given], Made], one: Given
) -> Callable[[], Made]:
    """Return what waits for the result."""
    try:
        return pool.submit(function, one).result
    except RuntimeError as error:
        # In functions of atexit, and in daemon threads while the process ends, no thread starts any
        # more: what is asked for is done here.
        if "shutdown" not in str(error):
            raise
        return partial(function, one)
