"""JSON checked and split in one pass: what is taken, msgspec takes, and it lies where it says."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocodec
import cocodec._core as _core
from cocodec.documents import parts
from cocodec.documents.parts import TABLES
from support.json_values import STYLES, json_values

# What numbers, and lists of them, are made of, and what does not belong there.
LETTERS = "01.-, []e+"


def is_json(text: bytes) -> bool:
    """The reference."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def test_all_short_lists_of_numbers() -> None:
    for length in range(6):
        for letters in itertools.product(LETTERS, repeat=length):
            text = f"[{''.join(letters)}]".encode()
            assert (_core.split_list(text) is not None) == is_json(text), text


@pytest.mark.parametrize("at", range(54, 70))
def test_every_rule_holds_where_two_blocks_meet(at: int) -> None:
    """Lists of numbers are looked at 64 bytes at a time."""
    filler = ("7," * at)[:at]
    for before in ("1,", "2.5,", "1", "0.1", "-", "3, "):
        for letters in itertools.product("01.-,] ", repeat=3):
            for end in ("5]", "]", "5" * 70 + ".5]", "5" * 70 + "]"):
                text = f"[{filler}{before}{''.join(letters)}{end}".encode()
                assert (_core.split_list(text) is not None) == is_json(text), text


@given(
    st.lists(st.sampled_from(["12.5", "-0.25", "1.5.5", "-", "07", "8", "1e5", ".5"])), st.data()
)
def test_long_lists_of_numbers(numbers: list[str], data: st.DataObject) -> None:
    between = data.draw(st.sampled_from([",", ", ", " ,"]))
    text = f"[{between.join(numbers)}]".encode()
    assert (_core.split_list(text) is not None) == is_json(text)


def spans_of(text: bytes, root: dict[str, msgspec.Raw]) -> dict[str, Any]:
    places = _core.view_spans(text, list(root.values())).tolist()
    lists = {key: root[key] for key in TABLES if key in root and bytes(root[key])[:1] == b"["}
    elements = {
        key: (_core.list_elements(raw) + _core.view_spans(text, [raw])[0, 0]).tolist()
        for key, raw in lists.items()
    }
    return {key: (tuple(p), elements.get(key)) for key, p in zip(root, places, strict=True)}


roots = st.dictionaries(
    st.sampled_from([*TABLES, "info", 'a"\\\u00e9\n']) | st.text(max_size=3),
    json_values | st.lists(json_values, max_size=4),
    max_size=4,
)


@given(roots, st.sampled_from(STYLES), st.data())
def test_objects_are_split_as_msgspec_splits_them(
    root: dict[str, Any], style: dict[str, Any], data: st.DataObject
) -> None:
    try:
        text = json.dumps(root, **style).encode()
    except UnicodeEncodeError:  # half a character
        return
    found = _core.split_object(memoryview(text), list(TABLES))
    if found is None:  # escapes of halves are left to msgspec
        assert b"\\ud" in text.lower()
        return
    split = {
        msgspec.json.decode(text[a:b]): (value, None if rows is None else rows.tolist())
        for (a, b), value, rows in found
    }
    assert split == spans_of(
        text, msgspec.json.decode(memoryview(text), type=dict[str, msgspec.Raw])
    )
    # One byte of it is another one, or goes.
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([b"", *(bytes([c]) for c in b'01-.,:[]{}" \\ue\x00\x1f\n')]))
    changed = text[:at] + other + text[at + 1 :]
    if _core.split_object(changed, list(TABLES)) is not None:
        assert is_json(changed)
        assert changed.strip()[:1] == b"{"


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": "\\ud83d\\ude00"}',  # two halves are one character, but that is msgspec's business
        b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"a": 1} {"b": 2}',
        b'{"a": 1,}',
        b'{"a" 1}',
        b"{",
        b"",
    ],
)
def test_what_is_left_to_msgspec(text: bytes) -> None:
    assert _core.split_object(text, []) is None
    assert _core.split_list(b"[" + text + b"]") is None or text == b""


