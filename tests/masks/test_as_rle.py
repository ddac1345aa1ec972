"""cocodec.as_rle: one mask from any spelling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import PolygonError, RleArray, RleError, as_rle
from reference import masks as reference
from reference.masks import Mask, to_string
from support import strategies as own
from support.bridge import batch, same, unbatch

TRIANGLE = [1.0, 1.0, 5.0, 1.0, 3.0, 6.0]
SQUARE = [4, 4, 8, 4, 8, 8, 4, 8]
BOX = [1, 2, 3, 4]


def rings(*polygon: list[float]) -> list[Mask]:
    return [reference.rings(polygon, 10, 12)]


@pytest.mark.parametrize(
    "spelling",
    [
        [TRIANGLE],
        (tuple(TRIANGLE),),
        TRIANGLE,
        tuple(TRIANGLE),
        np.array(TRIANGLE),
        np.array(TRIANGLE, np.float32),
        [np.array(TRIANGLE)],
        [np.array(TRIANGLE).reshape(-1, 2)],
        np.array(TRIANGLE).reshape(-1, 2),
        [[(1, 1), (5, 1), (3, 6)]],
        [[1, 1], [5, 1], [3, 6]],
        [["1", "1.0", "5", "1e0", 3, 6]],
        [TRIANGLE, []],
        [TRIANGLE, [3, 3]],
        [TRIANGLE, [1, 2, 3, 4]],
        [[1, 2, 3, 4], TRIANGLE],
    ],
    ids=repr,
)
def test_one_ring(spelling):
    assert unbatch(as_rle(spelling, 10, 12)) == rings(TRIANGLE)


def test_several_rings():
    assert unbatch(as_rle([TRIANGLE, SQUARE], 10, 12)) == rings(TRIANGLE, SQUARE)


@pytest.mark.parametrize(
    "spelling",
    [BOX, [BOX], tuple(BOX), [tuple(BOX)], np.array(BOX), [np.array(BOX)], [BOX, [5, 5, 2, 2]]],
    ids=repr,
)
def test_a_ring_is_never_a_box(spelling):
    """Four numbers are two points, which enclose nothing."""
    assert unbatch(as_rle(spelling, 10, 12)) == [Mask([120], 10, 12)]


def test_an_array_of_four_columns_may_be_boxes():
    with pytest.raises(TypeError, match="from_boxes"):
        as_rle(np.array([BOX, [5, 5, 2, 2]]), 10, 12)


@pytest.mark.parametrize(
    "spelling",
    [[], [[]], (), [[], []], np.zeros(0), [[1, 2]], [[1, 2], [3, 4]], [1, 2]],
    ids=repr,
)
def test_what_covers_nothing(spelling):
    assert unbatch(as_rle(spelling, 10, 12)) == [Mask([120], 10, 12)]


@given(own.segmentations(), st.booleans())
def test_runs_in_a_dict(case, with_size):
    segmentation, mask = case
    assert unbatch(as_rle(segmentation, *(mask.size if with_size else ()))) == [mask]


@given(own.masks())
def test_bare_strings(mask):
    text = to_string(mask.runs)
    assert unbatch(as_rle(text, *mask.size)) == [mask]
    assert unbatch(as_rle(text.decode(), height=mask.height, width=mask.width)) == [mask]


@given(own.dense(own.solid_sizes), st.sampled_from(["?", "u1", "i1"]))
def test_dense_masks(dense, dtype):
    expected = [reference.encode(dense)]
    assert unbatch(as_rle(dense.astype(dtype))) == expected
    assert unbatch(as_rle(np.asfortranarray(dense.astype(dtype)), *dense.shape)) == expected


def test_a_batch_of_one():
    rles = RleArray.encode(np.eye(3, 4, dtype=bool))
    same(as_rle(rles), rles)
    same(as_rle(rles, 3, 4), rles)
    for wrong in (RleArray(), RleArray.concatenate([rles, rles])):
        with pytest.raises(RleError, match="one mask"):
            as_rle(wrong)


@pytest.mark.parametrize(
    "spelling",
    [
        {"size": [4, 5], "counts": "34="},
        {"size": [4, 5], "counts": [3, 4, 13]},
        np.zeros((4, 5), bool),
        batch([Mask([20], 4, 5)]),
    ],
    ids=["string", "list", "dense", "batch"],
)
def test_a_size_that_contradicts(spelling):
    assert as_rle(spelling, 4, 5).sizes.tolist() == [[4, 5]]
    with pytest.raises(RleError, match=r"\[4, 5\].*\[5, 4\]"):
        as_rle(spelling, 5, 4)


@pytest.mark.parametrize("spelling", [[TRIANGLE], BOX, "34=", b"34=", []], ids=repr)
def test_a_size_that_is_needed(spelling):
    with pytest.raises(TypeError, match="height and width"):
        as_rle(spelling)
    with pytest.raises(TypeError, match="both"):
        as_rle(spelling, 10)


@pytest.mark.parametrize(
    "nonsense",
    [
        *(None, 7, 1.5, object(), {1, 2}),
    ],
    ids=lambda value: repr(value).partition(" at 0x")[0],
)
def test_nonsense_is_a_type_error(nonsense):
    with pytest.raises(TypeError):
        as_rle(nonsense, 10, 12)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([None], "number 0 is null"),
        (["abc"], 'number 0 is "abc"'),
        ([[1, 2, "x", 4, 5, 6]], 'ring 0, number 2 is "x"'),
        ([[None] * 6], "ring 0, number 0 is null"),
        ([[[0, 0], [1, 1], [2]]], "nested one level too deep"),
        ([[1, 2, 3, 4, 5, 6j]], "complex"),
        ([[*TRIANGLE, 9.0]], "ring 0 has 7 numbers, an odd number"),
    ],
    ids=repr,
)
def test_rings_that_are_wrong(wrong, words):
    with pytest.raises(PolygonError, match=words):
        as_rle(wrong, 10, 12)


@pytest.mark.parametrize("dtype", ["f8", "i8", "u2"])
def test_wide_numbers_may_be_coordinates(dtype):
    """A float mask is no mask until somebody says at which value it begins."""
    with pytest.raises(TypeError, match="cast"):
        as_rle(np.zeros((10, 12), dtype), 10, 12)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_coordinates_that_cannot_be_used(value):
    with pytest.raises(PolygonError, match="coordinate"):
        as_rle([[0, 0, 5, value, 5, 5]], 10, 12)
    with pytest.raises(PolygonError):
        as_rle([0, 0, value, 5], 10, 12)


@pytest.mark.parametrize("shape", [(30, 40), (1, 30, 40), (1, 1, 30, 40)])
@pytest.mark.parametrize("size", [(), (30, 40)])
def test_scores_say_what_to_write(shape: tuple[int, ...], size: tuple[int, ...]) -> None:
    with pytest.raises(TypeError, match=r"cast a dense mask to bool, \(mask > 0.5\)"):
        as_rle(np.ones(shape, np.float32), *size)
