"""Ids of any JSON type -> unique integers; what refers to them is found by exact identity.

An id that is an integer and comes first stays what it is. All others (strings, repeated ones,
missing ones) get the smallest integers from 1 on that nobody has.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

__all__ = ["Numbers", "identity"]

_LONGEST = 4000  # digits of a string that is still read as an integer


def identity(value: Any, *, coerce: bool = False) -> Hashable:
    """A key that is equal for equal ids only: 1, "1" and true are three ids; 1.0 is 1.

    With `coerce`, a string that spells an integer is that integer.
    """
    if type(value) is int:
        return value
    if isinstance(value, bool) or value is None:
        return ("constant", value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else ("float", value)
    if isinstance(value, str):
        return int(value) if coerce and _spells_integer(value) else ("string", value)
    return ("other", repr(value))


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


def _spells_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST):
        return False
    return digits[0] != "0" or text == "0"
