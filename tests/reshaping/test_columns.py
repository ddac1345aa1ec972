"""`remap`, `strip` and `set_columns`: the values that change, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import DocumentError
from cocodec.reshaping import names_to_ids, remap, set_columns, strip
from reference.reshaping import find
from support.reshaping_documents import (
    NAMES,
    bytes_of,
    document_of,
    json_of,
    raw_rows,
    roots,
    styles,
)

Root = dict[str, Any]
goals = st.none() | st.sampled_from([*NAMES, "new"]) | st.integers(10, 14)


def remapped(root: Root, mapping: dict[str, Any]) -> Root | None:
    """What becomes of a document; None if two categories would have one id."""
    ends: list[dict[str, Any]] = []
    moved: list[tuple[dict[str, Any], Any]] = []
    for row in root["categories"]:
        goal = mapping.get(row["name"], row["name"])
        if goal is None:
            moved.append((row, None))
            continue
        end = {**row, "name": goal} if isinstance(goal, str) else {**row, "id": goal}
        same = [one for one in ends if one["name"] == end["name"]]
        if not same and any(one["id"] == end["id"] for one in ends):
            return None
        if not same:
            ends.append(end)
        moved.append((row, same[0] if same else end))
    annotations = []
    for row in root["annotations"]:
        category = find(root["categories"], row["category_id"])
        end = next((end for one, end in moved if one is category), {"id": row["category_id"]})
        if end is not None:
            annotations.append({**row, "category_id": end["id"]})
    return {**root, "categories": ends, "annotations": annotations}


@given(roots(), styles, st.data())
def test_categories_and_their_annotations(root: Root, style: Any, data: st.DataObject) -> None:
    names = [row["name"] for row in root["categories"]]
    mapping = data.draw(st.dictionaries(st.sampled_from(names), goals)) if names else {}
    document = document_of(root, style)
    expected = remapped(root, mapping)
    if expected is None:
        with pytest.raises(DocumentError, match="would both have the id"):
            remap(document, mapping)
        return
    found = remap(document, mapping)
    assert json_of(found) == expected
    before = set(raw_rows(document, "annotations"))
    rows = [json.dumps(row) for row in root["annotations"]]
    for raw in raw_rows(found, "annotations"):
        assert raw in before or json.dumps(json.loads(raw)) not in rows


def test_nothing_mapped_is_a_copy(sample: Any) -> None:
    assert bytes_of(remap(sample, {})) == sample.read_bytes()


def test_mappings() -> None:
    root: Root = {
        "images": [],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [{"id": 1, "category_id": 1}, {"id": 2, "category_id": 2}],
    }
    document = document_of(root)
    found = remap(document, {"2": {"id": 5, "supercategory": "animal"}}, digits=True)
    assert found.categories[1] == {"id": 5, "name": "dog", "supercategory": "animal"}
    assert found.annotations.column("category_id").tolist() == [1, 5]
    assert json_of(remap(document, {1: "kitten"}, only_mapped=True)) == {
        **root,
        "categories": [{"id": 1, "name": "kitten"}],
        "annotations": root["annotations"][:1],
    }
    for mapping, message in (
        ({"cow": "x"}, "'cow' is no category"),
        ({"cat": 2}, "categories 'cat' and 'dog' would both have the id 2"),
        ({"cat": [1]}, r"the mapping of 'cat' is \[1\], expected a name"),
        ({"cat": True}, "which is neither name nor id"),
    ):
        with pytest.raises(DocumentError, match=message):
            remap(document, mapping)


def test_names_in_the_place_of_ids() -> None:
    root = {
        "images": [],
        "categories": [{"id": "c", "name": "cat"}, {"id": 7, "name": "dog"}, {"name": "cow"}],
        "annotations": [{"category_id": v} for v in ("cat", "dog", "cow", "new", 7, "c", "new")],
    }
    found = json_of(names_to_ids(document_of(root)))
    assert found["categories"] == [
        {"id": 8, "name": "cat"},
        {"id": 7, "name": "dog"},
        {"name": "cow", "id": 9},
        {"id": 10, "name": "new"},
    ]
    assert [row["category_id"] for row in found["annotations"]] == [8, 7, 9, 10, 7, 8, 10]
    again = names_to_ids(document_of(found))
    assert json_of(again) == found


def test_real_names(dialects: Any) -> None:
    for path in sorted((dialects / "trainingdata-io").glob("*.json")):
        found = names_to_ids(path)
        values = found.annotations.column("category_id", missing=0).tolist()
        assert not [value for value in values if isinstance(value, str)]


@given(roots(), styles, st.lists(st.sampled_from(["score", "iscrowd", "attributes.x"]), max_size=2))
def test_keys_are_taken_out(root: Root, style: Any, keys: list[str]) -> None:
    document = document_of(root, style)
    expected = json.loads(json.dumps(root))
    here = [False] * len(keys)
    for row in expected["annotations"]:
        for i, key in enumerate(dict.fromkeys(keys)):
            holder = row if "." not in key else row.get("attributes", {})
            here[i] = holder.pop(key.rpartition(".")[2], None) is not None or here[i]
    try:
        found = strip(document, dict.fromkeys(keys))
    except DocumentError as error:
        assert "has the key" in str(error)  # noqa: PT017 - one of two good ends
        return
    assert json_of(found) == expected


def test_strip_some() -> None:
    root = {"images": [{"id": 1, "a": 1}, {"id": 2, "a": 1}], "annotations": []}
    found = strip(document_of(root), ["a"], table="images", where="id == 2")
    assert (
        bytes_of(found) == json.dumps({**root, "images": [{"id": 1, "a": 1}, {"id": 2}]}).encode()
    )
    with pytest.raises(DocumentError, match="no row of images has the key 'b'; there are: id, a"):
        strip(document_of(root), ["b"], table="images")
    with pytest.raises(ValueError, match="table is 'videos', expected one of images, annotations"):
        strip(document_of(root), ["b"], table="videos")


@given(roots(), styles)
def test_values_are_written(root: Root, style: Any) -> None:
    found = set_columns(
        document_of(root, style),
        {"iscrowd": "0", "note": "image.file_name", "attributes.x": "id"},
        where="iscrowd",
    )
    expected = json.loads(json.dumps(root))
    for row in expected["annotations"]:
        if row["iscrowd"]:
            image = find(root["images"], row["image_id"]) or {}
            row["iscrowd"], row["note"] = 0, image.get("file_name")
            row["attributes"] = {**row.get("attributes", {}), "x": row["id"]}
    assert json_of(found) == expected


def test_what_is_there_stays_as_it_is_spelled() -> None:
    text = b'{"annotations": [{"area": 1.50e0, "a": 1}, {"area": 2.0, "a":  2}]}'
    assert bytes_of(set_columns(document_of(json.loads(text)), {"a": "a"}))
    from cocodec import read

    found = set_columns(read(text), {"area": "1.5", "a": "a"})
    assert bytes_of(found) == text.replace(b"2.0", b"1.5")
    with pytest.raises(DocumentError, match="annotations, row 0, key 'a': is no object"):
        set_columns(read(text), {"a.b": "1"})
