"""What `info` counts and notes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import CocodecError, _core
from cocodec.inspection.info import describe
from reference.duplicates import repeated_keys


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
        ("loose rings", [[1, 2], [3, 4], [5, 9]]),
        ("loose rle", {"size": [2, 3], "counts": "Ng=="}),
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
    assert str(found).splitlines()[2] == "images            -"


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
    assert found.notes == ["annotations: 3 rows name no image that is listed: 3 (rows 4, 5 and 6)"]


def document(**changes: Any) -> dict[str, Any]:
    root: dict[str, Any] = {
        "images": [{"id": 1, "height": 2, "width": 3}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1}],
        "categories": [{"id": 1, "name": "a"}],
    }
    return root | changes


def notes(data: Any) -> list[str]:
    return describe(data if isinstance(data, bytes) else json.dumps(data).encode()).notes


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in members.items():
            file.writestr(f"{name}.json", data)
    return out.getvalue()


def test_nothing_odd_gives_no_notes(sample: Path) -> None:
    assert notes(document()) == []
    assert [note.split(":")[0] for note in describe(sample).notes] == [
        "47 masks lie far from bbox or area",
        "8 masks lie far from bbox or area",
    ]
    assert describe(sample).parts == []
    assert "notes" not in str(describe(json.dumps(document()).encode()))


def test_ids_that_come_twice_are_noted() -> None:
    rows = [{"id": i, "image_id": 1, "category_id": 1} for i in (1, "1", 2, 1, 1.0, 1, 2, None)]
    assert notes(document(annotations=rows)) == [
        "annotations: 2 ids come more than once: 1 (rows 0, 3, 4 and 1 more) and 2 (rows 2 and 6)"
    ]
    # Ids need only be different inside of a part.
    assert notes([document(), document()]) == []
    assert notes([document(), document(images=[{"id": "x"}, {"id": "x"}])])[0] == (
        "images: 1 id comes more than once: 'x' (document 1, rows 0 and 1)"
    )


def test_references_to_nothing_are_noted() -> None:
    rows = [{"id": i, "image_id": i, "category_id": 5} for i in (1, 2)]
    assert notes(document(annotations=rows)) == [
        "annotations: 1 row names no image that is listed: 2 (row 1)",
        "annotations: 2 rows name no category that is listed: 5 (rows 0 and 1)",
    ]
    assert notes([document(), document(annotations=rows), document(annotations=rows)])[1] == (
        "annotations: 4 rows name no category that is listed: 5 (document 1, rows 0 and 1, and 2 "
        "in other parts)"
    )
    assert notes({"annotations": rows}) == []  # no list, no promise


def test_keys_that_come_twice_are_noted_with_their_place() -> None:
    data = (
        b'{"info": {"a": 1, "a": 2}, "somethings": [],\n'
        b'"somethings": 1, "annotations": [{"id": 1}, {"id": 2, "\\u0069d": 3}], "images": []}'
    )
    assert notes(data) == [
        "3 keys come again in the same object: 'somethings' in the root (byte 45, line 2, "
        "column 1), 'a' in the root (byte 18, line 1, column 19) and 'id' in annotations, row 1 "
        "(byte 99, line 2, column 55)"
    ]
    lines = b'{"images": []}\n{"images": [{"id": 1, "id": 1, "id": 1, "id": 1, "id": 1}]}'
    (note,) = notes(lines)
    assert note.startswith(
        "4 keys come again in the same object: 'id' in document 1, images, row 0"
    )
    assert note.endswith("and 1 more")


def test_a_byte_order_mark_is_noted() -> None:
    assert notes(b"\xef\xbb\xbf" + json.dumps(document()).encode()) == [
        "starts with a byte order mark"
    ]


def test_a_zip_says_what_is_in_it() -> None:
    text = json.dumps(document()).encode()
    found = describe(
        zipped(train=b"\xef\xbb\xbf" + text, val=b"[" + text + b"," + text + b"]", other=b"{}")
    )
    assert (found.layout, found.root) == ("zip", "documents")
    assert (found.images, found.annotations, found.categories) == (3, 3, 3)
    assert [part.name for part in found.parts] == [
        "train.json",
        "val.json, document 0",
        "val.json, document 1",
    ]
    assert found.notes == [
        "train.json: starts with a byte order mark",
        "other.json was left alone: the file holds an object with no keys; expected 'annotations', "
        "or a list of them",
    ]
    lines = str(found).splitlines()
    assert lines[0].endswith(f"zip of 3 COCO files, {found.size:,} bytes")
    assert lines[-8:-6] == ["parts", "  train.json: 1 image, 1 annotation (1 missing)"]
    assert json.loads(json.dumps(found.as_dict()))["parts"][1] == {
        "name": "val.json, document 0",
        "root": "document",
        "images": 1,
        "categories": 1,
        "annotations": 1,
        "segmentations": {"missing": 1},
    }


def test_many_parts_are_cut_short_for_people_only() -> None:
    found = describe(b"\n".join([json.dumps(document()).encode()] * 30))
    assert (found.layout, found.root, len(found.parts)) == ("lines", "documents", 30)
    assert str(found).splitlines()[0].startswith("file")
    assert "list of COCO documents, one a line" in str(found)
    assert str(found).splitlines()[-1] == "  ... and 10 more"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('{"a": 1, "b": {"a": 1}}', 0),
        ('{"a": {"b": 1, "b": 2}, "a": [{"c": 1, "\\u0063": 2}]}', 3),
        ('[[{"": 0, "": 0}], "a", "a"]', 1),
        ('{"é": 1, "\\u00e9": 2}', 1),
        ("{" + ",".join(f'"{i % 90}": 0' for i in range(100)) + "}", 10),
    ],
)
def test_repeated_keys(text: str, count: int) -> None:
    assert compare(text) == count


def compare(text: str) -> int:
    """Compare with the reference; return how many there are."""
    expected = [
        (len(text[:begin].encode()), len(text[:end].encode())) for begin, end in repeated_keys(text)
    ]
    for limit in (0, 1, 1000):
        count, spans = _core.find_duplicate_keys(text.encode(), limit)
        assert count == len(expected)
        assert list(map(tuple, spans.tolist())) == expected[:limit]
    return len(expected)


class Pairs(list[Any]):
    """Members of an object, whose keys may come again."""


def printed(value: Any) -> str:
    if isinstance(value, Pairs):
        inner = ", ".join(f"{json.dumps(key)} :{printed(one)}" for key, one in value)
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{' ,'.join(map(printed, value))}]"
    return json.dumps(value, ensure_ascii=False)


keys = st.sampled_from(["a", "b", "é", '"', "\\", "a:", "{", ""])
values = st.recursive(
    keys | st.integers(-5, 5) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(st.tuples(keys, inner), max_size=5).map(Pairs)
        | st.lists(st.tuples(keys, st.just(0)), min_size=17, max_size=20).map(Pairs)
    ),
    max_leaves=12,
)


@given(values)
def test_repeated_keys_of_anything(value: Any) -> None:
    compare(printed(value))


@given(st.lists(st.sampled_from([b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"a", b"\xff"])))
def test_repeated_keys_of_soup(parts: list[bytes]) -> None:
    try:
        count, spans = _core.find_duplicate_keys(b"".join(parts), 5)
    except CocodecError:
        return
    assert len(spans) == min(count, 5)
