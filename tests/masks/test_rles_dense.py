"""RleArray.encode and RleArray.decode: layouts, strides, dtypes, the caller's buffer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RleArray, RleError
from reference import masks as reference
from support import strategies as own
from support.bridge import batch, unbatch

AXES = {"NHW": (0, 1, 2), "HWN": (1, 2, 0)}  # which axis of (n, h, w) comes where
DTYPES = [np.uint8, np.bool_, np.int8]
MEMORY = ["C", "F", "view", "reversed", "every second", "broadcast", "readonly"]


def placed(stack: np.ndarray, how: str) -> np.ndarray:
    """The same values in another place of memory."""
    if how in "CF":
        return np.array(stack, order=how)
    if how == "view":  # a window into something larger
        room = np.full([n + 5 for n in stack.shape], 1, stack.dtype)
        window = room[tuple(slice(2, 2 + n) for n in stack.shape)]
    elif how == "reversed":
        window = np.empty_like(stack)[tuple([slice(None, None, -1)] * stack.ndim)]
    elif how == "every second":
        window = np.ones([2 * n for n in stack.shape], stack.dtype)
        window = window[tuple([slice(None, None, 2)] * stack.ndim)]
    else:
        window = np.array(stack)
        window.setflags(write=how != "readonly")
        return window
    window[...] = stack
    return window


def as_stack(dense: list[np.ndarray], layout: str) -> np.ndarray:
    return np.stack(dense).transpose(AXES[layout])


@given(
    own.stacks(minimum=1),
    st.sampled_from(sorted(AXES)),
    st.sampled_from(DTYPES),
    st.sampled_from(MEMORY),
    st.integers(0, 3),
)
def test_encode_from_anywhere(dense, layout, dtype, memory, threads):
    values = as_stack(dense, layout).astype(dtype)
    if dtype is not np.bool_:
        values *= (
            np.array([1, 7, 127, -1])
            .astype(dtype)[np.arange(values.size) % 4]
            .reshape(values.shape)
        )
    got = RleArray.encode(placed(values, memory), layout=layout, threads=threads)
    assert unbatch(got) == [reference.encode(mask) for mask in dense]


@given(
    own.stacks(minimum=1),
    st.sampled_from(sorted(AXES)),
    st.sampled_from(DTYPES),
    st.sampled_from(["C", "F", "view", "reversed", "every second"]),
    st.integers(0, 3),
)
def test_decode_to_anywhere(dense, layout, dtype, memory, threads):
    rles = RleArray.encode(np.stack(dense))
    expected = as_stack(dense, layout)
    out = placed(np.full(expected.shape, 1, dtype), memory)
    around = out.base.copy() if memory in ("view", "every second") else None
    got = rles.decode(out, layout=layout, threads=threads)
    assert got is out
    np.testing.assert_array_equal(out, expected)
    assert set(np.unique(out.view(np.uint8) if memory in "CF" else out.astype(np.uint8))) <= {0, 1}
    if around is not None:  # not a byte was written beside the window
        root = out.base
        out[...] = 1
        np.testing.assert_array_equal(root, around)


@given(own.stacks(minimum=1), st.sampled_from(DTYPES), st.integers(0, 3))
def test_decode_to_new_arrays(dense, dtype, threads):
    rles = RleArray.encode(np.stack(dense), threads=threads)
    stack = rles.decode(dtype=dtype, threads=threads)
    assert stack.dtype == dtype
    assert stack.flags.c_contiguous
    assert stack.flags.writeable
    np.testing.assert_array_equal(stack, np.stack(dense))
    columns = rles.decode(layout="HWN", dtype=dtype, threads=threads)
    assert columns.flags.f_contiguous
    np.testing.assert_array_equal(columns, np.stack(dense, axis=2))
    np.testing.assert_array_equal(rles[0].decode(layout="HW", dtype=dtype), dense[0])


@given(own.dense())
def test_one_mask_needs_no_layout(dense):
    assert unbatch(RleArray.encode(dense)) == [reference.encode(dense)]
    assert unbatch(RleArray.encode(dense, layout="HW")) == [reference.encode(dense)]
    assert unbatch(RleArray.encode(dense[np.newaxis])) == [reference.encode(dense)]


@given(own.cut_masks(own.solid_sizes))
def test_empty_runs_decode_to_nothing(mask):
    np.testing.assert_array_equal(batch([mask]).decode()[0], reference.decode(mask))


@pytest.mark.parametrize("layout, shape", [("NHW", (0, 3, 4)), ("HWN", (3, 4, 0))])
def test_a_stack_of_no_masks(layout, shape):
    rles = RleArray.encode(np.zeros(shape, np.uint8), layout=layout)
    assert len(rles) == 0
    assert rles.decode(layout=layout).size == 0
    assert rles.decode(layout=layout).ndim == 3


def test_a_stack_without_memory_of_its_own():
    """Every mask, row or column at one address: stride 0."""
    row = np.array([0, 1, 1, 0, 1], np.uint8)
    stack = np.broadcast_to(row, (3, 4, 5))
    expected = reference.encode(np.broadcast_to(row, (4, 5)))
    assert unbatch(RleArray.encode(stack)) == [expected] * 3
    column = np.broadcast_to(np.array([[1], [0], [1]], np.uint8), (3, 4))
    assert unbatch(RleArray.encode(column)) == [reference.encode(column)]


def test_threads_change_nothing_where_there_is_work():
    random = np.random.default_rng(3)
    stack = random.random((40, 93, 117)) < np.linspace(0, 1, 40)[:, None, None]
    alone = RleArray.encode(stack, threads=1)
    decoded = alone.decode(threads=1)
    np.testing.assert_array_equal(decoded, stack)
    for threads in (0, 2, 5, 100):
        many = RleArray.encode(stack, threads=threads)
        np.testing.assert_array_equal(many.counts, alone.counts)
        np.testing.assert_array_equal(many.offsets, alone.offsets)
        np.testing.assert_array_equal(alone.decode(threads=threads), decoded)
        columns = np.asfortranarray(stack.transpose(1, 2, 0))
        np.testing.assert_array_equal(
            RleArray.encode(columns, layout="HWN", threads=threads).counts, alone.counts
        )


@pytest.mark.parametrize(
    "dtype",
    [np.float32, np.float64, np.int64, np.int32, np.uint16, np.complex64, object, "U1", "S1"],
)
def test_other_dtypes_name_the_cast_to_write(dtype):
    with pytest.raises(TypeError, match=r"cast|astype"):
        RleArray.encode(np.zeros((2, 3), dtype))
    out = np.zeros((1, 2, 3), dtype)
    with pytest.raises(TypeError):
        RleArray.encode(np.zeros((2, 3), bool)).decode(out)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, object])
def test_decode_makes_no_other_dtypes(dtype):
    with pytest.raises(TypeError):
        RleArray.encode(np.zeros((2, 3), bool)).decode(dtype=dtype)


@pytest.mark.parametrize(
    "shape, layout",
    [((3,), None), ((), None), ((2, 2, 2, 2), None), ((2, 3), "NHW"), ((2, 3, 4), "HW")],
)
def test_shapes_that_do_not_fit(shape, layout):
    with pytest.raises(ValueError, match="dimension"):
        RleArray.encode(np.zeros(shape, bool), layout=layout)


def test_unknown_layouts():
    rles = RleArray.encode(np.zeros((2, 3), bool))
    with pytest.raises(ValueError, match="NHW"):
        RleArray.encode(np.zeros((1, 2, 3), bool), layout="CHW")
    with pytest.raises(ValueError, match="NHW"):
        rles.decode(layout="NWH")


@pytest.mark.parametrize("shape", [(1, 3, 2), (2, 2, 3), (0, 2, 3), (1, 2, 4)])
def test_out_of_another_shape(shape):
    rles = RleArray.encode(np.ones((2, 3), bool))
    out = np.full(shape, 9, np.uint8)
    with pytest.raises(RleError, match="out"):
        rles.decode(out)
    assert (out == 9).all()


def test_out_that_cannot_be_written():
    rles = RleArray.encode(np.ones((2, 3), bool))
    out = np.zeros((1, 2, 3), np.uint8)
    out.setflags(write=False)
    with pytest.raises(ValueError, match=r"writ|read-only"):
        rles.decode(out)
    assert not out.any()
    with pytest.raises(TypeError):
        rles.decode([[0, 0, 0], [0, 0, 0]])


def test_masks_of_two_sizes_do_not_stack():
    rles = RleArray.concatenate(
        [RleArray.encode(np.zeros((2, 3), bool)), RleArray.encode(np.ones((3, 2), bool))]
    )
    for layout in ("NHW", "HWN"):
        with pytest.raises(RleError, match="size") as caught:
            rles.decode(layout=layout)
        assert caught.value.code == "size_mismatch"
        assert caught.value.item == 1
    with pytest.raises(RleError, match="one mask"):
        rles.decode(layout="HW")
    out = np.full((2, 2, 3), 9, np.uint8)
    with pytest.raises(RleError, match="size"):
        rles.decode(out)
    assert (out == 9).all()


def runs_of(dense: np.ndarray) -> list[int]:
    """reference.encode for masks too large for it."""
    flat = dense.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat, prepend=False))
    return np.diff(np.concatenate([[0], changes, [flat.size]])).tolist()


@pytest.mark.parametrize(
    "size", [(64, 64), (65, 63), (63, 130), (100, 257), (1, 5000), (3, 40_000), (480, 640)]
)
@pytest.mark.parametrize("density", [0.0, 0.001, 0.03, 0.5, 0.98, 1.0])
def test_sizes_at_which_fast_paths_begin(size, density):
    random = np.random.default_rng(8)
    small = random.random((7, 7)) < 0.5
    assert runs_of(small) == reference.encode(small).runs
    noise = random.random(size) < density
    blocks = np.zeros(size, bool)
    blocks[size[0] // 5 : size[0] - 3, size[1] // 4 : size[1] // 2 + 1] = density > 0
    for mask in (noise, blocks, noise & blocks, noise | blocks):
        values = (mask * random.integers(1, 256, size)).astype(np.uint8)
        room = np.repeat(np.repeat(values, 2, 0), 3, 1)
        expected = runs_of(mask)
        for array in (values, np.asfortranarray(values), room[1::2, 2::3], values[::-1][::-1]):
            assert RleArray.encode(array).counts.tolist() == expected
        rles = RleArray.encode(np.stack([mask, ~mask]))
        assert rles.counts.tolist() == expected + runs_of(~mask)
        np.testing.assert_array_equal(rles.decode(), np.stack([mask, ~mask]))
        np.testing.assert_array_equal(rles.decode(layout="HWN"), np.stack([mask, ~mask], 2))
        out = np.full((2, 2 * size[0], 3 * size[1]), 9, np.uint8)
        rles.decode(out[:, ::2, ::3])
        np.testing.assert_array_equal(out[:, ::2, ::3], np.stack([mask, ~mask]))
        assert (out[:, 1::2] == 9).all()
        assert (out[:, :, 1::3] == 9).all()


def test_small_masks_of_every_size_in_rows():
    random = np.random.default_rng(9)
    for height in range(1, 27):
        for width in (*range(1, 27), 512 // height, 512 // height + 1):
            values = random.integers(0, 3, (4, height, width + 3), np.uint8) * 127
            values[2:] *= random.random((2, height, width + 3)) < 0.1
            for masks in (values[:, :, :-3], values[:, ::-1, 3:]):
                expected = [run for mask in masks for run in runs_of(mask != 0)]
                assert RleArray.encode(masks).counts.tolist() == expected
                assert mask_to_runs(masks[0]) == runs_of(masks[0] != 0)


def mask_to_runs(mask: np.ndarray) -> list[int]:
    return RleArray.encode(mask).counts.tolist()


@pytest.mark.parametrize("height", [480, 479])
def test_more_than_caches_hold(height):
    random = np.random.default_rng(10)
    masks = np.zeros((56, height, 640), np.uint8)  # above 16 MB
    masks[0] = random.integers(0, 2, masks[0].shape)
    masks[1] = 1
    for mask in masks[2:]:
        top, left = random.integers(0, (height, 640))
        mask[top : top + 200, left : left + 300] = 1
    rles = RleArray.encode(masks)
    out = np.full((56, 640, height + 1), 9, np.uint8)
    for threads in (1, 2):
        np.testing.assert_array_equal(
            rles.decode(layout="HWN", threads=threads).T, masks.transpose(0, 2, 1)
        )
        out[:] = 9
        rles.decode(out.transpose(0, 2, 1)[:, :height], threads=threads)
        np.testing.assert_array_equal(out.transpose(0, 2, 1)[:, :height], masks)
        assert (out[:, :, height] == 9).all()
