"""Boundaries of masks against the slow ones and OpenCV's, and the evaluation by them."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocodec import PolygonError, RleArray, _core, as_rle, evaluate
from reference import evaluation as slow
from reference.masks import decode
from support import evaluation_strategies as cases
from support import oracle
from support import strategies as own
from support.bridge import batch
from support.evaluation_oracle import run_reference

ratios = st.sampled_from([0, 0.02, 0.1, 0.15, 0.3, 5])


def boundary(rles: RleArray, ratio: float, threads: int = 1) -> RleArray:
    return RleArray._wrap(_core.boundary(rles._runs, ratio, threads))


@given(st.lists(own.cut_masks(), max_size=4), ratios, st.integers(0, 3))
def test_random_masks(masks, ratio, threads):
    expected = [slow.boundary(decode(mask), ratio) for mask in masks]
    got = boundary(batch(masks), ratio, threads)
    assert len(got) == len(masks)
    for mask, wanted in zip(got, expected, strict=True):
        assert np.array_equal(mask.decode()[0], wanted)


@given(own.dense(st.tuples(st.integers(1, 140), st.integers(1, 90))), ratios)
def test_masks_of_several_words(pixels, ratio):
    got = boundary(RleArray.encode(pixels), ratio)
    wanted = RleArray.encode(slow.boundary(pixels, min(ratio, 0.3)) if ratio < 5 else pixels)
    assert got == wanted
    assert np.array_equal(got.counts, wanted.counts)


@pytest.mark.parametrize("shape", [(3, 4), (4, 3), (1, 9), (9, 1)])
def test_every_small_mask(shape):
    bits = itertools.product([False, True], repeat=shape[0] * shape[1])
    stack = np.array(list(bits)).reshape(-1, *shape)
    got = boundary(RleArray.encode(stack), 0.2).decode()
    inner = np.zeros_like(stack)
    inner[:, 1:-1, 1:-1] = True
    for y, x in itertools.product((-1, 0, 1), repeat=2):
        inner &= np.roll(stack, (y, x), (1, 2))
    assert np.array_equal(got, stack & ~inner)


@given(own.dense(st.tuples(st.integers(1, 80), st.integers(1, 90))), ratios)
@settings(max_examples=50)
def test_opencv(pixels, ratio):
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed")
    height, width = pixels.shape
    reach = max(1, int(round(ratio * np.sqrt(height**2 + width**2))))  # noqa: RUF046
    padded = cv2.copyMakeBorder(pixels.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=reach)
    wanted = pixels - eroded[1:-1, 1:-1]
    assert np.array_equal(boundary(RleArray.encode(pixels), ratio).decode()[0], wanted)


@pytest.mark.parametrize("ratio", [-0.01, float("nan"), -float("inf")])
def test_ratios_that_make_no_sense(ratio):
    with pytest.raises(PolygonError, match="dilation ratio"):
        boundary(RleArray.encode(np.ones((2, 2), bool)), ratio)


def reference_iou(dt, gt, iscrowd):
    """The lesser of two IoUs, except for crowds."""
    if not dt or not gt:
        return []
    rims = []
    for side in (dt, gt):
        pixels = [slow.boundary(oracle.decode(rle), 0.02) for rle in side]
        rims.append([oracle.encode(np.asfortranarray(p, np.uint8)) for p in pixels])
    masks, boundaries = oracle.iou(dt, gt, iscrowd), oracle.iou(*rims, iscrowd)
    return np.where(np.array(iscrowd) != 0, masks, np.minimum(masks, boundaries))


@given(cases.cases(("segm",)))
@settings(max_examples=60)
def test_evaluation(case):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pycocotools.cocoeval.maskUtils.iou", reference_iou)
        expected, _ = run_reference(case)
    got = evaluate(case.gt, case.results, iou_type="boundary", **case.options())
    for name in ("precision", "recall", "scores"):
        assert np.array_equal(getattr(got, name), expected.eval[name])


def test_boundaries_are_stricter_than_masks():
    disc = np.hypot(*(np.mgrid[:100, :100] - 50)) < 40
    moved = np.roll(disc, 4, axis=1)
    gt = {
        "images": [{"id": 1, "height": 100, "width": 100}],
        "categories": [{"id": 1}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "area": 5000, "segmentation": coded(disc)}
        ],
    }
    dt = [{"image_id": 1, "category_id": 1, "score": 1, "segmentation": coded(moved)}]
    by_masks = evaluate(json.dumps(gt).encode(), dt)
    by_boundaries = evaluate(json.dumps(gt).encode(), dt, iou_type="boundary")
    assert by_masks.stats["AP75"] > 0.99
    assert by_boundaries.stats["AP75"] == 0
    assert evaluate(gt, dt, iou_type="boundary", dilation_ratio=1).stats == by_masks.stats


def coded(pixels: np.ndarray) -> dict:
    return as_rle(pixels).to_coco()[0]
