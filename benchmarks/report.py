"""Turns measurements into the table of README.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.libraries import Library
from benchmarks.operations import DROP_IN, NATIVE
from benchmarks.timing import Timed

README = Path(__file__).with_name("README.md")
REFERENCE = "pycocotools"


def short(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def goal_text(timed: Timed) -> str:
    parts = [
        f"{factor:g}x {name}" if factor >= 1 else f"{name} / {1 / factor:g}"
        for name, factor in timed.operation.goals
    ]
    return ", ".join(parts)


def verdict(timed: Timed) -> str:
    """Met or not, and how far each goal is reached by the adapter that is judged."""
    operation = timed.operation
    if operation.judged not in timed.seconds:
        return "wrong"
    reached = [
        (timed.ratio(operation.judged, name), factor)
        for name, factor in operation.goals
        if name in timed.seconds
    ]
    if not reached:
        return ""
    met = all(ratio >= factor for ratio, factor in reached)
    return ("yes, " if met else "no, ") + ", ".join(f"{ratio:.2g}x" for ratio, _ in reached)


def cell(timed: Timed, name: str) -> str:
    if name in timed.refused:
        return "wrong" if timed.refused[name] == "wrong" else "error"
    if name not in timed.seconds:
        return ""
    text = short(timed.seconds[name])
    if name != REFERENCE and REFERENCE in timed.seconds:
        text += f" ({timed.ratio(name, REFERENCE):.3g}x)"
    return f"**{text}**" if name == timed.operation.judged else text


def best_peer(timed: Timed) -> str:
    """How many times as fast as the best of the others the judged adapter is."""
    judged = timed.operation.judged
    peers = [n for n in timed.seconds if n not in (NATIVE, DROP_IN, "limit", REFERENCE)]
    if not peers or judged not in timed.seconds:
        return ""
    best = min(peers, key=lambda name: timed.seconds[name])
    return f"{timed.ratio(judged, best):.2g}x {best}"


def limit_cell(timed: Timed) -> str:
    if not timed.limit:
        return ""
    text = f"{short(timed.seconds['limit'])} {timed.limit}"
    if timed.operation.judged in timed.seconds:
        text += f" ({timed.ratio('limit', timed.operation.judged):.3g}x)"
    return text


def table(rows: Sequence[Timed], libraries: Sequence[Library]) -> str:
    names = [library.name for library in libraries]
    head = ["operation", *names, "to best peer", "limit", "goal", "met"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for timed in rows:
        cells = [timed.operation.name, *(cell(timed, name) for name in names)]
        cells += [best_peer(timed), limit_cell(timed), goal_text(timed), verdict(timed)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def slower_than_reference(rows: Sequence[Timed]) -> list[str]:
    return [
        f"{timed.operation.name} ({name})"
        for timed in rows
        for name in (DROP_IN, NATIVE)
        if name in timed.seconds and REFERENCE in timed.seconds and timed.ratio(name, REFERENCE) < 1
    ]


def processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def conditions(
    rows: Sequence[Timed], libraries: Sequence[Library], load: tuple[float, float], isa: str
) -> str:
    """The machine, the versions, and how quiet it was."""
    spread = sorted(timed.spread for timed in rows)[len(rows) // 2]
    versions = {lib.name: lib.version for lib in libraries if lib.name != DROP_IN}
    return "\n".join(
        [
            f"- {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
            "everything on one core, one thread",
            f"- Python {platform.python_version()}, numpy {np.__version__}, cocodec kernels: {isa}",
            "- " + ", ".join(f"{name} {version}" for name, version in versions.items()),
            f"- load average {load[0]:.2f} before and {load[1]:.2f} after; the middle half of the "
            f"reference's samples lies within {spread:.0%} of its median (median over the rows)",
        ]
    )


def notes(rows: Sequence[Timed]) -> str:
    lines = []
    for timed in rows:
        for name, reason in timed.refused.items():
            what = "another result than the reference" if reason == "wrong" else f"`{reason}`"
            lines.append(f"- {timed.operation.name}, {name}: {what}; not timed")
    slow = slower_than_reference(rows)
    lines.append("- Slower than pycocotools: " + (", ".join(slow) if slow else "nothing"))
    goals = [timed for timed in rows if timed.operation.goals]
    met = sum(verdict(timed).startswith("yes") for timed in goals)
    lines.append(f"- Goals met: {met} of {len(goals)}")
    return "\n".join(lines)


def write(part: str, text: str) -> None:
    """Put the text between the markers of a part of README.md.

    A part that is not there yet comes behind the tables that are: they are named "table ISA".
    """
    readme = README.read_text(encoding="utf-8")
    begin, end = f"<!-- {part} -->", f"<!-- /{part} -->"
    section = f"{begin}\n\n{text}\n\n{end}"
    if begin in readme:
        before, after = readme.split(begin)[0], readme.split(end)[1]
    else:
        last = readme.rindex("<!-- /table ")
        cut = readme.index("-->", last) + len("-->")
        before, after = readme[:cut] + "\n\n", readme[cut:]
    README.write_text(f"{before}{section}{after}", encoding="utf-8")
