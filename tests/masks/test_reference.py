"""The specification itself: `reference.py` says what pycocotools says, wherever that is defined."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reference import masks as reference
from reference.masks import Mask
from support import oracle
from support import strategies as own
from support.compare_polygons import REGIMES, make_polygons


@given(own.dense())
def test_encode_is_the_references(dense):
    expected = oracle.encode(np.asfortranarray(dense.astype(np.uint8)))
    mask = reference.encode(dense)
    assert oracle.rle(mask) == expected
    np.testing.assert_array_equal(reference.decode(mask), dense)
    assert reference.canonical(mask) == mask


@given(own.masks(own.solid_sizes))
def test_decode_is_the_references(mask):
    np.testing.assert_array_equal(reference.decode(mask), oracle.decode(oracle.rle(mask)))


@given(own.cut_masks(own.solid_sizes))
def test_measures_are_the_references(mask):
    assert reference.area(mask) == oracle.area(oracle.rle(mask))
    if reference.area(mask):
        assert reference.bbox(mask) == oracle.toBbox(oracle.rle(mask)).tolist()
    assert reference.area(reference.canonical(mask)) == reference.area(mask)


@given(own.run_lists)
def test_the_string_is_the_references(runs):
    # The pixel count is of no interest to the string; pycocotools does not check it here.
    text = oracle.frPyObjects({"size": [1, 1], "counts": runs}, 1, 1)["counts"]
    assert reference.to_string(runs) == text
    assert reference.from_string(text) == runs


@pytest.mark.parametrize("runs", [[2**32 - 1], [0, 2**32 - 1, 0, 0], [1, 2, 3, 2**32 - 1, 0]])
def test_the_string_at_its_limits(runs):
    assert reference.from_string(reference.to_string(runs)) == runs


@pytest.mark.parametrize("regime", REGIMES)
def test_rings_are_the_references(regime):
    random = np.random.default_rng(7)
    for polygon, height, width in make_polygons(random, regime, 60):
        expected = oracle.from_rings(polygon, height, width)
        # Walking 20,000 pixels in Python takes a while.
        rasterize = reference.ring_sparse if regime == "huge" else reference.ring
        got = [oracle.rle(rasterize(ring, height, width)) for ring in polygon]
        assert got == expected, (polygon, height, width)


@given(own.polygons())
def test_rings_and_their_union_are_the_references(case):
    polygon, height, width = case
    parts = oracle.from_rings(polygon, height, width)
    assert [oracle.rle(reference.ring(ring, height, width)) for ring in polygon] == parts
    united = reference.rings(polygon, height, width)
    assert oracle.rle(united) == oracle.merge(parts)
    for ring in polygon:
        assert reference.ring_sparse(ring, height, width) == reference.ring(ring, height, width)


@given(own.boxes, own.solid_sizes)
def test_boxes_are_the_references(box, size):
    assert [oracle.rle(reference.box(box, *size))] == oracle.from_boxes([box], *size)


@given(own.solid_sizes, st.data())
def test_merges_are_the_references(size, data):
    masks = data.draw(st.lists(own.masks(st.just(size)), min_size=1, max_size=4))
    given_masks = [oracle.rle(mask) for mask in masks]
    for intersect, operation in enumerate(("union", "intersection")):
        expected = oracle.merge(given_masks, intersect=intersect)
        assert oracle.rle(reference.fold(masks, operation)) == expected
    for operation in reference.OPERATIONS:
        for a, b in itertools.pairwise(masks):
            walked = reference.merge_walk(a, b, operation)
            assert walked == reference.combine(a, b, operation).runs


@given(own.solid_sizes, st.data())
def test_merges_of_cut_runs_are_the_references(size, data):
    a, b = (data.draw(own.cut_masks(st.just(size))) for _ in range(2))
    # pycocotools writes into height * width + 1 runs, whatever it is given.
    assume(len(a.runs) + len(b.runs) <= size[0] * size[1] + 1)
    for intersect, operation in enumerate(("union", "intersection")):
        expected = oracle.mask(oracle.merge([oracle.rle(a), oracle.rle(b)], intersect=intersect))
        walked = reference.merge_walk(a, b, operation)
        assert walked == expected.runs
        if sum(walked) == size[0] * size[1]:
            pixels = reference.combine(a, b, operation)
            assert reference.canonical(expected) == pixels


@given(own.solid_sizes, own.solid_sizes, st.booleans(), st.data())
def test_iou_is_the_references(first, second, crowd, data):
    size = data.draw(st.sampled_from([first, second]))
    a = data.draw(own.masks(st.just(first)))
    b = data.draw(own.masks(st.just(size)))
    expected = oracle.iou([oracle.rle(a)], [oracle.rle(b)], [crowd])
    assert reference.iou(a, b, crowd) == expected[0, 0]


@given(own.boxes, own.boxes, st.booleans())
def test_box_iou_is_the_references(a, b, crowd):
    expected = oracle.iou([list(a)], [list(b)], [crowd])
    np.testing.assert_array_equal(_box_iou(a, b, crowd), expected[0, 0])


def _box_iou(a, b, crowd):
    try:
        return reference.box_iou(a, b, crowd)
    except ZeroDivisionError:
        assume(False)


@given(own.broken_runs())
def test_broken_runs_are_refused(mask):
    with pytest.raises(ValueError, match="run"):
        reference.validate(mask)


def test_a_known_mask_in_full():
    mask = Mask([3, 2, 4, 3], 4, 3)
    drawn = ["..." , "..#", "..#", "#.#"]  # fmt: skip
    drawn = np.array([[char == "#" for char in row] for row in drawn])
    drawn[0, 1] = True
    np.testing.assert_array_equal(reference.decode(mask), drawn)
    assert reference.area(mask) == 5
    assert reference.bbox(mask) == [0, 0, 3, 4]
    assert reference.complement(mask).runs == [0, 3, 2, 4, 3]
    assert reference.to_string(mask.runs) == b"3241"
