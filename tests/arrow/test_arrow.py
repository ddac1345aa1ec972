"""Batches of masks through Arrow's C data interface: every layout, and nothing believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RleArray, RleError
from support.arrow_structs import Node, masks

EMPTY = RleArray.encode(np.zeros((2, 2, 1), bool))


@pytest.fixture(scope="module")
def rles() -> RleArray:
    random = np.random.default_rng(7)
    return RleArray.encode(random.random((40, 23, 31)) < 0.2)


# ---------------------------------------------------------------- without any library


def test_a_plain_producer_is_read() -> None:
    assert RleArray.from_arrow(masks()) == EMPTY


def test_a_batch_takes_itself(rles: RleArray) -> None:
    assert RleArray.from_arrow(rles) == rles
    assert RleArray.from_arrow(RleArray()) == RleArray()
    assert RleArray.from_arrow(EMPTY[:1]) == EMPTY[:1]


def test_capsules_that_nobody_takes_are_freed(rles: RleArray) -> None:
    for _ in range(100):
        schema, array = rles.__arrow_c_array__()
        assert "arrow_schema" in repr(schema)
        assert "arrow_array" in repr(array)


def of(node: Node, *names: str) -> Node:
    for name in names:
        node = next(child for child in node.children if child.schema.name == name.encode())
    return node


def damage(path: str, **values: Any) -> Callable[[Node], None]:
    def change(node: Node) -> None:
        target = of(node, *filter(None, path.split(".")))
        for key, value in values.items():
            setattr(
                target.schema
                if hasattr(target.schema, key) and key in ("format", "name")
                else target.array,
                key,
                value,
            )

    return change


@pytest.mark.parametrize(
    "change, said",
    [
        (damage("", length=-1), "out of range"),
        (damage("", length=3), "too short"),
        (damage("", offset=1), "too short"),
        (damage("", offset=-1), "out of range"),
        (damage("", offset=2**62), "out of range"),
        (damage("", length=2**63 - 1), "out of range"),
        (damage("", n_buffers=0), "0 buffers"),
        (damage("", n_children=1), "number of children"),
        (damage("", n_children=-1), "number of children"),
        (damage("", format=b"+l"), "expected a struct"),
        (damage("", format=None), "no type"),
        (damage("size", name=b"extent"), "no field 'size'"),
        (damage("size", length=1), "too short"),
        (damage("size", offset=1), "too short"),
        (damage("size", format=b"+w:3"), r"'\+w:3', expected lists of two"),
        (damage("size", format=b"+l"), "1 buffers"),
        (damage("size.item", length=3), "too short"),
        (damage("size.item", format=b"g"), "expected integers"),
        (damage("size.item", n_buffers=1), "1 buffers"),
        (damage("counts", format=b"i"), "expected binary or text"),
        (damage("counts", n_buffers=2), "2 buffers"),
        (damage("counts", n_buffers=2**40), "buffers"),
        (damage("counts", length=1), "too short"),
    ],
)
def test_what_does_not_fit_is_refused(change: Callable[[Node], None], said: str) -> None:
    node = masks()
    change(node)
    with pytest.raises(RleError, match=said):
        RleArray.from_arrow(node)


@pytest.mark.parametrize("path, buffer", [("counts", 1), ("counts", 2), ("size.item", 1)])
def test_missing_buffers_are_refused(path: str, buffer: int) -> None:
    node = masks()
    of(node, *path.split(".")).buffers[buffer] = None
    with pytest.raises(RleError, match="a buffer is missing"):
        RleArray.from_arrow(node)


@pytest.mark.parametrize("offsets", [(0, 1, 0), (-1, 1, 2), (2, 1, 0)])
def test_offsets_never_fall(offsets: tuple[int, ...]) -> None:
    node = masks()
    raw = b"".join(n.to_bytes(4, "little", signed=True) for n in offsets)
    of(node, "counts").memory[1].raw = raw + b"\0"  # type: ignore[union-attr]
    with pytest.raises(RleError, match="do not fit"):
        RleArray.from_arrow(node)


def test_released_arrays_are_refused() -> None:
    node = masks()
    node.array.release = type(node.array.release)()
    with pytest.raises(RleError, match="released already"):
        RleArray.from_arrow(node)


def test_other_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="expected an Arrow column, not list"):
        RleArray.from_arrow([1])


# ---------------------------------------------------------------- pyarrow


def test_pyarrow_takes_and_gives(rles: RleArray) -> None:
    pa = pytest.importorskip("pyarrow")
    column = pa.array(rles)
    column.validate(full=True)
    assert len(column) == len(rles)
    expected = [(one["size"], one["counts"]) for one in rles.to_coco("bytes")]
    storage = getattr(column, "storage", column)
    assert [(one["size"], one["counts"]) for one in storage.to_pylist()] == expected
    assert RleArray.from_arrow(column) == rles
    assert RleArray.from_arrow(column[5:17]) == rles[5:17]
    pieces = pa.chunked_array([column[5:17], column[:3], column[:0]])
    assert RleArray.from_arrow(pieces) == RleArray.concatenate([rles[5:17], rles[:3]])


@pytest.mark.parametrize("side", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64"])
@pytest.mark.parametrize(
    "text", ["binary", "large_binary", "string", "large_string", "string_view", "binary_view"]
)
@pytest.mark.parametrize("lists", ["fixed", "list", "large_list"])
def test_every_layout_is_read(rles: RleArray, side: str, text: str, lists: str) -> None:
    pa = pytest.importorskip("pyarrow")
    item = getattr(pa, side)()
    size = {"fixed": pa.list_(item, 2), "list": pa.list_(item), "large_list": pa.large_list(item)}
    kind = pa.struct([("counts", getattr(pa, text)()), ("x", pa.int8()), ("size", size[lists])])
    values = [{**one, "x": 1} for one in rles.to_coco("str" if "string" in text else "bytes")]
    column = pa.array(values, kind)
    assert RleArray.from_arrow(column) == rles
    assert RleArray.from_arrow(column[7:]) == rles[7:]


@pytest.mark.parametrize(
    "value, said",
    [
        (None, "mask 1: it is null"),
        ({"size": None, "counts": b"2"}, "mask 1: .*size: it is null"),
        ({"size": [2, None], "counts": b"2"}, "mask 1: .*size: a side is null"),
        ({"size": [2, 1], "counts": None}, "mask 1: .*counts: it is null"),
        ({"size": [2], "counts": b"2"}, "has 1 numbers, expected two"),
        ({"size": [2, 2], "counts": b"2"}, "mask 1: runs cover 2 of 4 pixels"),
        ({"size": [2, 1], "counts": b"~"}, "mask 1: counts string has '~'"),
        ({"size": [-2, 1], "counts": b"2"}, "mask 1"),
    ],
)
def test_wrong_masks_are_named(value: Any, said: str) -> None:
    pa = pytest.importorskip("pyarrow")
    kind = pa.struct([("size", pa.list_(pa.int64())), ("counts", pa.binary())])
    column = pa.array([{"size": [2, 1], "counts": b"2"}, value], kind)
    with pytest.raises(RleError, match=said):
        RleArray.from_arrow(column)


@given(st.data())
def test_views_are_checked(data: st.DataObject) -> None:
    """Any 16 bytes as the view of a text: an error or a mask, never a read outside."""
    length = data.draw(st.integers(-3, 40)).to_bytes(4, "little", signed=True)
    view = length + data.draw(st.binary(min_size=12, max_size=12))
    text = b"0" * 20
    node = masks()
    lengths = len(text).to_bytes(8, "little")
    counts = Node(b"vz", b"counts", 2, [None, view * 2, text, lengths])
    node = Node(b"+s", b"", 2, [None], of(node, "size"), counts)
    size = int.from_bytes(length, "little", signed=True)
    inside = {"size": [2, 1], "counts": view[4 : 4 + size]}
    expected = outcome(lambda: RleArray.from_coco([inside] * 2)) if 0 <= size <= 12 else None
    assert outcome(lambda: RleArray.from_arrow(node)) == expected


def outcome(make: Callable[[], RleArray]) -> RleArray | None:
    try:
        return make()
    except RleError:
        return None


def test_the_type_is_registered(rles: RleArray, tmp_path: Any) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    from cocodec import arrow

    column = pa.array(rles)
    assert isinstance(column.type, arrow.RleType)
    assert column.to_rles() == rles
    parquet.write_table(pa.table({"mask": column}), tmp_path / "x.parquet")
    back = parquet.read_table(tmp_path / "x.parquet")["mask"]
    assert back.type == column.type
    assert RleArray.from_arrow(back) == rles


def test_nulls_come_and_go(rles: RleArray) -> None:
    pytest.importorskip("pyarrow")
    from cocodec import arrow

    valid = np.arange(len(rles)) % 3 != 1
    column = arrow.to_arrow(rles, valid)
    column.validate(full=True)
    assert column.null_count == (~valid).sum()
    found, there = arrow.from_arrow(column)
    assert (there == valid).all()
    assert found[valid] == rles[valid]
    assert (found.sizes[~valid] == 0).all()


# ---------------------------------------------------------------- polars and DuckDB


def test_polars_takes_and_gives(rles: RleArray) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    series = polars.Series("mask", rles)
    assert len(series) == len(rles)
    assert RleArray.from_arrow(series) == rles
    assert RleArray.from_arrow(series[4:9]) == rles[4:9]


def test_duckdb_takes_and_gives(rles: RleArray) -> None:
    pa = pytest.importorskip("pyarrow")
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    table = pa.table({"i": np.arange(len(rles)), "mask": pa.array(rles)})
    with duckdb.connect() as connection:
        connection.register("t", table)
        query = connection.sql("select mask from t where i % 2 = 0 order by i")
        found = pa.RecordBatchReader.from_stream(query).read_all()
    assert RleArray.from_arrow(found["mask"]) == rles[::2]
