"""`merge`: all rows in one document, ids kept where they can be, and the way back from `split`."""

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
from cocodec.reshaping import merge, split
from reference.reshaping import Conflict, merged
from support.reshaping_documents import bytes_of, document_of, json_of, raw_rows, roots, styles

Root = dict[str, Any]


@given(st.lists(roots(), min_size=1, max_size=3), styles, st.booleans())
def test_rows_are_those_of_the_reference(some: list[Root], style: Any, reindex: bool) -> None:
    documents = [document_of(root, style) for root in some]
    before = [bytes_of(document) for document in documents]
    try:
        expected = merged(some, reindex)
    except Conflict as conflict:
        with pytest.raises(DocumentError, match=f"{conflict}: id .* is in .* and, of another one"):
            merge(documents)
        return
    found = merge(documents, on_conflict="reindex" if reindex else "error")
    assert json_of(found.document) == expected
    assert [bytes_of(document) for document in documents] == before
    # Rows in which nothing changed are the bytes of some document.
    spelled = {row for document in documents for row in raw_rows(document, "annotations")}
    rows = {json.dumps(row) for root in some for row in root["annotations"]}
    for raw in raw_rows(found.document, "annotations"):
        if json.dumps(json.loads(raw)) in rows:
            assert raw in spelled


@given(st.lists(roots(), min_size=2, max_size=3))
def test_the_map_tells_every_new_id(some: list[Root]) -> None:
    found = merge([document_of(root) for root in some], on_conflict="reindex")
    for table in ("images", "annotations"):
        given_ids = [repr(row["id"]) for root in some for row in root[table]]
        told = [repr(item["new"]) for item in found.id_map.get(table, [])]
        for row in json_of(found.document)[table]:
            assert repr(row["id"]) in given_ids + told
        assert not set(told) & set(given_ids)


@given(roots(), styles, st.integers(0, 9))
def test_what_was_split_in_order_comes_back(root: Root, style: Any, seed: int) -> None:
    ids = [row["id"] for row in root["images"]]
    rows = [row for row in root["annotations"] if row["image_id"] in ids]
    rows.sort(key=lambda row: ids.index(row["image_id"]))
    root = {**root, "annotations": rows}
    document = document_of(root, style)
    count = len(ids) // 2
    parts = split(document, counts=[len(ids) - count, count], shuffle=False)
    again = merge([read(bytes_of(part)) for part in parts])
    assert json_of(again.document) == root
    assert (again.id_map, again.notes) == ({}, [])
    if min(len(parts[0].images), len(parts[0].annotations)) > 1:  # these show what stands between
        assert bytes_of(again.document) == bytes_of(document)


def test_what_was_split_by_chance_comes_back_in_the_order_of_ids(maker: Any) -> None:
    root = maker.make_document(30, 4, 3)
    numbers = {row["id"]: number for number, row in enumerate(root["images"])}
    for row in root["images"]:
        row["id"] = numbers[row["id"]]
    for number, row in enumerate(root["annotations"]):
        row |= {"id": number, "image_id": numbers.get(row["image_id"], -1)}
    for style in ({}, {"separators": (",", ":")}, {"indent": 1}):
        document = document_of(root, style)
        parts = split(document, fractions=[0.5, 0.3, 0.2], seed=4)
        again = merge([read(bytes_of(part)) for part in parts], order="id")
        assert bytes_of(again.document) == bytes_of(document)
        assert bytes_of(merge(parts).document) != bytes_of(document)


def test_rows_that_cannot_be_sorted_by_id_are_told() -> None:
    parts = [
        {"images": [{"id": 2}], "annotations": [{"id": "b", "image_id": 2}]},
        {"images": [{"id": 1}], "annotations": [{"id": "a", "image_id": 1}]},
    ]
    found = merge([document_of(part) for part in parts], order="id")
    assert found.document.images.column("id").tolist() == [1, 2]
    assert found.document.annotations.column("id").tolist() == ["b", "a"]
    assert found.notes == [
        "annotations: not all ids are whole numbers, so the rows are in the order of the files"
    ]
    assert merge([document_of({"images": [], "annotations": []})], order="id").notes == []


