"""Reading: roots that are understood, bytes that are kept, and the words for what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from cocodec import DocumentError
from cocodec.document import RawDocument, read_document
from cocodec.info import describe


def spans_text(document: RawDocument, spans: np.ndarray) -> list[str]:
    return [document.source[begin:end].decode() for begin, end in spans]


def message(data: bytes) -> str:
    with pytest.raises(DocumentError) as error:
        read_document(data)
    return str(error.value)


def test_a_document_is_its_bytes_and_spans() -> None:
    data = (
        b' {"x": 1, "annotations": [ {"id":1} ,\n{"id": 2, "a": "}]"}, 7], "images": [{"id": 3}]}\n'
    )
    document = read_document(data)
    assert document.source is data
    assert document.root == "document"
    assert spans_text(document, document.annotations) == [
        '{"id":1}',
        '{"id": 2, "a": "}]"}',
        "7",
    ]
    assert spans_text(document, document.images) == ['{"id": 3}']
    assert document.has_images
    assert document.categories is None


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
        document = read_document(bom + text.encode())
        assert document.root == root
        assert len(document.annotations) == rows
        for row in spans_text(document, document.annotations):
            assert row == row.strip()
            assert json.loads(row) is not None


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    document = read_document(b'{"annotations": [{"a": 1}], "annotations": [{"b": 2}, {"c": 3}]}')
    assert spans_text(document, document.annotations) == ['{"b": 2}', '{"c": 3}']


def test_sources(tmp_path: Path) -> None:
    data = b'{"annotations": [{"id": 1}]}'
    path = tmp_path / "a.json"
    path.write_bytes(data)
    sources = [data, bytearray(data), memoryview(data), io.BytesIO(data), path, str(path)]
    for source in sources:
        assert read_document(source).source == data  # type: ignore[arg-type]
    with path.open("rb") as stream:
        assert read_document(stream).source == data
    with pytest.raises(FileNotFoundError):
        read_document(tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "not valid JSON: it ends too early (byte 0, line 1, column 1)"),
        (b" \n ", "not valid JSON: it ends too early (byte 3, line 2, column 2)"),
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
        (b'{"annotations": {}}', "'annotations' is an object, expected a list"),
        (b'{"annotations": [], "images": 5}', "'images' is a number, expected a list"),
    ],
)
def test_what_is_no_coco_is_refused_by_name(data: bytes, expected: str) -> None:
    assert message(data) == expected


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(b"{")
    with pytest.raises(DocumentError, match=r"broken\.json: not valid JSON"):
        read_document(path)


def test_describe_counts_what_is_there(sample: Path) -> None:
    root = json.loads(sample.read_bytes())
    found = describe(sample)
    assert found.root == "document"
    assert found.size == sample.stat().st_size
    assert found.images == len(root["images"])
    assert found.categories == len(root["categories"])
    assert found.annotations == len(root["annotations"]) == sum(found.segmentations.values())
    assert found.crowds == sum(row["iscrowd"] for row in root["annotations"])
    assert found.without_image == 0
    sizes = {(image["height"], image["width"]) for image in root["images"]}
    assert found.image_sizes is not None
    assert found.image_sizes["distinct"] == len(sizes)
    assert found.image_sizes["largest"] == [612, 612]
    assert found.segmentations["rle list"] == sum(
        isinstance(row.get("segmentation"), dict)
        and isinstance(row["segmentation"]["counts"], list)
        for row in root["annotations"]
    )


def test_describe_names_every_kind() -> None:
    values = [
        ("null", None),
        ("empty", []),
        ("empty rings", [[]]),
        ("points", [[1, 2]]),
        ("polygons", [[1, 2, 3, 4, 5, 6]]),
        ("flat ring", [1, 2, 3, 4, 5, 6]),
        ("box", [1, 2, 3, 4]),
        ("rle string", {"size": [2, 3], "counts": "6"}),
        ("rle list", {"size": [2, 3], "counts": [6]}),
        ("bad", "x"),
        ("bad", {"size": [2, 3], "counts": [7]}),
    ]
    rows = [{"segmentation": value} for _, value in values]
    found = describe(json.dumps({"annotations": [{}, *rows]}).encode())
    expected = {kind: 1 for kind, _ in values}
    assert found.segmentations == {"missing": 1, **expected, "bad": 2}
    assert found.images is None
    assert found.without_image is None
    assert found.image_sizes is None
    assert str(found).splitlines()[1] == "images            -"


def test_describe_finds_rows_without_an_image() -> None:
    images = [
        {"id": 1, "height": 2, "width": 3},
        {"id": "1"},
        {"id": 2, "height": None, "width": 1},
    ]
    rows = [{"image_id": i} for i in (1, 1.0, "1", 2, 3, None, "2")] + [{}]
    found = describe(json.dumps({"images": images, "annotations": rows}).encode())
    assert found.without_image == 4
    assert found.image_sizes == {"distinct": 1, "smallest": [2, 3], "largest": [2, 3]}
