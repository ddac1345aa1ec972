"""What a conversion between dialects did: what it made different, left out, or refused."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cocodec.errors import how_many, name_alike
from cocodec.signatures import names_arguments

__all__ = ["DialectReport", "Finding", "Origins", "Place"]

_SHOWN = 3  # places that a finding names


class Place(NamedTuple):
    """Where something was found: a part's name, a table, a row of it in the file, and its id."""

    part: str | None
    table: str
    row: int
    id: Any = None

    def __str__(self) -> str:
        text = f"{self.table} row {self.row}" if self.table != "annotations" else f"row {self.row}"
        if self.id is not None:
            shown = repr(self.id)
            text += f", id {shown if len(shown) <= 60 else shown[:57] + '...'}"
        return text if self.part is None else f"{self.part}: {text}"


class Origins:
    """The places of many annotations, kept small: a `Place` is made where one is asked for."""

    __slots__ = ("_ids", "_names", "_numbers", "_parts", "_rows")

    def __init__(self) -> None:
        self._rows = array("q")
        self._parts = array("q")  # numbers in `_names`
        self._names: list[str | None] = []
        self._numbers: dict[str | None, int] = {}
        self._ids: list[Any] | array[int] = array("q")

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, i: int) -> Place:
        return Place(self._names[self._parts[i]], "annotations", self._rows[i], self._ids[i])

    def __iter__(self) -> Iterator[Place]:
        return map(self.__getitem__, range(len(self)))

    def append(self, place: Place) -> None:
        """Add one."""
        self.extend(place.part, [place.row], [place.id])

    def extend(self, part: str | None, rows: Sequence[int], ids: Sequence[Any]) -> None:
        """Add the places of many rows of one part."""
        number = self._numbers.setdefault(part, len(self._names))
        if number == len(self._names):
            self._names.append(part)
        self._rows.extend(rows)
        self._parts.extend([number] * len(rows))
        if isinstance(self._ids, array) and not isinstance(ids, array):
            self._ids = self._ids.tolist()
        self._ids.extend(ids)

    def take(self, rows: Sequence[int]) -> Origins:
        """Those of some annotations, in this order."""
        out = Origins()
        out._names, out._numbers = self._names, self._numbers
        out._rows = array("q", (self._rows[i] for i in rows))
        out._parts = array("q", (self._parts[i] for i in rows))
        out._ids = [self._ids[i] for i in rows]
        return out


@dataclass
class Finding:
    """One kind of thing that happened: how often, and where first.

    Attributes
    ----------
    count : int
    first : list of Place
        At most three.
    """

    count: int = 0
    first: list[Place] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.first:
            return f"{self.count:,}"
        places = "; ".join(map(str, self.first))
        return f"{self.count:,} ({places}{'; ...' if self.count > len(self.first) else ''})"


