"""Rows on their way into a file: where they lie, and edits whose texts are made there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.edits import Changes, of_rows, splice
from cocodec.documents.places import Places

__all__ = ["Edit", "WrittenRows"]

# What changes, in which rows (ascending), and on how many threads its texts are made.
Edit: TypeAlias = tuple[Changes, NDArray[np.int64], int]


class WrittenRows:
    """Rows on their way into a file, with edits that are made there."""

    def __init__(self, rows: Places, edits: Sequence[Edit]) -> None:
        self._rows, self._edits = rows, edits

    def __len__(self) -> int:
        return len(self._rows)

    def windows(self, most: int) -> Iterator[slice]:
        """Cut the rows into pieces that can be held at once, of at most as many rows."""
        return self._rows.windows(most)

    def take(self, first: int, stop: int) -> Places:
        """Return where rows lie, the texts of edited ones made for it."""
        places = self._rows.take(slice(first, stop))
        for changes, numbers, threads in self._edits:
            begin, end = np.searchsorted(numbers, [first, stop]).tolist()
            if begin == end:
                continue
            own = numbers[begin:end] - first
            made = splice(places.take(own), of_rows(changes, slice(begin, end)), threads)
            places = places.overlaid(own, made)
        return places
