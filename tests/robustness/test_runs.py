"""Malformed masks: our error, never a crash, never a wrong answer.

The one way round every check is not tested: `_core.Runs.__new__`, which nothing here calls.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import CocodecError, RleArray, _core, as_rle
from cocodec.pycocotools import _mask, mask
from reference.masks import MAX_RUN, Mask
from support import strategies as own
from support.bridge import batch

# What may come out of a call with nonsense in it. AttributeError, SystemError and the like may not.
# (numpy warns of complex numbers, and warnings are errors here.)
REFUSALS = (
    CocodecError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    MemoryError,
    np.exceptions.ComplexWarning,
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.sampled_from([2**31, 2**32, 2**63, 2**64, -(2**63), 10**30, -(10**30)]),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.complex_numbers(),
)
arrays = st.builds(
    lambda shape, dtype: np.ones(shape, dtype),
    st.lists(st.integers(0, 3), max_size=4),
    st.sampled_from(["?", "u1", "i8", "u8", "f4", "f8", "O", "U2", "M8[s]", "c16", "i4,f8"]),
)
anything = st.recursive(
    st.one_of(scalars, arrays),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.sampled_from(["size", "counts", "id", ""]), inner, max_size=3),
        st.fixed_dictionaries({"size": inner, "counts": inner}),
    ),
    max_leaves=12,
)


def attempt(call, *arguments):
    """The result, or None where the call was refused in a way that it may be."""
    try:
        return call(*arguments)
    except REFUSALS:
        return None


def require_sound(rles: RleArray) -> None:
    """Every batch that exists is legal, whatever it was made from."""
    offsets, counts = rles.offsets, rles.counts.astype(object)
    assert offsets[0] == 0
    assert offsets[-1] == len(counts)
    assert (np.diff(offsets) >= 0).all()
    for i, (h, w) in enumerate(rles.sizes.tolist()):
        assert 0 <= h <= MAX_RUN
        assert 0 <= w <= MAX_RUN
        assert sum(counts[offsets[i] : offsets[i + 1]]) == h * w


@given(anything, anything)
def test_anything_as_a_batch(segmentations, sizes):
    for make in (
        lambda: RleArray.from_coco(segmentations),
        lambda: RleArray.from_coco(segmentations, sizes),
        lambda: RleArray.from_polygons(segmentations, sizes),
        lambda: RleArray.from_boxes(segmentations, sizes),
        lambda: RleArray.from_polygons(segmentations, (4, 5)),
        lambda: RleArray.from_coco(segmentations, (4, 5)),
    ):
        rles = attempt(make)
        if rles is not None:
            require_sound(rles)


@given(anything)
def test_anything_as_one_mask(segmentation):
    for size in ((), (4, 5)):
        rles = attempt(as_rle, segmentation, *size)
        if rles is not None:
            assert len(rles) == 1
            require_sound(rles)


@given(anything, anything, anything)
def test_anything_as_runs(counts, offsets, sizes):
    rles = attempt(RleArray.from_runs, counts, offsets, sizes)
    if rles is not None:
        require_sound(rles)


@given(anything, st.sampled_from([None, "NHW", "HWN", "HW", "", 3]))
def test_anything_as_dense_masks(masks, layout):
    rles = attempt(lambda: RleArray.encode(masks, layout=layout))
    if rles is not None:
        require_sound(rles)


@given(anything)
def test_anything_to_the_methods(thing):
    rles = batch([Mask([3, 4, 13], 4, 5), Mask([20], 4, 5)])
    before = rles.counts.tobytes()
    for call in (
        lambda: rles[thing],
        lambda: rles == thing,
        lambda: rles.union(thing),
        lambda: rles.iou(rles, thing),
        lambda: rles.difference(thing),
        lambda: rles.decode(thing),
        lambda: rles.decode(layout=thing),
        lambda: rles.to_coco(thing),
    ):
        attempt(call)
    assert rles.counts.tobytes() == before


@given(anything, anything, anything)
def test_anything_to_the_drop_in(a, b, c):
    for function in (mask.decode, mask.area, mask.toBbox, mask.encode, mask.merge):
        attempt(function, a)
    for function in (mask.merge, mask.iou, mask.frPyObjects):
        attempt(function, a, b, c) if function is not mask.merge else attempt(function, a, b)
    for function in (_mask.frPoly, _mask.frBbox, _mask.frUncompressedRLE):
        attempt(function, a, 4, 5)
        attempt(function, a, b, c)


@given(own.broken_runs(), own.masks(own.solid_sizes))
def test_no_function_takes_broken_runs(broken, good):
    bad = {"size": list(broken.size), "counts": broken.runs}
    fine = {"size": list(good.size), "counts": good.runs}
    for call in (
        lambda: mask.decode(bad),
        lambda: mask.area([fine, bad]),
        lambda: mask.toBbox([bad, fine]),
        lambda: mask.merge([bad]),
        lambda: mask.iou([bad], [fine], [0]),
        lambda: mask.iou([fine], [bad], [1]),
        lambda: mask.frPyObjects([fine, bad], 1, 1),
    ):
        with pytest.raises(CocodecError, match="runs cover"):
            call()


# Objects that do something when they are looked at


class Index:
    """An integer whose value is computed by code of the caller's."""

    def __init__(self, value: int, action=None) -> None:
        self.value, self.action = value, action

    def __index__(self) -> int:
        if self.action is not None:
            self.action()
        return self.value


