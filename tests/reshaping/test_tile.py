"""`tile` and `untile`: what lies on each tile, and that everything comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import DocumentError
from cocodec.reshaping import crop, moving, tile, tiling, untile
from reference.reshaping import find, spelled
from support.reshaping_documents import bytes_of, document_of, json_of, raw_rows, roots, styles

Root = dict[str, Any]
sizes = st.tuples(st.integers(1, 6), st.integers(1, 6))


@st.composite
def sound(draw: st.DrawFn) -> Root:
    """A document whose shapes all show something, on images that are listed."""
    root = draw(roots())
    rows = []
    for row in root["annotations"]:
        shape = row.get("segmentation")
        empty = isinstance(shape, dict) and row["area"] == 0
        if find(root["images"], row["image_id"]) is not None and not empty:
            rows.append(row)
    return {**root, "annotations": rows}


@given(sound(), styles, sizes, st.data())
def test_tiles_show_what_a_crop_shows(
    root: Root, style: Any, size: tuple[int, int], data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, min(size) - 1))
    document = document_of(root, style)
    tiles = tile(document, size, overlap=overlap)
    covered = {
        repr(row["id"]): np.zeros((row["height"], row["width"]), int) for row in root["images"]
    }
    for row in tiles.images:
        origin = row.get("tile", {**row, "x": 0, "y": 0})
        x, y, w, h = origin["x"], origin["y"], row["width"], row["height"]
        assert (w, h) == (min(size[0], origin["width"]), min(size[1], origin["height"]))
        covered[repr(origin["id"])][y : y + h, x : x + w] += 1
        here = [one for one in tiles.annotations if repr(one["image_id"]) == repr(row["id"])]
        whole = {**root, "images": [find(root["images"], origin["id"])]}
        cut = crop(document_of(whole, style), [x, y, w, h])
        rows = find_all(cut, origin["id"])
        assert len(rows) == len(here)
        for mine, theirs in zip(here, rows, strict=True):
            for key in theirs:
                if key not in ("id", "image_id"):
                    assert mine[key] == theirs[key]
    assert all((count > 0).all() for count in covered.values())
    ids = [repr(row["id"]) for table in (tiles.images, tiles.annotations) for row in table]
    assert len(ids[: len(tiles.images)]) == len(set(ids[: len(tiles.images)]))
    assert len(ids[len(tiles.images) :]) == len(set(ids[len(tiles.images) :]))


def find_all(document: Any, id_: Any) -> list[Any]:
    return [row for row in document.annotations if repr(row["image_id"]) == repr(id_)]


@given(sound(), styles, sizes, st.data())
def test_everything_comes_back(
    root: Root, style: Any, size: tuple[int, int], data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, min(size) - 1))
    document = document_of(root, style)
    before = document.masks()
    back = untile(tile(document, size, overlap=overlap))
    assert raw_rows(back, "images") == raw_rows(document, "images")
    after = back.masks()
    old = {repr(row["id"]): (i, row) for i, row in enumerate(root["annotations"])}
    shown = [key for key, (i, row) in old.items() if shows(before, i, row)]
    assert [repr(row["id"]) for row in back.annotations] == shown
    for j, row in enumerate(back.annotations):
        i, was = old[repr(row["id"])]
        rings = isinstance(was.get("segmentation"), list)
        keys = [key for key in was if not (rings and key == "segmentation")]
        assert spelled({key: row[key] for key in keys}) == spelled({key: was[key] for key in keys})
        assert list(row) == list(was)
        if before.masks[i].area()[0] > 0:
            assert after.masks[j] == before.masks[i]
    largest = max((max(row["width"], row["height"]) for row in root["images"]), default=0)
    if min(size) >= largest:
        assert bytes_of(tile(document, size)) == bytes_of(document)


def shows(masks: Any, i: int, row: dict[str, Any]) -> bool:
    """Rings that draw no pixel go by their box, which has an area here."""
    return bool(masks.masks[i].area()[0] > 0) or "segmentation" not in row or row["bbox"][2] > 0


def square(x: int, y: int, side: int) -> dict[str, Any]:
    ring = [x, y, x + side, y, x + side, y + side, x, y + side]
    return {"segmentation": [ring], "bbox": [x, y, side, side], "area": side**2, "image_id": 1}


def test_pieces() -> None:
    image = {"id": 1, "file_name": "dir.d/a", "width": 20, "height": 10, "license": 3}
    root = {
        "images": [image, {"id": 7, "file_name": "b.png", "width": 10, "height": 10}],
        "annotations": [{"id": 1, **square(8, 2, 6)}, {"id": 2, **square(0, 0, 4)}],
    }
    document = document_of(root)
    found = json_of(tile(document, (10, 10)))
    assert [row["file_name"] for row in found["images"]] == ["dir.d/a_0_0", "dir.d/a_10_0", "b.png"]
    assert [row["id"] for row in found["images"]] == [1, 8, 7]
    assert found["images"][1]["tile"] == {
        **{"id": 1, "file_name": "dir.d/a", "x": 10, "y": 0, "width": 20, "height": 10}
    }
    first, second, other = found["annotations"]
    assert (first["id"], second["id"], other["id"]) == (1, 3, 2)
    assert (first["bbox"], second["bbox"]) == ([8, 2, 2, 6], [0, 2, 4, 6])
    assert (first["area"], second["area"]) == (12, 24)
    assert first["tile"] == {
        **{"row": 0, "whole": False, "id": 1, "bbox": [8, 2, 6, 6], "area": 36}
    }
    assert other["tile"] == {"row": 1, "whole": True, "id": 2}
    most = tile(document, (10, 10), min_visible=0.5, drop_empty_images=True)
    assert most.annotations.column("id").tolist() == [1, 2]
    assert most.images.column("id").tolist() == [1, 8]
    assert bytes_of(untile(document)) == bytes_of(document)


def test_results_have_nothing_to_cut() -> None:
    rows = [{"image_id": 1, "bbox": [0, 0, 3, 3]}]
    assert bytes_of(untile(tile(document_of(rows), (2, 2)))) == bytes_of(document_of(rows))


def test_wishes_that_cannot_be() -> None:
    document = document_of({"images": [{"id": 1, "width": 9, "height": 9}], "annotations": []})
    for size, overlap in (((4, 4), 4), ((4, 4), -1), ((0, 4), 0)):
        with pytest.raises(ValueError, match="cannot overlap by"):
            tile(document, size, overlap=overlap)
    once = tile(document, (4, 4))
    with pytest.raises(DocumentError, match="images have the key 'tile' already"):
        tile(once, (2, 2))
    once.images.set_column("tile", [3] * len(once.images))
    with pytest.raises(DocumentError, match="images, row 0, key 'tile': is 3, expected x, y"):
        untile(once)


def test_boxes_are_looked_at_where_they_lie() -> None:
    """A box without a mask is on few of the tiles, keeps its id there, and comes back."""
    boxes = [[55, 55, 3, 3], [49.5, 10, 1, 1], [50, 50, 0, 0], [0, 0, 100, 100], [99, 99, 1, 1]]
    rows = [
        {"id": i, "image_id": 1, "bbox": box, "area": box[2] * box[3]}
        for i, box in enumerate(boxes, 1)
    ]
    image = {"id": 1, "file_name": "a.png", "width": 100, "height": 100}
    document = document_of({"images": [image], "annotations": rows, "categories": []})
    sizes = np.array([[100, 100]])
    shown = moving.read_shown(document, sizes, 1)
    owners, on = tiling._pieces(document, shown, tiling._tiles(sizes, (10, 10), 0))
    counts = np.bincount(owners).tolist()
    assert max(counts[:3]) <= 4
    assert counts[3:] == [100, 1]
    assert (on >= 0).all()
    tiles = tile(document, (10, 10))
    ids = tiles.annotations.column("id").tolist()
    assert len(ids) == len(set(ids)) == 1 + 2 + 1 + 100 + 1
    assert {1, 2, 3, 4, 5} <= set(ids)
    assert bytes_of(untile(tiles)) == bytes_of(document)
