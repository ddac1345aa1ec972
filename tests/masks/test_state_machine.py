"""A machine that does to an RleArray and to a list of numpy bool arrays the same things, at random.

Whatever was done, in whatever order, both hold the same masks; and no batch ever changes.
"""

from __future__ import annotations

import copy
import pickle

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from cocodec import RleArray
from reference.masks import encode
from support import strategies as own
from support.bridge import batch

SIZES = [(3, 4), (4, 3), (1, 7), (0, 2)]
sizes = st.sampled_from(SIZES)

Dense = list[np.ndarray]
Pair = tuple[RleArray, Dense]


def one_size(pair: Pair) -> bool:
    return len({mask.shape for mask in pair[1]}) == 1


class Codec(RuleBasedStateMachine):
    """Each entry of the bundle is a batch beside what it should hold."""

    pairs = Bundle("pairs")

    def __init__(self) -> None:
        super().__init__()
        self.made: list[tuple[RleArray, bytes]] = []

    def keep(self, rles: RleArray, dense: Dense) -> Pair:
        assert len(rles) == len(dense)
        for one, mask in zip(rles, dense, strict=True):
            np.testing.assert_array_equal(one.decode(layout="HW", dtype=bool), mask)
        self.made.append((rles, rles.counts.tobytes()))
        return rles, dense

    # Ways in

    @rule(target=pairs, size=sizes, data=st.data(), layout=st.sampled_from(["NHW", "HWN"]))
    def encode(self, size, data, layout):
        dense = data.draw(st.lists(own.dense(st.just(size)), max_size=4))
        stack = np.array(dense, dtype=bool).reshape(len(dense), *size)
        if layout == "HWN":
            stack = np.asfortranarray(stack.transpose(1, 2, 0))
        return self.keep(RleArray.encode(stack, layout=layout), dense)

    @rule(target=pairs, masks=st.lists(own.cut_masks(sizes), max_size=4))
    def from_cut_runs(self, masks):
        rles = batch(masks)
        dense = [_decode(mask.runs, mask.size) for mask in masks]
        return self.keep(rles, dense)

    # From one batch to another

    @rule(target=pairs, pair=pairs, spelling=st.sampled_from(["str", "bytes", "list"]))
    def through_coco(self, pair, spelling):
        return self.keep(RleArray.from_coco(pair[0].to_coco(spelling)), pair[1])

    @rule(target=pairs, pair=pairs)
    def through_pickle(self, pair):
        rles = copy.deepcopy(pickle.loads(pickle.dumps(copy.copy(pair[0]))))
        assert rles == pair[0]
        return self.keep(rles, pair[1])

    @rule(target=pairs, first=pairs, second=pairs)
    def join(self, first, second):
        if len(first[1]) + len(second[1]) > 8:
            return multiple()
        joined = RleArray.concatenate([first[0], second[0]])
        return self.keep(joined, first[1] + second[1])

    @rule(target=pairs, pair=pairs, data=st.data())
    def pick(self, pair, data):
        rles, dense = pair
        if data.draw(st.booleans()):
            key = data.draw(st.slices(len(dense)))
            return self.keep(rles[key], dense[key])
        indices = st.integers(0, max(len(dense) - 1, 0))
        key = data.draw(st.lists(indices, max_size=5 if dense else 0))
        return self.keep(rles[key], [dense[i] for i in key])

    @rule(target=pairs, pair=pairs)
    def complement(self, pair):
        return self.keep(~pair[0], [~mask for mask in pair[1]])

    @rule(target=pairs, pair=pairs.filter(one_size), data=st.data())
    def combine_groups(self, pair, data):
        rles, dense = pair
        n = len(dense)
        groups = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
        stack = np.stack(dense)
        parts = [stack[groups == number] for number in np.unique(groups)]
        if data.draw(st.booleans()):
            return self.keep(rles.union(groups=groups), [part.any(0) for part in parts])
        return self.keep(rles.intersection(groups=groups), [part.all(0) for part in parts])

    @rule(target=pairs, pair=pairs, operation=st.sampled_from("|&-^"), data=st.data())
    def combine_pairs(self, pair, operation, data):
        rles, dense = pair
        order = data.draw(st.permutations(range(len(dense))))
        order = [j if dense[i].shape == dense[j].shape else i for i, j in enumerate(order)]
        other, others = rles[order], [dense[i] for i in order]
        on_pixels = {
            "|": (rles | other, np.logical_or),
            "&": (rles & other, np.logical_and),
            "-": (rles - other, lambda a, b: a & ~b),
            "^": (rles ^ other, np.logical_xor),
        }
        got, expected = on_pixels[operation]
        pairs = zip(dense, others, strict=True)
        return self.keep(got, [expected(a, b) for a, b in pairs])

    # What a batch says of itself

    @rule(pair=pairs)
    def measure(self, pair):
        rles, dense = pair
        assert rles.area().tolist() == [mask.sum() for mask in dense]
        assert rles.sizes.tolist() == [list(mask.shape) for mask in dense]
        for (x, y, w, h), mask in zip(rles.bbox().tolist(), dense, strict=True):
            ys, xs = np.nonzero(mask)
            box = [xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1] if len(xs) else [0] * 4
            assert [x, y, w, h] == box

    @rule(first=pairs, second=pairs)
    def compare(self, first, second):
        shapes = [[mask.shape for mask in dense] for _, dense in (first, second)]
        equal = shapes[0] == shapes[1] and all(map(np.array_equal, first[1], second[1]))
        assert (first[0] == second[0]) is equal

    @rule(pair=pairs.filter(one_size), layout=st.sampled_from(["NHW", "HWN"]))
    def decode(self, pair, layout):
        axis = 0 if layout == "NHW" else 2
        np.testing.assert_array_equal(pair[0].decode(layout=layout), np.stack(pair[1], axis))

    @invariant()
    def nothing_changes(self):
        for rles, counts in self.made[-20:]:
            assert rles.counts.tobytes() == counts


def _decode(runs: list[int], size: tuple[int, int]) -> np.ndarray:
    values = np.arange(len(runs)) % 2 == 1
    dense = np.repeat(values, runs).reshape(size, order="F")
    assert encode(dense).size == size
    return dense


TestCodec = Codec.TestCase
TestCodec.settings = settings(max_examples=60, stateful_step_count=25)
