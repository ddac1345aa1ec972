"""The promise of a round trip: what was edited changes, and not one byte besides."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cocodec import MISSING, Document, DocumentError, read
from cocodec.documents.json_values import encode
from support import strategies as _  # noqa: F401 - the profile
from support.json_places import places
from support.json_values import STYLES, json_values, written

TABLES = ("images", "annotations", "categories", "licenses")
keys = st.sampled_from(["id", "image_id", "bbox", "segmentation", "é", 'a"b\\', "area", "x"])
rows = st.dictionaries(keys, json_values, max_size=4)
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[,:]')
styles = st.sampled_from(STYLES)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    lists = st.lists(rows, max_size=4)
    optional = {name: lists | st.none() for name in ("images", "categories", "licenses")}
    optional |= {"info": rows, "videos": json_values, 'ü"': json_values}
    root = draw(st.fixed_dictionaries({"annotations": lists}, optional=optional))
    order = draw(st.permutations(list(root)))
    return {key: root[key] for key in order}


def spaced(text: str, style: dict[str, Any]) -> str:
    """How the tool spells a new value in a file of this style."""
    if style.get("separators") == (",", ":"):
        return text
    return TOKEN.sub(lambda match: match[0] + " " * (match[0] in ",:"), text)


def put(text: str, path: tuple[Any, ...], new: str) -> str:
    """The text with another value at one place."""
    begin, end = next((b, e) for p, b, e in places(text) if p == path)
    return text[:begin] + new + text[end:]


@given(documents(), styles)
def test_what_is_read_is_written(root: dict[str, Any], style: dict[str, Any]) -> None:
    for data in (
        json.dumps(root, **style).encode(),
        b"\xef\xbb\xbf \n" + json.dumps(root, **style).encode() + b"\r\n ",
        json.dumps([root, root], **style).encode(),
        b"\n".join([json.dumps(root).encode()] * 2) + b"\n",
        json.dumps([{"image_id": 1}, *root["annotations"]], **style).encode(),
    ):
        document = read(data)
        assert written(document) == data
        for name in TABLES:
            table = getattr(document, name)
            for i in range(len(table)):
                table[i] = table[i]
            for key in table.keys():  # noqa: SIM118 - a table is no dict
                table.set_column(key, table.column(key))
                table.set_column(key, [row.get(key, MISSING) for row in table])
        for key, value in document.fields().items():
            document.set_field(key, value)
        assert not document.is_edited()
        assert written(document) == data


@given(documents(), styles, keys, json_values, st.data())
def test_one_value_changes_its_own_bytes(
    root: dict[str, Any], style: dict[str, Any], key: str, value: Any, data: st.DataObject
) -> None:
    text = json.dumps(root, **style)
    document = read(text.encode())
    table = document.annotations
    if len(table) == 0:
        return
    i = data.draw(st.integers(0, len(table) - 1))
    row = table[i]
    if key not in row:
        return
    old = copy.deepcopy(row)
    row[key] = value
    if data.draw(st.booleans()):
        table[i] = row
    else:
        table.set_column(key, [value], [i])
    got = written(document).decode()
    # As written in both cases: what is alike keeps its spelling, what is not is spelled anew.
    assert got in (text, put(text, ("annotations", i, key), spaced(encode(value).decode(), style)))
    assert repr(json.loads(got)["annotations"][i]) == repr(row)
    assert repr(table[i]) == repr(row)
    table[i] = old
    assert repr(json.loads(written(document))) == repr(root)


@given(documents(), styles, st.data())
def test_rows_come_and_go_and_the_others_stay(
    root: dict[str, Any], style: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(root, **style)
    document = read(text.encode())
    expected = copy.deepcopy(root)
    raws = {
        name: [getattr(document, name).raw(i) for i in range(len(getattr(document, name)))]
        for name in TABLES
    }
    kept = {name: list(range(len(raws[name]))) for name in TABLES}
    for _step in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(TABLES))
        table = getattr(document, name)
        if data.draw(st.booleans()) and len(table) > 0:
            gone = sorted(data.draw(st.sets(st.integers(0, len(table) - 1))), reverse=True)
            document.remove(gone, table=name)
            for i in gone:
                del expected[name][i], kept[name][i]
        else:
            new = data.draw(st.lists(rows, max_size=2))
            numbers = table.extend(new)
            assert numbers.tolist() == list(range(len(table) - len(new), len(table)))
            if new or expected.get(name) is not None:
                expected[name] = (expected.get(name) or []) + new
            kept[name] += [-1] * len(new)
    for name in TABLES:
        if not expected.get(name) and not root.get(name):  # still as missing as it was
            expected.pop(name, None)
            expected |= {name: root[name]} if name in root else {}
    got = written(document)
    assert repr(as_rows(json.loads(got))) == repr(as_rows(expected))
    assert [key for key in json.loads(got) if key in root] == list(root)
    again = read(got)
    for name in TABLES:
        assert [*getattr(again, name)] == [*getattr(document, name)]
        for i, before in enumerate(kept[name]):
            if before >= 0:
                assert getattr(again, name).raw(i) == raws[name][before]


def as_rows(root: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(root.items()))


@given(documents(), styles, keys, st.data())
def test_columns(
    root: dict[str, Any], style: dict[str, Any], key: str, data: st.DataObject
) -> None:
    document = read(json.dumps(root, **style).encode())
    n = len(root["annotations"])
    values = data.draw(st.lists(json_values | st.just(MISSING), min_size=n, max_size=n))
    document.set_column(key, values)
    for row, value in zip(root["annotations"], values, strict=True):
        if value is MISSING:
            row.pop(key, None)
        else:
            row[key] = value
    assert repr(json.loads(written(document))) == repr(root)
    assert repr([*document.annotations]) == repr(root["annotations"])


def test_real_files_are_written_as_they_were_read(dialects: Path, tmp_path: Path) -> None:
    seen = 0
    for path in sorted(dialects.rglob("*.json")):
        try:
            document = read(path)
        except DocumentError:
            continue
        data = path.read_bytes()
        assert written(document) == data
        for name in TABLES:
            table = getattr(document, name)
            for i in range(0, len(table), 1 + len(table) // 50):
                table[i] = table[i]
            for key in table.keys():  # noqa: SIM118
                table.set_column(key, table.column(key))
        for key, value in document.fields().items():
            document.set_field(key, value)
        assert written(document) == data, path
        edit_and_undo(document, data)
        seen += 1
    assert seen > 20


def edit_and_undo(document: Document, data: bytes) -> None:
    table = document.annotations
    if len(table) == 0 or not isinstance(table[0], dict):
        return
    kept = [table.raw(i) for i in range(len(table))]
    document.set_column("cocodec_test", list(range(len(table))))
    document.set_column("cocodec_test", [MISSING] * len(table))
    assert written(document) == data
    row = len(table) // 2
    document.set_column("id", ["new"], [row])
    got = written(document)
    begin = next(i for i in range(len(data)) if got[i] != data[i])
    assert len(got) < len(data) + 60
    assert begin >= data.index(kept[row][:20])
    again = read(got).annotations
    assert all(again.raw(i) == kept[i] for i in range(len(kept)) if i != row)
