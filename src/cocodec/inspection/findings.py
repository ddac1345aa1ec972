"""What a check found: groups of rows that have the same fault."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import how_many, in_line

__all__ = ["SEVERITIES", "Example", "Finding", "Findings", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

_NAMED = 5  # examples in the text for people


@dataclass(frozen=True)
class Example:
    """One of the rows of a finding.

    Attributes
    ----------
    row : int
        Its index in the list of its part, as a person counts it there.
    part : str
        The member or the number of the part; "" where there is one.
    id : str or None
        Its id, as the file spells it.
    value : str or None
        What was found, as the file spells it, shortened.
    """

    row: int
    part: str
    id: str | None
    value: str | None

    def __str__(self) -> str:
        where = f"{self.part}, row {self.row}" if self.part else f"row {self.row}"
        shown = "" if self.id is None else f", id {in_line(self.id)}"
        return f"{where}{shown}" + ("" if self.value is None else f": {in_line(self.value)}")


@dataclass(frozen=True)
class Finding:
    """One fault, and all rows that have it.

    Attributes
    ----------
    code : str
        The rule's: a name that does not change.
    severity : {"error", "warning", "note"}
    message : str
        What is wrong, and what to do.
    table : str
        ``"images"``, ``"annotations"``, ``"categories"``; ``"root"`` for what is in no row.
    key : str or None
        The key that holds the fault.
    rows : (k,) array of int64
        The rows of the table, over all parts of the file; empty of ``"root"``.
    examples : list of Example
        The first of them.
    is_fixable : bool
        Whether a repair would be made.
    repair : str
        What the repair does, and whether one has to ask for it; "" where there is none.

    Examples
    --------
    >>> [finding.code for finding in cocodec.check(document)]
    []
    """

    code: str
    severity: Severity
    message: str
    table: str
    key: str | None
    rows: NDArray[np.int64]
    examples: list[Example] = field(default_factory=list)
    is_fixable: bool = False
    repair: str = ""

    @property
    def count(self) -> int:
        """How often it was found.

        Examples
        --------
        >>> [finding.count for finding in cocodec.check(document)]
        []
        """
        return max(1, len(self.rows))

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain objects, ready for JSON.

        Examples
        --------
        >>> [sorted(finding.as_dict())[0] for finding in cocodec.check(document)]
        []
        """
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "table": self.table,
            "key": self.key,
            "count": self.count,
            "rows": self.rows.tolist(),
            "examples": [vars(example) for example in self.examples],
            "fixable": self.is_fixable,
            "repair": self.repair,
        }

    def __str__(self) -> str:
        if len(self.rows) == 0:
            return f"{self.severity} {self.code}: {self.message}"
        rows = f"{self.count:,} row{'s' * (self.count != 1)} of {self.table}"
        named = "; ".join(map(str, self.examples[:_NAMED]))
        more = ", ..." if self.count > _NAMED else ""
        return f"{self.severity} {self.code}: {self.message}: {rows} ({named}{more})"


class Findings(Sequence[Finding]):
    """What a check found, what matters most first.

    ``if not findings.errors`` is the question to ask; `str` is the text for people, `as_dict` the
    one for programs.

    Attributes
    ----------
    name : str
        The file; "" where it has no name.
    dialect : str
        The dialect that the document was taken for; habits of a dialect are notes.
    checked : int
        How many annotations were looked at.

    Examples
    --------
    >>> len(cocodec.check(document))
    0
    """

    def __init__(
        self, found: Sequence[Finding], *, name: str = "", dialect: str = "", checked: int = 0
    ) -> None:
        self._found = list(found)
        self.name, self.dialect, self.checked = name, dialect, checked

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, key: int) -> Finding: ...
    @overload
    def __getitem__(self, key: slice) -> list[Finding]: ...
    def __getitem__(self, key: int | slice) -> Finding | list[Finding]:
        return self._found[key]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    def __repr__(self) -> str:
        return f"<Findings: {self.summary()}>"

    def of(self, severity: Severity) -> list[Finding]:
        """Return the findings of one severity.

        Examples
        --------
        >>> len(cocodec.check(document).of('error'))
        0
        """
        return [found for found in self if found.severity == severity]

    @property
    def errors(self) -> list[Finding]:
        """What breaks readers, or misleads them in silence.

        Examples
        --------
        >>> cocodec.check(document).errors
        []
        """
        return self.of("error")

    @property
    def codes(self) -> set[str]:
        """The codes that were found.

        Examples
        --------
        >>> sorted(cocodec.check(document).codes)
        []
        """
        return {found.code for found in self}

    @property
    def fixable(self) -> list[Finding]:
        """What a repair would change.

        Examples
        --------
        >>> len(cocodec.check(document).fixable)
        0
        """
        return [found for found in self if found.is_fixable]

    def summary(self) -> str:
        """Say in a line how much was found.

        Examples
        --------
        >>> cocodec.check(document).summary
        <bound method Findings.summary of <Findings: sound, 3 annotations checked>>
        """
        counts = [(len(self.of(severity)), severity) for severity in SEVERITIES]
        said = ", ".join(how_many(n, what) for n, what in counts if n)
        repairs = f" ({len(self.fixable)} can be repaired: --fix OUT)" if self.fixable else ""
        checked = how_many(self.checked, "annotation")
        return f"{said or 'sound'}, {checked} checked{repairs}"

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain objects, ready for JSON.

        Examples
        --------
        >>> sorted(cocodec.check(document).as_dict())
        ['annotations', 'dialect', 'errors', 'file', 'findings', 'notes', 'warnings']
        """
        return {
            "file": self.name,
            "dialect": self.dialect,
            "annotations": self.checked,
            **{f"{severity}s": len(self.of(severity)) for severity in SEVERITIES},
            "findings": [found.as_dict() for found in self],
        }

    def as_json(self) -> str:
        """Return `as_dict` as JSON text.

        Examples
        --------
        >>> cocodec.check(document).as_json()[:1]
        '{'
        """
        return json.dumps(self.as_dict())

    def __str__(self) -> str:
        lines = [*map(str, self), self.summary()]
        return "\n".join(f"{self.name}: {line}" if self.name else line for line in lines)
