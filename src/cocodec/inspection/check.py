"""check: is a document sound? Rules look at it in one pass, and what they find is grouped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.in_place import read_in_place
from cocodec.files.sources import Source, name_of
from cocodec.inspection.batches import Batch, Inspection
from cocodec.inspection.findings import SEVERITIES, Example, Finding, Findings
from cocodec.inspection.habits import is_habit
from cocodec.inspection.rule import Hit, Repair, Rule
from cocodec.inspection.rules import is_chosen, repair_text, selected
from cocodec.signatures import names_arguments
from cocodec.threads import in_order

__all__ = ["Examined", "check", "examine", "open_document"]

_MOST_THREADS = 4  # Python itself runs in one at a time

Progress = Callable[[int, int], None]

_EXAMPLES = 20  # rows that a finding spells out


@names_arguments
def check(
    document: Document | Source,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    images: str | os.PathLike[str] | None = None,
    ground_truth: Document | Source | None = None,
    near: float = 0.9,
    unzip_limit: int | None = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> Findings:
    """Check a COCO document: ids, references, sizes, masks, boxes, areas, flags, duplicates.

    Parameters
    ----------
    document : Document, path, bytes or binary file
        A document, a list of them, results, or a zip of these.
    select, ignore : sequence of str
        Codes of rules, or topics (``"bbox"`` is all of ``"bbox-..."``). By default all rules are
        asked; repairs that are made on request are made of what is selected here.
    images : path, optional
        The folder of the image files; their headers are read.
    ground_truth : Document, path, bytes or binary file, optional
        What `document`, results, refers to.
    near : float
        The IoU from which on two masks of one image and category are near duplicates.
    unzip_limit : int, optional
        As for `cocodec.read`.
    threads : int
        0 = as many as pay, 1 = none.
    progress : callable, optional
        Called with the annotations that are done, and how many there are.

    Returns
    -------
    Findings
        One `Finding` for each fault, with all rows that have it; errors first.

    Raises
    ------
    DocumentError
        If it cannot be read.
    ValueError
        If there is no such rule.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(
    ...     images=[{"id": 1, "file_name": "a.jpg", "height": 10, "width": 10}],
    ...     categories=[{"id": 1, "name": "cat"}],
    ...     annotations=[{"id": 7, "image_id": 1, "category_id": 2, "bbox": [1, 1, 4, 4],
    ...                   "area": 16, "segmentation": [], "iscrowd": 0}],
    ... )
    >>> print(cocodec.check(document).errors[0])
    error category-id-unknown: category_id names no category that the document lists (1): \
