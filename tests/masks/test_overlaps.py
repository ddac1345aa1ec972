"""How much masks have in common; which stay where several say the same, and with what score."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocodec._core as _core
from cocodec import RleArray, RleError
from reference import morphology as reference
from support import strategies as own
from support.bridge import same

MEASURES = ("iou", "iomin", "dice", "intersection")


@given(own.stacks(minimum=1), st.integers(0, 2))
def test_overlap_of_any_masks(stack, threads):
    rles = RleArray.encode(np.array(stack), layout="NHW")
    for measure in MEASURES:
        got = rles.overlap(rles[:2], measure=measure, threads=threads)
        assert got.shape == (len(stack), min(len(stack), 2))
        for i, a in enumerate(stack):
            for k, b in enumerate(stack[:2]):
                assert got[i, k] == reference.overlap(a, b, measure)


def some_masks(random, n):
    """Boxes in two classes with scores of which some are equal."""
    boxes = random.integers([0, 0, 1, 1], [20, 20, 20, 20], (n, 4))
    rles = RleArray.from_boxes(boxes, (40, 40))
    return rles, list(rles.decode()) if n else [], random.integers(0, 9, n) / 8


@pytest.mark.parametrize("block", [1, 7, 1024])
def test_suppression_of_random_masks(block):
    random = np.random.default_rng(3)
    for _ in range(20):
        n = int(random.integers(0, 25))
        rles, masks, scores = some_masks(random, n)
        for classes in (random.integers(0, 2, n), np.zeros(n, int)):
            for measure in MEASURES[:3]:
                stay = reference.suppress(masks, scores, 0.3, classes.tolist(), measure)
                keeper = {i: k for k, those in stay.items() for i in those}
                kept, keepers = _core.nms(
                    rles._runs, scores, classes, 0.3, measure, threads=1, block=block
                )
                assert kept.tolist() == list(stay)
                assert keepers.tolist() == [keeper[i] for i in range(n)]


def test_merged_masks():
    random = np.random.default_rng(4)
    for _ in range(20):
        n = int(random.integers(0, 25))
        rles, masks, scores = some_masks(random, n)
        classes = random.integers(0, 2, n)
        stay = reference.suppress(masks, scores, 0.2, classes.tolist(), "iou")
        merged, kept = rles.merge_nms(scores, 0.2, classes=classes)
        assert kept.tolist() == list(stay) == rles.nms(scores, 0.2, classes=classes).tolist()
        united = [np.any([masks[i] for i in those], 0) for those in stay.values()]
        same(merged, RleArray.concatenate([RleArray.encode(mask) for mask in united]))


@pytest.mark.parametrize("block", [1, 5, 1024])
def test_softened_scores(block):
    random = np.random.default_rng(5)
    for _ in range(10):
        n = int(random.integers(0, 20))
        rles, masks, scores = some_masks(random, n)
        classes = random.integers(0, 2, n)
        for sigma in (0.5, None):

            def decay(share, sigma=sigma):
                if sigma is None:
                    return 1 - share if share > 0.3 else 1
                return math.exp(-(share * share) / sigma)

            expected = reference.soften(masks, scores.tolist(), decay, 0.1, classes.tolist())
            kept, got = _core.soft_nms(
                rles._runs, scores, classes, 0.3, "iou", sigma, 0.1, threads=1, block=block
            )
            assert kept.tolist() == [i for i, _ in expected]
            np.testing.assert_allclose(got, [score for _, score in expected], rtol=1e-12)


def test_softened_through_the_method():
    rles = RleArray.from_boxes([[0, 0, 4, 4], [0, 0, 4, 2], [9, 9, 1, 1]], (12, 12))
    kept, scores = rles.soft_nms([0.9, 0.8, 0.7])
    assert kept.tolist() == [0, 2, 1]
    np.testing.assert_allclose(scores, [0.9, 0.7, 0.8 * math.exp(-0.25 / 0.5)])
    kept, scores = rles.soft_nms([0.9, 0.8, 0.7], decay="linear", threshold=0.4, min_score=0.5)
    assert kept.tolist() == [0, 2]
    kept, scores = rles.soft_nms([0.9, 0.8, 0.7], decay="linear", classes=[0, 1, 0])
    assert scores.tolist() == [0.9, 0.8, 0.7]


def test_many_masks_in_blocks():
    """More than the core compares at a time: copies of each mask go, whatever block they are in."""
    boxes = np.stack(np.meshgrid(np.arange(40) * 5, np.arange(40) * 5), -1).reshape(-1, 2)
    once = RleArray.from_boxes(np.hstack([boxes, np.full((1600, 2), 4)]), (200, 200))
    rles = RleArray.concatenate([once, once])
    scores = np.linspace(1, 0, 3200)
    assert rles.nms(scores).tolist() == list(range(1600))
    merged, kept = rles.merge_nms(-scores)
    assert kept.tolist() == list(range(3199, 1599, -1))
    same(merged, rles[kept])
    kept, _ = rles.soft_nms(scores + 1, sigma=0.1, min_score=0.5)
    assert sorted(kept.tolist()) == list(range(1600))


def test_refusals():
    masks = RleArray.encode(np.ones((2, 3, 4), bool))
    with pytest.raises(RleError, match="do not overlap"):
        masks.overlap(RleArray.encode(np.ones((3, 3)) > 0))
    for call in (masks.overlap, masks.nms):
        with pytest.raises(ValueError, match="measure is 'giou'"):
            call(masks if call == masks.overlap else [1, 2], measure="giou")
    for call in (masks.nms, masks.merge_nms, masks.soft_nms):
        with pytest.raises(RleError, match=r"scores have shape \(1,\), expected \(2,\)"):
            call([1])
        with pytest.raises(ValueError, match="score 1 is NaN"):
            call([1, np.nan])
        with pytest.raises(RleError, match=r"classes have shape \(3,\)"):
            call([1, 2], classes=[1, 2, 3])
    with pytest.raises(ValueError, match="sigma is 0"):
        masks.soft_nms([1, 2], sigma=0)
    with pytest.raises(ValueError, match="decay is 'none'"):
        masks.soft_nms([1, 2], decay="none")
    with pytest.raises(ValueError, match="no share of 1"):
        masks.soft_nms([1, 2], measure="intersection")
    with pytest.raises(RleError, match="mask 1: masks of sizes"):
        RleArray.concatenate([masks[0], RleArray.encode(np.ones((5, 5)) > 0)]).nms([1, 2])
