"""What a rule is, what it reports, and what a repair may change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cocodec.inspection.findings import Severity

if TYPE_CHECKING:
    from cocodec.inspection.batches import Batch, Inspection

__all__ = ["Edit", "Hit", "Removal", "Repair", "Rule", "fix_with"]

RowNumbers: TypeAlias = NDArray[np.int64]


class Edit(NamedTuple):
    """New values of one key, one a row; `MISSING` takes the key away."""

    table: str
    rows: RowNumbers
    key: str
    values: Sequence[Any]


class Removal(NamedTuple):
    """Rows to take away."""

    table: str
    rows: RowNumbers


Repair: TypeAlias = "Callable[[Inspection, RowNumbers], list[Edit | Removal]]"


class Hit(NamedTuple):
    """Rows that have one fault; hits of one rule with one message become one finding.

    Attributes
    ----------
    message : str
        The same for all its rows.
    rows : (k,) array of int64
        Of the whole table.
    key : str or None
        The key whose value is shown.
    table : str
    repair : callable or None
        What makes these rows sound, where that is safe.
    shown : callable, sequence of str or None
        What to show of each row in place of the value of the key; called with some rows.
    """

    message: str
    rows: RowNumbers
    key: str | None = None
    table: str = "annotations"
    repair: Repair | None = None
    shown: Callable[[RowNumbers], Sequence[str]] | Sequence[str] | None = None


@dataclass(frozen=True)
class Rule:
    """One question that is asked of a document.

    Attributes
    ----------
    code : str
        ``topic-fault``; the topic alone selects all its rules.
    severity : {"error", "warning", "note"}
        An error breaks readers or misleads them in silence, a warning is likely a mistake, a note
        is good to know.
    says : str
        The rule in one sentence.
    example : str
        Something that breaks it, as JSON.
    rows, document : callable
        Looks at a batch of annotations, or at the whole; one of the two.
    repair : str
        What the repair does; "" where none is safe.
    on_request : bool
        Whether the repair is made only where the code itself is selected.
    needs_pattern : bool
        Whether a few rows may have the fault by chance: these are a warning, repaired on request;
        `Inspection.is_pattern` says how many it takes.
    """

    code: str
    severity: Severity
    says: str
    example: str
    rows: Callable[[Batch], Iterable[Hit]] | None = None
    document: Callable[[Inspection], Iterable[Hit]] | None = None
    repair: str = ""
    on_request: bool = False
    needs_pattern: bool = False

    @property
    def severity_text(self) -> str:
        """The severity, for lists of rules."""
        return f"{self.severity}, a warning of a few rows" if self.needs_pattern else self.severity


def fix_with(
    key: str, new: Callable[[Any], Any], table: str = "annotations"
) -> Callable[[Inspection, RowNumbers], list[Edit | Removal]]:
    """Make the repair that maps each row's value of a key to another."""

    def repair(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
        old = inspection.values(table, key, rows)
        return [Edit(table, rows, key, [new(value) for value in old])]

    return repair
