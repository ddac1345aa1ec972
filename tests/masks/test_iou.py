"""RleArray.iou: the reference's doubles, the crowd rule, the sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RleArray, RleError, _core
from reference import masks as reference
from reference.masks import Mask
from support import oracle
from support import strategies as own
from support.bridge import batch

few_sizes = st.sampled_from([(5, 7), (7, 5), (6, 6), (1, 12)])


@given(
    st.lists(own.masks(few_sizes), max_size=5),
    st.lists(own.masks(few_sizes), max_size=5),
    st.integers(0, 3),
    st.data(),
)
def test_iou_is_pycocotools(dt, gt, threads, data):
    iscrowd = data.draw(st.lists(st.integers(0, 1), min_size=len(gt), max_size=len(gt)))
    got = batch(dt).iou(batch(gt), iscrowd, threads=threads)
    assert got.shape == (len(dt), len(gt))
    assert got.dtype == np.float64
    assert got.flags.f_contiguous
    for (d, g), value in np.ndenumerate(got):
        assert value == reference.iou(dt[d], gt[g], bool(iscrowd[g]))
    if dt and gt:
        left, right = ([oracle.rle(mask) for mask in masks] for masks in (dt, gt))
        np.testing.assert_array_equal(got, oracle.iou(left, right, iscrowd))


@given(st.lists(own.cut_masks(few_sizes), min_size=1, max_size=5))
def test_empty_runs_change_nothing(masks):
    plain = [reference.canonical(mask) for mask in masks]
    np.testing.assert_array_equal(batch(masks).iou(batch(plain)), batch(plain).iou(batch(plain)))


@given(st.lists(own.masks(few_sizes), min_size=1, max_size=4))
def test_no_crowd_is_all_zero(masks):
    rles = batch(masks)
    expected = rles.iou(rles, [0] * len(rles))
    np.testing.assert_array_equal(rles.iou(rles), expected)
    np.testing.assert_array_equal(rles.iou(rles, np.zeros(len(rles), bool)), expected)


@pytest.mark.parametrize("iscrowd", [[0, 1, 2], [False, True, True], [0.0, 1.0, 0.5], [0, -1, 256]])
def test_whatever_is_not_zero_is_a_crowd(iscrowd):
    random = np.random.default_rng(1)
    rles = RleArray.encode(random.random((3, 8, 9)) < 0.5)
    np.testing.assert_array_equal(rles.iou(rles, iscrowd), rles.iou(rles, [0, 1, 1]))


@pytest.mark.parametrize("iscrowd", [[], [0, 0], [[0, 0, 0]], 0, [0, 0, 0, 0]])
def test_iscrowd_of_another_length(iscrowd):
    rles = batch([Mask([6], 2, 3)] * 3)
    with pytest.raises(RleError, match="iscrowd"):
        rles.iou(rles, iscrowd)


def test_of_no_batch():
    with pytest.raises((TypeError, AttributeError)):
        batch([Mask([6], 2, 3)]).iou([{"size": [2, 3], "counts": "6"}])


def test_threads_change_nothing_where_there_is_work():
    random = np.random.default_rng(2)
    stack = random.random((60, 50, 60)) < np.linspace(0, 1, 60)[:, None, None]
    rles = RleArray.encode(stack)
    iscrowd = random.integers(0, 2, 60)
    alone = rles.iou(rles, iscrowd, threads=1)
    for threads in (0, 2, 9):
        np.testing.assert_array_equal(rles.iou(rles, iscrowd, threads=threads), alone)
    coco = rles.to_coco("bytes")
    np.testing.assert_array_equal(alone, oracle.iou(coco, coco, iscrowd))


numbers = st.one_of(st.floats(-20, 20), st.integers(-3, 20).map(float))
box_arrays = st.lists(st.tuples(*[numbers] * 4), min_size=1, max_size=5).map(np.array)


@given(box_arrays, box_arrays, st.data())
def test_box_iou_is_pycocotools(dt, gt, data):
    iscrowd = data.draw(st.lists(st.integers(0, 1), min_size=len(gt), max_size=len(gt)))
    got = _core.box_iou(dt, gt, np.array(iscrowd, np.uint8))
    np.testing.assert_array_equal(got, oracle.iou(dt, gt, iscrowd))
    assert got.flags.f_contiguous
    for (d, g), value in np.ndenumerate(got):
        if dt[d, 2] * dt[d, 3] and gt[g, 2] * gt[g, 3]:
            assert value == reference.box_iou(dt[d], gt[g], bool(iscrowd[g]))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e308, 5e-324, -0.0])
def test_box_iou_of_odd_numbers_is_pycocotools(odd):
    boxes = np.array([[0, 0, 3, 3], [1, 1, 2, 5.5]])
    for index in range(4):
        odd_box = boxes[:1].copy()
        odd_box[0, index] = odd
        for dt, gt in [(odd_box, boxes), (boxes, odd_box), (odd_box, odd_box)]:
            for crowd in (0, 1):
                iscrowd = np.full(len(gt), crowd, np.uint8)
                got = _core.box_iou(dt, gt, iscrowd)
                np.testing.assert_array_equal(got, oracle.iou(dt, gt, iscrowd))
