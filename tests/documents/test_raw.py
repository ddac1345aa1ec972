"""Reading: roots that are understood, bytes that are kept, and the words for what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from cocodec import DocumentError
from cocodec.documents.parts import RawFile, Spans, read_raw


def spans_text(file: RawFile, spans: Spans) -> list[str]:
    return [file.source[begin:end].decode() for begin, end in spans]


def message(data: bytes) -> str:
    with pytest.raises(DocumentError) as error:
        read_raw(data)
    return str(error.value)


def test_a_document_is_its_bytes_and_spans() -> None:
    data = (
        b' {"x": 1, "annotations": [ {"id":1} ,\n{"id": 2, "a": "}]"}, 7], "images": [{"id": 3}]}\n'
    )
    file = read_raw(data)
    (part,) = file.parts
    assert file.source is part.source is data
    assert (file.layout, part.root, part.name) == ("single", "document", None)
    assert spans_text(file, part.table("annotations")) == [
        '{"id":1}',
        '{"id": 2, "a": "}]"}',
        "7",
    ]
    assert spans_text(file, part.table("images")) == ['{"id": 3}']
    assert "categories" not in part.tables
    assert len(part.table("categories")) == 0
    assert {key: data[slice(*span)][:3] for key, span in part.fields.items()} == {
        "x": b"1",
        "annotations": b"[ {",
        "images": b'[{"',
    }


@pytest.mark.parametrize(
    ("text", "root", "rows"),
    [
        ('{"annotations": [], "categories": [{}, {}]}', "document", 0),
        ('{"annotations": null}', "document", 0),
        ('{"images": []}', "document", 0),
        ("[]", "results", 0),
        ('\n[{"image_id": 1, "bbox": []}, {"image_id": 2}]\n', "results", 2),
        ('{"segmentation": null}  ', "annotation", 1),
    ],
)
def test_roots(text: str, root: str, rows: int) -> None:
    for bom in (b"", b"\xef\xbb\xbf"):
        file = read_raw(bom + text.encode())
        (part,) = file.parts
        assert (file.layout, part.root) == ("single", root)
        assert len(part.table("annotations")) == rows
        assert json.loads(file.source[slice(*part.span)]) == json.loads(text)
        for row in spans_text(file, part.table("annotations")):
            assert row == row.strip()
            assert json.loads(row) is not None


@pytest.mark.parametrize(
    ("text", "layout", "rows", "images"),
    [
        ('[{"images": [{}]}, {"annotations": [{}, {}]}]', "list", [0, 2], [1, 0]),
        ('{"images": [{}]}\n{"annotations": [{}, {}]}\n', "lines", [0, 2], [1, 0]),
        ('{"images": []} {"images": null}\r\n\n', "lines", [0, 0], [0, 0]),
        ('{"image_id": 1}\n{"image_id": 2}', "lines", [2], [0]),
        ('{"image": {"id": 1}, "annotations": [{}, {}]}', "single", [2], [1]),
        (
            '{"image": {}, "annotations": []}\n{"image": {}, "annotations": []}',
            "lines",
            [0, 0],
            [1, 1],
        ),
        ('{"image": {}, "images": [], "annotations": []}', "single", [0], [0]),
        ('{"image": "a.jpg", "annotations": []}', "single", [0], [0]),
    ],
)
def test_layouts(text: str, layout: str, rows: list[int], images: list[int]) -> None:
    for bom in (b"", b"\xef\xbb\xbf \n"):
        file = read_raw(bom + text.encode())
        assert file.layout == layout
        assert [len(part.table("annotations")) for part in file.parts] == rows
        assert [len(part.table("images")) for part in file.parts] == images
        assert file.texts() == [file]


def test_sources(tmp_path: Path) -> None:
    data = b'{"annotations": [{"id": 1}]}'
    path = tmp_path / "a.json"
    path.write_bytes(data)
    sources = [data, bytearray(data), memoryview(data), io.BytesIO(data), path, str(path)]
    for source in sources:
        assert read_raw(source).source == data  # type: ignore[arg-type]
    with path.open("rb") as stream:
        assert read_raw(stream).source == data
    with pytest.raises(FileNotFoundError):
        read_raw(tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the file is empty, expected JSON (byte 0, line 1, column 1)"),
        (b" \n ", "the file is empty, expected JSON (byte 3, line 2, column 2)"),
        (b"\xef\xbb\xbf", "the file is empty, expected JSON (byte 3, line 1, column 4)"),
        (
            b'{"annotations": [1, 2',
            "not valid JSON: it ends too early (byte 21, line 1, column 22)",
        ),
        (
            b'{"annotations": [{"id": 01}]}',
            "not valid JSON: invalid number (byte 25, line 1, column 26)",
        ),
        (
            b'\xef\xbb\xbf{"annotations":\n [1 2]}',
            "not valid JSON: expected ',' or ']' (byte 23, line 2, column 5)",
        ),
        (
            b'{"annotations": [NaN]}',
            "not valid JSON: NaN is no JSON number (byte 17, line 1, column 18)",
        ),
        (
            b'{"annotations": [-Infinity]}',
            "not valid JSON: Infinity is no JSON number (byte 18, line 1, column 19)",
        ),
        (
            b'{"annotations": ["\xe9t\xe9"]}',
            "byte 0xE9 is not UTF-8 (byte 18, line 1, column 19)",
        ),
        (
            b'{"annotations": ["ok \\\\ud800", "\\ud800"]}',
            "\\ud800 is half a character, the other half is missing (byte 32, line 1, column 33)",
        ),
        (
            b'["\\uDe00 \\ud83d\\ude00"]',
            "\\uDe00 is half a character, the other half is missing (byte 2, line 1, column 3)",
        ),
        (b"\xff\xfe[\x00]\x00", "the file is UTF-16, expected UTF-8"),
        (b"[" * 100_000 + b"]" * 100_000, "the JSON is nested too deeply"),
        (
            b'{"images": []}\n{"images": [NaN]}\n',
            "not valid JSON: NaN is no JSON number (byte 27, line 2, column 13)",
        ),
        (
            b'{"images": []}\n{"images": []',
            "not valid JSON: it ends too early (byte 28, line 2, column 14)",
        ),
        (
            b'{"images": [1 2], "x": "\\ud800"}',
            "not valid JSON: expected ',' or ']' (byte 14, line 1, column 15)",
        ),
        (b'{"a": 1} x', "not valid JSON: trailing characters (byte 9, line 1, column 10)"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(data: bytes, expected: str) -> None:
    assert message(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"17", "the file holds a number, expected a COCO document"),
        (b'"x"', "the file holds a string, expected a COCO document"),
        (b"null", "the file holds null, expected a COCO document"),
        (b"true", "the file holds true or false, expected a COCO document"),
        (b"[1]", "the file holds a list that starts with a number"),
        (b"[[1]]", "the file holds a list that starts with a list"),
        (b"{}", "the file holds an object with no keys; expected 'annotations', or a list of them"),
        (
            b'{"b": 1, "a": 2}',
            "the file holds an object with 'b', 'a'; expected 'annotations', or a list of them",
        ),
        (
            b'[{"id": 1}]',
            "the file holds a list of objects with 'id'; expected 'annotations', or a list of them",
        ),
        (
            b'{"images": []}\n\n{"images": 5}',
            "document 1 (line 3): 'images' is a number, expected a list",
        ),
        (
            b'[{"images": []},\n7]',
            "document 1 (line 2): expected a document, not a number",
        ),
        (
            b'[{"images": []}, {"imges": []}]',
            "document 1 (line 1): the file holds an object with 'imges'; expected 'annotations', "
            "or a list of them",
        ),
        (b'{"annotations": 5}', "'annotations' is a number, expected a list"),
        (
            b'{"annotations": {"1": 5}}',
            "'annotations' is an object, and what it has under \"1\" is no row with an id; "
            'expected a list of rows, [{"id": ...}, ...], or such rows by their ids',
        ),
        (
            b'{"annotations": [], "categories": {"1": "leaf", "2": "stem"}}',
            "'categories' is an object of names, expected a list of rows: "
            '[{"id": 1, "name": "leaf"}, ...]',
        ),
        (b'{"annotations": [], "images": 5}', "'images' is a number, expected a list"),
    ],
)
def test_what_is_no_coco_is_refused_by_name(data: bytes, expected: str) -> None:
    assert message(data) == expected


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(b"{")
    with pytest.raises(DocumentError, match=r"broken\.json: not valid JSON"):
        read_raw(path)
