"""How work spreads over two threads: cocodec against itself, one thread and two in turns."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import workloads as work
from benchmarks.timing import interleaved
from cocodec import RleArray
from cocodec.pycocotools import mask

Run = Callable[[], Any]
GOAL = 1.6


@dataclass(frozen=True)
class Scaling:
    """Median seconds of one row on one thread and on two; `large` work has to scale.

    A row that only shows what the machine allows has None there.
    """

    name: str
    one: float
    two: float
    large: bool | None

    @property
    def ratio(self) -> float:
        return self.one / self.two


def all_cores() -> None:
    """Undo the pinning of the other rows."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


def _batches(copies: int) -> dict[str, Callable[[int], Any]]:
    """Every threaded operation on `copies` times a hundred objects of 480 x 640."""
    stack = np.concatenate([work.dense(2, 100, "C")] * copies)
    rles = RleArray.from_coco(work.rles(2, 100) * copies)
    rings = [[ring] for ring in work.rings(939)] * copies
    out = np.empty_like(stack)
    groups = np.arange(len(rles)) // 20
    return {
        "encode (N,H,W)": lambda threads: RleArray.encode(stack, threads=threads),
        "decode (N,H,W), out=": lambda threads: rles.decode(out, threads=threads),
        "polygons": lambda threads: RleArray.from_polygons(rings, (480, 640), threads=threads),
        "IoU": lambda threads: rles.iou(rles, threads=threads),
        "union of groups": lambda threads: rles.union(groups=groups, threads=threads),
        "mask -> polygons": lambda threads: rles.trace(threads=threads),
    }


def _pool(workers: int, call: Callable[[Any], Any], items: list[Any]) -> Run:
    """Single calls from a pool of Python threads."""
    pool = ThreadPoolExecutor(workers)
    return lambda: list(pool.map(call, items))


def _measure(name: str, one: Run, two: Run, large: bool | None) -> Scaling:
    samples = interleaved({"one": one, "two": two}, 2.0)
    return Scaling(name, *(statistics.median(samples[key]) for key in ("one", "two")), large)


def scalings() -> list[Scaling]:
    """All rows: large batches, small ones left to themselves, single calls from a thread pool."""
    all_cores()
    copies = {"IoU": 20, "union of groups": 200, "polygons": 20}
    rows = []
    for name in _batches(1):
        run = _batches(copies.get(name, 20))[name]
        rows.append(_measure(f"{name}, large batch", lambda r=run: r(1), lambda r=run: r(2), True))
    for name, run in _batches(1).items():
        if name == "polygons":
            continue
        rows.append(
            _measure(
                f"{name}, small batch, automatic", lambda r=run: r(1), lambda r=run: r(0), False
            )
        )
    calls = {
        "encode 480x640 noise": (mask.encode, [work.noise("C")] * 200),
        # The array is dropped at once: what the system takes to hand out memory is not our affair.
        "decode 480x640 noise": (lambda rle: mask.decode(rle).shape, work.noise_rles(10) * 20),
        "merge 20000x20000": (mask.merge, [work.large_rles(12)] * 40),
    }
    for name, (call, items) in calls.items():
        name = f"{name}, thread pool of single calls"
        rows.append(_measure(name, _pool(1, call, items), _pool(2, call, items), True))
    return [*rows, *_limits()]


def _limits() -> list[Scaling]:
    """What the machine's memory allows: reading and writing the bytes of the large batches."""
    stack = np.concatenate([work.dense(2, 100, "C")] * 20)
    halves = np.array_split(stack.reshape(-1).view(np.uint64), 2)
    reading, writing = np.bitwise_or.reduce, lambda half: half.fill(0)
    return [
        _measure(name, _pool(1, call, halves), _pool(2, call, halves), None)
        for name, call in (
            ("limit: read the bytes of the large batch", reading),
            ("limit: write the bytes of the large batch", writing),
        )
    ]


def table(rows: list[Scaling]) -> str:
    lines = [
        "| work | one thread | two | times as fast | goal | met |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        goal = GOAL if row.large else 0.95
        met = "yes" if row.ratio >= goal else "no"
        verdict = "| | |" if row.large is None else f"| {goal:g}x | {met} |"
        lines.append(
            f"| {row.name} | {row.one * 1e3:.2f} ms | {row.two * 1e3:.2f} ms | {row.ratio:.2f}x "
            + verdict
        )
    return "\n".join(lines)
