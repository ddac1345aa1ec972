"""Edits: what was edited changes, and not one byte besides."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import MISSING, Document, DocumentError, read
from cocodec.documents import rendering, table
from cocodec.documents.arranging import arrange, copy_document
from support import strategies as _  # noqa: F401 - the profile
from support.json_values import BIG, STYLES, written


@pytest.mark.parametrize("style", STYLES)
def test_new_keys_and_rows_are_spaced_as_the_others(style: dict[str, Any]) -> None:
    root = {
        "info": {"a": 1, "b": 2},
        "annotations": [{"id": 1, "x": [1, 2]}, {"id": 2, "x": [3, 4]}],
    }
    document = read(json.dumps(root, **style).encode())
    document.set_column("n", [1, 2])
    document.set_field("info", {"a": 1, "b": 2, "c": 3})
    document.set_field("type", "t")
    for row in root["annotations"]:
        row["n"] = row["id"]  # type: ignore[index, call-overload]
    root["info"]["c"] = 3  # type: ignore[call-overload]
    root["type"] = "t"  # type: ignore[assignment]
    expected = json.dumps(root, **style)
    if style.get("separators") == (" ,\r\n", " :  "):
        expected = expected.replace('"n" :  ', '"n": ').replace('"c" :  ', '"c": ')
        expected = expected.replace('"type" :  ', '"type": ')
    assert written(document).decode() == expected
    flat = {"separators": style["separators"]} if style.get("separators") == (",", ":") else {}
    document.add_annotations([{"id": 3, "x": [5, {"y": "a, b:c"}]}])
    new = json.dumps({"id": 3, "x": [5, {"y": "a, b:c"}]}, **flat)
    text = written(document).decode()
    assert new in text
    between = text[text.index(new) - 20 : text.index(new)]
    if "indent" in style:
        assert between.endswith(",\n" + 2 * (style["indent"] if style["indent"] != 2 else "  "))


def test_one_key_that_came_alone() -> None:
    for text, expected in (
        ('{"a": 1}', '{"a": 1, "b": 2}'),
        ('{"a":1}', '{"a":1,"b":2}'),
        ('{ "a": 1 }', '{ "a": 1, "b": 2 }'),
        ('{\n "a": 1\n}', '{\n "a": 1,\n "b": 2\n}'),
        ("{}", '{"b":2}'),
        ("{ }", '{"b":2}'),
    ):
        table = read(f'{{"annotations": [{text}]}}'.encode()).annotations
        table.set_column("b", [2])
        assert table.raw(0).decode() == expected
        table.set_column("b", [MISSING])
        assert table.raw(0).decode() == text.replace("{ }", "{}")
        table.set_column("a", [MISSING])
        assert table.raw(0) == b"{}"


def test_keys_that_come_twice() -> None:
    text = b'{"annotations": [{"a": 1, "b": 0, "\\u0061": 2, "c": 3}]}'
    table = read(text).annotations
    table.set_column("a", [5])
    assert table.raw(0) == b'{"a": 1, "b": 0, "\\u0061": 5, "c": 3}'
    row = table[0]
    del row["a"]
    table[0] = row
    assert table.raw(0) == b'{"b": 0, "c": 3}'


def test_the_four_states_of_missing_and_how_numbers_are_spelled() -> None:
    text = (
        '{"annotations": [{"area": 400.00, "s": []}, {"area": 9.999999747378752e-06, "s": [[]]},'
        f' {{"area": 3.0, "s": null}}, {{"area": 1E2, "id": {BIG}}}, {{"area": -0, "s": {{}}}}]}}'
    )
    document = read(text.encode())
    table = document.annotations
    assert table.kinds("s").tolist() == [7, 7, 1, 0, 8]
    for i, row in enumerate(table):
        row["new"] = i
        table[i] = row
    got = written(document).decode()
    for i in range(5):
        got = got.replace(f', "new": {i}', "")
    assert got == text
    document = read(text.encode())
    document.set_column("area", document.annotations.column("area"))
    assert not document.is_edited()
    document.set_column("area", document.annotations.column("area") + 1)
    assert document.annotations.column("area").tolist() == [401, 1.0000099999997474, 4, 101, 1]


def test_numbers_of_another_type_are_edits() -> None:
    document = read(b'{"annotations": [{"a": 1, "b": 3.0}, {"a": 0, "b": 4.0}]}')
    document.set_column("a", np.array([True, False]))
    document.set_column("b", np.array([3, 4]))
    assert written(document) == b'{"annotations": [{"a": true, "b": 3}, {"a": false, "b": 4}]}'
    document.set_column("b", [3.0, np.float32(0.5)])
    document.set_column("a", [(1, np.int64(2)), np.arange(2.0)])
    assert [*document.annotations] == [{"a": [1, 2], "b": 3.0}, {"a": [0.0, 1.0], "b": 0.5}]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), r"annotations, 'a'\[1\] is nan, which is no JSON number"),
        ([0.5, {"b": float("-inf")}], r"'a'\[1\]\[1\]\['b'\] is -inf"),
        ("\ud800", "half a character"),
        ({1: 2}, r"has the key 1; keys are strings"),
        (b"\xff", "bytes beyond ASCII"),
        ([MISSING], "MISSING; only a key"),
    ],
)
def test_values_that_json_does_not_have(value: Any, message: str) -> None:
    document = read(b'{"annotations": [{"a": 1}, {}]}')
    with pytest.raises(DocumentError, match=message):
        document.set_column("a", [0, value])
    with pytest.raises(DocumentError):
        document.annotations[1] = {"a": value}
    with pytest.raises(DocumentError):
        document.add_annotations([{"a": value}])
    with pytest.raises(DocumentError, match=r"nan|inf"):
        document.set_column("a", np.array([[0, 1], [0, np.nan]]))
    assert not document.is_edited()


def test_edits_that_cannot_be() -> None:
    document = read(b'{"annotations": [{"a": 1}, 7]}')
    with pytest.raises(DocumentError, match="annotations, row 1: is 7, expected an object"):
        document.set_column("a", [1, 2])
    with pytest.raises(ValueError, match="'a' has 3 values for 2 rows"):
        document.set_column("a", [1, 2, 3])
    with pytest.raises(TypeError, match="new row 0 is of type int"):
        document.add_annotations([5])  # type: ignore[list-item]
    with pytest.raises(IndexError, match="row 2 is out of range"):
        document.remove([2])
    with pytest.raises(IndexError, match="part 1 is out of range"):
        document.add_annotations([{}], part=1)
    with pytest.raises(ValueError, match="'rows' is no table"):
        document.remove([], table="rows")
    with pytest.raises(DocumentError, match="'annotations' is no field of part 0"):
        document.set_field("annotations", [])
    results = read(b'[{"image_id": 1}]')
    with pytest.raises(DocumentError, match="part 0, a list of results, has no list of images"):
        results.add_images([{}])
    with pytest.raises(DocumentError, match="'info' is no field"):
        results.set_field("info", {})
    single = read(b'{"segmentation": []}')
    with pytest.raises(DocumentError, match="part 0, one annotation, has no list of annotations"):
        single.remove([0])
    image = read(b'{"image": {"id": 1}, "annotations": []}')
    with pytest.raises(DocumentError, match="part 0, one document, has no list of images"):
        image.add_images([{}])
    document.annotations[1] = 8
    document.annotations[0] = {"a": MISSING, "b": 2}
    assert written(document) == b'{"annotations": [{"b": 2}, 8]}'


def test_other_roots_are_edited_too() -> None:
    single = read(b' {"segmentation": [], "image_id": 1}\n')
    single.set_column("image_id", ["x"])
    assert written(single) == b' {"segmentation": [], "image_id": "x"}\n'
    image = read(b'{"image": {"id": 1}, "annotations": []}')
    image.set_column("id", [2], table="images")
    image.add_annotations([{"id": 5}])
    assert written(image) == b'{"image": {"id": 2}, "annotations": [{"id": 5}]}'
    lines = read(b'{"image_id": 1}\n{"image_id": 2}\n')
    lines.add_annotations([{"image_id": 3}])
    lines.remove([0])
    assert written(lines) == b'{"image_id": 2}\n{"image_id": 3}\n'
    one = read(b'[{"image_id": 1}]')
    one.add_annotations([{"image_id": 3}])
    assert written(one) == b'[{"image_id": 1}, {"image_id": 3}]'
    one.remove(None)
    assert written(one) == b"[]"


def test_parts_are_edited_apart() -> None:
    parts = [{"images": [{"id": k}], "annotations": [{"id": 10 * k}]} for k in range(3)]
    text = json.dumps(parts)
    document = read(text.encode())
    assert document.add_annotations([{"id": 11}, {"id": 12}], part=1).tolist() == [2, 3]
    document.set_field("info", {"n": 1}, part=2)
    document.annotations.remove([0])
    assert document.annotations.part.tolist() == [1, 1, 1, 2]
    assert document.parts[2].info == {"n": 1}
    parts[0]["annotations"] = []
    parts[1]["annotations"] += [{"id": 11}, {"id": 12}]
    parts[2]["info"] = {"n": 1}  # type: ignore[assignment]
    assert written(document).decode() == json.dumps(parts)
    assert b"".join(document.render(1)).decode() == json.dumps(parts[1])


def test_root_keys() -> None:
    document = read(b'{"x": 1, "annotations": [], "x": 2, "y": {"a": 1.0, "b": 2}, "z": 0}')
    document.set_field("y", {"a": 1.0, "b": 3})
    document.set_field("x", MISSING)
    document.set_field("z", MISSING)
    document.set_field("n", [1, {"a": 2}])
    document.set_field("m", 1)
    document.set_field("m", MISSING)
    assert document.fields() == {"y": {"a": 1.0, "b": 3}, "n": [1, {"a": 2}]}
    expected = b'{"annotations": [], "y": {"a": 1.0, "b": 3}, "n": [1, {"a": 2}]}'
    assert written(document) == expected


def test_many_small_edits_and_large_ones() -> None:
    """Texts of edits are gathered, freed, and looked at while others are made."""
    n = 3000
    document = read(json.dumps({"annotations": [{"id": i} for i in range(n)]}).encode())
    table = document.annotations
    for i in range(n):
        table[i] = {"id": i, "a": i}
    assert len(table._texts) == 2
    view = table.places().text(5)
    table[5] = {"id": 5, "a": "seen"}
    assert bytes(view) == b'{"id": 5, "a": 5}'
    for size in (30, 40):
        table.set_column("b", ["x" * size] * n)
    assert sum(map(len, table._texts[1:])) < 2.5 * n * 70
    expected = [{"id": i, "a": i, "b": "x" * 40} for i in range(n)]
    expected[5]["a"] = "seen"
    assert [*read(written(document)).annotations] == expected
    assert table.positions(7).tolist() == [7]


def test_of_rows_given_twice_the_last_counts() -> None:
    document = read(b'{"annotations": [{"id": 1}, {"id": 2}]}')
    document.set_column("id", [5, 6, 7], [1, 0, 1])
    assert document.annotations.column("id").tolist() == [6, 7]
    assert document.annotations.positions(7).tolist() == [1]


@pytest.mark.parametrize("together", [1, 2, 3])
def test_rows_written_some_at_a_time_are_all_rows(
    sample: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """Texts and gaps are made for some thousand rows at a time: here for one, two, three."""

    def edited() -> bytes:
        document = read(sample)
        rows = document.annotations
        rows.set_column("iscrowd", [7] * (len(rows) - 1), range(1, len(rows)))
        rows.set_column("mine", [1, 2, 3, 4], [5, 2, 2, 9])
        document.remove([0, 3, 4, len(rows) - 1])
        document.add_annotations([{"id": 10**9}, {"id": 10**9 + 1}])
        document.remove([0], table="images")
        return written(document)

    expected = edited()
    monkeypatch.setattr(rendering, "_TOGETHER", together)
    monkeypatch.setattr(table, "_EDITED", together)
    assert edited() == expected
    document = read(sample)
    document.remove(None)
    assert json.loads(written(document))["annotations"] == []


def test_edits_of_whole_columns_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_EDITED", 100)
    monkeypatch.setattr(table, "_SMALL", 0)
    document = read({"annotations": [{"id": i, "x": "a" * 50} for i in range(1000)]})
    for turn in range(5):
        document.set_column("x", [f"{turn}" * 50] * 1000)
    assert document.annotations.raw(0).count(b"4") == 50
    held = sum(map(len, document.annotations._texts[1:]))
    assert held < 2 * len(written(document))


def looks(document: Document) -> list[Any]:
    rows = document.annotations
    return [
        rows.raw(3),
        rows[5],
        list(rows),
        rows.keys(),
        rows.column("x").tolist(),
        bytes(rows.state_of(0)[0].text(4)),
        rows.positions(7).tolist(),
        bytes(rows.places().text(2)),
    ]


@pytest.mark.parametrize("put_off", [True, False])
@pytest.mark.parametrize("look", range(8))
def test_edits_of_many_rows_are_seen_by_whoever_looks(
    monkeypatch: pytest.MonkeyPatch, look: int, put_off: bool
) -> None:
    """They are made when rows are written, or looked at: no door shows what was before."""
    monkeypatch.setattr(table, "_EDITED", 3 if put_off else 1000)
    monkeypatch.setattr(rendering, "_TOGETHER", 4)
    document = read({"annotations": [{"id": i, "x": i, "y": 0} for i in range(20)]})
    rows = document.annotations
    rows.set_column("x", list(range(100, 110)), range(10))
    rows.set_column("x", [MISSING] * 10, range(5, 15))
    assert (len(rows._deferred) > 0) == put_off
    twin = copy_document(document)
    expected = [{"id": i, "x": i, "y": 0} for i in range(20)]
    for i in range(5):
        expected[i]["x"] = 100 + i
    for i in range(5, 15):
        del expected[i]["x"]
    whole = json.dumps({"annotations": expected}, separators=(",", ":")).encode()
    assert written(document) == written(document) == whole  # still put off
    assert (len(rows._deferred) > 0) == put_off
    before = rows.version
    assert looks(document)[look] == looks(read(whole))[look]
    assert rows._deferred == []
    assert rows.version == before
    assert written(document) == written(twin) == whole
    for change in (
        lambda one: one.remove([0, 6]),
        lambda one: one.add_annotations([{"id": 99}]),
        lambda one: arrange(one.annotations, np.arange(20)[::-1]),
        lambda one: one.annotations.__setitem__(1, {"id": 1}),
        lambda one: one.set_column("y", [5], [6]),
    ):
        one, other = copy_document(twin), read(whole)
        change(one)
        change(other)
        assert list(one.annotations) == list(other.annotations)
        assert json.loads(written(one)) == json.loads(written(other))
        assert written(one) == written(other)


def test_edits_that_were_put_off_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several threads look at once."""
    monkeypatch.setattr(table, "_EDITED", 3)
    for turn in range(20):
        document = read({"annotations": [{"id": i} for i in range(200)]})
        document.set_column("x", list(range(turn, turn + 200)))
        with ThreadPoolExecutor(4) as pool:
            found = [*pool.map(document.annotations.column, ["x"] * 8)]
        assert {column.sum() for column in found} == {199 * 100 + 200 * turn}
        texts = [text for text in document.annotations._texts if len(text) > 0]
        assert len(texts) <= 2 + 200 // 3


