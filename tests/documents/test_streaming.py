"""Reading in stretches: the same bytes and records as the whole file at once, at any window."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import DocumentError
from cocodec.documents.parts import TABLES, read_raw
from cocodec.documents.stream import RecordStream, Stretch, read_images


def stretches(data: bytes, window: int) -> list[Stretch]:
    return list(RecordStream(io.BytesIO(data), window=window))


def text_of(stretch: Stretch) -> bytes:
    return stretch.source[slice(*stretch.range)]


def records(found: list[Stretch], table: str) -> list[bytes]:
    rows = []
    for stretch in found:
        if (stretch.are_documents and table == "documents") or stretch.table == table:
            assert stretch.first_row == len(rows)
            rows += [stretch.source[a:b] for a, b in stretch.spans.tolist()]
    return rows


def check(data: bytes, window: int) -> None:
    """What comes in stretches is what the whole file is."""
    whole = read_raw(data)
    found = stretches(data, window)
    assert b"".join(map(text_of, found)) == data
    if whole.layout == "list" or (whole.layout == "lines" and whole.parts[0].root == "document"):
        assert records(found, "documents") == [data[slice(*part.span)] for part in whole.parts]
        return
    (part,) = whole.parts
    for table in TABLES:
        expected = [data[a:b] for a, b in part.table(table).tolist()]
        is_single = table == "images" and "images" not in part.fields and "image" in part.fields
        assert records(found, "image" if is_single else table) == expected


DOCUMENTS = [
    b'{"annotations": []}',
    b' {"x": 1, "annotations": [ {"id":1} ,\n{"id": 2, "a": "}]"}, 7], "images": [{"id": 3}]}\n',
    b'\xef\xbb\xbf{"images":[],"annotations":[{"s":"\\\\\\"]["}],"t":[[1,[2]],{"a":null},-1.5e3]}',
    b'{"annotations": null, "images": [{"id": "\xc3\xb6\\u00e4"}], "videos": [1, {}], "z": {}}',
    b"[]",
    b" [ ] ",
    b'[{"image_id": 1}, {"image_id": 2}]',
    b'[{"images": [], "annotations": [{"id": 1}]}, {"annotations": []}]\r\n',
    b'{"image_id": 1}\n{"image_id": 2, "bbox": [1, 2]}\n',
    b'{"images": [{"id": 1}]}{"annotations": [1]}',
    b'{"image": {"image_id": 7, "width": 3}, "annotations": [{"area": 1}]}',
    # What is right but not plain: halves of a character, and brackets deeper than one pass follows.
    b'{"annotations": [1, {"a": "\\ud83d\\ude00"}, 2, {"\\ud83d\\ude00": 3}],'
    b' "images": [{"id": 1}, {"id": "\\ud83d\\ude00"}]}',
    b'{"annotations": [1, ' + b"[" * 70 + b"]" * 70 + b", 2],"
    b' "images": [{"id": 1}, {"x": ' + b"[" * 70 + b"]" * 70 + b"}, 3]}",
    b'[{"image_id": 1}, {"image_id": "\\ud83d\\ude00"}, {"image_id": 3}]',
]


@pytest.mark.parametrize("data", DOCUMENTS)
def test_every_window_gives_the_same(data: bytes) -> None:
    for window in range(1, len(data) + 2):
        if data.startswith((b'{"image_id', b'{"images": [{"id": 1}]}{')) and window < 30:
            continue  # whether there are lines shows in the first window only
        check(data, window)


def test_a_single_annotation() -> None:
    data = b' {"segmentation": [[1, 2]], "id": 3}\n'
    found = stretches(data, 1000)
    assert b"".join(map(text_of, found)) == data
    assert records(found, "annotations") == [data.strip()]


def test_real_files(dialects: Path) -> None:
    for path in sorted(dialects.rglob("*.json")):
        data = path.read_bytes()
        try:
            read_raw(data)
        except DocumentError:
            with pytest.raises(DocumentError):
                stretches(data, 1 << 20)
            continue
        for window in (997, 1 << 20):
            check(data, window)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(), VALUES, max_size=3),
    st.lists(VALUES, max_size=5),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
    st.integers(1, 60),
)
def test_any_document(
    fields: dict[str, object], rows: list[object], indent: object, ascii_: bool, window: int
) -> None:
    fields = {k: v for k, v in fields.items() if k not in ("images", "categories", "licenses")}
    root = {**fields, "annotations": rows, "images": rows[:2]}
    text = json.dumps(root, indent=indent, ensure_ascii=ascii_)  # type: ignore[arg-type]
    check(text.encode(), window)


def error_of(data: bytes, window: int) -> str:
    with pytest.raises(DocumentError) as error:
        stretches(data, window)
    return str(error.value)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the file is empty, expected JSON (byte 0, line 1, column 1)"),
        (b" \n ", "the file is empty, expected JSON (byte 3, line 2, column 2)"),
        (
            b'{"annotations": [1, 2',
            "not valid JSON: it ends too early (byte 21, line 1, column 22)",
        ),
        (
            b'{"annotations":\n [{"id": 1},\n {"id": 01}]}',
            "not valid JSON: invalid number (byte 38, line 3, column 10)",
        ),
        (
            b'{"annotations":\n [1 2]}',
            "(byte 20, line 2, column 5)",
        ),
        (
            b'{"annotations":\n [NaN]}',
            "not valid JSON: NaN is no JSON number (byte 18, line 2, column 3)",
        ),
        (b'{"annotations": ["\xe9t"]}', "byte 0xE9 is not UTF-8 (byte 18, line 1, column 19)"),
        (
            b'{"images": [],\n"annotations": [1]} x',
            "not valid JSON: trailing characters (byte 35, line 2, column 21)",
        ),
        (b'{"a": [], "b": 2}', "the file holds an object with 'a', 'b'"),
        (b'{"images": [], "images": []}', "the key 'images' comes twice"),
        (b'{"annotations": 5}', "'annotations' is a number, expected a list"),
        (b'{"annotations": {"1": 5}}', "'annotations' is an object, and what it has under \"1\""),
        (b'{"annotations": [] "b"}', "not valid JSON: expected ',' or '}'"),
        (b'{"annotations" []}', "not valid JSON: expected ':'"),
        (b'{"a": 1, 2: 3}', "not valid JSON: "),
        (b"[1]", "the file holds a list that starts with a number"),
        (b"17", "the file holds a number, expected a COCO document"),
        (b"\xff\xfe[\x00]\x00", "the file is UTF-16, expected UTF-8"),
    ],
)
def test_errors_say_the_place_in_the_file(data: bytes, expected: str) -> None:
    for window in (3, 8, 1000):
        assert expected in error_of(data, window)


def test_images_are_found_wherever_they_are() -> None:
    images = [{"id": i, "width": 3, "extra": "x" * 50, "height": i} for i in range(20)]
    rows = [{"id": i} for i in range(20)]
    for root in (
        {"images": images, "annotations": rows},
        {"annotations": rows, "a": 1, "images": images},
        {"annotations": rows},
    ):
        for window in (10, 1000, 100_000):
            text, spans = read_images(io.BytesIO(json.dumps(root).encode()), window=window)
            found = [json.loads(text[a:b]) for a, b in spans.tolist()]
            expected = [
                {k: i[k] for k in ("id", "height", "width")} for i in root.get("images", [])
            ]
            assert found == expected
