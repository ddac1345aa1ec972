"""Columnar files that hold what no document has, or that lie about themselves: a sentence each."""

from __future__ import annotations

import base64
import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import DocumentError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
ipc = pytest.importorskip("pyarrow.ipc")

from cocodec.arrow import document_of, read_columns, write_columns  # noqa: E402

DOCUMENT = json.dumps(
    {
        "images": [{"id": 1, "height": 5, "width": 5}],
        "annotations": [{"id": 1, "image_id": 1, "segmentation": [[0, 0, 3, 0, 3, 3]]}],
        "categories": [],
    }
).encode()


@pytest.mark.parametrize("value", [b"\xff", b"{", b"5", b'{"segments": 5}', b"\x00", b"[" * 5000])
def test_metadata_that_is_broken(value: bytes, tmp_path: Path):
    table = pa.table({"id": pa.array([1])}).replace_schema_metadata({b"cocodec": value})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DocumentError, match=r"a\.parquet.*metadata 'cocodec'"):
        read_columns(tmp_path / "a.parquet")


@pytest.mark.parametrize("value", [b"\xff", b"====", b"AAAA", base64.b64encode(b"\xff" * 64)])
def test_tables_in_metadata_that_are_broken(value: bytes, tmp_path: Path):
    table = pa.table({"id": pa.array([1])}).replace_schema_metadata({b"cocodec.images": value})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises((DocumentError, OSError)):
        read_columns(tmp_path / "a.parquet")


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.large_list(pa.int64())])
def test_whole_numbers_that_no_double_holds(kind: Any):
    """They come out as they are, in lists as outside of them."""
    big = [2**53 + 1, -(2**63), 2**63 - 1]
    table = pa.table({"id": pa.array([1, 2]), "g": pa.array([big, None], kind)})
    rows = document_of({"annotations": table}).annotations
    assert rows[0]["g"] == big
    assert "g" not in rows[1]
    nested = pa.table({"id": pa.array([1]), "g": pa.array([[big, []]], pa.list_(kind))})
    assert document_of({"annotations": nested}).annotations[0]["g"] == [big, []]
    unsigned = pa.table({"g": pa.array([[2**64 - 1]], pa.list_(pa.uint64()))})
    assert document_of({"annotations": unsigned}).annotations[0]["g"] == [2**64 - 1]


COLUMNS: dict[str, Any] = {
    "binary": pa.array([b"\xff"]),
    "struct": pa.array([{"a": 1}]),
    "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "date": pa.array([1], pa.date32()),
    "timestamp": pa.array([1], pa.timestamp("ns")),
    "decimal": pa.array([1], pa.int32()).cast(pa.decimal128(12, 2)),
    "deep": pa.array([[[[1]]]]),
    "null in a list": pa.array([[1, None]]),
    "null in lists": pa.array([[[1], None]]),
    "texts": pa.array([["a"]]),
    "nan": pa.array([float("nan")]),
    "infinite": pa.array([[float("inf")]]),
    "duration": pa.array([1], pa.duration("s")),
    "union": pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]),
}


@pytest.mark.parametrize(
    "key",
    ["id", "image_id", "segmentation", "bbox", "x", "_row", "_part", "_json", "mask", "polygons"],
)
@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_of_any_type(kind: str, key: str, tmp_path: Path):
    table = pa.table({key: COLUMNS[kind]})
    with ipc.new_file(tmp_path / "a.arrow", table.schema) as writer:
        writer.write_table(table)
    with contextlib.suppress(DocumentError):  # anything else is a fault
        cocodec.check(read_columns(tmp_path / "a.arrow"))


def test_a_file_that_is_cut_short_behind_our_back(tmp_path: Path):
    """Nothing of it is mapped: what was read stays."""
    path = tmp_path / "a.arrow"
    table = pa.table({"id": pa.array(np.arange(100_000)), "image_id": pa.array(np.arange(100_000))})
    with ipc.new_file(path, table.schema) as writer:  # not compressed
        writer.write_table(table)
    document = read_columns(path)
    path.write_bytes(b"")
    assert document.annotations[99_999]["id"] == 99_999


@pytest.mark.parametrize("cut", [0, 1, 8, 50, 500, -1, -9, -60])
@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_a_file_that_ends_early(name: str, cut: int, tmp_path: Path):
    path = tmp_path / name
    write_columns(cocodec.read(DOCUMENT), path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises((DocumentError, OSError)) as caught:
        read_columns(path)
    assert len(str(caught.value)) < 4100


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_a_file_that_is_damaged(name: str, tmp_path: Path):
    path = tmp_path / name
    write_columns(cocodec.read(DOCUMENT), path)
    whole = path.read_bytes()
    random = np.random.default_rng(1)
    for _ in range(300):
        data = bytearray(whole)
        for at in random.integers(0, len(data), random.integers(1, 4)):
            data[at] ^= 1 << int(random.integers(8))
        path.write_bytes(data)
        try:
            read_columns(path)
        except (DocumentError, OSError):
            continue