def test_parts_are_written_with_their_own_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_EDITED", 2)
    roots = [{"annotations": [{"id": i} for i in range(n)]} for n in (3, 0, 4, 2)]
    document = read(json.dumps(roots, separators=(",", ":")).encode())
    document.set_column("x", list(range(7)), [0, 1, 3, 4, 6, 7, 8])
    for row, x in (((0, 0), 0), ((0, 1), 1), ((2, 0), 2), ((2, 1), 3), ((2, 3), 4)):
        roots[row[0]]["annotations"][row[1]]["x"] = x
    roots[3]["annotations"] = [{"id": 0, "x": 5}, {"id": 1, "x": 6}]
    assert document.annotations._deferred
    assert json.loads(written(document)) == roots


def test_what_is_being_written_is_not_what_is_edited_meanwhile() -> None:
    document = read({"annotations": [{"id": i, "x": i} for i in range(100)]})
    document.set_column("x", [5], [50])
    expected = written(document)
    pieces = document.render_source()
    first = next(pieces)
    document.set_column("x", [9] * 100)
    assert b"".join([first, *pieces]) == expected


def test_copies_are_edited_apart() -> None:
    """Copies share their rows' places until one of them is edited, whichever it is."""
    document = read({"annotations": [{"id": 1, "x": 1}, {"id": 2, "x": 2}]})
    twin, third = copy_document(document), copy_document(document)
    document.set_column("x", [7], [0])
    twin.set_column("x", [8], [1])
    found = [one.annotations.column("x").tolist() for one in (document, twin, third)]
    assert found == [[7, 2], [1, 8], [1, 2]]
    assert read(written(third)).annotations.raw(0) == b'{"id":1,"x":1}'
