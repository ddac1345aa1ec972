"""Ids of any JSON type -> unique integers.

An id that is an integer and comes first stays what it is. All others (strings, repeated ones,
missing ones) get the smallest integers from 1 on that nobody has.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["Numbers"]


class Numbers:
    """Hands out unique integers; the wanted one where that is possible."""

    def __init__(self, wanted: Iterable[Any], *, keep: bool = True) -> None:
        """`wanted`: every id that will be asked for, so that no new one takes its place."""
        self._reserved = {w for w in wanted if _is_integer(w)} if keep else set()
        self._given: set[int] = set()
        self._next = 1

    def give(self, wanted: Any) -> int:
        """Return the wanted id if it is an integer that nobody has yet, or else a new one."""
        whole = type(wanted) is int or _is_integer(wanted)
        number = wanted if whole and wanted in self._reserved else None
        if number is None or number in self._given:
            while self._next in self._reserved or self._next in self._given:
                self._next += 1
            number = self._next
        self._given.add(number)
        return int(number)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
