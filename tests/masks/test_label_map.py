"""RleArray.from_label_map and to_label_map: every dtype, layout and order of painting."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RleArray, RleError
from reference import label_map as slow
from support import oracle
from support import strategies as own
from support.bridge import batch, dense, unbatch

DTYPES = [np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int16, np.int32, np.int64, ">i4"]
MEMORY = ["C", "F", "view", "reversed", "every second", "unaligned", "broadcast"]


def placed(array: np.ndarray, how: str) -> np.ndarray:
    """The same values in another place of memory."""
    if how in "CF":
        return np.array(array, order=how)
    if how == "view":  # a window into something larger
        room = np.full([n + 3 for n in array.shape], 1, array.dtype)
        window = room[tuple(slice(1, 1 + n) for n in array.shape)]
    elif how == "reversed":
        window = np.empty_like(array)[tuple([slice(None, None, -1)] * array.ndim)]
    elif how == "every second":
        window = np.ones([2 * n for n in array.shape], array.dtype)
        window = window[tuple([slice(None, None, 2)] * array.ndim)]
    elif how == "unaligned":
        memory = np.empty(array.nbytes + 1, np.uint8)[1:]
        window = memory.view(array.dtype).reshape(array.shape)
    else:
        return np.broadcast_to(array[:1], array.shape)
    window[...] = array
    return window


@st.composite
def label_maps(draw: st.DrawFn) -> np.ndarray:
    """Few labels in blocks or at random, of any dtype; extremes among them."""
    height, width = draw(own.sizes)
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    limits = np.iinfo(dtype)
    values = st.one_of(st.integers(0, 3), st.integers(limits.min, min(limits.max, 2**63 - 1)))
    palette = np.array(draw(st.lists(values, min_size=1, max_size=5)), dtype)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    numbers = random.integers(0, len(palette), (height, width))
    if draw(st.booleans()) and height and width:
        numbers = np.kron(numbers, np.ones((3, 2), int))[:height, :width]
    return palette[numbers]


def check(image: np.ndarray, background: int | None, threads: int = 0) -> None:
    masks, ids = RleArray.from_label_map(image, background=background, threads=threads)
    expected, labels = slow.from_label_map(image, background)
    assert unbatch(masks) == expected
    assert ids.tolist() == labels
    if image.ndim == 2:
        assert ids.dtype == np.asarray(image).dtype.newbyteorder("=")
    size = image.shape[:2]
    back = masks.to_label_map(ids, background=background or 0, size=size, threads=threads)
    np.testing.assert_array_equal(back, slow.labels_of(image))
    assert back.flags.c_contiguous
    assert back.dtype == (ids.dtype if labels else np.int32)


@given(label_maps(), st.sampled_from(MEMORY), st.sampled_from([0, 1, None]), st.integers(0, 3))
def test_from_anywhere(image, memory, background, threads):
    check(placed(image, memory), background, threads)


@given(own.sizes, st.sampled_from(MEMORY[:-1]), st.integers(0, 2**32 - 1))
def test_three_channels_are_one_label(size, memory, seed):
    random = np.random.default_rng(seed)
    image = random.integers(0, 2, (*size, 3), dtype=np.uint8) * random.integers(
        0, 256, 3, dtype=np.uint8
    )
    masks, ids = RleArray.from_label_map(placed(image, memory))
    expected, labels = slow.from_label_map(image, 0)
    assert unbatch(masks) == expected
    assert ids.tolist() == labels
    assert ids.dtype == np.uint32


@pytest.mark.parametrize("size", [(1, 5), (5, 1), (2, 3), (3, 2), (2, 2)], ids=str)
def test_every_small_map(size):
    for pixels in itertools.product(range(3), repeat=size[0] * size[1]):
        image = np.array(pixels, np.uint8).reshape(size)
        for array in (image, np.asfortranarray(image)):
            masks, ids = RleArray.from_label_map(array)
            assert (unbatch(masks), ids.tolist()) == slow.from_label_map(image, 0)
            np.testing.assert_array_equal(masks.to_label_map(ids, size=size), image)


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.int64])
@pytest.mark.parametrize("size", [(3, 5000), (5000, 3), (70, 2100)], ids=str)
def test_strips_join(size, dtype, order):
    """Wide images are read in strips, tall ones in pieces of columns; runs go on over the seams."""
    random = np.random.default_rng(5)
    blocks = random.integers(0, 4, (size[0] // 3 + 1, size[1] // 3 + 1))
    image = np.kron(blocks, np.ones((3, 3), int))[: size[0], : size[1]].astype(dtype, order=order)
    image[:, 1000:1100] = 2
    stacked = np.stack([image == label for label in (1, 2, 3)])
    for threads in (1, 3):
        masks, ids = RleArray.from_label_map(image, threads=threads)
        assert ids.tolist() == [1, 2, 3]
        expected = RleArray.encode(stacked)
        assert masks.counts.tolist() == expected.counts.tolist()
        np.testing.assert_array_equal(masks.to_label_map(ids, threads=threads), image)


def test_many_labels():
    """Each pixel its own object; the table of labels has to grow many times."""
    image = np.random.default_rng(6).permutation(90_000).reshape(300, 300).astype(np.int64) * 7919
    masks, ids = RleArray.from_label_map(image, background=None)
    np.testing.assert_array_equal(ids, np.arange(90_000) * 7919)
    assert (masks.area() == 1).all()
    np.testing.assert_array_equal(masks.to_label_map(ids, background=-1), image)


@given(
    own.stacks(minimum=1), st.sampled_from(["last", "first"]), st.sampled_from([0, 9]), st.data()
)
def test_painting_order(stack, overlap, background, data):
    masks = [slow.reference.encode(array) for array in stack]
    numbers = st.lists(st.integers(-5, 5), min_size=len(masks), max_size=len(masks))
    ids = data.draw(numbers)
    got = batch(masks).to_label_map(ids, background=background, overlap=overlap)
    expected = slow.to_label_map(masks, ids, stack[0].shape, background, overlap)
    np.testing.assert_array_equal(got, expected.astype(np.int64))
    assert got.dtype == np.int64


@given(own.stacks(minimum=1), st.integers(0, 2))
def test_overlap_is_an_error_that_says_where(stack, threads):
    masks = [slow.reference.encode(array) for array in stack]
    ids, size = list(range(1, len(masks) + 1)), stack[0].shape
    try:
        expected = slow.to_label_map(masks, ids, size, overlap="error")
    except ValueError as error:
        i, j, y, x = error.args[0]
        where = f"^masks {i} and {j} both cover the pixel in row {y}, column {x}$"
        with pytest.raises(RleError, match=where):
            batch(masks).to_label_map(overlap="error", threads=threads)
    else:
        got = batch(masks).to_label_map(overlap="error", threads=threads)
        np.testing.assert_array_equal(got, expected.astype(np.int32))
        assert got.dtype == np.int32


@given(own.cut_masks())
def test_empty_runs_paint_nothing(mask):
    got = batch([mask]).to_label_map([7], dtype=np.uint8)
    np.testing.assert_array_equal(got, dense([mask])[0] * np.uint8(7))


def test_bool_is_a_label_map_of_one_object():
    image = np.eye(3, dtype=bool)
    masks, ids = RleArray.from_label_map(image)
    assert masks == RleArray.encode(image)
    assert ids.tolist() == [1]
    assert ids.dtype == np.uint8


def test_a_list_will_do():
    masks, ids = RleArray.from_label_map([[0, 5], [5, 5]], background=5)
    assert ids.tolist() == [0]
    assert masks.area().tolist() == [1]


@pytest.mark.parametrize("background", [2**63, -(2**63) - 1, 2**200])
def test_a_background_that_no_label_can_be(background):
    assert RleArray.from_label_map([[0, 5]], background=background)[1].tolist() == [0, 5]


@pytest.mark.parametrize(
    "image, error, message",
    [
        (np.zeros((2, 2)), TypeError, "labels must be integers, not float64"),
        (np.zeros(4, int), RleError, "(h, w) or (h, w, 3), not (4,)"),
        (np.zeros((2, 2, 4), np.uint8), RleError, "(h, w) or (h, w, 3), not (2, 2, 4)"),
        (np.zeros((2, 2, 3), int), TypeError, "red, green and blue must be uint8, not int64"),
        (np.array([[2**63]], np.uint64), RleError, f"64 signed bits, {2**63} does not"),
    ],
    ids=str,
)
def test_what_is_no_label_map(image, error, message):
    with pytest.raises(error, match=re.escape(message)):
        RleArray.from_label_map(image)


TWO = RleArray.encode(np.ones((2, 3, 4), bool))


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: TWO.to_label_map([1]), RleError, "ids have shape (1,), expected (2,)"),
        (lambda: TWO.to_label_map([1.0, 2.0]), TypeError, "ids must be integers, not float64"),
        (lambda: TWO.to_label_map(dtype=float), TypeError, "labels are integers, not float64"),
        (
            lambda: TWO.to_label_map([1, 256], dtype=np.uint8),
            RleError,
            "mask 1: label 256 does not fit a map of 8 unsigned bits",
        ),
        (
            lambda: TWO.to_label_map([-(2**31) - 1, 0], dtype=np.int32),
            RleError,
            "mask 0: label -2147483649 does not fit a map of 32 signed bits",
        ),
        (lambda: TWO.to_label_map([-1, 1], dtype=np.uint64), RleError, "-1 does not fit uint64"),
        (
            lambda: TWO.to_label_map(background=300, dtype=np.uint8),
            RleError,
            "background 300 does not fit a map of 8 unsigned bits",
        ),
        (lambda: TWO.to_label_map(size=(4, 3)), RleError, "mask 0: size is [3, 4], expected [4, 3"),
        (lambda: TWO[:0].to_label_map(), RleError, "give it as size="),
        (lambda: TWO[:0].to_label_map(size=(-1, 3)), RleError, "size is [-1, 3]"),
        (lambda: TWO[:0].to_label_map(size=(2**32 - 1,) * 2), MemoryError, "beyond any memory"),
        (lambda: TWO.to_label_map(overlap="both"), ValueError, 'overlap is "both"; it must be'),
    ],
)
def test_what_cannot_be_painted(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_masks_of_two_sizes_are_no_map():
    mixed = RleArray.concatenate([TWO, RleArray.encode(np.ones((1, 4, 3), bool))])
    with pytest.raises(RleError, match=r"^mask 2: size is \[4, 3\], expected \[3, 4\]$"):
        mixed.to_label_map()


def test_no_masks_are_all_background():
    got = TWO[:0].to_label_map(size=(2, 3), background=-4)
    assert (got == np.full((2, 3), -4)).all()
    assert got.dtype == np.int32
    assert TWO[:0].to_label_map(size=(0, 3)).shape == (0, 3)


PNGS = [
    "panopticapi/sample_data/panoptic_examples",
    "datumaro/tests/assets/coco_dataset/coco_panoptic/annotations/panoptic_train",
    "datumaro/tests/assets/coco_dataset/coco_panoptic/annotations/panoptic_val",
]


@pytest.mark.parametrize("folder", PNGS)
def test_real_panoptic_images(dialects, folder):
    image_of = pytest.importorskip("PIL.Image")
    paths = sorted((dialects / folder).glob("*.png"))
    assert paths
    for path in paths:
        image = np.asarray(image_of.open(path).convert("RGB"))
        masks, ids = RleArray.from_label_map(image)
        labels = slow.labels_of(image)
        assert ids.tolist() == [n for n in np.unique(labels).tolist() if n != 0]
        expected = [oracle.encode(np.asfortranarray(labels == n, np.uint8)) for n in ids]
        assert masks.to_coco("bytes") == expected
        np.testing.assert_array_equal(masks.to_label_map(ids, overlap="error"), labels)
