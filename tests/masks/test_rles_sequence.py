"""RleArray as a sequence: indexing, joining, equality, copies, pickles; and nothing changes it."""

from __future__ import annotations

import copy
import gc
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RleArray
from reference import masks as reference
from reference.masks import Mask
from support import strategies as own
from support.bridge import batch, same, unbatch

batches = st.lists(st.one_of(own.masks(), own.cut_masks()), max_size=6)


def three() -> RleArray:
    return batch([Mask([3, 4, 13], 4, 5), Mask([6], 2, 3), Mask([0, 2, 0, 2], 2, 2)])


@given(batches, st.data())
def test_indexing_is_that_of_a_list(masks, data):
    rles = batch(masks)
    assert len(rles) == len(masks)
    assert [unbatch(one) for one in rles] == [[mask] for mask in masks]
    n = len(masks)
    key = data.draw(st.slices(n))
    assert unbatch(rles[key]) == masks[key]
    if n:
        index = data.draw(st.integers(-n, n - 1))
        assert unbatch(rles[index]) == [masks[index]]
        assert unbatch(rles[np.int32(index)]) == [masks[index]]
        indices = data.draw(st.lists(st.integers(-n, n - 1), max_size=8))
        expected = [masks[i] for i in indices]
        for form in (list, lambda v: np.array(v, dtype=np.int16)):
            assert unbatch(rles[form(indices)]) == expected
    flags = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    expected = [mask for mask, flag in zip(masks, flags, strict=True) if flag]
    assert unbatch(rles[np.array(flags, dtype=bool)]) == expected


@pytest.mark.parametrize("key", [3, -4, [0, 3], np.array([-4]), [True, False], np.ones(4, bool)])
def test_indices_out_of_range(key):
    with pytest.raises(IndexError):
        three()[key]


@pytest.mark.parametrize("key", [1.0, "a", [0.5], None, np.zeros((1, 1), int)], ids=repr)
def test_what_is_no_index(key):
    with pytest.raises((TypeError, IndexError)):
        three()[key]


def test_unsigned_indices_do_not_wrap():
    with pytest.raises(IndexError):
        three()[np.array([2**64 - 1], dtype=np.uint64)]


@given(st.lists(batches, max_size=4))
def test_concatenate(parts):
    joined = RleArray.concatenate([batch(part) for part in parts])
    assert unbatch(joined) == [mask for part in parts for mask in part]
    same(RleArray.concatenate(batch(part) for part in parts), joined)


def test_concatenate_takes_batches_only():
    with pytest.raises((TypeError, AttributeError)):
        RleArray.concatenate([three(), "no batch"])


def test_an_empty_batch():
    for empty in (RleArray(), RleArray.concatenate([]), three()[:0], RleArray.from_coco([])):
        assert len(empty) == 0
        assert empty.counts.shape == (0,)
        assert empty.offsets.tolist() == [0]
        assert empty.sizes.shape == (0, 2)
        assert empty == RleArray()
        assert list(empty) == []
        assert empty.area().shape == (0,)
        assert empty.bbox().shape == (0, 4)
        assert empty.to_coco() == []
        assert empty.iou(three()).shape == (0, 3)
        assert three().iou(empty).shape == (3, 0)
        assert len(empty.union()) == len(empty.intersection()) == len(~empty) == 0
        assert len(empty | empty) == 0
        same(pickle.loads(pickle.dumps(empty)), empty)
        assert "0 masks" in repr(empty)


@given(own.cut_masks(), st.data())
def test_equality_sees_pixels_and_sizes_not_cuts(mask, data):
    plain = reference.canonical(mask)
    assert batch([mask]) == batch([plain])
    assert batch([plain]) == batch([mask])
    assert not batch([mask]) != batch([plain])  # noqa: SIM202 - __ne__ is what is tested
    other = data.draw(own.masks())
    equal = other.size == mask.size and other.runs == plain.runs
    assert (batch([mask]) == batch([other])) is equal
    assert (batch([other]) == batch([mask])) is equal