def test_a_list_of_runs_that_changes_while_it_is_read():
    counts: list[object] = [3, 4, 13]
    counts[0] = Index(3, counts.clear)
    rles = attempt(RleArray.from_coco, [{"size": [4, 5], "counts": counts}])
    assert rles is None or rles.counts.tolist() == [3, 4, 13]


def test_a_batch_that_changes_while_it_is_read():
    given_rles: list[dict[str, object]] = [{"size": [4, 5], "counts": "34="} for _ in range(50)]
    given_rles[0]["size"] = [Index(4, given_rles.clear), 5]
    rles = attempt(RleArray.from_coco, given_rles)
    assert rles is None or len(rles) == 50


def test_a_dict_that_changes_while_it_is_read():
    given_rle: dict[str, object] = {"counts": [Index(3), 4, 13], "size": [4, 5]}
    given_rle["counts"] = [Index(3, given_rle.clear), 4, 13]
    rles = attempt(RleArray.from_coco, [given_rle])
    assert rles is None or rles.counts.tolist() == [3, 4, 13]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_exceptions_of_the_caller_come_through(error):
    def fail():
        raise error("theirs")

    for given_rle in (
        {"size": [4, 5], "counts": [Index(3, fail), 4, 13]},
        {"size": [Index(4, fail), 5], "counts": "34="},
    ):
        with pytest.raises(error, match="theirs"):
            RleArray.from_coco([given_rle])


class Lying(list):
    """A list that says that it is longer, or shorter, than it is."""

    def __len__(self) -> int:
        return 1000

    def __getitem__(self, index: object) -> object:
        raise IndexError(index)


def test_containers_that_lie():
    assert attempt(RleArray.from_coco, [{"size": Lying([4, 5]), "counts": Lying([3, 4, 13])}]) in (
        None,
        batch([Mask([3, 4, 13], 4, 5)]),
    )
    rings = Lying([Lying([0, 0, 4, 0, 4, 4])])
    attempt(RleArray.from_polygons, [rings], (4, 5))
    attempt(RleArray.from_polygons, rings, (4, 5))
    attempt(RleArray.from_coco, Lying([{"size": [4, 5], "counts": "34="}]))


# The private module, called wrongly


def test_the_core_checks_its_own_arguments():
    runs = batch([Mask([3, 4, 13], 4, 5)] * 3)._runs
    indices = np.array([3])
    for call in (
        lambda: _core.take(runs, indices),
        lambda: _core.take(runs, -indices),
        lambda: _core.slice(runs, 2, 2),
        lambda: _core.slice(runs, 2**63, 2**63),
        lambda: _core.slice(runs, -1, 1),
        lambda: _core.combine(runs, indices, np.array([0, 1]), "union"),
        lambda: _core.combine(runs, np.arange(3), np.array([0, 4]), "union"),
        lambda: _core.combine(runs, np.arange(3), np.array([0, 3, 1, 3]), "union"),
        lambda: _core.combine(runs, np.arange(3), np.array([0, 1, 1, 3]), "union"),
        lambda: _core.combine(runs, np.arange(3), np.array([], int), "union"),
        lambda: _core.combine(runs, np.arange(3), np.array([-1, 3]), "union"),
        lambda: _core.combine(runs, np.arange(3), np.array([0, 3]), "either"),
        lambda: _core.from_runs(np.ones(20), np.array([0, 20, 20]), np.array([[4, 5]])),
        lambda: _core.from_runs(np.ones(20), np.array([[0, 20]]), np.array([[4, 5, 6]])),
        lambda: _core.from_boxes(np.zeros((2, 4)), np.array([[4, 5]])),
        lambda: _core.from_boxes(np.zeros(4), np.array([[4, 5]])),
        lambda: _core.from_polygons([[], []], np.array([[4, 5]])),
        lambda: _core.box_iou(np.zeros((2, 3)), np.zeros((2, 4))),
        lambda: _core.box_iou(np.zeros((2, 4)), np.zeros((2, 4)), np.zeros(3, np.uint8)),
        lambda: _core.iou(runs, runs, np.zeros(2, np.uint8)),
        lambda: _core.area(None),
        lambda: _core.Runs(),
        lambda: RleArray.__new__(RleArray).counts.sum(),
    ):
        with pytest.raises((*REFUSALS, AttributeError)):
            call()
