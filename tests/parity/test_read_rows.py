"""Columns of dicts, read in the core, against reading them one by one.

The drop-in's fast ways stand on `_core.read_rows`; what it takes a short cut for (ids that are
small ints, keys that are the same object in every row) is here beside what it takes none for.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import cocodec._core as _core

ODD = [True, 1.0, np.int64(2), np.float64(1.5), "3", None, -1, 2**70, 10**6, 0]


def read(values: list[Any], kind: Any) -> Any:
    (column,) = _core.read_rows([{"key": value} for value in values], [("key", kind)])
    return column


@pytest.mark.parametrize(
    "known",
    [
        {i: 5 - i for i in range(6)},
        {0: 7, 10**6: 3},  # too far apart for a table of so few rows
        {-1: 0, 2: 1},
        {"3": 0, 1: 1, None: 2},
        {np.int64(2): 0, 1: 1},
        {2**70: 0, 1: 1},
        {True: 4, 0: 2},
        {},
    ],
    ids=str,
)
def test_indices_are_what_the_dict_says(known: dict[Any, int]) -> None:
    values = [*range(-2, 9), *ODD]
    expected = [known.get(value, -1) for value in values]
    assert read(values, known).tolist() == expected
    many = values * 4000  # now a table may reach to a million
    assert read(many, known).tolist() == expected * 4000


def test_an_index_that_is_no_whole_number_is_refused() -> None:
    with pytest.raises(TypeError):
        read([1, 2], {1: "first", 2: "second"})
    with pytest.raises(TypeError):
        read([[1]], {1: 0})  # a list is no key


@pytest.mark.parametrize(("kind", "own"), [("int", int), ("float", float)])
def test_plain_numbers_are_arrays_and_others_are_kept(kind: str, own: type) -> None:
    plain = [own(value) for value in (3, -2, 0, 2**53)]
    column = read(plain, kind)
    assert column.dtype == (np.int64 if own is int else np.float64)
    assert column.tolist() == plain
    for odd in ODD:
        if type(odd) is own and abs(odd) < 2**63:
            continue
        column = read([*plain, odd, own(7)], kind)
        assert type(column) is list
        assert column == [*plain, odd, own(7)]
        assert column[4] is odd
        assert {type(value) for value in (*column[:4], column[5])} == {own}


class Reversed(np.ndarray[Any, np.dtype[Any]]):
    """An array that iterates the other way, as only code of its own can tell."""

    def __iter__(self) -> Any:
        return iter(self.tolist()[::-1])


BOX = np.array([1.5, -2.0, float("inf"), 5e-324])
LONG = np.arange(12.0)


@pytest.mark.parametrize(
    "box",
    [
        BOX,
        LONG[::3],
        LONG[3::-1],
        LONG.reshape(4, 3)[:, 1],
        np.lib.stride_tricks.as_strided(LONG, (4,), (0,)),
        np.frombuffer(b"-" + LONG[:4].tobytes(), np.uint8)[1:].view("f8"),  # not aligned
        BOX.astype(">f8"),
        BOX.astype("f4"),
        np.arange(4),
        np.arange(4, dtype=object),
        np.array([True, False, True, True]),
        BOX.view(Reversed),
    ],
    ids=lambda box: f"{type(box).__name__}-{box.dtype.str}-{box.strides[0]}",
)
@pytest.mark.parametrize("kind", ["box", "row"])
def test_a_row_that_is_an_array_is_read_as_its_items(kind: str, box: Any) -> None:
    expected = [float(value) for value in box]
    for others in ([], [[1, 2.0, 3, 4]], [BOX, (5, 6, 7, 8)]):
        column = read([*others, box, *others], kind)
        assert column.dtype == np.float64
        assert column[len(others)].tolist() == expected
        assert column.shape == (2 * len(others) + 1, 4)


@pytest.mark.parametrize("kind", ["box", "row"])
def test_arrays_that_are_no_row_are_refused(kind: str) -> None:
    for odd in (LONG[:3], LONG[:5], LONG[:0]):
        with pytest.raises(ValueError, match="differ in length"):
            read([BOX, odd], kind)
    for odd in (np.array(1.0), LONG.reshape(4, 3), np.array(["a"] * 4)):
        with pytest.raises((TypeError, ValueError)):
            read([BOX, odd], kind)
    with pytest.raises(TypeError):
        read([BOX], "plain row")


def test_a_list_is_compared_as_python_compares_lists() -> None:
    nan = float("nan")
    for values in ([1, "a", 2.5], [nan, None], ODD, []):
        assert read(values, list(values)) is True
        assert read(values, [*values, 1]) is False
    assert read([1, 2, 3], [1, 2.0, 4]) is False
    assert read([1, 2, 3], [True, 2.0, 3]) is True
    assert read([nan], [float("nan")]) is False


class Named(dict[str, Any]):
    """A dict of one's own."""


def test_keys_are_found_whoever_made_them() -> None:
    decoded = json.loads('[{"image_id": 1, "score": 0.5}, {"image_id": 2, "score": 0.25}]')
    other = json.loads('[{"score": 1.5, "image_id": 3}]')
    rows = [*decoded, *other, {"image_id": 4, "score": 2.0}, Named(image_id=5, score=3.0)]
    fields = [("image_id", "int"), ("score", "float"), ("missing", "object", None)]
    for order in (rows, rows[::-1]):
        images, scores, missing = _core.read_rows(order, fields)
        assert images.tolist() == [row["image_id"] for row in order]
        assert scores.tolist() == [row["score"] for row in order]
        assert missing == [None] * len(order)
    with pytest.raises(KeyError, match="missing"):
        _core.read_rows(rows, [("missing", "int")])


def test_dicts_that_stand_there_twice() -> None:
    rows: list[dict[str, Any]] = [{} for _ in range(50)]
    assert _core.are_distinct(rows)
    assert _core.are_distinct(rows[::-1])
    assert _core.are_distinct([])
    for twice in ([*rows, rows[0]], [rows[3], rows[3]], [rows[49], *rows]):
        assert not _core.are_distinct(twice)
