"""RleArray.encode(scores, threshold=t): the masks of `scores > t`."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocodec import RleArray
from reference import scores as reference

DTYPES = ["float16", "float32", "float64"]


@given(st.floats(allow_nan=False))
@example(0.0)
@example(-0.0)
@example(65519.99)
@example(65520.0)
@example(-65520.0)
@example(2.0**-25)
@example(3 * 2.0**-25)
@example(math.inf)
@example(-math.inf)
def test_every_float16(threshold):
    patterns = np.arange(2**16, dtype=np.uint16).view(np.float16).reshape(256, 256)
    expected = np.array(reference.numbers("float16")) > reference.rounded(threshold, "float16")
    got = RleArray.encode(patterns, threshold=threshold).decode(layout="HW", dtype=bool)
    np.testing.assert_array_equal(got, expected.reshape(256, 256))


@given(
    st.sampled_from(DTYPES),
    st.lists(st.floats(), min_size=1, max_size=40),
    st.floats(allow_nan=False) | st.integers(-3, 3),
)
def test_as_numpy_compares(dtype, values, threshold):
    with np.errstate(over="ignore"):
        scores = np.array(values).astype(dtype).reshape(1, -1)
        limit = np.dtype(dtype).type(threshold)
    assert limit == reference.rounded(float(threshold), dtype)
    # The threshold is sometimes a score: that one is not above.
    scores[0, 0] = limit
    got = RleArray.encode(scores, threshold=threshold)
    assert got == RleArray.encode(scores > limit)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", [0, 1, 3])
def test_any_layout_and_strides(dtype, threads):
    random = np.random.default_rng(4)
    for smooth in (False, True):
        scores = random.normal(size=(5, 67, 130)).astype(dtype)
        if smooth:
            scores += np.linspace(-9, 9, 130, dtype=dtype)
        expected = RleArray.encode(scores > dtype_value(dtype, 0.1))
        wide = np.repeat(np.repeat(scores, 2, 1), 3, 2)
        for array in (
            scores,
            scores.transpose(0, 2, 1).copy().transpose(0, 2, 1),
            wide[:, ::2, 1::3],
            scores[:, ::-1, ::-1].copy()[:, ::-1, ::-1],
        ):
            assert RleArray.encode(array, threshold=0.1, threads=threads) == expected
        stacked = np.ascontiguousarray(scores.transpose(1, 2, 0))
        for array in (stacked, np.asfortranarray(stacked)):
            got = RleArray.encode(array, layout="HWN", threshold=0.1, threads=threads)
            assert got == expected
        assert RleArray.encode(scores[1], threshold=0.1) == expected[1]


def dtype_value(dtype: str, value: float) -> np.floating:
    return np.dtype(dtype).type(value)


def test_memory_that_is_not_aligned():
    raw = np.zeros(4 * 12 + 1, np.uint8)
    scores = raw[1:].view(np.uint8)[:48].view("<f4").reshape(3, 4)
    assert not scores.flags.aligned
    scores[...] = np.arange(12).reshape(3, 4) - 5
    assert RleArray.encode(scores, threshold=0) == RleArray.encode(np.array(scores) > 0)


def test_empty_stacks():
    assert len(RleArray.encode(np.zeros((0, 3, 4), np.float32), threshold=0)) == 0
    assert RleArray.encode(np.zeros((2, 0, 4), np.float32), threshold=0).area().tolist() == [0, 0]


def test_without_a_threshold_the_message_names_it():
    for dtype in DTYPES:
        with pytest.raises(TypeError, match="threshold"):
            RleArray.encode(np.zeros((2, 3), dtype))


@pytest.mark.parametrize("dtype", [np.uint8, np.bool_, np.int64, ">f4", np.complex64, object])
def test_other_dtypes_have_no_threshold(dtype):
    with pytest.raises(TypeError, match="threshold is for float"):
        RleArray.encode(np.zeros((2, 3), dtype), threshold=0.5)


def test_thresholds_that_are_none():
    with pytest.raises(ValueError, match="NaN"):
        RleArray.encode(np.zeros((2, 3), np.float32), threshold=math.nan)
    with pytest.raises((TypeError, ValueError)):
        RleArray.encode(np.zeros((2, 3), np.float32), threshold="high")