def root_of(number: int, name: str = "cat", **more: Any) -> Root:
    return {
        "info": {"year": 2020},
        "images": [{"id": number, "file_name": f"{number}.jpg"}],
        "categories": [{"id": 1, "name": name}],
        "annotations": [{"id": number, "image_id": number, "category_id": 1, "x": 1.50}],
        **more,
    }


def test_parts_of_lists_and_zips_become_one() -> None:
    several = json.dumps([root_of(1), root_of(2)]).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("annotations/instances_a.json", json.dumps(root_of(3)))
        file.writestr("annotations/instances_b.json", json.dumps(root_of(4)))
    found = merge([several, stream.getvalue()])
    expected = merged([root_of(n) for n in (1, 2, 3, 4)], False)
    assert json_of(found.document) == expected
    assert len(found.document.parts) == 1


def test_categories() -> None:
    a = root_of(1, categories=[{"id": 1, "name": "cat"}, {"id": 5, "name": "dog"}])
    b = root_of(2, categories=[{"id": 1, "name": "dog", "supercategory": "animal"}])
    found = merge([document_of(a), document_of(b)])
    assert found.document.categories[:] == a["categories"]
    assert found.document.annotations.column("category_id").tolist() == [1, 5]
    assert found.id_map == {"categories": [{"source": "document 1", "old": 1, "new": 5}]}
    assert found.notes == [
        "document 1: category 'dog' is not told as in the first document that has it, which counts"
    ]
    c = root_of(3, name="ship")
    with pytest.raises(DocumentError) as caught:
        merge([document_of(a), document_of(c)])
    assert str(caught.value) == (
        "categories: id 1 is in document 0 (row 0, 'cat') and, of another one, in document 1 (row "
        "0, 'ship'); nothing was made (on_conflict 'reindex' gives the later ones new ids)"
    )
    found = merge([document_of(a), document_of(c)], on_conflict="reindex")
    assert found.document.categories.column("id").tolist() == [1, 5, 6]
    assert found.document.annotations.column("category_id").tolist() == [1, 6]


def test_root_keys() -> None:
    a = root_of(1, videos=[{"id": 1, "name": "v"}], type="instances")
    b = root_of(2, videos=[{"id": 1, "name": "v"}, {"id": 2}], info={"year": 2021}, more=[1.50])
    found = merge([document_of(a), document_of(b)])
    assert found.document.fields() == {
        "info": {"year": 2020},
        "videos": [{"id": 1, "name": "v"}, {"id": 2}],
        "type": "instances",
        "more": [1.5],
    }
    assert found.notes == ["document 1: 'info' is another than the first document's, which counts"]
    c = root_of(3, videos=[{"id": 1, "name": "w"}])
    with pytest.raises(DocumentError, match="'videos' has another item with id 1"):
        merge([document_of(a), document_of(c)])
    a, c = root_of(1, what=[{"id": 1}]), root_of(1, what=[{"id": 1, "name": "w"}])
    with pytest.raises(DocumentError, match="'what' has another item with id 1"):
        merge([document_of(a), document_of(c)], on_conflict="reindex")


