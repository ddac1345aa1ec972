"""`python -m benchmarks`: measure every row, all libraries interleaved, and write the table.

README.md keeps a table for each instruction set: `COCODEC_ISA=avx2 python -m benchmarks` writes
that of avx2, without the variable it is that of the best that the machine has.
"""

from __future__ import annotations

import argparse
import os
import sys

import cocodec._core as _core
from benchmarks import chart, points, report, threads
from benchmarks.libraries import libraries
from benchmarks.operations import operations
from benchmarks.timing import measure, one_core


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "group",
        nargs="?",
        choices=("operations",),
        help="measure what is done with masks beside rlemasklib, and nothing else; writes nothing",
    )
    parser.add_argument("--only", default="", help="rows whose name contains this; writes nothing")
    parser.add_argument("--seconds", type=float, default=4.0, help="time for each row (default 4)")
    parser.add_argument("--no-write", action="store_true", help="print, leave README.md alone")
    parser.add_argument(
        "--chart", action="store_true", help="draw the kept figures, measure nothing"
    )
    options = parser.parse_args()
    if options.group == "operations":
        from benchmarks import morphology  # needs scipy, OpenCV and rlemasklib

        morphology.main(options.only)
        return 0
    if options.chart:
        chart.write()
        return 0
    one_core()
    before = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    known = libraries()
    rows = []
    for operation in operations():
        if options.only not in operation.name:
            continue
        print(operation.name, file=sys.stderr, flush=True)
        rows.append(measure(operation, known, options.seconds))
    after = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    parts = []
    if rows:
        parts += [
            report.conditions(rows, known, (before, after), _core.isa()),
            report.table(rows, known),
            report.notes(rows),
        ]
    isa = _core.isa()
    if not options.only or options.only in "threads":
        parts += [f"### Threads, {isa}", threads.table(threads.scalings())]
    # Points are the same for all of them.
    if isa == _core.isas()[-1] and (not options.only or options.only in "points"):
        parts += ["### Points per mask", points.table(points.workloads())]
    text = "\n\n".join(parts)
    print(text)
    if not options.only and not options.no_write:
        report.write(f"table {isa}", f"## With {isa}\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
