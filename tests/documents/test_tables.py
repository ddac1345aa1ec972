"""Tables: rows as dicts, columns as arrays, ids told apart, whatever the records hold."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import MISSING, DocumentError, JsonKind, read
from reference.tables import column, keys, kind_of
from support import strategies as _  # noqa: F401 - the profile
from support.json_values import BIG, json_values, numbers, scalars

plain_columns = st.sampled_from(
    [
        st.booleans(),
        st.integers(-9, 9),
        numbers,
        st.lists(numbers, min_size=2, max_size=2),
        st.lists(numbers, min_size=1, max_size=2),
        json_values,
    ]
)


@st.composite
def row_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows whose key "x" holds values of one kind, or of many, or is not there."""
    values = draw(plain_columns)
    row = st.fixed_dictionaries({}, optional={"x": values, 'é"\\\n': json_values})
    whole = st.fixed_dictionaries({"x": values})
    return draw(st.lists(whole, max_size=5) | st.lists(row, max_size=5))


def table_of(rows: list[Any], **options: Any) -> Any:
    return read(json.dumps({"annotations": rows}, **options).encode()).annotations


def identical(got: np.ndarray, expected: np.ndarray) -> bool:
    assert got.dtype == expected.dtype, (got, expected)
    assert got.shape == expected.shape, (got, expected)
    if got.dtype != object:
        return got.tobytes() == expected.tobytes()
    return [*map(repr, got)] == [*map(repr, expected)]


@given(row_lists(), st.booleans())
def test_columns_are_what_json_says(rows: list[dict[str, Any]], ascii_only: bool) -> None:
    table = table_of(rows, ensure_ascii=ascii_only)
    assert list(table) == rows
    assert table.keys() == keys(rows)
    assert list(table.keys()) == list(keys(rows))
    for key in ("x", 'é"\\\n', "no"):
        assert identical(table.column(key), column(rows, key))
        assert [kind_of(row.get(key, MISSING)) for row in rows] == table.kinds(key).tolist()


@given(row_lists(), st.one_of(st.booleans(), numbers, scalars), st.data())
def test_columns_with_a_value_for_what_is_missing(
    rows: list[dict[str, Any]], missing: Any, data: st.DataObject
) -> None:
    table = table_of(rows)
    assert identical(table.column("x", missing=missing), column(rows, "x", missing))
    chosen = data.draw(st.lists(st.integers(0, max(0, len(rows) - 1)), max_size=4)) if rows else []
    some = [rows[i] for i in chosen]
    assert identical(table.column("x", chosen, missing=missing), column(some, "x", missing))


def test_missing_boxes_are_filled() -> None:
    table = table_of([{"bbox": [1, 2, 3, 4]}, {}, {"bbox": [5, 6.5, 7, 8]}])
    filled = table.column("bbox", missing=np.nan)
    assert filled.dtype == np.float64
    assert np.isnan(filled[1]).all()
    assert filled[[0, 2]].tolist() == [[1, 2, 3, 4], [5, 6.5, 7, 8]]
    assert table.column("bbox", missing=[0, 0, 0, 0])[1].tolist() == [0, 0, 0, 0]
    assert table.column("bbox", missing=[0, 0]).dtype == object


def test_nothing_is_rounded() -> None:
    exact, odd = 2**53, 2**53 + 1
    assert table_of([{"a": exact}, {"a": 0.5}]).column("a").tolist() == [exact, 0.5]
    mixed = table_of([{"a": odd}, {"a": 0.5}]).column("a")
    assert mixed.dtype == object
    assert mixed.tolist() == [odd, 0.5]
    assert table_of([{"a": 2**63}]).column("a").tolist() == [2**63]
    assert table_of([{"a": BIG}]).column("a").tolist() == [BIG]
    assert table_of([{"a": odd}, {}]).column("a", missing=0.5).tolist() == [odd, 0.5]


def test_rows() -> None:
    rows = [{"id": i, "b": None} for i in range(7)]
    table = table_of(rows, indent=2)
    assert len(table) == 7
    assert table[2] == table[np.int64(2)] == table[-5] == rows[2]
    assert table[1:6:2] == rows[1:6:2]
    assert table[[3, 3, -1]] == [rows[3], rows[3], rows[6]]
    assert table[table.column("id") > 4] == rows[5:]
    assert list(table) == list(table[:]) == rows
    assert json.loads(table.raw(6)) == rows[6]
    assert table.raw(0).startswith(b'{\n      "id": 0,')
    row = table[0]
    row["id"] = 99
    assert table[0]["id"] == 0
    assert repr(table) == "<Table annotations: 7 rows>"


