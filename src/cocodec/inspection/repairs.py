"""repair: what rules can mend is mended, value by value, and every change is listed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.json_values import MISSING, JsonKind, encode
from cocodec.errors import in_line
from cocodec.files.sources import Source
from cocodec.inspection.batches import Inspection
from cocodec.inspection.check import Progress, examine, open_document
from cocodec.inspection.findings import Findings
from cocodec.inspection.rule import Edit, Removal
from cocodec.inspection.rules import selected
from cocodec.signatures import names_arguments

__all__ = ["Change", "Repaired", "repair"]

_PASSES = 8  # a repair may bring a fault to light; more than a few are a loop


@dataclass(frozen=True)
class Change:
    """One value that was changed, or one row that was removed.

    Attributes
    ----------
    code : str
        The rule's.
    table : str
    part : str
        The member or the number of the part; "" where there is one.
    row : int
        Its index in the list of its part, as the file that was read has it.
    id : str or None
        Its id as it was spelled.
    key : str or None
        What was changed; None where the row was removed.
    before, after : str or None
        As JSON spells them; None where there was or is nothing.

    Examples
    --------
    >>> [change.code for change in cocodec.repair(document).changes]
    []
    """

    code: str
    table: str
    part: str
    row: int
    id: str | None
    key: str | None
    before: str | None
    after: str | None

    def __str__(self) -> str:
        where = f"{self.part}, {self.table}" if self.part else self.table
        shown = "" if self.id is None else f", id {in_line(self.id)}"
        what = f"{where}, row {self.row}{shown}: {self.code}"
        if self.key is None:
            return f"{what}: removed"
        before = "nothing" if self.before is None else in_line(self.before)
        after = "nothing" if self.after is None else in_line(self.after)
        return f"{what}: {self.key} {before} -> {after}"


@dataclass(frozen=True)
class Repaired:
    """What a repair did.

    Attributes
    ----------
    before, after : Findings
        Of the document as it was, and as it is.
    changes : list of Change

    Examples
    --------
    >>> cocodec.repair(document).changes
    []
    """

    before: Findings
    after: Findings
    changes: list[Change]

    def __str__(self) -> str:
        count = len(self.changes)
        return f"{count:,} change{'s' * (count != 1)}; now {self.after.summary()}"


@names_arguments
def repair(
    document: Document,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    images: str | os.PathLike[str] | None = None,
    ground_truth: Document | Source | None = None,
    near: float = 0.9,
    threads: int = 0,
    progress: Progress | None = None,
) -> Repaired:
    """Mend a document in place, where that is safe; `document.write` then writes it.

    Values that no rule objects to stay the bytes that they are. Repairing what was repaired changes
    nothing.

    Parameters
    ----------
    document : Document
    select, ignore, images, ground_truth, near, threads, progress
        As for `check`. Repairs that are made on request, and repairs of what is a habit of the
        document's dialect, are made of what is selected.

    Returns
    -------
    Repaired
        Every change, and what was found before and after.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.read(
    ...     b'{"images": [{"id": 1, "file_name": "a.jpg", "height": 9, "width": 9}], '
    ...     b'"categories": [{"id": 1, "name": "cat"}], "annotations": [{"id": 1, "image_id": 1, '
    ...     b'"category_id": 1, "segmentation": [1, 1, 5, 1, 5, 5], "bbox": [1, 1, 4, 4], '
    ...     b'"area": 8, "iscrowd": 0}]}'
    ... )
    >>> print(cocodec.repair(document).changes[0])
    annotations, row 0, id 1: segmentation-flat: segmentation [1, 1, 5, 1, 5, 5] -> \
