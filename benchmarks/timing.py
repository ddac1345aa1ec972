"""Checks results against the reference, then times all libraries in turns, round by round."""

from __future__ import annotations

import collections
import gc
import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.libraries import Library, canonical, same
from benchmarks.operations import Operation

Run = Callable[[], Any]

SAMPLE_SECONDS = 2e-3  # one sample repeats a quick call until it takes about this long
MAX_ROUNDS, MIN_ROUNDS = 61, 5


@dataclass
class Timed:
    """Medians in seconds by library; what was not timed, and why."""

    operation: Operation
    seconds: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    limit: str = ""
    spread: float = 0.0  # interquartile range of the reference over its median

    def ratio(self, name: str, other: str) -> float:
        """How many times as fast `name` is as `other`."""
        return self.seconds[other] / self.seconds[name]


def one_core() -> None:
    """Keep this process, and whatever threads a library starts, on one core where that can be."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def checked(
    operation: Operation, libraries: Sequence[Library]
) -> tuple[dict[str, Run], dict[str, str]]:
    """The calls whose results equal the first library's, and why the others are left out."""
    data = operation.data()
    runs: dict[str, Run] = {}
    refused: dict[str, str] = {}
    expected: Any = None
    for library in libraries:
        run = library.run(operation.method, *data)
        if run is None:
            continue
        try:
            made = list(run()) if operation.stream else run()
            result = canonical(made) if operation.alike else None
        except Exception as error:
            refused[library.name] = f"{type(error).__name__}: {error}"
            continue
        if expected is None or not operation.alike:
            expected = result
        elif not same(expected, result):
            refused[library.name] = "wrong"
            continue
        runs[library.name] = (lambda run=run: exhaust(run())) if operation.stream else run
    return runs, refused


def exhaust(iterator: Iterable[Any]) -> None:
    collections.deque(iterator, maxlen=0)


def sample(run: Run, loops: int) -> float:
    """Seconds per call."""
    repeat = itertools.repeat(None, loops)
    start = time.perf_counter()
    for _ in repeat:
        run()
    return (time.perf_counter() - start) / loops


def loops_for(run: Run) -> int:
    run()
    once = min(sample(run, 1) for _ in range(3))
    return max(1, min(10_000, round(SAMPLE_SECONDS / max(once, 1e-9))))


def interleaved(runs: dict[str, Run], budget: float) -> dict[str, list[float]]:
    """Samples by name. Each round takes one of everybody and starts with another."""
    loops = {name: loops_for(run) for name, run in runs.items()}
    names = list(runs)
    samples: dict[str, list[float]] = {name: [] for name in names}
    end = time.perf_counter() + budget
    for turn in range(MAX_ROUNDS):
        if turn >= MIN_ROUNDS and time.perf_counter() > end:
            break
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            samples[name].append(sample(runs[name], loops[name]))
    return samples


def measure(operation: Operation, libraries: Sequence[Library], budget: float) -> Timed:
    """Check and time one row."""
    runs, refused = checked(operation, libraries)
    timed = Timed(operation, refused=refused)
    if operation.limit:
        timed.limit, runs["limit"] = operation.limit()
    gc.collect()
    gc.disable()
    try:
        samples = interleaved(runs, budget)
    finally:
        gc.enable()
    timed.seconds = {name: statistics.median(values) for name, values in samples.items()}
    first = samples[next(iter(samples))]
    low, middle, high = statistics.quantiles(first, n=4)
    timed.spread = (high - low) / middle
    return timed
