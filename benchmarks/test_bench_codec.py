"""The rows of the table under pytest-benchmark: one library at a time, to follow it over time.

    python -m pytest benchmarks -o addopts= --benchmark-autosave

For comparing libraries use `python -m benchmarks`, which times them in turns.
"""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.libraries import Library, libraries
from benchmarks.operations import Operation, operations
from benchmarks.timing import checked, loops_for

LIBRARIES = libraries()


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.name)
@pytest.mark.parametrize("library", LIBRARIES, ids=repr)
def test_bench(benchmark: Any, library: Library, operation: Operation) -> None:
    reference = LIBRARIES[0]
    pair = [reference] if library is reference else [reference, library]
    runs, refused = checked(operation, pair)
    if library.name in refused:
        pytest.fail(f"{library.name}: {refused[library.name]}")
    if library.name not in runs:
        pytest.skip(f"{library.name} has no call for this")
    run = runs[library.name]
    benchmark.group = operation.name
    benchmark.pedantic(run, rounds=15, iterations=loops_for(run), warmup_rounds=1)
