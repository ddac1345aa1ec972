"""Rows that are made while they are written, some at a time: what they are made from goes.

A writer that makes another row of each holds but a batch of them, not the file twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from cocodec.dialects.common_form import Row, Work

__all__ = ["Made", "listed", "make_rows"]

_BATCH = 1024  # rows that are made at once


class Made:
    """A list of a JSON file that is made as it is gone through: by `make`, each time anew.

    What uses up its source can be gone through only once.
    """

    def __init__(self, make: Callable[[], Iterable[Any]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Any]:
        return iter(self._make())


def listed(value: Any) -> Any:
    """A root, or a list of them, with all that is still to be made in it made."""
    if isinstance(value, (list, Made)):
        return [listed(one) if isinstance(one, dict) else one for one in value]
    if isinstance(value, dict):
        return {key: [*own] if isinstance(own, Made) else own for key, own in value.items()}
    return value


def make_rows(
    order: Sequence[int], make: Callable[[Sequence[int]], list[list[Row]]], work: Work
) -> Iterator[list[Row]]:
    """What becomes of each annotation, in this order: `make` says it of some of them.

    The report counts what is made.
    """
    for first in range(0, len(order), _BATCH):
        made = make(order[first : first + _BATCH])
        work.report.annotations += sum(map(len, made))
        yield from made