@dataclass
class DialectReport:
    """What became of a file that was written in another dialect.

    Attributes
    ----------
    source, target : str
        The dialects; `reason` says why the file is taken for the first.
    images, annotations, categories : int
        How many were written.
    changes : dict of str to Finding
        What was made different so that the target can say it; nothing is missing.
    lost : dict of str to Finding
        What the target cannot say, and what is therefore not in it.
    refused : list of (Place, str)
        Rows that are wrong, and why. They are not in the target.
    notes : list of str
        What a reader of the target should know.
    warnings : list of str
        What is likely wrong in the source, and stays so: masks that lie far from their own bbox or
        area, with the likely reason.

    Examples
    --------
    >>> report = cocodec.DialectReport('cvat')
    >>> report.note('seen')
    >>> report.notes
    ['seen']
    """

    source: str = ""
    reason: str = ""
    target: str = ""
    images: int = 0
    annotations: int = 0
    categories: int = 0
    changes: dict[str, Finding] = field(default_factory=dict)
    lost: dict[str, Finding] = field(default_factory=dict)
    refused: list[tuple[Place, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def change(self, what: str, place: Place | None = None, count: int = 1) -> None:
        """Count something that was made different.

        Examples
        --------
        >>> report = cocodec.DialectReport()
        >>> report.change('ids made numbers')
        >>> report.changes['ids made numbers'].count
        1
        """
        _count(self.changes, what, place, count)

    def change_rows(self, what: str, places: Origins, rows: Sequence[int]) -> None:
        """Count something that was made different in some annotations.

        Examples
        --------
        >>> report = cocodec.DialectReport()
        >>> report.change_rows('ids made numbers', None, [])
        >>> report.changes
        {}
        """
        _count_rows(self.changes, what, places, rows)

    def lose_rows(self, places: Origins, rows_of: dict[str, list[int]]) -> None:
        """Count what of some annotations is not carried over, what comes first of all first.

        Examples
        --------
        >>> report = cocodec.DialectReport()
        >>> report.lose_rows(None, {'scores': []})
        >>> report.lost
        {}
        """
        for what, rows in sorted(rows_of.items(), key=lambda item: item[1][:1]):
            _count_rows(self.lost, what, places, rows)

    def lose(self, what: str, place: Place | None = None, count: int = 1) -> None:
        """Count something that is not carried over.

        Examples
        --------
        >>> report = cocodec.DialectReport()
        >>> report.lose('scores', count=2)
        >>> report.lost['scores'].count
        2
        """
        _count(self.lost, what, place, count)

    def lose_keys(self, row: dict[str, Any], known: Any, what: str, place: Any = None) -> None:
        """Count the keys of a row that are not known; what is null or empty says nothing.

        Examples
        --------
        >>> report = cocodec.DialectReport()
        >>> report.lose_keys({'id': 1, 'note': 'x'}, ('id',), 'annotation')
        >>> list(report.lost)
        ['annotation note']
        """
        if row.keys() <= {*known}:  # as most rows are
            return
        for key, value in row.items():
            if key not in known and value is not None and value not in ("", [], {}):
                self.lose(f"{what} {key}", place)

    def lose_keys_of_all(
        self, rows: Iterable[dict[str, Any]], known: Any, what: str, zeros: Any = ()
    ) -> None:
        """Count the keys of many rows that are not known, as `lose_keys` does, but for places.

        `zeros`: keys of which a 0 says nothing either.

        Examples
        --------
        >>> report = cocodec.DialectReport()
        >>> report.lose_keys_of_all([{'id': 1, 'note': 'x'}, {'note': 'y'}], ('id',), 'image')
        >>> report.lost['image note'].count
        2
        """
        known, counts = {*known}, dict[str, int]()
        for row in rows:
            for key in [key for key in row if key not in known]:
                value = row[key]
                if value is None or value in ("", [], {}) or (value == 0 and key in zeros):
                    continue
                counts[key] = counts.get(key, 0) + 1
        for key, count in counts.items():
            self.lose(f"{what} {key}", count=count)

    def refuse(self, place: Place, why: str) -> None:
        """Note a row that is wrong.

        Examples
        --------
        >>> from cocodec.dialects import Place
        >>> report = cocodec.DialectReport()
        >>> report.refuse(Place(None, 'annotations', 3, 7), 'counts is null')
        >>> report.describe_refused()
        'row 3, id 7: counts is null'
        """
        self.refused.append((place, why))

    def note(self, text: str) -> None:
        """Note something once.

        Examples
        --------
        >>> report = cocodec.DialectReport()
        >>> report.note('seen')
        >>> report.notes
        ['seen']
        """
        if text not in self.notes:
            self.notes.append(text)

    @names_arguments
    def describe_refused(self, limit: int | None = None) -> str:
        """Name the refused rows, one a line; of many of one kind the first, and how many.

        Examples
        --------
        >>> cocodec.DialectReport().describe_refused()
        ''
        """
        return "\n".join(self._named_refused(limit))

    def _named_refused(self, limit: int | None = None) -> list[str]:
        return name_alike([(str(place), why) for place, why in self.refused], limit)

    def lines(self) -> list[str]:
        """Return the report, one kind of thing a line.

        Examples
        --------
        >>> cocodec.DialectReport('cvat', 'a zip', 'official').lines()
        ['read as cvat (a zip), written as official: 0 images, 0 annotations, 0 categories']
        """
        return [
            f"read as {self.source} ({self.reason}), written as {self.target}: "
            f"{how_many(self.images, 'image')}, {how_many(self.annotations, 'annotation')}, "
            f"{how_many(self.categories, 'category', 'categories')}",
            *(f"changed: {what}: {found}" for what, found in self.changes.items()),
            *(f"not carried: {what}: {found}" for what, found in self.lost.items()),
            *(f"refused: {line}" for line in self._named_refused()),
            *(f"note: {text}" for text in self.notes),
            *(f"warning: {text}" for text in self.warnings),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())


def _count(findings: dict[str, Finding], what: str, place: Place | None, count: int) -> None:
    found = findings.setdefault(what, Finding())
    found.count += count
    if place is not None and len(found.first) < _SHOWN:
        found.first.append(place)


def _count_rows(
    findings: dict[str, Finding], what: str, places: Origins, rows: Sequence[int]
) -> None:
    if len(rows) == 0:
        return
    for i in rows[:_SHOWN]:
        _count(findings, what, places[i], 1)
    findings[what].count += max(0, len(rows) - _SHOWN)
