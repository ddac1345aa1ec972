"""What a file shows of its habits: its root, and a few rows of every table.

Sniffing must not cost what reading costs, so at most `SAMPLE` rows of a table are decoded, spread
evenly over the whole of it; which ones depends on nothing but their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SAMPLE", "Evidence", "sample_rows"]

SAMPLE = 64

Row = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """What is looked at.

    Attributes
    ----------
    root : str
        ``"document"``, ``"documents"`` (several in one file), ``"results"`` or ``"annotation"``.
    names : tuple of str
        Members of an archive that hold annotations.
    root_keys : tuple of str
        Of the first document, in their order.
    info : dict
        The first document's; empty if it is missing or no object.
    tables : dict of str to list of dict
        Rows of ``images``, ``annotations``, ``categories`` and ``licenses``; of other lists of the
        root, nothing.
    mark : dict
        What cocodec left under the root key "cocodec" when it wrote the file.
    """

    root: str
    names: tuple[str, ...] = ()
    root_keys: tuple[str, ...] = ()
    info: Row = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    mark: Row = field(default_factory=dict)

    def rows(self, table: str) -> list[Row]:
        """The rows of a table that are looked at; empty where there is no such table."""
        return self.tables.get(table, [])


def sample_rows(count: int) -> Sequence[int]:
    """Which of `count` rows are looked at."""
    if count <= SAMPLE:
        return range(count)
    return [i * (count - 1) // (SAMPLE - 1) for i in range(SAMPLE)]