def test_equality_with_other_things():
    rles = three()
    assert rles != rles[:2]
    assert rles != "masks"
    assert not rles == None  # noqa: E711, SIM201
    assert rles[[0, 1, 2]] == rles
    # The same runs, another shape of image.
    assert batch([Mask([6], 2, 3)]) != batch([Mask([6], 3, 2)])
    assert batch([Mask([0], 0, 3)]) != batch([Mask([0], 3, 0)])
    assert batch([Mask([], 0, 3)]) == batch([Mask([0, 0, 0], 0, 3)])
    with pytest.raises(TypeError, match="hash"):
        hash(rles)


@pytest.mark.parametrize("array", [np.ones(3), np.ones(()), np.zeros(0), np.array(["a"])], ids=repr)
def test_operators_with_arrays_are_no_broadcast(array):
    rles = three()
    assert (rles == array) is False
    assert (array == rles) is False
    assert (array != rles) is True
    for operate in (lambda a, b: a | b, lambda a, b: a & b, lambda a, b: a - b, lambda a, b: a ^ b):
        with pytest.raises(TypeError):
            operate(rles, array)
        with pytest.raises(TypeError):
            operate(array, rles)


@given(batches)
def test_copies_and_pickles(masks):
    rles = batch(masks)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        same(pickle.loads(pickle.dumps(rles, protocol)), rles)
    same(copy.copy(rles), rles)
    same(copy.deepcopy(rles), rles)
    same(copy.deepcopy([rles, rles])[1], rles)


def test_a_broken_pickle_is_refused():
    rles = three()
    build, (counts, offsets, sizes) = rles.__reduce__()
    with pytest.raises(ValueError, match="runs cover"):
        build(counts + np.uint32(1), offsets, sizes)


@pytest.mark.parametrize("name", ["counts", "offsets", "sizes"])
def test_the_arrays_cannot_be_changed(name):
    rles = three()
    array = getattr(rles, name)
    assert not array.flags.writeable
    assert not array.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 7
    with pytest.raises(ValueError, match="WRITEABLE"):
        array.setflags(write=True)
    with pytest.raises(ValueError, match="WRITEABLE"):
        array[:].setflags(write=True)
    base = array
    while isinstance(base, np.ndarray):
        with pytest.raises(ValueError, match="WRITEABLE"):
            base.setflags(write=True)
        base = base.base
    with pytest.raises((TypeError, ValueError, BufferError)):
        memoryview(array)[0] = 7
    with pytest.raises(AttributeError):
        setattr(rles, name, array)
    # Twice the same memory: a view, no copy.
    assert array.ctypes.data == getattr(rles, name).ctypes.data


def test_the_arrays_outlive_the_batch():
    random = np.random.default_rng(0)
    stack = random.random((50, 20, 20)) < 0.5
    counts = RleArray.encode(stack).counts
    gc.collect()
    filler = [RleArray.encode(~stack) for _ in range(5)]
    np.testing.assert_array_equal(counts, RleArray.encode(stack).counts)
    assert len(filler) == 5


def test_dtypes_of_the_arrays():
    rles = three()
    assert (rles.counts.dtype, rles.counts.shape) == (np.uint32, (8,))
    assert (rles.offsets.dtype, rles.offsets.shape) == (np.int64, (4,))
    assert (rles.sizes.dtype, rles.sizes.shape) == (np.int64, (3, 2))
    assert rles.offsets.tolist() == [0, 3, 4, 8]
    assert rles.sizes.tolist() == [[4, 5], [2, 3], [2, 2]]


def test_from_runs_copies():
    counts = np.array([3, 4, 13], np.uint32)
    offsets, sizes = np.array([0, 3]), np.array([[4, 5]])
    rles = RleArray.from_runs(counts, offsets, sizes)
    counts[:] = offsets[:] = sizes[:] = 9
    assert unbatch(rles) == [Mask([3, 4, 13], 4, 5)]


def test_encode_copies():
    stack = np.zeros((1, 2, 2), bool)
    rles = RleArray.encode(stack)
    stack[:] = True
    assert rles.area().tolist() == [0]


def test_repr_says_how_many_and_how_large():
    assert repr(three()) == "<RleArray: 3 masks, 3 sizes, 8 runs>"
    assert repr(three()[1]).startswith("<RleArray: 1 mask, 2x3, 1 run")


def test_no_attributes_of_its_own():
    with pytest.raises(AttributeError):
        three().score = 1
