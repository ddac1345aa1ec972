"""Masks into documents: segmentations, areas and boxes, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import Document, DocumentError, RleArray, read
from reference.masks import Mask, to_string
from reference.tables import shoelace, vertex_box
from support import strategies
from support.json_places import blanked, places
from support.json_values import STYLES, written

RING = [1, 1, 5, 1, 5, 5, 1, 5]
SPELLINGS = ("rle", "rle-list", "polygons")


def load(root: Any, **style: Any) -> Document:
    return read(json.dumps(root, **style).encode())


def rle_of(masks: list[Mask]) -> RleArray:
    return RleArray.from_coco([{"size": [*m.size], "counts": to_string(m.runs)} for m in masks])


@st.composite
def batches(draw: st.DrawFn) -> tuple[dict[str, Any], RleArray]:
    """A document whose rows are spelled in many ways, and as many masks of its image's size."""
    size = draw(strategies.solid_sizes)
    masks = draw(st.lists(strategies.masks(st.just(size)), max_size=5))
    old = {"size": [*size], "x": [1, 2], "counts": [size[0] * size[1]]}
    values = st.sampled_from([None, [], [[]], [RING], RING, old])
    rows = [
        {
            "id": i,
            "image_id": 1,
            "z": 1.50,
            **draw(st.fixed_dictionaries({}, optional={"s": values})),
        }
        for i in range(len(masks))
    ]
    rows = [{("segmentation" if key == "s" else key): v for key, v in r.items()} for r in rows]
    image = {"id": 1, "height": size[0], "width": size[1]}
    return {"images": [image], "annotations": rows}, rle_of(masks)


@given(batches(), st.sampled_from(STYLES), st.sampled_from(SPELLINGS), st.integers(1, 3))
def test_masks_that_are_set_are_read(
    batch: tuple[dict[str, Any], RleArray], style: dict[str, Any], to: Any, threads: int
) -> None:
    root, masks = batch
    document = load(root, **style)
    document.set_masks(None, masks, to=to, area="pixels", bbox="mask", threads=threads)
    again = read(written(document))
    for found in (document.masks(), again.masks()):
        has_pixels = masks.area() > 0
        assert (found.has_mask | ~has_pixels).all()
        assert found.masks[has_pixels] == masks[has_pixels]
    assert again.annotations.column("area").tolist() == masks.area().tolist()
    assert [*again.annotations.column("bbox")] == [] or (
        again.annotations.column("bbox") == masks.bbox()
    ).all()
    kinds = {"rle": {8}, "rle-list": {9}, "polygons": {2, 5}}
    assert set(found.kinds.tolist()) <= kinds[to]
    for old, new in zip(root["annotations"], again.annotations, strict=True):
        rest = {k: v for k, v in new.items() if k not in ("segmentation", "area", "bbox")}
        assert rest == {k: v for k, v in old.items() if k != "segmentation"}
        if to != "polygons" and isinstance(old.get("segmentation"), dict):
            assert list(new["segmentation"]) == ["size", "x", "counts"]
            assert new["segmentation"]["x"] == [1, 2]
    before = written(document)
    document.set_masks(None, masks, to=to, area="pixels", bbox="mask")
    document.recompute(area="pixels", bbox="mask")
    assert written(document) == before


@pytest.mark.parametrize("to", SPELLINGS)
def test_only_the_masks_change(sample: Path, to: Any) -> None:
    text = sample.read_text("utf-8")
    document = read(sample)
    found = document.masks()
    document.set_masks(found.has_mask, found.masks[found.has_mask], to=to)
    got = written(document).decode()
    assert blanked(got) == blanked(text)
    solid = found.masks.area() > 0
    assert read(got.encode()).masks().masks[solid] == found.masks[solid]


def test_the_size_of_an_rle_stays_as_it_is_spelled() -> None:
    rle = RleArray.from_polygons([[RING]], (6, 7))
    text = '{"annotations": [{"segmentation": {"counts":[42] , "size":[6,\n 7],"y": 1.0}}]}'
    document = read(text.encode())
    document.set_masks([0], rle)
    counts = rle.to_coco()[0]["counts"]
    assert written(document).decode() == text.replace("[42]", f'"{counts}"')
    document.set_masks([0], rle, to="rle-list")
    runs = json.dumps(rle.to_coco("list")[0]["counts"], separators=(",", ":"))
    assert written(document).decode() == text.replace("[42]", runs)
    other = RleArray.from_polygons([[RING]], (8, 7))
    document.set_masks([0], other)
    assert document.annotations[0]["segmentation"] == {**other.to_coco()[0], "y": 1.0}