def test_videos_and_tracks_are_followed() -> None:
    def of(name: str, category: str) -> Any:
        return {
            "videos": [{"id": 1, "name": name}, {"id": 2, "name": "both"}],
            "tracks": [{"id": 1, "video_id": 1, "category_id": 1}, {"id": 2, "video_id": 2}],
            "categories": [{"id": 1, "name": category}],
            "images": [{"id": 1, "video_id": 1}, {"id": 2, "video_id": 2}, {"id": 3}],
            "annotations": [
                {"id": 1, "image_id": 1, "category_id": 1, "track_id": 1},
                {"id": 2, "image_id": 2, "track_id": 2},
            ],
        }

    a, b = of("v", "cat"), of("w", "dog")
    found = merge([document_of(one) for one in (a, b, b)], on_conflict="reindex")
    assert json_of(found.document) == {
        "videos": [*a["videos"], {"id": 3, "name": "w"}],
        "tracks": [*a["tracks"], {"id": 3, "video_id": 3, "category_id": 2}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "images": [*a["images"], {"id": 4, "video_id": 3}],
        "annotations": [
            *a["annotations"],
            {"id": 3, "image_id": 4, "category_id": 2, "track_id": 3},
            {"id": 4, "image_id": 4, "category_id": 2, "track_id": 3},
        ],
    }
    assert found.id_map["videos"] == [
        {"source": "document 1", "old": 1, "new": 3},
        {"source": "document 2", "old": 1, "new": 3},
    ]
    assert found.notes == []


def test_licences_are_followed() -> None:
    a = root_of(1, licenses=[{"id": 1, "name": "CC"}])
    b = root_of(2, licenses=[{"id": 1, "name": "MIT"}], images=[{"id": 2, "license": 1}])
    with pytest.raises(DocumentError, match="licenses: id 1 is in"):
        merge([document_of(a), document_of(b)])
    found = merge([document_of(a), document_of(b)], on_conflict="reindex").document
    assert found.licenses[:] == [{"id": 1, "name": "CC"}, {"id": 2, "name": "MIT"}]
    assert found.images[1] == {"id": 2, "license": 2}


def test_lists_that_the_first_document_does_not_have() -> None:
    found = merge([b'{"images": []}', json.dumps(root_of(1)).encode()]).document
    assert json_of(found) == root_of(1)
    assert list(json_of(found)) == ["images", "annotations", "categories", "info"]


def test_results() -> None:
    rows = [{"image_id": 1, "category_id": 1, "score": 0.50, "bbox": [0, 0, 1, 1]}]
    text = json.dumps(rows).encode()
    found = merge([text, text]).document
    assert bytes_of(found) == json.dumps(rows * 2).encode()
    lines = b'{"image_id": 1, "bbox": []}\n{"image_id": 2, "bbox": []}\n'
    assert bytes_of(merge([lines, lines]).document).splitlines() == 2 * lines.splitlines()
    with pytest.raises(DocumentError, match="document 1 is a document, document 0 is a list of"):
        merge([text, json.dumps(root_of(1)).encode()])


def test_what_cannot_be_merged() -> None:
    with pytest.raises(DocumentError, match="there is nothing to merge"):
        merge([])
    with pytest.raises(ValueError, match="on_conflict is 'skip'"):
        merge([], on_conflict="skip")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="order is 'name'"):
        merge([], order="name")  # type: ignore[arg-type]
    with pytest.raises(DocumentError, match="has one image and no list"):
        merge([b'{"image": {"id": 1}, "annotations": []}'])


def test_the_file_is_named(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text(json.dumps(root_of(1, images=[{"id": 1, "file_name": name}])))
    with pytest.raises(DocumentError, match=r"/a \(row 0, 'a'\).*/b \(row 0, 'b'\)"):
        merge([tmp_path / "a", tmp_path / "b"])


def test_ids_that_come_twice_in_one_file() -> None:
    root = root_of(1)
    root["annotations"] = [{"id": 1, "image_id": 1, "x": x} for x in (1, 2, 3)]
    document = document_of(root)
    assert bytes_of(merge([document, document]).document) == bytes_of(document)
    with pytest.raises(DocumentError, match="is a single annotation"):
        merge([b'{"id": 1, "segmentation": []}'])


def test_rows_that_share_an_id_find_their_twin_in_the_first_file() -> None:
    first, second, third = (
        document_of({**root_of(1), "annotations": [{"id": 1, "image_id": 1, "x": x} for x in xs]})
        for xs in ((1, 2, 3, 2), (3, 2, 9, 1), (9, 2))
    )
    merged = merge([first, second, third], on_conflict="reindex").document
    assert [(row["id"], row["x"]) for row in merged.annotations[:]] == [
        *[(1, 1), (1, 2), (1, 3), (1, 2)],
        *[(2, 9), (3, 9)],
    ]
