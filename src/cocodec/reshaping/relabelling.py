"""`remap`: categories renamed, renumbered, made one, left out; names in the place of ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.arranging import arrange
from cocodec.documents.document import Document
from cocodec.errors import DocumentError
from cocodec.reshaping.naming import named_categories
from cocodec.reshaping.opening import Input, opened
from cocodec.signatures import names_arguments

__all__ = ["names_to_ids", "remap"]


@names_arguments
def remap(
    source: Input,
    mapping: Mapping[Any, Any],
    *,
    names_to_id: bool = False,
    only_mapped: bool = False,
    digits: bool = False,
) -> Document:
    """Rename, renumber, unite and leave out categories; annotations follow.

    Only the values that change are written; everything else stays the same bytes.

    Parameters
    ----------
    source : path, bytes, binary file or Document
    mapping : mapping
        From names or ids of categories to what becomes of them: a string is a new name, an integer
        a new id, an object has new values of several keys, None leaves the category out, with its
        annotations. Categories that get one name become one, that of the first of them; those that
        get one id must.
    names_to_id : bool
        First write ids in the place of names, see `names_to_ids`.
    only_mapped : bool
        Leave out categories that the mapping does not name, with their annotations.
    digits : bool
        Whether ids in the mapping may be spelled as strings, as JSON has keys.

    Raises
    ------
    DocumentError
        If the file cannot be read, or has no such category; if two categories would have one id.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(
    ...     categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    ...     annotations=[{"id": 1, "category_id": 2}],
    ... )
    >>> found = remap(document, {"cat": "animal", "dog": "animal"})
    >>> found.categories[:], found.annotations[:]
    ([{'id': 1, 'name': 'animal'}], [{'id': 1, 'category_id': 1}])
    """
    document = opened(source)
    if names_to_id:
        _names_to_ids(document)
    rows = document.categories[:]
    goals = _goals(document, rows, mapping, digits)
    if only_mapped:
        goals = {row: goals.get(row) for row in range(len(rows))}
    made = [_made(row, goals[i]) if i in goals else row for i, row in enumerate(rows)]
    becomes = _united(document, made, goals)
    _write(document, rows, made, becomes)
    return document


@names_arguments
def names_to_ids(source: Input) -> Document:
    """Write ids in the place of names, where annotations name their category by its name.

    Names that are no category's get a new one, with the next id. Categories whose own ids are
    names get integers.

    Raises
    ------
    DocumentError
        If the file cannot be read.

    Examples
    --------
    >>> from cocodec.reshaping import names_to_ids
    >>> document.set_column('category_id', ['leaf', 'stem', 'leaf'])
    >>> names_to_ids(document).annotations.column('category_id')
    array([1, 2, 1])
    """
    document = opened(source)
    _names_to_ids(document)
    return document


def _goals(
    document: Document, rows: list[Any], mapping: Mapping[Any, Any], digits: bool
) -> dict[int, Any]:
    """What becomes of each row that the mapping names."""
    goals: dict[int, Any] = {}
    for key, goal in mapping.items():
        if not isinstance(goal, (str, int, Mapping)) and goal is not None:
            raise DocumentError(
                f"the mapping of {key!r} is {goal!r}, expected a name, an id, an object or null"
            )
        if isinstance(goal, bool):
            raise DocumentError(f"the mapping of {key!r} is {goal!r}, which is neither name nor id")
        chosen = named_categories(document.categories, [key], digits=digits)
        goals |= dict.fromkeys(np.flatnonzero(chosen).tolist(), goal)
    for number in goals:
        if not isinstance(rows[number], dict):
            raise DocumentError("is no object", table="categories", row=number)
    return goals


def _made(row: dict[str, Any], goal: Any) -> dict[str, Any] | None:
    if goal is None:
        return None
    if isinstance(goal, str):
        return {**row, "name": goal}
    return {**row, "id": goal} if isinstance(goal, int) else {**row, **goal}


def _united(document: Document, made: list[Any], goals: Mapping[int, Any]) -> NDArray[np.int64]:
    """Return which row each becomes a part of, -1 for those that go."""
    becomes = np.arange(len(made))
    part = document.categories.part.tolist()
    names: dict[Any, list[int]] = {}
    ids: dict[Any, int] = {}
    for i, row in enumerate(made):
        if row is None:
            becomes[i] = -1
            continue
        if not isinstance(row, dict):
            continue
        name = (part[i], row.get("name"))
        same = names.get(name, []) if isinstance(name[1], str) else []
        # Rows of one name that nobody asked to change stay two.
        first = next((one for one in same if i in goals or one in goals), None)
        if first is not None:
            becomes[i] = first
            continue
        if isinstance(name[1], str):
            names.setdefault(name, []).append(i)
        key = (part[i], repr(row.get("id")))
        other = ids.setdefault(key, i)
        if other != i and (i in goals or other in goals):
            raise DocumentError(
                f"categories {made[other].get('name')!r} and {row.get('name')!r} would both have "
                f"the id {row.get('id')!r}; give them one name, or other ids"
            )
    return becomes


def _write(
    document: Document, rows: list[Any], made: list[Any], becomes: NDArray[np.int64]
) -> None:
    of = document.category_rows()
    there = of >= 0
    target = np.where(there, becomes[of], -2) if len(becomes) else np.full(len(of), -2)
    changed = np.zeros(len(rows) + 1, bool)
    for i, row in enumerate(rows):
        end = made[becomes[i]] if becomes[i] >= 0 else None
        if end is not None and isinstance(row, dict):
            changed[i] = repr(end.get("id")) != repr(row.get("id"))
    moving = np.flatnonzero(there & (target >= 0) & changed[of])
    if len(moving) > 0:
        new = [made[row]["id"] for row in target[moving].tolist()]
        document.annotations.set_column("category_id", new, moving)
    for i, row in enumerate(made):
        if row is not None and row is not rows[i] and becomes[i] == i:
            document.categories[i] = row
    arrange(document.categories, np.flatnonzero(becomes == np.arange(len(rows))))
    arrange(document.annotations, np.flatnonzero(target != -1))


def _names_to_ids(document: Document) -> None:
    table = document.annotations
    for part in document.parts:
        _number_categories(document, part.number)
    column = table.column("category_id", missing=None)
    known = [row if isinstance(row, dict) else {} for row in document.categories]
    part_of = document.categories.part.tolist()
    names = [row.get("name") for row in known]  # lists and objects are the names of nothing
    ids = {
        (p, name): row.get("id")
        for p, name, row in zip(part_of, names, known, strict=True)
        if isinstance(name, str)
    }
    largest: dict[int, int] = {}
    for number, row in zip(part_of, known, strict=True):
        if type(row.get("id")) is int:
            largest[number] = max(largest.get(number, 0), row["id"])
    numbers, values = [], []
    fresh: dict[int, list[dict[str, Any]]] = {}
    parts = table.part.tolist()
    for i, (value, part_number) in enumerate(zip(column.tolist(), parts, strict=True)):
        if not isinstance(value, str):
            continue
        if (part_number, value) not in ids:
            largest[part_number] = largest.get(part_number, 0) + 1
            ids[part_number, value] = largest[part_number]
            added = {"id": largest[part_number], "name": value}
            fresh.setdefault(part_number, []).append(added)
        numbers.append(i)
        values.append(ids[part_number, value])
    if numbers:
        table.set_column("category_id", values, numbers)
    for number, new in fresh.items():
        document.categories.extend(new, part=number)


def _number_categories(document: Document, part: int) -> None:
    """Give integers to categories whose ids are strings, or that have none."""
    here = document.categories.rows_of(part)
    rows = document.categories[here.start : here.stop]
    taken = [row["id"] for row in rows if isinstance(row, dict) and type(row.get("id")) is int]
    after = max(taken, default=0)
    moved: dict[str, int] = {}
    for i, row in zip(here, rows, strict=True):
        if not isinstance(row, dict) or not isinstance(row.get("id", ""), str):
            continue
        after += 1
        if isinstance(row.get("id"), str) and row["id"] != row.get("name"):
            moved[row["id"]] = after
        document.categories[i] = {**row, "id": after}
    if moved:
        rows_of = document.annotations.rows_of(part)
        span = slice(rows_of.start, rows_of.stop)
        column = document.annotations.column("category_id", span, missing=None).tolist()
        numbers = [i for i, v in zip(rows_of, column, strict=True) if _is_moved(v, moved)]
        values = [moved[v] for v in column if _is_moved(v, moved)]
        document.annotations.set_column("category_id", values, numbers)


def _is_moved(value: Any, moved: Mapping[str, int]) -> bool:
    return isinstance(value, str) and value in moved