def test_what_is_not_asked_for_stays() -> None:
    rows = [
        {"segmentation": [RING], "area": 16.0, "bbox": [1, 1, 4, 4.0], "image_id": 1},
        {"segmentation": [], "area": 3, "bbox": [], "image_id": 1},
        {"segmentation": [RING], "image_id": 1},
        {"segmentation": [[1, 2]], "area": 7, "image_id": 1},
    ]
    root = {"images": [{"id": 1, "height": 6, "width": 7}], "annotations": rows}
    document = load(root)
    document.recompute()
    document.recompute([0, 1], area="pixels", bbox="mask")
    assert not document.is_edited()
    document.recompute(area="pixels", bbox="mask")
    assert document.annotations[2] == {**rows[2], "area": 16, "bbox": [1.0, 1.0, 4.0, 4.0]}
    assert [document.annotations[i] for i in (0, 1, 3)] == [rows[i] for i in (0, 1, 3)]
    document.recompute(area="shoelace", bbox="vertex")
    assert document.annotations[3] == {**rows[3], "area": 0.0, "bbox": [1.0, 2.0, 0.0, 0.0]}
    assert '"area": 16.0, "bbox": [1, 1, 4, 4.0]' in written(document).decode()


@given(strategies.polygons(), st.booleans())
def test_shoelace_areas_and_vertex_boxes(
    polygon: tuple[list[list[float]], int, int], flat: bool
) -> None:
    rings, height, width = polygon
    value = rings[0] if flat and len(rings) == 1 else rings
    image = {"id": 1, "height": height, "width": width}
    document = load({"images": [image], "annotations": [{"image_id": 1, "segmentation": value}]})
    document.recompute(area="shoelace", bbox="vertex")
    row = document.annotations[0]
    assert row["area"] == shoelace(rings)
    assert row["bbox"] == vertex_box(rings)


def test_official_rows_have_shoelace_areas_and_vertex_boxes(dialects: Path) -> None:
    path = dialects / "coco-val2014-100" / "instances_val2014_100.json"
    if not path.is_file():
        candidates = sorted((dialects / "coco-val2014-100").glob("*instances*.json"))
        assert candidates, "the sample has moved"
        path = candidates[0]
    document = read(path)
    old = [*document.annotations]
    document.recompute(area="shoelace", bbox="vertex")
    rings = [i for i, row in enumerate(old) if isinstance(row["segmentation"], list)]
    new = document.annotations[rings]
    assert len(rings) > 500
    for row, before in zip(new, [old[i] for i in rings], strict=True):
        assert row["area"] == pytest.approx(before["area"], rel=1e-9)
        assert row["bbox"] == pytest.approx(before["bbox"], abs=0.011)


def test_wrong_masks_are_refused() -> None:
    rle = RleArray.from_polygons([[RING]], (6, 7))
    image = {"id": 1, "height": 6, "width": 8}
    document = load({"images": [image], "annotations": [{"image_id": 1}, {"image_id": 2}, 7]})
    with pytest.raises(ValueError, match="there are 1 masks for 3 rows"):
        document.set_masks(None, rle)
    with pytest.raises(ValueError, match="to is 'png', expected one of 'rle', 'rle-list', 'poly"):
        document.set_masks([0], rle, to="png")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="area is 'x', expected one of 'pixels'"):
        document.set_masks([0], rle, area="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="bbox is 'x'"):
        document.recompute(bbox="x")  # type: ignore[arg-type]
    with pytest.raises(DocumentError, match="row 0: the mask is of size 6 x 7, unlike its image"):
        document.set_masks([0], rle, to="polygons")
    with pytest.raises(DocumentError, match="annotations, row 2: is 7, expected an object"):
        document.set_masks([2], rle)
    assert not document.is_edited()
    document.set_masks([1, 0], rle[[0, 0]])
    assert document.masks([0, 1]).masks == rle[[0, 0]]
    bad = load([{"id": "q", "segmentation": {"size": [1, 1], "counts": [2]}}])
    with pytest.raises(DocumentError, match=r'row 0, id "q": runs cover 2 of 1 pixels'):
        bad.recompute(area="pixels")


def test_values_lie_where_they_are_said_to(sample: Path) -> None:
    """`find` against a parser of its own."""
    text = sample.read_text("utf-8")
    document = read(sample)
    kinds, (boxes, segmentations) = document.annotations.find(["bbox", "segmentation"])
    expected = {
        (path[1], path[2]): (begin, end)
        for path, begin, end in places(text)
        if len(path) == 3 and path[0] == "annotations"
    }
    for i in range(len(document.annotations)):
        for k, (key, found) in enumerate([("bbox", boxes), ("segmentation", segmentations)]):
            if kinds[k, i]:
                begin, end = expected[i, key]
                assert bytes(found.text(i)).decode() == text[begin:end]
            else:
                assert (i, key) not in expected
    assert np.count_nonzero(kinds) > 500
