"""Documents as columns: byte for byte back, open to others, and honest about what they are."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cocodec
from cocodec import DocumentError, RleArray
from cocodec.cli import main

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from cocodec import arrow  # noqa: E402
from cocodec.arrow import tables  # noqa: E402
from cocodec.arrow.files import read_columns, write_columns  # noqa: E402
from cocodec.arrow.tables import batches_of, tables_of  # noqa: E402


def round_trip(data: bytes) -> bytes:
    document = cocodec.read(data)
    tables = arrow.tables_of(document)
    for table in tables.values():
        table.validate(full=True)
    back = arrow.document_of(tables, arrow.skeleton_of(document))
    return b"".join(map(bytes, back.render_source()))


def annotations(*rows: str, around: str = '{"images": [], "annotations": [%s]}') -> bytes:
    return (around % ", ".join(rows)).encode()


# ---------------------------------------------------------------- back as they were

ODD_ROWS = [
    '{"id":1}',
    '{"id": 1, "id": 2}',
    '{"id": 1.0, "area": 1, "bbox": [1, 2.50, 3, 4]}',
    '{ "id" : 7 , "score" : 1e-3 }',
    '{"id": "x", "segmentation": [1, 1, 5, 1, 5, 5]}',
    '{"\\u0069d": 3, "name": "\\u00e9", "b": "\\ud83d\\ude00"}',
    "{}",
    "[1, 2]",
    "null",
    '{"id": -0, "area": -0.0, "iscrowd": true, "segmentation": null}',
    '{"id": 9223372036854775808, "segmentation": []}',
    '{"id": 4, "segmentation": [[]], "bbox": null, "_json": 1, "mask": 2, "polygons": 3}',
    '{"id": 5, "image_id": 1, "segmentation": [[1.5, 2, 3.0, 4, 5, 6]]}',
    '{"id": 6, "image_id": 1, "segmentation": {"size": [2, 1], "counts": "2"}}',
    '{"id": 7, "image_id": 1, "segmentation": {"counts": [0, 2], "size": [2, 1], "more": 1}}',
    '{"id": 8, "segmentation": {"counts": [0, 0, 2], "size": [2,1]}, "f": [[1], [2.5]]}',
    '{"id": 9, "segmentation": {"size": [2, 2], "counts": "2"}}',
    '{"id": 10, "segmentation": {"size": [2.0, 1], "counts": "2"}, "f": [[1], ["x"]]}',
    '{"id":11,"image_id":1,"segmentation":[[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]]}',
    '{"id": 12, "image_id": 1, "segmentation": [[1.5,2.5,3.5,4.5,5.5,6.5]]}',
    '{"a:\\"b":13, "image_id": 1, "segmentation": [[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]]}',
    '{"segmentation": [[1.5, 2.5, 3.5, 4.5, 5.5, 6.5], [1.5,2.5,3.5,4.5,5.5,6.5]]}',
]


@pytest.mark.parametrize("row", ODD_ROWS)
def test_odd_records_come_back(row: str) -> None:
    for spaced in (row, row.replace(", ", ",").replace(": ", ":"), row.replace(", ", ",\n ")):
        data = annotations(
            spaced,
            around='{"images": [{"id": 1, "height": 9, "width": 9}], '
            '"annotations": [%s], "z": 1.50}\n',
        )
        assert round_trip(data) == data


@given(st.lists(st.sampled_from(ODD_ROWS), max_size=6), st.sampled_from([",", ", ", " ,\n"]))
def test_odd_records_come_back_together(rows: list[str], comma: str) -> None:
    data = ('{"annotations":[' + comma.join(rows) + '],"info":{}}').encode()
    assert round_trip(data) == data


@pytest.mark.parametrize(("row", "stays"), [(10, False), (11, True), (12, True), (13, True)])
def test_rings_stay_in_the_text_only_where_they_are_spaced_otherwise(row: int, stays: bool) -> None:
    odd = [
        '{"id": 10, "segmentation": [[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]]}',
        '{"id":11, "segmentation": [[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]]}',
        '{"id": 12, "segmentation": [[1.5,2.5,3.5,4.5,5.5,6.5]]}',
        '{"a:\\"b":13, "segmentation": [[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]]}',
    ]
    table = arrow.tables_of(cocodec.read(annotations(odd[row - 10])))["annotations"]
    assert table["polygons"].null_count == 0
    assert ("[[1.5" in table["_json"].to_pylist()[0]) == stays


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
keys = st.sampled_from(["id", "image_id", "area", "bbox", "segmentation", "note", "size", "_part"])
styles = st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}])


@given(st.lists(st.dictionaries(keys, json_values), max_size=5), styles)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_comes_back(rows: list[dict[str, Any]], style: dict[str, Any]) -> None:
    data = json.dumps({"images": rows, "annotations": rows[::-1], "more": rows}, **style).encode()
    assert round_trip(data) == data


@pytest.mark.parametrize(
    "data",
    [
        b'[{"images":[],"annotations":[{"id":1}]},\n {"images":[{"id":2}],"annotations":[]} ]',
        b'{"annotations":[{"id":1},{"id":2}]}\n{"annotations":[{"id":1}]}\n',
        b'[{"image_id":1,"category_id":2,"score":0.5}, {"image_id":1,"score":1}]',
        b'{"image":{"image_id":1,"height":2,"width":2},"annotations":[{"id":1}]}',
        b'\xef\xbb\xbf{"annotations":[]}',
    ],
)
def test_layouts_come_back(data: bytes) -> None:
    assert round_trip(data) == data


def test_real_files_come_back(dialects: Path, tmp_path: Path) -> None:
    seen = 0
    for number, path in enumerate(sorted(dialects.rglob("*.json"))):
        try:
            document = cocodec.read(path)
        except DocumentError:
            continue
        for name in (f"{number}.parquet", f"{number}.arrow", str(number)):
            arrow.write_columns(document, tmp_path / name)
            back = arrow.read_columns(tmp_path / name)
            assert b"".join(map(bytes, back.render_source())) == path.read_bytes(), path
        seen += 1
    assert seen > 20


def test_usual_files_leave_nothing_but_keys(dialects: Path) -> None:
    """Of what json.dump wrote, no value stays outside of its column."""
    path = dialects / "coco-val2014-100" / "instances_val2014_100.json"
    tables = arrow.tables_of(cocodec.read(path))
    for name in ("images", "annotations"):
        for text in set(tables[name]["_json"].to_pylist()):
            values = json.loads(text).values()
            left = [
                v
                for v in values
                if v not in (None, 0, {"size": None, "counts": []}, {"counts": [], "size": None})
            ]
            assert left == [], text


def test_edited_documents_are_written_as_they_are() -> None:
    document = cocodec.read(annotations('{"id": 1}', '{"id": 2}'))
    document.set_column("id", np.array([5, 6]))
    tables = arrow.tables_of(document)
    assert tables["annotations"]["id"].to_pylist() == [5, 6]
    back = arrow.document_of(tables, arrow.skeleton_of(document))
    assert b"".join(map(bytes, back.render_source())) == annotations('{"id": 5}', '{"id": 6}')


# ---------------------------------------------------------------- what the columns hold


def test_columns_have_the_types_of_their_values(sample: Path) -> None:
    document = cocodec.read(sample)
    table = arrow.tables_of(document)["annotations"]
    masks, valid = arrow.from_arrow(table["mask"].combine_chunks())
    expected = document.masks(on_error="skip")
    assert (valid == expected.has_mask).all()
    assert masks == expected.masks
    found = [row for row in table["polygons"].to_pylist() if row]
    rings = [row.get("segmentation") for row in document.annotations]
    assert found == [
        one for one in rings if isinstance(one, list) and one and isinstance(one[0], list)
    ]
    bare = arrow.tables_of(document, masks=False)["annotations"]
    is_rle = [isinstance(one, dict) for one in rings]
    assert (np.asarray(bare["mask"].is_valid()) == (valid & is_rle)).all()


def test_columns_may_be_changed() -> None:
    rows = [
        '{"id": 1, "area": 4, "n": "a", "bbox": [0, 0, 1.5, 2], "t": true}',
        '{"id": 2, "area": 4.5, "n": "b", "bbox": [0.0, 1.0], "t": false}',
        '{"id": 3, "area": 1.50, "n": "\\u00e9"}',
    ]
    document = cocodec.read(annotations(*rows))
    table = arrow.tables_of(document)["annotations"]
    put = {
        "id": [1, 5, 3],
        "area": [6.0, 7.0, 1.5],
        "n": ["a", "c", "é"],
        "bbox": [[1.0], [0.0, 1.0], None],
        "t": [False, False, None],
        "new": [None, None, 8],
    }
    for key, values in put.items():
        column = pa.array(values)
        at = table.schema.get_field_index(key)
        table = table.set_column(at, key, column) if at >= 0 else table.append_column(key, column)
    table = table.take([2, 1, 0]).slice(0, 3)
    back = arrow.document_of({"annotations": table}, arrow.skeleton_of(document))
    assert b"".join(map(bytes, back.render_source())) == annotations(
        '{"id": 3, "area": 1.50, "n": "\\u00e9", "new": 8}',
        '{"id": 5, "area": 7.0, "n": "c", "bbox": [0.0, 1.0], "t": false}',
        '{"id": 1, "area": 6, "n": "a", "bbox": [1], "t": false}',
    )


def test_tables_of_others_become_documents() -> None:
    rles = RleArray.encode(np.eye(3, dtype=bool)[None])
    tables = {
        "images": pa.table({"id": [1], "height": [3], "width": [3], "file_name": ["a.jpg"]}),
        "annotations": pa.table(
            {
                "id": [1],
                "image_id": [1],
                "mask": pa.array(rles),
                "bbox": pa.array([[0, 0, 3, 3]], pa.list_(pa.int32(), 4)),
            }
        ),
    }
    document = arrow.document_of(tables)
    assert document.masks().masks == rles
    assert document.annotations[0]["bbox"] == [0, 0, 3, 3]
    assert document.images[0] == {"id": 1, "height": 3, "width": 3, "file_name": "a.jpg"}
    assert len(document.categories) == 0


@pytest.mark.parametrize(
    "column, said",
    [
        (pa.array([{"a": 1}]), "column 'x' is of type struct"),
        (pa.array([["a"]]), "expected numbers, texts"),
        (pa.array([[1.0, None]]), "column 'x': a list of numbers holds a null"),
        (pa.array([1.0, math.nan]), "column 'x': row 1 has NaN or infinity"),
    ],
)
def test_columns_of_other_types_are_refused(column: Any, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        arrow.document_of({"annotations": pa.table({"x": column})})


def test_tables_without_rows() -> None:
    kinds = {"id": pa.int64(), "n": pa.string(), "b": pa.list_(pa.float64()), "_json": pa.string()}
    for pieces in ([], [pa.record_batch([pa.array([], k) for k in kinds.values()], list(kinds))]):
        table = pa.Table.from_batches(pieces, pa.schema(list(kinds.items())))
        assert len(arrow.document_of({"annotations": table, "images": table}).annotations) == 0


def test_columns_of_nothing_are_nothing() -> None:
    nothing = pa.nulls(1)
    table = pa.table({"id": [1], "area": nothing, "mask": nothing, "polygons": nothing})
    assert list(arrow.document_of({"annotations": table}).annotations) == [{"id": 1}]


@pytest.mark.parametrize(
    "skeleton, said",
    [
        ("", "describes no document"),
        ("[]", "describes no document"),
        ('{"segments": [{"table": "x", "before": ""}], "after": ""}', "describes no document"),
        ('{"segments": [], "after": "", "version": 99}', "version 99, expected 1"),
        ('{"segments": [], "after": "{"}', "JSON|truncated"),
    ],
)
def test_skeletons_are_checked(skeleton: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        arrow.document_of({"annotations": pa.table({"id": [1]})}, skeleton)


# ---------------------------------------------------------------- files


def test_stretches_of_images(sample: Path, tmp_path: Path) -> None:
    document = cocodec.read(sample)
    n = len(document.images)
    arrow.write_columns(document, tmp_path / "out", images_per_file=max(1, n // 3))
    files = sorted((tmp_path / "out" / "images").glob("*.parquet"))
    assert len(files) == -(-n // max(1, n // 3))
    assert (tmp_path / "out" / "categories.parquet").is_file()
    back = arrow.read_columns(tmp_path / "out")
    assert b"".join(map(bytes, back.render_source())) == sample.read_bytes()
    with pytest.raises(DocumentError, match="not empty"):
        arrow.write_columns(document, tmp_path / "out")


def test_what_is_no_file_of_columns(tmp_path: Path) -> None:
    for name in ("x.parquet", "x.arrow"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(DocumentError, match=name):
            arrow.read_columns(tmp_path / name)
    with pytest.raises(DocumentError, match=r"no annotations\.parquet"):
        arrow.read_columns(tmp_path)


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow", "x/", "y"])
def test_the_command_line(
    name: str, sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there, back = f"{tmp_path}/{name}", tmp_path / "back.json"
    more = ["--images-per-file", "5"] if name == "y" else []
    assert main(["convert", str(sample), there, *more]) == 0
    assert "annotations converted" in capsys.readouterr().err
    assert main(["convert", there, str(back), "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert back.read_bytes() == sample.read_bytes()


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (("x.parquet", "--to", "rle"), 2, "without it"),
        (("x.json",), 2, "--to NAME"),
        (("x.parquet", "--images-per-file", "2"), 1, "name a folder"),
        (("-", "--images-per-file", "2"), 1, "not to a stream"),
    ],
)
def test_the_command_line_refuses(
    arguments: tuple[str, ...],
    code: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / "source.json"
    source.write_bytes(annotations('{"id": 1}'))
    target = "-" if arguments[0] == "-" else str(tmp_path / arguments[0])
    assert main(["convert", str(source), target, *arguments[1:]]) == code
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [source]


# ---------------------------------------------------------------- polars and DuckDB


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
def test_polars_reads_and_writes(name: str, sample: Path, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    document = cocodec.read(sample)
    arrow.write_columns(document, tmp_path / name)
    read = polars.read_parquet if name == "x.parquet" else polars.read_ipc
    frame = read(tmp_path / name)
    assert frame["area"].to_list() == arrow.tables_of(document)["annotations"]["area"].to_pylist()
    some = frame.filter(polars.col("mask").is_not_null())
    wanted = document.masks(on_error="skip")
    assert RleArray.from_arrow(some["mask"]) == wanted.masks[wanted.has_mask]
    frame.write_parquet(tmp_path / "back.parquet")
    back = arrow.read_columns(tmp_path / "back.parquet")  # the metadata is gone, the records not
    assert [back.annotations.raw(i) for i in range(len(frame))] == [
        document.annotations.raw(i) for i in range(len(frame))
    ]


def test_duckdb_reads(sample: Path, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    document = cocodec.read(sample)
    arrow.write_columns(document, tmp_path / "out", images_per_file=4)
    table = arrow.tables_of(document)["annotations"]
    with duckdb.connect() as connection:
        found = connection.sql(
            f"""select a._row, a.mask.size[1], a.mask.counts, len(a.polygons)
                from '{tmp_path}/out/annotations/*.parquet' a order by a._row"""
        ).fetchall()
    assert [row[0] for row in found] == list(range(len(table)))
    masks = table["mask"].combine_chunks().storage.to_pylist()
    assert [row[1:3] for row in found] == [
        (None, None) if one is None else (one["size"][0], one["counts"]) for one in masks
    ]
    rings = table["polygons"].to_pylist()
    assert [row[3] for row in found] == [None if one is None else len(one) for one in rings]


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
def test_batches_make_the_columns_of_the_whole(
    name: str, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Types depend on all rows, whichever batch they are in; and there are several."""
    rows = [
        '{"id": 1, "image_id": 1, "segmentation": [[1, 1, 5, 1, 5, 5]]}',
        '{"id": 2, "image_id": 1}',
        '{"id": 3, "image_id": 1, "segmentation": [[1, 1, 5, 1, 5, 5.5]]}',
        '{"id": 4, "image_id": 1, "segmentation": {"size": [6, 7], "counts": [42]}, "x": "é"}',
        '{"id": 5.5, "image_id": 1, "segmentation": [[1, 1, 5, 1, 5, 5]]}',
    ]
    image = '"images": [{"id": 1, "height": 6, "width": 7}]'
    text = f'{{{image}, "annotations": [{", ".join(rows)}], "categories": []}}'
    for source in (text.encode(), sample.read_bytes(), b'{"annotations": []}'):
        document = cocodec.read(source)
        for masks in (True, False):
            whole = tables_of(document, masks=masks)["annotations"]
            with monkeypatch.context() as patch:
                patch.setattr(tables, "_LEAST", 1)
                patch.setattr(tables, "_MOST", 2)
                batches = list(batches_of(document, "annotations", masks=masks))
                for threads in (1, 3):
                    some = batches_of(document, "annotations", masks=masks, threads=threads)
                    assert all(a.equals(b) for a, b in zip(some, batches, strict=True))
                write_columns(document, tmp_path / name, masks=masks)
            assert len(batches) == max(1, -(-len(document.annotations) // 2))
            assert pa.concat_tables(batches).combine_chunks().equals(whole.combine_chunks())
            again = read_columns(tmp_path / name)
            assert b"".join(again.render_source()) == source
