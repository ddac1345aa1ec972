"""Rules about categories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import decode_places
from cocodec.inspection.batches import Inspection
from cocodec.inspection.rule import Hit, Rule

__all__ = ["RULES"]


def _rows(inspection: Inspection) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield the number, the part and the content of categories; they are few."""
    table = inspection.table("categories")
    rows = decode_places(table.places())
    for i, (part, row) in enumerate(zip(table.part.tolist(), rows, strict=True)):
        if isinstance(row, dict):
            yield i, part, row


def _hit(message: str, rows: list[int], key: str) -> Hit:
    return Hit(message, np.array(rows, np.int64), key, "categories")


def find_bad_names(inspection: Inspection) -> Iterable[Hit]:
    """A category has a name."""
    missing = [i for i, _, row in _rows(inspection) if row.get("name") is None]
    wrong = [
        i
        for i, _, row in _rows(inspection)
        if row.get("name") is not None and (not isinstance(row["name"], str) or not row["name"])
    ]
    yield _hit("the category has no name", missing, "name")
    yield _hit("the category's name is no text, or an empty one", wrong, "name")


def find_duplicate_names(inspection: Inspection) -> Iterable[Hit]:
    """A name is one category."""
    exact: set[tuple[int, str]] = set()
    folded: set[tuple[int, str]] = set()
    same, alike = [], []
    for i, part, row in _rows(inspection):
        name = row.get("name")
        if not isinstance(name, str):
            continue
        if (part, name) in exact:
            same.append(i)
        elif (part, name.casefold().strip()) in folded:
            alike.append(i)
        exact.add((part, name))
        folded.add((part, name.casefold().strip()))
    yield _hit("another category before has the same name", same, "name")
    yield _hit("a category before has the same name but for case or blanks", alike, "name")


def find_gaps(inspection: Inspection) -> Iterable[Hit]:
    """Some trainers want ids without gaps."""
    table = inspection.table("categories")
    kinds = table.kinds("id")
    for part in np.unique(table.part).tolist():
        rows = np.asarray(table.rows_of(part))
        if not (kinds[rows] == JsonKind.INT).all():
            continue
        ids = sorted({*inspection.values("categories", "id", rows)})
        if ids[-1] - ids[0] + 1 != len(ids):
            ends = [b for a, b in pairwise(ids) if b != a + 1]
            values = inspection.values("categories", "id", rows)
            after = [int(row) for row, id_ in zip(rows, values, strict=True) if id_ in ends]
            yield _hit("ids have a gap before this one; some trainers want none", after, "id")


def find_zero(inspection: Inspection) -> Iterable[Hit]:
    """Many trainers keep 0 for the background."""
    rows = [i for i, _, row in _rows(inspection) if type(row.get("id")) is int and row["id"] == 0]
    yield _hit("the category has id 0, which many trainers keep for the background", rows, "id")


def find_bad_skeletons(inspection: Inspection) -> Iterable[Hit]:
    """A skeleton joins keypoints, counted from 1."""
    zero, beyond, wrong = [], [], []
    for i, _, row in _rows(inspection):
        names, skeleton = row.get("keypoints"), row.get("skeleton")
        if not skeleton or not isinstance(names, list):
            continue
        ends = _ends(skeleton)
        if ends is None:
            wrong.append(i)
        elif min(ends) == 0 and max(ends) < len(names):
            zero.append(i)
        elif min(ends) < 1 or max(ends) > len(names):
            beyond.append(i)
    yield _hit("the skeleton counts keypoints from 0, expected from 1", zero, "skeleton")
    yield _hit("the skeleton joins keypoints that the category does not have", beyond, "skeleton")
    yield _hit("the skeleton is no list of pairs of whole numbers", wrong, "skeleton")


def _ends(skeleton: Any) -> list[int] | None:
    if not isinstance(skeleton, list):
        return None
    for pair in skeleton:
        if not isinstance(pair, list) or len(pair) != 2 or not all(type(n) is int for n in pair):
            return None
    return [n for pair in skeleton for n in pair]


RULES = (
    Rule(
        "category-name-missing",
        "error",
        "A category has a name.",
        '{"id": 1}',
        document=find_bad_names,
    ),
    Rule(
        "category-name-duplicate",
        "warning",
        "A name is one category.",
        '[{"id": 1, "name": "dog"}, {"id": 2, "name": "dog"}]',
        document=find_duplicate_names,
    ),
    Rule(
        "category-id-gap",
        "note",
        "Some trainers want the ids of categories without gaps.",
        '[{"id": 1, "name": "dog"}, {"id": 5, "name": "cat"}]',
        document=find_gaps,
    ),
    Rule(
        "category-id-zero",
        "note",
        "Many trainers keep category 0 for the background.",
        '{"id": 0, "name": "dog"}',
        document=find_zero,
    ),
    Rule(
        "skeleton-range",
        "warning",
        "A skeleton joins keypoints of its category, counted from 1.",
        '{"keypoints": ["nose", "tail"], "skeleton": [[0, 1]]}',
        document=find_bad_skeletons,
    ),
)