@pytest.mark.parametrize("key", [7, -8, [0, 7], np.array([-8])])
def test_rows_out_of_range(key: Any) -> None:
    table = table_of([{}] * 7)
    with pytest.raises(IndexError, match=r"is out of range"):
        table[key]


@pytest.mark.parametrize("key", [[True], [0.5], ["a"], [[0]]])
def test_rows_of_a_wrong_kind(key: Any) -> None:
    with pytest.raises(IndexError, match="rows are integers, or 7 flags"):
        table_of([{}] * 7)[key]


def test_rows_that_are_no_objects() -> None:
    table = table_of([7, None, "x", [1], {"id": 3}])
    assert list(table) == [7, None, "x", [1], {"id": 3}]
    assert table.column("id").tolist() == [MISSING] * 4 + [3]
    assert table.kinds("id").tolist() == [0, 0, 0, 0, JsonKind.INT]
    assert table.keys() == {"id": 1}


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    table = read(b'{"annotations": [{"a": 1, "a": "x"}, {"\\u0061": 2}]}').annotations
    assert table.column("a").tolist() == ["x", 2]
    assert table.keys() == {"a": 2}
    assert table[0] == {"a": "x"}


IDS = [1, "1", True, 1.0, None, BIG, "é", 1.5, 0, -0.0, [1], {"a": 1}, 10, 1e1, False, "", "true"]


def test_ids_of_any_type_are_told_apart() -> None:
    table = table_of([{"id": id_} for id_ in IDS] + [{}])
    for id_ in IDS:
        same = [
            i
            for i, other in enumerate(IDS)
            if other == id_ and (type(other) is bool) == (type(id_) is bool)
        ]
        assert table.positions(id_).tolist() == same, id_
    spaced = b'{"annotations": [{"id": {"a" : [1, "b \\" ,"]}}]}'
    assert read(spaced).annotations.positions({"a": [1, 'b " ,']}).tolist() == [0]
    for absent in (2, "é ", BIG + 1, 1.25, "null", [], [2]):
        assert table.positions(absent).tolist() == []
    assert [(d.id, d.part, d.rows.tolist()) for d in table.duplicates()] == [
        (1, 0, [0, 3]),
        (0, 0, [8, 9]),
        (10, 0, [12, 13]),
    ]


def test_ids_that_json_does_not_have() -> None:
    with pytest.raises(DocumentError, match="the id is nan, which is no JSON number"):
        table_of([{}]).positions(float("nan"))
    with pytest.raises(TypeError, match="the id is of type object"):
        table_of([{}]).positions(object())


def test_a_number_beyond_doubles_is_refused_when_decoded() -> None:
    table = read(b'{"annotations": [{"a": 1e999}]}').annotations
    with pytest.raises(DocumentError, match="annotations, row 0"):
        table[0]


SPELLINGS = [
    "0",
    "-0",
    "0.0",
    "1",
    "1.0",
    "1e0",
    "10",
    "1e1",
    "10.0",
    "100e-1",
    "-1",
    "-1.0",
    '"1"',
    "0.1",
    "true",
    "null",
    "1e17",
    "-1e17",
    "1e18",
    '"n1e0"',
    "[1]",
    "1e400",
    "1e-400",
    "12e-1",
    "1.2",
    "9007199254740993",
    "9007199254740992.0",
]
SPELLINGS += ["9" * 18, "9" * 19, "1" + "0" * 17, "1" + "0" * 18]


def test_ids_of_any_spelling_are_one_if_they_are_equal() -> None:
    """Every pair: as exact numbers, and never a number and a text."""
    text = ", ".join(f'{{"id": {id_}}}' for id_ in SPELLINGS)
    table = read(f'{{"annotations": [{text}]}}'.encode()).annotations

    def meant(id_: str) -> Any:
        return Decimal(id_) if id_.lstrip("-")[:1].isdigit() else id_

    places = table.find(["id"])[1][0]
    index = table.id_index()
    last = [max(j for j, b in enumerate(SPELLINGS) if meant(a) == meant(b)) for a in SPELLINGS]
    assert index.match(places.rows(), None).tolist() == last
    groups = {rows[0]: rows.tolist() for rows in index.duplicates()}
    for i, a in enumerate(SPELLINGS):
        same = [j for j, b in enumerate(SPELLINGS) if meant(a) == meant(b)]
        assert index.positions(a.encode()).tolist() == same
        assert groups.get(i, same) == same
