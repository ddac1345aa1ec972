"""Set operations of RleArray: union, intersection, difference, symmetric difference, complement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RleArray, RleError
from reference import masks as reference
from reference.masks import Mask
from support import strategies as own
from support.bridge import batch, same, unbatch

PAIRWISE = {
    "union": lambda a, b: a | b,
    "intersection": lambda a, b: a & b,
    "difference": lambda a, b: a.difference(b),
    "symmetric_difference": lambda a, b: a.symmetric_difference(b),
}
operations = st.sampled_from(sorted(PAIRWISE))


@st.composite
def same_size(draw: st.DrawFn, minimum: int = 0, cut: bool = False) -> list[Mask]:
    size = draw(own.sizes)
    kind = own.cut_masks if cut else own.masks
    return draw(st.lists(kind(st.just(size)), min_size=minimum, max_size=6))


@given(same_size(minimum=1), st.sampled_from(["union", "intersection"]), st.integers(0, 3))
def test_all_into_one(masks, operation, threads):
    got = getattr(batch(masks), operation)(threads=threads)
    assert unbatch(got) == [reference.fold(masks, operation)]


@given(same_size(minimum=1), st.sampled_from(["union", "intersection"]), st.data())
def test_groups_come_in_the_order_of_their_numbers(masks, operation, data):
    numbers = st.sampled_from([-5, 0, 1, 2**40])
    groups = data.draw(st.lists(numbers, min_size=len(masks), max_size=len(masks)))
    got = getattr(batch(masks), operation)(groups=groups)
    expected = []
    for number in sorted(set(groups)):
        members = [mask for mask, group in zip(masks, groups, strict=True) if group == number]
        expected.append(reference.fold(members, operation))
    assert unbatch(got) == expected
    same(getattr(batch(masks), operation)(groups=np.array(groups, dtype=np.int64), threads=2), got)


def test_unsigned_groups_do_not_wrap():
    masks = [Mask([6], 2, 3), Mask([0, 6], 2, 3)]
    try:
        got = batch(masks).union(groups=np.array([2**63, 1], np.uint64))
    except RleError:
        return  # refused is as good
    assert unbatch(got) == masks[::-1]


def test_groups_may_differ_in_size_from_each_other():
    masks = [Mask([1, 3], 2, 2), Mask([0, 6], 2, 3), Mask([0, 1, 3], 2, 2)]
    got = batch(masks).union(groups=[8, 3, 8])
    assert unbatch(got) == [masks[1], Mask([0, 4], 2, 2)]


@given(own.sizes, operations, st.data())
def test_pairs(size, operation, data):
    n = data.draw(st.integers(0, 4))
    lists = st.lists(own.masks(st.just(size)), min_size=n, max_size=n)
    left, right = data.draw(lists), data.draw(lists)
    got = PAIRWISE[operation](batch(left), batch(right))
    pairs = zip(left, right, strict=True)
    assert unbatch(got) == [reference.combine(a, b, operation) for a, b in pairs]


@given(same_size(minimum=1), operations)
def test_one_mask_serves_all(masks, operation):
    one, rest = masks[0], masks
    combine = PAIRWISE[operation]
    got = combine(batch([one]), batch(rest))
    assert unbatch(got) == [reference.combine(one, b, operation) for b in rest]
    got = combine(batch(rest), batch([one]))
    assert unbatch(got) == [reference.combine(a, one, operation) for a in rest]


def test_one_mask_and_none():
    one = batch([Mask([6], 2, 3)])
    assert len(one | RleArray()) == len(RleArray() - one) == 0


@given(same_size(minimum=1, cut=True))
def test_operators_are_the_methods(masks):
    a, b = batch(masks), batch(masks[::-1])
    same(a - b, a.difference(b))
    same(a ^ b, a.symmetric_difference(b))
    same(~a, a.complement())
    together = RleArray.concatenate([a, b])
    groups = [*range(len(a)), *range(len(b))]
    same(a | b, together.union(groups=groups))
    same(a & b, together.intersection(groups=groups))


@given(same_size(minimum=1, cut=True), operations, st.data())
def test_empty_runs_change_no_pixel(masks, operation, data):
    a, b = masks[0], data.draw(st.sampled_from(masks))
    got = PAIRWISE[operation](batch([a]), batch([b]))
    assert reference.canonical(unbatch(got)[0]) == reference.combine(a, b, operation)


@given(same_size(minimum=1, cut=True))
def test_laws(masks):
    a, b = batch(masks), batch(masks[::-1])
    assert ~~a == a
    assert ~(a | b) == ~a & ~b
    assert ~(a & b) == ~a | ~b
    assert a - b == a & ~b
    assert a ^ b == (a - b) | (b - a)
    assert (a | b).area().tolist() == (a.area() + b.area() - (a & b).area()).tolist()
    assert (a ^ a).area().tolist() == [0] * len(a)


@given(own.masks())
def test_complement(mask):
    assert unbatch(batch([mask]).complement()) == [reference.complement(mask)]


@pytest.mark.parametrize("operation", ["union", "intersection"])
def test_masks_of_a_group_must_have_one_size(operation):
    rles = batch([Mask([6], 2, 3), Mask([6], 2, 3), Mask([6], 3, 2)])
    with pytest.raises(RleError, match=r"mask 2: .*\[3, 2\].*\[2, 3\]") as caught:
        getattr(rles, operation)()
    assert caught.value.code == "size_mismatch"
    assert caught.value.item == 2
    assert len(getattr(rles, operation)(groups=[0, 0, 1])) == 2


@pytest.mark.parametrize("operation", sorted(PAIRWISE))
def test_masks_of_a_pair_must_have_one_size(operation):
    a, b = batch([Mask([6], 2, 3)] * 3), batch([Mask([6], 2, 3), Mask([6], 3, 2), Mask([6], 6, 1)])
    with pytest.raises(RleError, match=r"mask 1: .*\[3, 2\]") as caught:
        PAIRWISE[operation](a, b)
    assert caught.value.code == "size_mismatch"
    with pytest.raises(RleError, match="3 masks do not pair with 2") as caught:
        PAIRWISE[operation](a, b[:2])
    assert caught.value.code == "bad_shape"


@pytest.mark.parametrize("groups", [[0, 1], [0, 1, 2, 3], [[0, 1, 2]], 0, []])
def test_groups_of_another_shape(groups):
    with pytest.raises(RleError, match="groups"):
        batch([Mask([6], 2, 3)] * 3).union(groups=groups)


@pytest.mark.parametrize("groups", [[0.0, 1.0, 2.0], ["a", "b", "c"], [None] * 3])
def test_groups_that_are_no_integers(groups):
    with pytest.raises(TypeError, match="groups"):
        batch([Mask([6], 2, 3)] * 3).union(groups=groups)


@pytest.mark.parametrize("other", [None, 1, [[0]], "masks"], ids=repr)
def test_other_operands(other):
    rles = batch([Mask([6], 2, 3)])
    for operate in (rles.__or__, rles.__and__, rles.__sub__, rles.__xor__):
        assert operate(other) is NotImplemented
    with pytest.raises(TypeError):
        rles | other
    for method in (rles.difference, rles.symmetric_difference):
        with pytest.raises(TypeError):
            method(other)


def test_a_run_that_grows_too_long():
    """Two masks whose runs fit 32 bits, their union's run does not."""
    half = 2**31
    left, right = Mask([0, half, half, 0], 2**16, 2**16), Mask([half, half], 2**16, 2**16)
    with pytest.raises(RleError, match="4294967296") as caught:
        batch([left]) | batch([right])
    assert caught.value.code == "bad_run"


def test_threads_change_nothing_where_there_is_work():
    random = np.random.default_rng(9)
    rles = RleArray.encode(random.random((400, 40, 50)) < 0.4)
    groups = random.integers(0, 60, len(rles))
    alone = rles.union(groups=groups, threads=1)
    for threads in (0, 2, 9):
        same(rles.union(groups=groups, threads=threads), alone)
    stack = rles.decode(dtype=bool)
    expected = [stack[groups == number].any(0) for number in np.unique(groups)]
    same(alone, RleArray.encode(np.stack(expected)))
