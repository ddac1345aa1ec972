"""Rows that are made while they are written, some at a time: what they are made from goes.

A writer that makes another row of each holds but a batch of them, not the file twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.plain_rows import Annotations, Integers, Printed, stretches_of

__all__ = ["Made", "PlainText", "RowMaker", "SharedRows", "listed", "make_rows", "unpacked"]

_BATCH = 1024  # rows that are made at once


class Made:
    """A list of a JSON file that is made as it is gone through: by `make`, each time anew.

    What uses up its source can be gone through only once.
    """

    def __init__(self, make: Callable[[], Iterable[Any]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Any]:
        return iter(self._make())


class SharedRows(list[Row]):
    """Rows that stand in many documents, printed once."""

    text: bytes | None = None


def listed(value: Any) -> Any:
    """A root, or a list of them, with all that is still to be made in it made."""
    if isinstance(value, (list, Made)):
        return [listed(one) if isinstance(one, dict) else one for one in value]
    if isinstance(value, dict):
        return {
            key: [*own] if isinstance(own, (Made, Annotations)) else own
            for key, own in value.items()
        }
    return value


class PlainText(NamedTuple):
    """What becomes of the plain rows of a batch.

    Attributes
    ----------
    text : bytes
        Their new rows, with a comma behind each.
    ends : (n,) array of int64
        Where what becomes of each of the n rows ends in it.
    notable : (n,) array of bool
        Of which rows there is something to report.
    made : (n,) array of int64
        How many rows become of the rows up to each.
    """

    text: bytes
    ends: Integers
    notable: NDArray[np.bool_]
    made: Integers


_NO_TEXT = PlainText(b"", np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int64))


class RowMaker(Protocol):
    """How a writer makes its rows of annotations, a batch of them at a time."""

    def prepare(self, rows: Integers) -> PlainText | None:
        """Spell the masks of a batch, and print its plain rows."""

    def tell(self, rows: Integers) -> None:
        """Report what becomes of some plain rows."""

    def make(self, row: int) -> list[Row]:
        """What becomes of a row that is decoded, which is reported."""


def make_rows(
    order: Integers, canon: Canon, maker: RowMaker, work: Work, groups: Integers | None = None
) -> Iterator[tuple[int, Any]]:
    """What becomes of annotations, in this order: how many they were, and rows, or printed rows.

    The report counts what is made. `groups`: a number of each annotation; what is given together is
    of one.
    """
    for first in range(0, len(order), _BATCH):
        some = order[first : first + _BATCH]
        plain = canon.annotations.plain[some]
        text, *columns = maker.prepare(some) or _NO_TEXT
        ends, notable, made_of = (
            np.concatenate([[0], np.cumsum(c) if c.dtype == bool else c]) for c in columns
        )
        at = np.concatenate([[0], np.cumsum(plain)])
        of_plain, made_at = ends[at].tolist(), made_of[at].tolist()
        told = 0  # up to here plain rows are reported
        for begin, end in stretches_of(plain, *([] if groups is None else [groups[some]])):
            a, b = of_plain[begin], of_plain[end]
            if a < b:
                if begin >= told:  # with all plain rows behind it, of whatever group
                    told = begin + _run_of(plain[begin:])
                    if notable[at[begin]] < notable[at[told]]:
                        maker.tell(some[begin:told])
                made: Any = Printed(text[a : b - 1], made_at[end] - made_at[begin])
            else:
                made = [one for i in some[begin:end].tolist() for one in maker.make(i)]
            work.report.annotations += made.rows if isinstance(made, Printed) else len(made)
            yield end - begin, made


def _run_of(flags: NDArray[np.bool_]) -> int:
    """How many flags are set before the first that is not."""
    return len(flags) if flags.all() else int(np.argmin(flags))


def unpacked(pieces: Iterable[tuple[int, Any]]) -> Iterator[Any]:
    """What `make_rows` gives, one behind the other: rows, and rows that are printed."""
    for _, made in pieces:
        if isinstance(made, Printed):
            yield made
        else:
            yield from made
