"""`subset`: which rows stay, and that they stay the bytes that they were."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import DocumentError, read
from cocodec.reshaping import sample, split, subset
from reference.reshaping import area, find, is_crowd, kept
from support.reshaping_documents import bytes_of, document_of, json_of, raw_rows, roots, styles

Root = dict[str, Any]
SIZES = {"small": (0, 1023.9), "medium": (1024, 9215.9), "large": (9216, 1e9)}


@given(roots(), styles, st.data())
def test_rows_that_stay_are_the_same_bytes(root: Root, style: Any, data: st.DataObject) -> None:
    document = document_of(root, style)
    text = bytes_of(document)
    names = [row["name"] for row in root["categories"]]
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    drops = data.draw(st.tuples(st.booleans(), st.booleans()))
    found = subset(
        document,
        categories=chosen if names else None,
        drop_empty_images=drops[0],
        drop_unused_categories=drops[1],
    )

    def of_categories(row: dict[str, Any]) -> bool:
        category = find(root["categories"], row["category_id"])
        return not names or (category is not None and category["name"] in chosen)

    expected = kept(root, None, of_categories, drops)
    assert json_of(found) == expected
    for table in ("images", "categories", "annotations"):
        before = dict(zip(map(id, root[table]), raw_rows(document, table), strict=True))
        assert raw_rows(found, table) == [before[id(row)] for row in expected[table]]
    assert bytes_of(document) == text  # what was given is as it was


@given(roots(), styles, st.data())
def test_images_areas_and_crowds(root: Root, style: Any, data: st.DataObject) -> None:
    images = data.draw(st.lists(st.sampled_from(root["images"])) if root["images"] else st.none())
    low, high = data.draw(st.tuples(st.none() | st.integers(0, 30), st.none() | st.integers(0, 60)))
    crowd = data.draw(st.none() | st.booleans())

    def image(row: dict[str, Any]) -> bool:
        return any(row is one for one in images)

    def annotation(row: dict[str, Any]) -> bool:
        size = area(root, row)
        outside = size is None or size < (low or 0) or size > (1e9 if high is None else high)
        if (low, high) != (None, None) and outside:
            return False
        return crowd is None or is_crowd(row) == crowd

    found = subset(
        document_of(root, style),
        images=None if images is None else [row["id"] for row in images],
        area=None if (low, high) == (None, None) else (low, high),
        crowd=crowd,
    )
    assert json_of(found) == kept(root, None if images is None else image, annotation)


@given(roots())
def test_nothing_asked_is_a_copy(root: Root) -> None:
    document = document_of(root)
    assert bytes_of(subset(document)) == bytes_of(document)


def simple(count: int = 4) -> Root:
    return {
        "info": {"a": 1.50},
        "images": [
            {"id": i, "file_name": f"dir/{i}.jpg", "width": 9, "height": 9} for i in range(count)
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 7, "name": "7"}],
        "annotations": [
            {"id": i, "image_id": i // 2, "category_id": 1 + i % 2, "area": 10.0**i}
            for i in range(2 * count)
        ],
    }


def test_sizes() -> None:
    root = simple()
    for name, (low, high) in SIZES.items():
        expected = [r["id"] for r in root["annotations"] if low <= r["area"] <= high]
        found = subset(document_of(root), sizes=[name])
        assert found.annotations.column("id").tolist() == expected
    with pytest.raises(ValueError, match="size is 'tiny', expected one of small, medium, large"):
        subset(document_of(root), sizes=["tiny"])


def test_areas_that_the_file_does_not_tell() -> None:
    root = {
        "images": [{"id": 1, "width": 9, "height": 9}],
        "annotations": [
            {"id": 1, "image_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4, 0, 4]]},
            {"id": 2, "image_id": 1, "bbox": [0, 0, 3, 3.5]},
            {"id": 3, "image_id": 1, "bbox": [0, 0, 3]},
            {"id": 4, "image_id": 1, "area": None, "segmentation": [], "bbox": [0, 0, 5, 5]},
        ],
    }
    found = subset(document_of(root), area=(10.5, 16))
    assert found.annotations.column("id").tolist() == [1, 2][:2]
    assert len(subset(document_of(root), area=(None, None)).annotations) == 3


def test_images_by_name() -> None:
    document = document_of(simple())
    for wanted in ("dir/2.jpg", "2.jpg", "2", 2):
        assert subset(document, images=[wanted]).images.column("id").tolist() == [2]
    document = document_of({**simple(), "images": [{"id": "3", "file_name": "a"}, {"id": 3}]})
    assert subset(document, images=["3"]).images[:] == [{"id": "3", "file_name": "a"}]
    assert subset(document, images=[3]).images[:] == [{"id": 3}]


def test_digits_name_categories_first() -> None:
    document = document_of(simple())
    assert len(subset(document, categories=["1"], digits=True).annotations) == 4
    assert len(subset(document, categories=["7"], digits=True).annotations) == 0
    with pytest.raises(DocumentError, match="'1' is no category"):
        subset(document, categories=["1"])


def test_names_that_are_not_there() -> None:
    document = document_of(simple())
    with pytest.raises(DocumentError, match="'cta' is no category of the document; did you mean"):
        subset(document, categories=["cta"])
    with pytest.raises(DocumentError, match=r"'a', 'b', 'c', 'd', 'e' and 1 more are no image"):
        subset(document, images="abcdef")


def test_expressions() -> None:
    document = document_of(simple())
    found = subset(document, where='category.name == "cat" and image.width < 10 and area > 50')
    assert found.annotations.column("id").tolist() == [2, 4, 6]
    found = subset(document, where_image='endswith(file_name, "1.jpg")')
    assert found.annotations.column("id").tolist() == [2, 3]
    with pytest.raises(DocumentError, match="annotations, row 0: the expression is a string"):
        subset(document, where="category.name")


def test_zips_and_lists_of_documents() -> None:
    root = simple()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("images/0.jpg", b"pixels")
        file.writestr("annotations/instances_a.json", json.dumps(root))
        file.writestr("annotations/instances_b.json", json.dumps(root))
    for data in (stream.getvalue(), json.dumps([root, root]).encode()):
        found = subset(data, categories=["dog"], images=[0])
        assert [len(part.rows("annotations")) for part in found.parts] == [1, 1]
        out = io.BytesIO()
        found.write(out)
        again = read(out.getvalue())
        assert again.annotations[:] == 2 * [root["annotations"][1]]
    with zipfile.ZipFile(io.BytesIO(stream.getvalue())) as file:
        assert file.read("images/0.jpg") == b"pixels"


PLACES = {
    "cvat": ("annotations/instances_a.json", "annotations/instances_b.json", "images/{}/"),
    "roboflow": ("a/_annotations.coco.json", "b/_annotations.coco.json", "{}/"),
    "below": ("top/annotations/instances_a.json", "top/annotations/instances_b.json", "top/{}/"),
}


@pytest.mark.parametrize("layout", PLACES)
@pytest.mark.parametrize("named", ["{}.jpg", "./{}.jpg", "folder/{}.jpg"])
def test_pictures_of_images_that_go_leave_the_zip(layout: str, named: str) -> None:
    one, two, folder = PLACES[layout]
    roots = []
    for first in (0, 2):  # image 2 is in both
        images = [{"id": i, "file_name": named.format(i)} for i in range(first, first + 3)]
        rows = [{"id": i, "image_id": i, "category_id": 1} for i in range(first, first + 3)]
        roots.append({"images": images, "annotations": rows, "categories": []})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        inner = "folder/" if named.startswith("folder") else ""
        file.writestr("read.me", b"words")
        for name, root, subset_name in zip((one, two), roots, "ab", strict=True):
            file.writestr(name, json.dumps(root))
            for row in root["images"]:
                path = folder.format(subset_name) + f"{inner}{row['id']}.jpg"
                file.writestr(path, f"{subset_name} {row['id']}".encode() * 9)
    data = stream.getvalue()

    def pictures(document: Any) -> set[str]:
        out = io.BytesIO()
        document.write(out)
        if not document.is_edited():
            assert out.getvalue() == data
        with zipfile.ZipFile(out) as file:
            assert file.testzip() is None
            found = {name: file.read(name) for name in file.namelist()}
        assert found.pop("read.me") == b"words"
        assert {one, two} <= set(found)
        return {
            text[: len(text) // 9].decode() for name, text in found.items() if name[-3:] == "jpg"
        }

    everything = {"a 0", "a 1", "a 2", "b 2", "b 3", "b 4"}
    document = read(data)
    assert pictures(subset(document, where="id != 2")) == everything
    assert pictures(subset(document, where="id != 2", drop_empty_images=True)) == everything - {
        "a 2",
        "b 2",
    }
    assert pictures(subset(document, where_image="id < 2")) == {"a 0", "a 1"}
    assert pictures(subset(subset(document, where_image="id > 0"), where_image="id < 4")) == (
        everything - {"a 0", "b 4"}
    )
    parts = split(document, counts=[2, 4], shuffle=False)
    assert [pictures(part) for part in parts] == [{"a 0", "a 1"}, everything - {"a 0", "a 1"}]
    assert len(pictures(sample(document, count=3))) == 3
    assert pictures(document) == everything


def test_pictures_that_two_documents_may_mean_stay() -> None:
    roots = [
        {
            "images": [{"id": i, "file_name": name} for i, name in enumerate(names)],
            "annotations": [],
        }
        for names in (["x.jpg", "y.jpg"], ["x.jpg"])
    ]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for number, root in enumerate(roots):
            file.writestr(f"annotations/instances_{number}.json", json.dumps(root))
        for name in ("images/x.jpg", "images/y.jpg"):
            file.writestr(name, b"pixels")
    parts = split(stream.getvalue(), counts=[1, 2], shuffle=False)
    out = io.BytesIO()
    subset(stream.getvalue(), where_image="id < 0").write(out)
    assert not [name for name in zipfile.ZipFile(out).namelist() if name.endswith("jpg")]
    for part, expected in zip(parts, ({"x.jpg"}, {"x.jpg", "y.jpg"}), strict=True):
        out = io.BytesIO()
        part.write(out)
        names = zipfile.ZipFile(out).namelist()
        assert {name[7:] for name in names if name.endswith("jpg")} == expected


def test_results_have_no_images() -> None:
    rows = [{"image_id": i, "category_id": i % 2, "score": i / 4, "bbox": []} for i in range(4)]
    document = document_of(rows)
    assert json_of(subset(document, where="score >= 0.5")) == rows[2:]
    assert json_of(subset(document, categories=[1])) == rows[1::2]
    assert json_of(subset(document, where="image_id in [0, 3]")) == [rows[0], rows[3]]
    with pytest.raises(DocumentError, match="the file has no images"):
        subset(document, images=[1])
    with pytest.raises(DocumentError, match="'cat' is no category: the file lists none"):
        subset(document, categories=["cat"])


def test_edits_are_kept() -> None:
    document = document_of(simple())
    document.set_column("score", [0.5] * 8)
    document.set_field("info", {"b": 2})
    found = subset(document, images=[1])
    document.set_column("score", [0.25] * 8)
    assert found.annotations.column("score").tolist() == [0.5, 0.5]
    assert found.info == {"b": 2}
    found.set_column("score", [1.0, 1.0])
    assert document.annotations.column("score").tolist() == [0.25] * 8


def test_real_files(dialects: Path) -> None:
    for path in sorted(dialects.rglob("*.json")):
        try:
            document = read(path)
        except DocumentError:
            continue
        if document.root == "annotation":
            continue
        before = raw_rows(document, "annotations")
        half = subset(document, where="has(id) or not has(id)")
        assert bytes_of(half) == bytes_of(document)
        some = subset(document, crowd=True)
        assert set(raw_rows(some, "annotations")) <= set(before)


@pytest.mark.parametrize("name", ["\u00b2", "--5", "\u0663", "1" * 5000, "-"])
def test_what_is_no_id_is_no_name_either(name: str) -> None:
    """Characters that are digits to Python's str, and to nobody else."""
    root = {"images": [{"id": 3, "file_name": "a.jpg"}], "categories": [{"id": 3, "name": "cat"}]}
    rows = [{"id": 1, "image_id": 3, "category_id": 3}]
    document = document_of({**root, "annotations": rows})
    for options in ({"images": [name]}, {"categories": [name]}):
        with pytest.raises(DocumentError, match=r"is no (image|category) of the document"):
            subset(document, **options, digits=True)
    with pytest.raises(DocumentError, match="is no category"):
        subset(document_of({"images": [], "annotations": rows}), categories=[name], digits=True)
    assert len(subset(document, images=["3"], categories=["3"], digits=True).annotations) == 1
