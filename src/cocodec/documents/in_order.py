"""Many things done side by side, with results in their order."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import cocodec._core as _core

__all__ = ["in_order"]

Given = TypeVar("Given")
Made = TypeVar("Made")
_MOST_THREADS = 4  # what is done in Python gets no faster with more


def in_order(
    function: Callable[[Given], Made], given: Iterable[Given], threads: int
) -> Iterator[Made]:
    """Call a function with each of many things, some at once, and yield the results in order.

    No more are under way than there are threads: each holds the columns of its rows.
    """
    count = operator.index(threads) or min(_core.get_num_threads(), _MOST_THREADS)
    if count == 1:
        yield from map(function, given)
        return
    with ThreadPoolExecutor(count) as pool:
        waiting: deque[Future[Made]] = deque()
        try:
            for one in given:
                waiting.append(pool.submit(function, one))
                if len(waiting) > count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:  # after an error, what has not begun is not wanted
                future.cancel()