def test_thousands_of_keys_are_left_to_msgspec() -> None:
    few, many = ({f"k{i}": i for i in range(n)} | {"images": []} for n in (4095, 4096))
    found = _core.split_object(json.dumps(few).encode(), [])
    assert found is not None
    assert len(found) == 4096
    assert _core.split_object(json.dumps(many).encode(), []) is None
    assert len(cocodec.read(json.dumps(many).encode()).fields()) == 4096


def test_keys_that_come_twice_and_escaped_ones() -> None:
    text = (
        b' {"annotations": [1, [2, "]"]], "x": [3], "annotations": null, "\\u0061nnotations": []} '
    )
    found = _core.split_object(text, ["annotations"])
    assert found is not None
    told = [(text[slice(*k)], text[slice(*v)], None if e is None else len(e)) for k, v, e in found]
    assert told == [
        (b'"annotations"', b'[1, [2, "]"]]', 2),
        (b'"x"', b"[3]", None),
        (b'"annotations"', b"null", None),
        (b'"\\u0061nnotations"', b"[]", None),
    ]


def test_a_table_by_an_escaped_key_has_its_rows() -> None:
    text = b'{"images": [], "\\u0061nnotations": [{"id": 1}, {"id": 2}]}'
    assert cocodec.read(text).annotations.column("id").tolist() == [1, 2]


@pytest.mark.parametrize("style", STYLES[:4], ids=repr)
def test_files_do_not_go_the_slow_way(
    sample: Path, style: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of documents and of results as programs write them no part is read by msgspec as a whole."""
    root = json.loads(sample.read_bytes())
    whole = json.dumps(root, **style).encode()
    results = json.dumps(root["annotations"], **style).encode()
    decode = parts.decode

    def small(data: bytes, text: Any, kind: Any) -> Any:
        assert len(text) < len(results) // 2
        return decode(data, text, kind)

    monkeypatch.setattr(parts, "decode", small)
    assert len(cocodec.read(whole).annotations) == len(root["annotations"])
    found = cocodec.read(b"\n" + results)
    assert [found.annotations[i] for i in (0, -1)] == [root["annotations"][i] for i in (0, -1)]


def test_rows_lie_where_they_did(sample: Path) -> None:
    data = sample.read_bytes()
    document = cocodec.read(data)
    raws = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    expected = _core.list_elements(raws["annotations"])
    assert np.array_equal(np.diff(document.annotations.places().spans), np.diff(expected))
    assert document.annotations.raw(3) == bytes(raws["annotations"])[slice(*expected[3])]


@given(st.lists(json_values, max_size=6), st.sampled_from(STYLES), st.data())
def test_values_that_are_sure_are_the_first_of_those_that_are_whole(
    values: list[Any], style: Any, data: st.DataObject
) -> None:
    text = json.dumps(values, **style).encode()
    if data.draw(st.booleans()):
        text = text.replace(b"1", data.draw(st.sampled_from([b"01", b"1 ", b"1e5", b"]", b""])))
    text = text[: data.draw(st.integers(1, len(text)))]
    spans, at, closed = _core.split_sure_values(text, 1, True)
    for begin, end in spans.tolist():
        assert is_json(text[begin:end])
    try:
        whole, behind, ended = _core.split_values(text, 1, True, False, False)
    except cocodec.CocodecError:
        assert not closed
        return
    assert spans.tolist() == whole.tolist()[: len(spans)]
    assert (at, closed) == (behind, ended) or (at <= behind and not closed)
    # It is taken up where it has ended.
    if len(spans) > 1:
        begin = int(spans[0, 1])
        assert _core.split_sure_values(text, begin, False)[0].tolist() == spans[1:].tolist()


def test_digits_at_the_end_may_go_on() -> None:
    assert len(_core.split_sure_values(b"[1, 2", 1, True)[0]) == 1
    assert _core.split_sure_values(b"[1, 2]", 1, True)[2]
    assert _core.split_sure_values(b"[", 1, True)[1:] == (1, False)
    assert _core.split_sure_values(b"[1,]", 1, True)[1:] == (2, False)
    with pytest.raises(cocodec.CocodecError):
        _core.split_sure_values(b"[", 2, True)
