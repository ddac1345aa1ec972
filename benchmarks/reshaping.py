"""Documents checked, taken apart and put together: how fast, and beside whom.

    python -m benchmarks.reshaping [--seconds 4] [--images 4960]

Each command's result is first compared with that of a plain Python reference, as JSON values, and
is not timed where they differ. All run interleaved in this process on one core, file to file. `CPU`
is what of the time the process itself had, which is what counts on a machine that others use too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cocodec
from benchmarks.timing import one_core
from benchmarks.workloads import document_file
from cocodec.documents.in_place import read_in_place
from cocodec.reshaping import merge, split, subset

Run = Callable[[], Any]
CATEGORY = "person"


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="for each row (default 4)")
    parser.add_argument("--images", type=int, default=4960, help="of the document, of 7 objects")
    arguments = parser.parse_args(argv)
    one_core()
    path = document_file(arguments.images, 7)
    size = os.path.getsize(path)
    lines = [
        f"a document of {size / 1e6:.0f} MB, {arguments.images * 7:,} annotations, file to file",
        "",
        "| command | who | ms (CPU) | MB/s (CPU) |",
        "| --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, runs in rows(path, Path(folder)).items():
            for who, seconds in interleaved(runs, arguments.seconds).items():
                speed = size / seconds / 1e6
                lines.append(f"| {name} | {who} | {seconds * 1e3:,.0f} | {speed:,.0f} |")
    print("\n".join(lines))
    return 0


def rows(path: str, folder: Path) -> dict[str, dict[str, Run]]:
    """Return what is timed, each compared with the reference."""
    root = json.loads(Path(path).read_bytes())
    for number, part in enumerate(split(path, fractions=[0.8, 0.2])):
        part.write(folder / f"{number}.json")
    halves = [folder / "0.json", folder / "1.json"]
    found = {
        "read": {"cocodec": lambda: cocodec.read(path), "json": lambda: _json(path)},
        "check": {"cocodec": lambda: cocodec.check(path, threads=1)},
        "subset of a category": {
            "cocodec": lambda: subset(path, categories=[CATEGORY], threads=1).write(folder / "s"),
            "cocodec, the text left in its file": lambda: subset(
                read_in_place(path, columns=["category_id"]), categories=[CATEGORY], threads=1
            ).write(folder / "p"),
            "json": lambda: _write(_subset(_json(path)), folder / "t"),
        },
        "split 0.8, 0.2": {
            "cocodec": lambda: [
                part.write(folder / f"s{i}")
                for i, part in enumerate(split(path, fractions=[0.8, 0.2]))
            ],
        },
        "merge of two": {
            "cocodec": lambda: merge(halves).document.write(folder / "m"),
            "json": lambda: _write(_merge([_json(one) for one in halves]), folder / "n"),
        },
    }
    found["check"]["hotcoco healthcheck"] = _hotcoco(path)
    found["subset of a category"]["kwcoco"] = _kwcoco_subset(path, folder / "k")
    found["merge of two"]["kwcoco"] = _kwcoco_union(halves, folder / "u")
    for run in [*found["subset of a category"].values(), *found["merge of two"].values()]:
        if run is not None:
            run()
    # What is timed does what it should: values equal those of plain Python, bytes come back.
    _require(_json(folder / "s"), _subset(root))
    assert (folder / "s").read_bytes() == (folder / "p").read_bytes()
    _require(_json(folder / "m"), _merge([_json(one) for one in halves]))
    merge(halves, order="id").document.write(folder / "m")
    _require(_by_id(_json(folder / "m")), _by_id(root))
    assert cocodec.check(path).checked == len(root["annotations"])
    return {
        name: {who: run for who, run in runs.items() if run is not None}
        for name, runs in found.items()
    }


def _json(path: Any) -> Any:
    with open(path, "rb") as stream:
        return json.load(stream)


def _write(root: Any, path: Path) -> None:
    path.write_text(json.dumps(root))


def _require(found: Any, expected: Any) -> None:
    if found != expected:
        raise AssertionError("the result is not that of the reference")


def _subset(root: Any) -> Any:
    (id_,) = (row["id"] for row in root["categories"] if row["name"] == CATEGORY)
    return {**root, "annotations": [a for a in root["annotations"] if a["category_id"] == id_]}


def _merge(roots: list[Any]) -> Any:
    """Documents of one split: nothing clashes, and categories are the same."""
    joined = {
        key: [row for root in roots for row in root[key]] for key in ("images", "annotations")
    }
    return {**roots[0], **joined}


def _by_id(root: Any) -> Any:
    rows = {key: sorted(root[key], key=lambda row: row["id"]) for key in ("images", "annotations")}
    return {**root, **rows}


def _hotcoco(path: str) -> Run | None:
    try:
        from hotcoco import COCO
    except ModuleNotFoundError:
        return None
    return lambda: COCO(path).healthcheck()


def _kwcoco_subset(path: str, out: Path) -> Run | None:
    try:
        import kwcoco
    except ModuleNotFoundError:
        return None

    def run() -> None:
        data = kwcoco.CocoDataset(path)
        gone = [
            row["id"]
            for row in data.dataset["annotations"]
            if data.cats[row["category_id"]]["name"] != CATEGORY
        ]
        data.remove_annotations(gone)
        data.dump(str(out))

    return run


def _kwcoco_union(paths: list[Path], out: Path) -> Run | None:
    try:
        import kwcoco
    except ModuleNotFoundError:
        return None

    def run() -> None:
        kwcoco.CocoDataset.union(*(kwcoco.CocoDataset(str(one)) for one in paths)).dump(str(out))

    return run


def interleaved(runs: dict[str, Run], budget: float) -> dict[str, float]:
    """Return the best CPU time of each, in seconds; they take turns."""
    best = dict.fromkeys(runs, float("inf"))
    end = time.perf_counter() + budget * len(runs)
    for turn in range(30):
        if turn >= 2 and time.perf_counter() > end:
            break
        for name, run in runs.items():
            print(f"{name}, round {turn}", end="\r", file=sys.stderr)
            before = time.process_time()
            run()
            best[name] = min(best[name], time.process_time() - before)
    return best


if __name__ == "__main__":
    raise SystemExit(main())
