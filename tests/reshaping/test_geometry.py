"""Documents moved: masks against decoded arrays, the rest against plain arithmetic, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocodec.reshaping.moving as moving_module
from cocodec import Document, DocumentError
from cocodec.reshaping import crop, flip, pad, resize, rotate90, tile, untile
from reference.reshaping import find
from support.reshaping_documents import bytes_of, document_of, json_of, roots, styles

Root = dict[str, Any]
Pixels = dict[str, np.ndarray]


def pixels_of(document: Document) -> Pixels:
    """The masks of annotations, by the spelled id."""
    found = document.masks(on_error="skip")  # rings without an image
    ids = document.annotations.column("id").tolist()
    out = {}
    for i in np.flatnonzero(found.has_mask).tolist():
        out[repr(ids[i])] = found.masks[i].decode(layout="HW")
    return out


def moving(root: Root, before: Pixels, change: Callable[[np.ndarray], np.ndarray]) -> Pixels:
    """What becomes of the masks; those on images that are not listed stay."""
    out = {}
    for row in root["annotations"]:
        key = repr(row["id"])
        if key in before:
            there = find(root["images"], row["image_id"]) is not None
            out[key] = change(before[key]) if there else before[key]
    return out


def same_pixels(a: Pixels, b: Pixels) -> None:
    assert a.keys() == b.keys()
    for key in a:
        if not b[key].any():  # a ring that draws no pixel keeps its points, and may draw one then
            assert a[key].shape == b[key].shape
            continue
        np.testing.assert_array_equal(a[key], b[key], strict=True)


@given(roots(), styles, st.sampled_from(["horizontal", "vertical"]))
def test_flip(root: Root, style: Any, direction: Any) -> None:
    document = document_of(root, style)
    before = pixels_of(document)
    once = flip(document, direction)
    axis = 1 if direction == "horizontal" else 0
    same_pixels(pixels_of(once), moving(root, before, lambda mask: np.flip(mask, axis)))
    twice = flip(once, direction)
    same_pixels(pixels_of(twice), before)
    for row, again in zip(root["annotations"], json_of(twice)["annotations"], strict=True):
        ringed = isinstance(row.get("segmentation"), list)
        keys = [key for key in row if key != "segmentation" or not ringed]
        assert {key: again[key] for key in keys} == {key: row[key] for key in keys}
    assert json_of(twice)["images"] == root["images"]
    assert document.is_edited() is False
    vertices = flip(flip(document, direction, rings="vertices"), direction, rings="vertices")
    assert json_of(vertices) == root


@given(roots(), styles, st.integers(-5, 5))
def test_rotate90(root: Root, style: Any, k: int) -> None:
    document = document_of(root, style)
    before = pixels_of(document)
    once = rotate90(document, k)
    same_pixels(pixels_of(once), moving(root, before, lambda mask: np.rot90(mask, k)))
    back = rotate90(once, -k)
    same_pixels(pixels_of(back), before)
    again = rotate90(rotate90(document, k, rings="vertices"), -k, rings="vertices")
    assert json_of(again) == root
    if k % 4 == 0:
        assert bytes_of(once) == bytes_of(document)
    for image, old in zip(once.images, root["images"], strict=True):
        size = (old["height"], old["width"])
        assert (image["height"], image["width"]) == (size if k % 2 == 0 else size[::-1])


@given(roots(), styles, st.tuples(*[st.integers(0, 4)] * 4))
def test_pad_and_crop_back(root: Root, style: Any, sides: tuple[int, int, int, int]) -> None:
    document = document_of(root, style)
    before = pixels_of(document)
    left, top, right, bottom = sides
    padded = pad(document, left, top, right, bottom)
    grown = moving(root, before, lambda m: np.pad(m, ((top, bottom), (left, right))))
    same_pixels(pixels_of(padded), grown)
    if not root["images"]:
        return
    size = root["images"][0]
    back = crop(padded, [left, top, size["width"], size["height"]])
    # What shows nothing is left out by a crop: boxes and masks without a pixel.
    ids = back.annotations.column("id").tolist()
    rows = [row for row in root["annotations"] if row["id"] in ids]
    for row, again in zip(rows, json_of(back)["annotations"], strict=True):
        ringed = isinstance(row.get("segmentation"), list)
        keys = [key for key in row if key != "segmentation" or not ringed]
        assert {key: again[key] for key in keys} == {key: row[key] for key in keys}
    same_pixels(pixels_of(back), {k: v for k, v in before.items() if k in map(repr, ids)})
    if sides == (0, 0, 0, 0):
        assert bytes_of(padded) == bytes_of(document)


windows = st.tuples(st.integers(-3, 6), st.integers(-3, 6), st.integers(1, 9), st.integers(1, 9))


@given(roots(), styles, windows, st.sampled_from([0.0, 0.3, 1.0]))
def test_crop(root: Root, style: Any, box: Any, min_visible: float) -> None:
    document = document_of(root, style)
    before = pixels_of(document)
    found = crop(document, box, min_visible=min_visible)
    if not root["images"]:
        assert bytes_of(found) == bytes_of(document)
        return
    size = root["images"][0]
    x, y = max(box[0], 0), max(box[1], 0)
    right, bottom = min(box[0] + box[2], size["width"]), min(box[1] + box[3], size["height"])
    if right <= x or bottom <= y:
        assert len(found.images) == 0
        assert len(found.annotations) == 0
        return
    whole = (x, y, right, bottom) == (0, 0, size["width"], size["height"])
    after = moving(root, before, lambda mask: mask[y:bottom, x:right])
    ids = []
    for row in root["annotations"]:
        key = repr(row["id"])
        if find(root["images"], row["image_id"]) is None or whole:
            ids.append(row["id"])
        elif key in before and before[key].any():
            if after[key].sum() > 0 and after[key].sum() >= min_visible * before[key].sum():
                ids.append(row["id"])
        elif "bbox" in row and row["bbox"][2:] != [0, 0]:
            bx, by, bw, bh = row["bbox"]
            w, h = min(bx + bw, right) - max(bx, x), min(by + bh, bottom) - max(by, y)
            if w > 0 and h > 0 and w * h >= min_visible * bw * bh:
                ids.append(row["id"])
        elif "bbox" not in row or (x <= 0 < right and y <= 0 < bottom):
            ids.append(row["id"])
    assert found.annotations.column("id").tolist() == ids
    same_pixels(pixels_of(found), {k: v for k, v in after.items() if k in map(repr, ids)})
    for row in json_of(found)["annotations"]:
        old = next(one for one in root["annotations"] if one["id"] == row["id"])
        if find(root["images"], row["image_id"]) is None or "bbox" not in old or whole:
            assert row == old
            continue
        bx, by, bw, bh = row["bbox"]
        assert bx >= 0
        assert by >= 0
        assert bx + bw <= right - x + 1e-9
        assert by + bh <= bottom - y + 1e-9
        if isinstance(old["segmentation"], dict) and before[repr(row["id"])].any():
            assert row["area"] == after[repr(row["id"])].sum()


@given(roots(), styles, st.tuples(st.integers(1, 15), st.integers(1, 15)))
def test_resize(root: Root, style: Any, size: tuple[int, int]) -> None:
    document = document_of(root, style)
    before = pixels_of(document)
    width, height = size
    found = resize(document, size=size)

    def scaled(mask: np.ndarray) -> np.ndarray:
        h, w = mask.shape
        y = [int((2 * i + 1) * h // (2 * height)) for i in range(height)]
        x = [int((2 * i + 1) * w // (2 * width)) for i in range(width)]
        return mask[np.ix_(y, x)]

    after = moving(root, before, scaled)
    got = pixels_of(found)
    for old, row in zip(root["annotations"], json_of(found)["annotations"], strict=True):
        image = find(root["images"], old["image_id"])
        if image is None:
            assert row == old
            continue
        if isinstance(old.get("segmentation"), dict):
            np.testing.assert_array_equal(got[repr(row["id"])], after[repr(row["id"])])
            assert row["area"] == after[repr(row["id"])].sum()
        elif old.get("segmentation"):
            factors = np.array([width / image["width"], height / image["height"]] * 3)
            ring = np.array(old["segmentation"][0]) * factors
            np.testing.assert_allclose(row["segmentation"][0], ring, rtol=1e-12)
            np.testing.assert_allclose(row["area"], old["area"] * factors[0] * factors[1])
    for image in found.images:
        assert (image["width"], image["height"]) == size


def skeleton() -> Root:
    names = ["nose", "left_eye", "right_eye"]
    return {
        "images": [{"id": 1, "height": 10, "width": 20}],
        "categories": [{"id": 1, "name": "person", "keypoints": names}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "keypoints": [3, 4, 2, 5, 1, 1, 0, 0, 0],
                "num_keypoints": 2,
                "bbox": [2.5, 1, 4, 4],
                "area": 16,
            }
        ],
    }


def test_keypoints() -> None:
    document = document_of(skeleton())
    row = flip(document).annotations[0]
    assert row["keypoints"] == [16, 4, 2, 0, 0, 0, 14, 1, 1]  # left and right change places
    assert row["bbox"] == [13.5, 1, 4, 4]
    assert flip(document, "vertical").annotations[0]["keypoints"] == [3, 5, 2, 0, 0, 0, 5, 8, 1]
    assert rotate90(document).annotations[0]["keypoints"] == [4, 16, 2, 1, 14, 1, 0, 0, 0]
    assert rotate90(document).annotations[0]["bbox"] == [1, 13.5, 4, 4]
    cut = crop(document, [4, 0, 10, 10]).annotations[0]
    assert cut["keypoints"] == [0, 0, 0, 1, 1, 1, 0, 0, 0]
    assert (cut["num_keypoints"], cut["bbox"], cut["area"]) == (1, [0, 1, 2.5, 4], 10)
    large = resize(document, scale=2).annotations[0]
    assert large["keypoints"] == [6.5, 8.5, 2, 10.5, 2.5, 1, 0, 0, 0]
    assert (large["bbox"], large["area"]) == ([5.0, 2, 8, 8], 64)
    assert json_of(flip(flip(document))) == skeleton()


def test_rings_keep_their_points_where_they_can() -> None:
    ring = [2.25, 1.5, 8.66, 1.5, 8.66, 6.1, 2.25, 6.1]
    root = {
        "images": [{"id": 1, "height": 10, "width": 20}],
        "annotations": [
            {"id": 1, "image_id": 1, "segmentation": [ring], "bbox": [2.25, 1.5, 6.41, 4.6]}
        ],
    }
    document = document_of(root)
    moved = pad(document, 3, 5)
    assert moved.annotations[0]["segmentation"] == [
        [5.25, 6.5, 11.66, 6.5, 11.66, 11.1, 5.25, 11.1]
    ]
    assert bytes_of(crop(moved, [3, 5, 20, 10])) == bytes_of(document)
    cut = crop(document, [5, 0, 10, 10], rings="vertices").annotations[0]
    assert cut["segmentation"] == [[0.0, 1.5, 3.66, 1.5, 3.66, 6.1, 0.0, 6.1]]
    np.testing.assert_allclose(cut["bbox"], [0, 1.5, 3.66, 4.6])


def test_real_documents_flip_bit_for_bit(maker: Any) -> None:
    root = maker.make_document(6, 6, 2)
    document = document_of(root)
    found = document.masks(on_error="skip")
    bad = [refused.row for refused in found.refused]
    document.remove(bad)
    rows = np.flatnonzero(document.image_rows() < 0)
    document.remove(rows)
    before = document.masks()
    after = flip(document).masks()
    for i in np.flatnonzero(before.has_mask).tolist():
        mask = before.masks[i].decode(layout="HW")
        np.testing.assert_array_equal(after.masks[i].decode(layout="HW"), mask[:, ::-1])


def one(**values: Any) -> bytes:
    root = {
        "images": [{"id": 1, "height": 4, "width": 5}],
        "annotations": [{"id": 1, "image_id": 1, **values}],
    }
    return json.dumps(root).encode()


@pytest.mark.parametrize(
    "values, message",
    [
        ({"bbox": [1, 2, 3, 4, 30]}, "row 0, key 'bbox': has 5 numbers, expected 4"),
        ({"segmentation": {"size": [5, 4], "counts": [20]}}, r"mask is of 5 x 4 pixels"),
        ({"keypoints": [1, 2]}, "row 0: the keypoints are no triples"),
        ({"segmentation": [[1, 2, 3, 4, 5]]}, "an odd number"),
    ],
)
def test_what_cannot_be_moved(values: Any, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        flip(one(**values))


@pytest.mark.parametrize("size", [{}, {"height": 0, "width": 3}, {"height": "3", "width": 3}])
def test_images_without_a_size(size: Any) -> None:
    root = {"images": [{"id": 1, **size}], "annotations": []}
    with pytest.raises(DocumentError, match="images, row 0, id 1, key 'height': is"):
        flip(document_of(root))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda d: crop(d, [0, 0, 0, 3]), "the box is 0 x 3 pixels"),
        (lambda d: crop(d, [0, 0, 3]), "the box: expected 4 whole numbers"),
        (lambda d: crop(d, [0, 0, 3, 3], min_visible=2), "min_visible is 2"),
        (lambda d: crop(d, [0, 0, 3, 3], rings="round"), "rings is 'round'"),
        (lambda d: pad(d, -1), "expected 0 or more; crop takes away"),
        (lambda d: pad(d, 2**31 - 1), "which is too much"),
        (lambda d: flip(d, "diagonal"), "direction is 'diagonal'"),
        (lambda d: resize(d), "give one of size, scale and longest"),
        (lambda d: resize(d, scale=0), "the scale must be a number above 0"),
        (lambda d: resize(d, scale=float("nan")), "the scale must be a number above 0"),
        (lambda d: resize(d, size=[0, 3]), "at least 1 x 1"),
    ],
)
def test_wishes_that_cannot_be(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(one())


def test_scales() -> None:
    assert resize(one(), longest=10).images[0] == {"id": 1, "height": 8, "width": 10}
    assert resize(one(), scale=0.1).images[0] == {"id": 1, "height": 1, "width": 1}


@pytest.mark.parametrize("segmentation", [[], None, [[7.5, 3.25]]])
def test_boxes_inside_keep_their_numbers(segmentation: Any) -> None:
    """The end of a box is a sum: its rounding must not make a whole box one that was cut."""
    boxes = [[15.16, 14.91, 34.48, 13.81], [0.1, 0.2, 0.7, 0.1], [11.43, 16.52, 39.22, 28.24]]
    rows = [
        {"id": i, "image_id": 1, "bbox": box, "area": 0.3, "segmentation": segmentation}
        for i, box in enumerate(boxes)
    ]
    image = {"id": 1, "height": 300, "width": 300, "file_name": "a.png"}
    document = document_of({"images": [image], "annotations": rows, "categories": []})
    cut = crop(document, [0, 0, 60, 60], min_visible=1.0)
    assert [row["bbox"] for row in cut.annotations] == boxes
    assert [row["area"] for row in cut.annotations] == [0.3] * 3
    back = untile(tile(document, (60, 60), overlap=13, min_visible=1.0))
    assert [row["bbox"] for row in back.annotations] == boxes


@pytest.mark.parametrize("together", [1, 7])
def test_some_rows_at_a_time_are_all_rows(
    maker: Any, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    document = document_of(maker.make_document(6, 8, 3))
    document.remove([one.row for one in document.masks(on_error="skip").refused])
    calls: list[Callable[[], Document]] = [
        lambda: flip(document),
        lambda: crop(document, [10, 20, 300, 200], min_visible=0.2),
        lambda: resize(document, scale=0.5),
        lambda: tile(document, (200, 150), overlap=10),
        lambda: untile(tile(document, (200, 150), overlap=10)),
    ]
    expected = [bytes_of(call()) for call in calls]
    monkeypatch.setattr(moving_module, "_TOGETHER", together)
    assert [bytes_of(call()) for call in calls] == expected


def test_pad_leaves_nothing_out_and_cuts_nothing() -> None:
    """What lies outside of its image shows nothing before and after: it was not the pad's doing."""
    shapes: list[dict[str, Any]] = [
        {"segmentation": [[30, 30, 40, 30, 40, 40]], "bbox": [30, 30, 10, 10], "area": 50},
        {"segmentation": [[-9, 1, -5, 1, -5, 4]], "bbox": [-9, 1, 4, 3], "area": 6},
        {"bbox": [25, 1, 4, 3]},
        {"bbox": [18, 1, 40, 3]},
        {"segmentation": {"size": [10, 20], "counts": [200]}, "bbox": [0, 0, 0, 0], "area": 0},
        {"keypoints": [30, 3, 2, 1, 1, 2], "num_keypoints": 2, "bbox": [1, 1, 29, 2]},
    ]
    rows = [{"id": i, "image_id": 1, "category_id": 1, **one} for i, one in enumerate(shapes)]
    images = [{"id": 1, "file_name": "a.png", "height": 10, "width": 20}]
    document = document_of({"images": images, "annotations": rows, "categories": []})
    for sides in ((3, 0, 0, 0), (3, 2, 1, 5)):
        padded = pad(document, *sides)
        assert padded.annotations.column("id").tolist() == list(range(len(rows)))
        for old, new in zip(rows, padded.annotations, strict=True):
            x, y, w, h = old["bbox"]
            assert new["bbox"] == [x + sides[0], y + sides[1], w, h]
            assert new.get("num_keypoints") == old.get("num_keypoints")
    assert crop(document, [1, 0, 19, 10]).annotations.column("id").tolist() == [3, 5]
