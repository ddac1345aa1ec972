"""Several threads at once: on one batch, and on an array that somebody else is writing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cocodec import RleArray
from support.bridge import same

STACK = np.random.default_rng(6).random((30, 50, 60)) < 0.3


def test_one_batch_serves_many_threads():
    rles = RleArray.encode(STACK)
    coco = rles.to_coco()

    def work(seed: int) -> None:
        order = np.random.default_rng(seed).permutation(len(rles))
        for _ in range(5):
            np.testing.assert_array_equal(rles.decode(threads=seed % 3), STACK)
            same(RleArray.encode(STACK, threads=seed % 3), rles)
            same(RleArray.from_coco(coco), rles)
            assert rles.union(groups=np.zeros(len(rles), int), threads=2) == rles.union()
            np.testing.assert_array_equal(rles[order].area(), STACK.sum((1, 2))[order])
            assert (~rles) ^ rles == rles | ~rles

    with ThreadPoolExecutor(8) as pool:
        for result in [pool.submit(work, seed) for seed in range(8)]:
            result.result()


@pytest.mark.parametrize("layout", ["NHW", "HWN"])
def test_encode_while_the_array_changes(layout):
    """What comes out is anybody's guess, but it is a batch of masks of that size."""
    stack = np.zeros((20, 40, 40), np.uint8)
    array = stack if layout == "NHW" else stack.transpose(1, 2, 0)
    stop = threading.Event()

    def scribble() -> None:
        random = np.random.default_rng(0)
        while not stop.is_set():
            stack[:] = random.integers(0, 2, stack.shape, dtype=np.uint8)
            stack[:] = 0

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        for _ in range(200):
            rles = RleArray.encode(array, layout=layout, threads=2)
            totals = np.add.reduceat(rles.counts.astype(np.int64), rles.offsets[:-1])
            assert (totals == 1600).all()
            assert rles.decode().shape == (20, 40, 40)
    finally:
        stop.set()
        writer.join()


def test_runs_that_change_while_they_are_copied():
    counts = np.array([10, 10] * 5000, np.uint32)
    offsets, sizes = np.array([0, 10_000]), np.array([[100, 1000]])
    stop = threading.Event()

    def scribble() -> None:
        while not stop.is_set():
            counts[::2], counts[1::2] = 20, 0
            counts[:] = 10

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        for _ in range(300):
            try:
                rles = RleArray.from_runs(counts, offsets, sizes)
            except ValueError:
                continue
            assert int(rles.counts.sum(dtype=np.int64)) == 100_000
    finally:
        stop.set()
        writer.join()
