"""Annotation records -> masks, through the extension: against json and the oracle."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocodec
from cocodec import RleArray, _core
from cocodec.documents.parts import read_raw
from support import (
    oracle,
    strategies,  # noqa: F401  (loads the Hypothesis profile)
)

H, W = 13, 17
KINDS = {"points": 4, "polygons": 5, "flat ring": 6, "rle string": 8, "rle list": 9}

coordinates = st.one_of(
    st.integers(-5, 25),
    st.floats(-5, 25, allow_nan=False),
    st.floats(-5, 25, allow_nan=False).map(lambda v: round(v, 2)),
)
rings = st.integers(3, 8).flatmap(lambda n: st.lists(coordinates, min_size=2 * n, max_size=2 * n))
boxes = st.lists(coordinates, min_size=4, max_size=4)


@st.composite
def rle(draw: st.DrawFn) -> dict[str, Any]:
    cuts = sorted(draw(st.lists(st.integers(0, H * W), max_size=8)))
    runs = np.diff([0, *cuts, H * W]).tolist()
    if draw(st.booleans()):
        return {"size": [H, W], "counts": runs}
    text = RleArray.from_runs(runs, [0, len(runs)], (H, W)).to_coco()[0]["counts"]
    return {"counts": text, "size": [H, W]}


segmentations = st.one_of(
    st.lists(rings, min_size=1, max_size=3),
    rings,
    boxes,
    st.lists(boxes, min_size=1, max_size=3),
    rle(),
)
layouts = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, 1, "\t"]),
        "separators": st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")]),
        "ensure_ascii": st.booleans(),
    }
)


def expected(segmentation: Any) -> np.ndarray:
    if isinstance(segmentation, dict):
        counts = segmentation["counts"]
        rle = segmentation if isinstance(counts, str) else None
        return oracle.decode(rle or oracle.frPyObjects(segmentation, H, W))
    rows = segmentation if isinstance(segmentation[0], list) else [segmentation]
    if all(len(row) == 4 for row in rows):
        return np.zeros((H, W), np.uint8)  # two points enclose nothing, and are no box
    return oracle.decode(oracle.merge(oracle.frPyObjects(rows, H, W)))


@given(st.lists(segmentations, max_size=6), layouts, st.sampled_from([1, 3]))
def test_masks_are_the_references(values: list[Any], layout: dict[str, Any], threads: int) -> None:
    image = {"id": "ü/1", "height": H, "width": W}
    rows = [{"é": "}", "image_id": "ü/1", "segmentation": value} for value in values]
    text = json.dumps({"annotations": rows, "images": [image]}, **layout).encode()
    (part,) = read_raw(text).parts
    runs, kinds, has_mask, refused = part.records().read(part.table("annotations"), threads)
    assert refused == []
    assert set(kinds.tolist()) <= set(KINDS.values())
    assert len(runs) == len(values)
    for i, value in enumerate(values):
        if not has_mask[i]:
            assert not expected(value).any()
            assert cocodec.as_rle(value, H, W).area() == 0
            continue
        mask = RleArray.from_runs(
            runs.counts[runs.offsets[i] : runs.offsets[i + 1]],
            [0, runs.offsets[i + 1] - runs.offsets[i]],
            (H, W),
        )
        assert np.array_equal(mask.decode(layout="HW"), expected(value))
        assert mask == cocodec.as_rle(value, H, W)


def refusal(row: dict[str, Any] | str, *images: dict[str, Any]) -> str:
    text = row if isinstance(row, str) else json.dumps(row)
    data = f'{{"annotations": [{text}], "images": {json.dumps(images)}}}'.encode()
    (part,) = read_raw(data).parts
    runs, _, _, refused = part.records().read(part.table("annotations"))
    assert len(runs) == 1
    assert len(refused) == 1
    assert refused[0][0] == 0
    return refused[0][2]


RING = [[1, 1, 5, 1, 5, 5]]
NO_SIZE = "no image size for the rings: "


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"segmentation": RING}, NO_SIZE + "the row has no image_id"),
        ({"segmentation": RING, "image_id": "12"}, NO_SIZE + 'there is no image "12"'),
        (
            {"segmentation": RING, "image_id": "7"},
            NO_SIZE + 'there is no image "7"; it is a text here and a number there: '
            "--coerce-ids takes them for one",
        ),
        (
            {"segmentation": RING, "image_id": 8},
            NO_SIZE + "image 8 has no height; --to official --images FOLDER reads it from the file",
        ),
        ({"segmentation": RING, "image_id": 9}, NO_SIZE + 'image 9 has width "640"'),
        ({"segmentation": RING, "image_id": 10}, NO_SIZE + "image 10 has height -1"),
        ({"segmentation": RING, "image_id": 11}, NO_SIZE + "image 11 has width 0.5"),
        (
            {"segmentation": "abc"},
            'it is "abc", a bare counts string, and the size of its image is not known',
        ),
        ({"segmentation": 5}, "it is 5, expected a list or an object"),
        ({"segmentation": [[1, 2, "c"]]}, 'ring 0, number 2 is "c"'),
        (
            {"segmentation": [{"size": [1, 1], "counts": "1"}]},
            'ring 0 is {"size": [1, 1], "counts": "1"}, an RLE; a segmentation is one RLE, '
            "not a list",
        ),
        (
            {"segmentation": [[[1, 2, 3, 4, 5, 6]]]},
            "rings are nested one level too deep, expected [[x0, y0, x1, y1, ...], ...]",
        ),
        ({"segmentation": {"counts": "1"}}, 'an object without "size"'),
        ({"segmentation": {"size": [1, 1]}}, 'an object without "counts"'),
        ({"segmentation": {"size": [1, 2], "counts": [1]}}, "runs cover 1 of 2 pixels"),
        (
            {"segmentation": {"size": [1, 2], "counts": [1, -1]}},
            "run 1 is -1; runs are whole numbers from 0 to 4294967295",
        ),
        ({"segmentation": {"size": [1], "counts": "1"}}, "size is [1], expected [height, width]"),
        ("[1]", "the row is [1], expected an object"),
    ],
)
def test_reasons(row: dict[str, Any] | str, expected: str) -> None:
    images = [
        {"id": 7, "height": 6, "width": 6},
        {"id": 8, "width": 6},
        {"id": 9, "height": 480, "width": "640"},
        {"id": 10, "height": -1, "width": 6},
        {"id": 11, "height": 1, "width": 0.5},
    ]
    assert refusal(row, *images) == expected


def test_the_last_of_images_with_one_id_counts() -> None:
    images = '[{"id": 1, "height": 9, "width": 9}, {"id": 1.0, "height": 6, "width": 7}]'
    data = f'{{"images": {images}, "annotations": [{{"image_id": 1e0, "segmentation": {RING}}}]}}'
    (part,) = read_raw(data.encode()).parts
    runs, _, _, refused = part.records().read(part.table("annotations"))
    assert refused == []
    assert runs.sizes.tolist() == [[6, 7]]


def test_spans_outside_of_the_source_are_refused() -> None:
    source = b'[{"segmentation": []}]'
    records = _core.Records(source, np.empty((0, 2), np.int64))
    for spans in ([[0, 23]], [[-1, 3]], [[5, 4]], [0, 1]):
        with pytest.raises(cocodec.RleError):
            records.read(np.array(spans, np.int64))
    with pytest.raises(cocodec.RleError):  # not ascending
        records.convert(np.array([[1, 21], [1, 21]], np.int64), (0, 22), _core.Spelling.string())
    with pytest.raises(cocodec.RleError):
        _core.view_spans(source, [b"somewhere else"])
    with pytest.raises(TypeError):
        _core.view_spans(source, [5])