1 row of annotations (row 0, id 7: 2)
    """
    name = "" if isinstance(document, Document) else name_of(document) or ""
    opened = open_document(document, unzip_limit)
    truth = None if ground_truth is None else open_document(ground_truth, unzip_limit)
    rules = selected(select, ignore)
    inspection = Inspection(
        opened, images_folder=images, ground_truth=truth, near=near, threads=threads
    )
    return examine(inspection, rules, asked=select, name=name, progress=progress).findings


def open_document(document: Document | Source, unzip_limit: int | None = None) -> Document:
    """Return a document as it is, or read it; the text of a long one stays in its file."""
    if isinstance(document, Document):
        return document
    return read_in_place(document, unzip_limit=unzip_limit)


class Examined:
    """What was found, and how each finding is repaired.

    Attributes
    ----------
    findings : Findings
    repairs : list of (Finding, Repair)
        Of what can be repaired, in the order of the rules.
    """

    def __init__(self, findings: Findings, repairs: list[tuple[Finding, Repair]]) -> None:
        self.findings, self.repairs = findings, repairs


class _Group:
    """Hits of one rule that say the same."""

    def __init__(self, rule: Rule, hit: Hit) -> None:
        self.rule = rule
        # What shows rows may hold the columns of a whole batch, and is not kept.
        self.hit = hit._replace(shown=None)
        self.rows = [hit.rows]
        self.shown: list[str] = []
        self._show(hit)

    def add(self, hit: Hit) -> None:
        """Take in more rows."""
        self.rows.append(hit.rows)
        self._show(hit)

    def _show(self, hit: Hit) -> None:
        wanted = _EXAMPLES - len(self.shown)
        if hit.shown is not None and wanted > 0:
            rows = hit.rows[:wanted]
            self.shown += hit.shown(rows) if callable(hit.shown) else hit.shown[:wanted]


def examine(
    inspection: Inspection,
    rules: Iterable[Rule],
    *,
    asked: Sequence[str] = (),
    name: str = "",
    progress: Progress | None = None,
) -> Examined:
    """Ask rules about a document. `asked`: codes whose repairs on request are made."""
    with _quietly():
        groups = _collect(inspection, tuple(rules), progress)
    found, repairs = [], []
    for group in groups:
        finding = _finding(inspection, group, asked)
        found.append(finding)
        if finding.is_fixable and group.hit.repair is not None:
            repairs.append((finding, group.hit.repair))
    found.sort(key=lambda one: SEVERITIES.index(one.severity))
    checked = len(inspection.document.annotations)
    findings = Findings(found, name=name, dialect=inspection.dialect, checked=checked)
    return Examined(findings, repairs)


def _quietly() -> np.errstate:
    """Numbers of a file may be as large as they like: what overflows is judged as infinite."""
    return np.errstate(over="ignore", invalid="ignore")


def _collect(
    inspection: Inspection, rules: tuple[Rule, ...], progress: Progress | None
) -> list[_Group]:
    """Run the rules; groups come in the order of the rules."""
    groups: dict[tuple[int, str, str, bool], _Group] = {}

    def take(number: int, hits: Iterable[Hit]) -> None:
        for hit in hits:
            if len(hit.rows) == 0 and hit.table != "root":
                continue
            key = (number, hit.message, hit.table, hit.repair is None)
            if key in groups:
                groups[key].add(hit)
            else:
                groups[key] = _Group(rules[number], hit)

    total = len(inspection.document.annotations)
    of_rows = [(number, rule.rows) for number, rule in enumerate(rules) if rule.rows is not None]

    def look(batch: Batch) -> tuple[int, list[tuple[int, list[Hit]]]]:
        with _quietly():
            return batch.slice.stop, [(number, list(find(batch))) for number, find in of_rows]

    threads = inspection.threads or min(_core.get_num_threads(), _MOST_THREADS)
    for done, found in in_order(look, inspection.batches() if of_rows else (), threads):
        for number, hits in found:
            take(number, hits)
        if progress is not None:
            progress(done, total)
    # One after the other: what some need of all rows is large, and is not held twice.
    for number, rule in enumerate(rules):
        if rule.document is not None:
            take(number, rule.document(inspection))
    return [groups[key] for key in sorted(groups, key=lambda key: key[0])]


def _finding(inspection: Inspection, group: _Group, asked: Sequence[str]) -> Finding:
    rule, hit = group.rule, group.hit
    rows = np.concatenate(group.rows)
    habit = is_habit(inspection.dialect, rule.code)
    by_chance = rule.needs_pattern and not inspection.is_pattern(len(rows))
    on_request = habit or rule.on_request or by_chance
    can = hit.repair is not None and (not on_request or is_chosen(rule.code, asked))
    return Finding(
        code=rule.code,
        severity="note" if habit else "warning" if by_chance else rule.severity,
        message=hit.message
        + (f" (a habit of {inspection.dialect})" if habit else "")
        + (" (of so few rows by chance, perhaps)" if by_chance else ""),
        table=hit.table,
        key=hit.key,
        rows=rows,
        examples=_examples(inspection, hit, rows[:_EXAMPLES], group.shown),
        is_fixable=can,
        repair=repair_text(rule, on_request=by_chance) if hit.repair is not None else "",
    )


def _examples(inspection: Inspection, hit: Hit, rows: Any, shown: list[str]) -> list[Example]:
    if len(rows) == 0:
        return []
    table = inspection.table(hit.table)
    parts = table.part[rows].tolist()
    firsts = [table.rows_of(part).start for part in parts]
    ids = inspection.spelled(hit.table, "id", rows)
    values: Sequence[str | None] = shown
    if not shown:
        values = [None] * len(rows)
        if hit.key is not None:
            values = inspection.spelled(hit.table, hit.key, rows)
    return [
        Example(row - first, inspection.labels[part], id_, value)
        for row, first, part, id_, value in zip(
            rows.tolist(), firsts, parts, ids, values, strict=True
        )
    ]