[[1,1,5,1,5,5]]
    """
    rules = selected(select, ignore)
    truth = None if ground_truth is None else open_document(ground_truth)
    origins = {
        name: np.arange(len(getattr(document, name)))
        for name in ("images", "annotations", "categories")
    }
    starts = {name: _first_rows(document, name) for name in origins}
    changes: list[Change] = []
    first: Findings | None = None
    for _ in range(_PASSES):
        inspection = Inspection(
            document, images_folder=images, ground_truth=truth, near=near, threads=threads
        )
        examined = examine(inspection, rules, asked=select, progress=progress)
        first = first or examined.findings
        made = _Pass(inspection, origins, starts)
        for finding, mend in examined.repairs:
            for one in mend(inspection, finding.rows):
                made.take(finding.code, one)
        made.apply()
        changes += made.changes
        if not made.changes:
            break
    return Repaired(first or examined.findings, examined.findings, changes)


def _first_rows(document: Document, name: str) -> list[int]:
    table: Any = getattr(document, name)
    return [table.rows_of(part).start for part in range(len(document.parts))]


class _Pass:
    """The changes of one pass over the document: of a cell the first repair counts."""

    def __init__(
        self,
        inspection: Inspection,
        origins: dict[str, NDArray[np.int64]],
        starts: dict[str, list[int]],
    ) -> None:
        self._inspection, self._origins, self._starts = inspection, origins, starts
        self._touched: dict[tuple[str, str], set[int]] = {}
        self._edits: list[Edit] = []
        self._removed: dict[str, set[int]] = {}
        self.changes: list[Change] = []

    def take(self, code: str, one: Edit | Removal) -> None:
        """Take a change, if it changes something and nothing else changed it."""
        if isinstance(one, Removal):
            gone = self._removed.setdefault(one.table, set())
            new = [row for row in one.rows.tolist() if row not in gone]
            gone.update(new)
            self._note(code, one.table, np.array(new, np.int64), None, [MISSING] * len(new))
            return
        touched = self._touched.setdefault((one.table, one.key), set())
        gone = self._removed.get(one.table, set())
        kept = [
            i for i, row in enumerate(one.rows.tolist()) if row not in touched and row not in gone
        ]
        rows, values = one.rows[kept], [one.values[i] for i in kept]
        differs = self._differs(one.table, one.key, rows, values)
        rows, values = rows[differs], [v for v, d in zip(values, differs, strict=True) if d]
        touched.update(rows.tolist())
        self._note(code, one.table, rows, one.key, values)
        self._edits.append(Edit(one.table, rows, one.key, values))

    def _differs(
        self, table: str, key: str, rows: NDArray[np.int64], values: list[Any]
    ) -> NDArray[np.bool_]:
        kinds = self._inspection.table(table).kinds(key, rows)
        old = self._inspection.values(table, key, rows)
        return np.array(
            [
                kind == JsonKind.MISSING or a != b or type(a) is not type(b)
                for kind, a, b in zip(kinds.tolist(), old, values, strict=True)
            ],
            bool,
        )

    def _note(
        self, code: str, table: str, rows: NDArray[np.int64], key: str | None, values: list[Any]
    ) -> None:
        if len(rows) == 0:
            return
        inspection = self._inspection
        ids = inspection.spelled(table, "id", rows)
        before = [None] * len(rows) if key is None else inspection.spelled(table, key, rows)
        parts = inspection.table(table).part[rows].tolist()
        for row, part, id_, old, new in zip(
            self._origins[table][rows].tolist(), parts, ids, before, values, strict=True
        ):
            after = None if new is MISSING else encode(new).decode()
            place = (inspection.labels[part], row - self._starts[table][part])
            self.changes.append(Change(code, table, *place, id_, key, old, after))

    def apply(self) -> None:
        """Write the changes into the document; rows go last, so that none moves before."""
        document = self._inspection.document
        for edit in self._edits:
            if len(edit.rows) > 0:
                document.set_column(edit.key, edit.values, edit.rows, table=edit.table)
        for table, gone in self._removed.items():
            rows = np.array(sorted(gone), np.int64)
            document.remove(rows, table=table)
            self._origins[table] = np.delete(self._origins[table], rows)
