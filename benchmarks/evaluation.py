"""`python -m benchmarks.evaluation`: whole evaluations, each in a fresh process.

A process reads ground truth and results from files, evaluates, and says how long both took and how
much memory it had at most. Its precision, recall and statistics are compared with the reference's
first: what differs is reported, not timed. Everything runs on one core, and processor time is what
counts: other programs on the machine disturb it less.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import one_core

IMAGES, CATEGORIES, SIDE = 5000, 80, 480
OBJECTS = 36_781  # annotations in COCO's val2017


@dataclass(frozen=True)
class Workload:
    """So many detections of one kind."""

    name: str
    iou_type: str
    detections: int
    goal: str  # from which library, how many times as fast


WORKLOADS = [
    Workload("bbox, 36.7k detections", "bbox", 36_700, "1x ultrafast"),
    Workload("bbox, 310k detections", "bbox", 310_000, "1x ultrafast"),
    Workload("segm, 36.7k detections", "segm", 36_700, "2.5x ultrafast"),
    Workload("keypoints, 60k detections", "keypoints", 60_000, "1x hotcoco"),
]


# ---------------------------------------------------------------- data


def make(workload: Workload, folder: Path) -> tuple[Path, Path]:
    """Write ground truth and results; the same files for the same workload."""
    random = np.random.RandomState(workload.detections)
    people = workload.iou_type == "keypoints"
    categories = 1 if people else CATEGORIES
    gt = _objects(random, OBJECTS // 3 if people else OBJECTS, categories)
    # Half of the detections lie near an object, the others anywhere.
    near = random.randint(0, len(gt["image"]), workload.detections // 2)
    dt = _objects(random, workload.detections - len(near), categories)
    moved = (
        gt["box"][near] + random.normal(0, 0.06, (len(near), 4)) * gt["box"][near][:, [2, 3, 2, 3]]
    )
    moved[:, 2:] = np.maximum(moved[:, 2:], 2)
    dt = {
        "image": np.concatenate([gt["image"][near], dt["image"]]),
        "category": np.concatenate([gt["category"][near], dt["category"]]),
        "box": np.concatenate([np.round(moved, 2), dt["box"]]),
    }
    order = random.permutation(workload.detections)
    dt = {key: value[order] for key, value in dt.items()}
    scores = np.round(random.random_sample(workload.detections), 3)
    truth = [
        _row(random, workload, gt, i) | {"id": i + 1, "iscrowd": int(i % 80 == 0)}
        for i in range(len(gt["image"]))
    ]
    results = [
        _row(random, workload, dt, i) | {"score": float(scores[i])}
        for i in range(workload.detections)
    ]
    for row in truth:
        row["area"] = row["bbox"][2] * row["bbox"][3] * 0.7
    if workload.iou_type == "segm":
        _encode(results)
    document = {
        "info": {},
        "images": [{"id": i, "height": SIDE, "width": SIDE} for i in range(IMAGES)],
        "categories": [{"id": c, "name": f"c{c}"} for c in range(1, categories + 1)],
        "annotations": truth,
    }
    paths = folder / "gt.json", folder / "dt.json"
    for path, content in zip(paths, (document, results), strict=True):
        path.write_text(json.dumps(content))
    return paths


def _objects(random: np.random.RandomState, n: int, categories: int) -> dict[str, Any]:
    size = np.clip(random.lognormal(4, 0.9, (n, 2)), 4, SIDE / 2)
    corner = random.random_sample((n, 2)) * (SIDE - size)
    popular = np.minimum(random.geometric(0.05, n), categories)
    return {
        "image": random.randint(0, IMAGES, n),
        "category": np.where(
            random.random_sample(n) < 0.5, popular, random.randint(1, categories + 1, n)
        ),
        "box": np.round(np.concatenate([corner, size], axis=1), 2),
    }


def _row(
    random: np.random.RandomState, workload: Workload, side: dict[str, Any], i: int
) -> dict[str, Any]:
    box = side["box"][i].tolist()
    row = {"image_id": int(side["image"][i]), "category_id": int(side["category"][i]), "bbox": box}
    if workload.iou_type == "segm":
        row["segmentation"] = [_ring(random, box)]
    if workload.iou_type == "keypoints":
        # The same places in every box, more or less.
        places = np.random.RandomState(17).random_sample((17, 2))
        xy = np.array(box[:2]) + (places + random.normal(0, 0.03, (17, 2))) * np.array(box[2:])
        seen = (random.random_sample((17, 1)) < 0.7) * 2
        row["keypoints"] = np.round(np.concatenate([xy, seen], axis=1), 1).ravel().tolist()
        row["num_keypoints"] = int(np.count_nonzero(seen))
    return row


def _ring(random: np.random.RandomState, box: list[float]) -> list[float]:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    wave = 1 + 0.15 * np.cos(3 * angle + random.uniform(0, 6.3))
    x = box[0] + box[2] / 2 * (1 + wave * np.cos(angle) / 1.15)
    y = box[1] + box[3] / 2 * (1 + wave * np.sin(angle) / 1.15)
    return np.clip(np.round(np.stack([x, y], axis=1), 2), 0, SIDE).ravel().tolist()


def _encode(results: list[dict[str, Any]]) -> None:
    """Results come as RLE."""
    mask = importlib.import_module("pycocotools.mask")
    for row in results:
        (rle,) = mask.frPyObjects(row["segmentation"], SIDE, SIDE)
        row["segmentation"] = {"size": rle["size"], "counts": rle["counts"].decode()}


# ---------------------------------------------------------------- libraries

Statistics = dict[str, Any]


def _by_pycocotools_names(coco: Any, evaluator: Any) -> Callable[..., tuple[float, Statistics]]:
    def run(gt: str, dt: str, iou_type: str) -> tuple[float, Statistics]:
        truth = coco(gt)
        found = evaluator(truth, truth.loadRes(dt), iou_type)
        start = time.process_time()
        found.evaluate()
        found.accumulate()
        found.summarize()
        seconds = time.process_time() - start
        arrays = {name: np.asarray(found.eval[name]) for name in ("precision", "recall")}
        return seconds, arrays | {"stats": np.asarray(found.stats)[: _stats(iou_type)]}

    return run


def _stats(iou_type: str) -> int:
    return 10 if iou_type == "keypoints" else 12


def _from(module: str, coco: str, evaluator: str) -> Callable[..., tuple[float, Statistics]]:
    names = importlib.import_module(module)
    return _by_pycocotools_names(getattr(names, coco), getattr(names, evaluator))


def _reference() -> Callable[..., tuple[float, Statistics]]:
    coco = importlib.import_module("pycocotools.coco").COCO
    return _by_pycocotools_names(coco, importlib.import_module("pycocotools.cocoeval").COCOeval)


def _drop_in() -> Callable[..., tuple[float, Statistics]]:
    coco = importlib.import_module("cocodec.pycocotools.coco").COCO
    evaluator = importlib.import_module("cocodec.pycocotools.cocoeval").COCOeval
    return _by_pycocotools_names(coco, evaluator)


def _vernier() -> Callable[..., tuple[float, Statistics]]:
    coco = importlib.import_module("pycocotools.coco").COCO
    return _by_pycocotools_names(coco, importlib.import_module("vernier").COCOeval)


def _cocodec() -> Callable[..., tuple[float, Statistics]]:
    cocodec = importlib.import_module("cocodec")

    def run(gt: str, dt: str, iou_type: str) -> tuple[float, Statistics]:
        evaluator = cocodec.Evaluator(gt, iou_type=iou_type)
        evaluator.add(dt)
        start = time.process_time()
        result = evaluator.result(threads=1)
        stats = np.array(list(result.stats.values()))
        seconds = time.process_time() - start
        return seconds, {"precision": result.precision, "recall": result.recall, "stats": stats}

    return run


LIBRARIES: dict[str, Callable[[], Callable[..., tuple[float, Statistics]]]] = {
    "pycocotools": _reference,
    "hotcoco": lambda: _from("hotcoco", "COCO", "COCOeval"),
    "ultrafast": lambda: _from("ultrafast_pycocotools", "COCO", "COCOeval"),
    "vernier": _vernier,
    "faster-coco-eval": lambda: _from("faster_coco_eval", "COCO", "COCOeval_faster"),
    "cocodec": _cocodec,
    "cocodec.pycocotools": _drop_in,
}


def child(library: str, iou_type: str, folder: Path) -> None:
    """One evaluation in this process: figures to the standard output, arrays to a file."""
    warnings.simplefilter("ignore")
    one_core()
    run = LIBRARIES[library]()
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        seconds, outcome = run(str(folder / "gt.json"), str(folder / "dt.json"), iou_type)
    total = time.process_time() - start
    figures = {"seconds": seconds, "total": total, "peak": _peak_megabytes()}
    np.savez(folder / f"{library}.npz", **outcome)
    print(json.dumps(figures))


def _peak_megabytes() -> float:
    """Of this process; what getrusage says may be its parent's, from before the program began."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# ---------------------------------------------------------------- report


def measure(library: str, workload: Workload, folder: Path, rounds: int) -> dict[str, float] | str:
    """Medians over fresh processes, or why there are none."""
    command = [sys.executable, "-m", "benchmarks.evaluation", "--child", library]
    command += ["--folder", str(folder), "--type", workload.iou_type]
    figures = []
    for _ in range(1 if library == "pycocotools" else rounds):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return done.stderr.strip().splitlines()[-1][:60]
        figures.append(json.loads(done.stdout.splitlines()[-1]))
        got, expected = (np.load(folder / f"{name}.npz") for name in (library, "pycocotools"))
        differing = [k for k in expected if not np.array_equal(got[k], expected[k])]
        if differing:
            most = max(np.abs(got[k] - expected[k]).max() for k in differing)
            return f"differs: {', '.join(differing)}, by up to {most:.1g}"
    return {key: statistics.median(f[key] for f in figures) for key in figures[0]}


def table(rows: list[tuple[Workload, str, dict[str, float] | str]]) -> str:
    lines = [
        "| evaluation | library | evaluate | files to statistics | peak memory |",
        "|---|---|---|---|---|",
    ]
    for workload, library, figures in rows:
        name = f"{workload.name} (goal {workload.goal})" if library == "pycocotools" else ""
        if isinstance(figures, str):
            lines.append(f"| {name} | {library} | {figures} | | |")
            continue
        seconds, total = (f"{1000 * figures[k]:,.0f} ms" for k in ("seconds", "total"))
        lines.append(f"| {name} | {library} | {seconds} | {total} | {figures['peak']:,.0f} MB |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation", description=__doc__)
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each library (3)")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--type", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.type, options.folder)
        return 0
    rows = []
    for workload in WORKLOADS:
        if options.only not in workload.name:
            continue
        with tempfile.TemporaryDirectory() as name:
            make(workload, Path(name))
            for library in LIBRARIES:
                print(workload.name, library, file=sys.stderr, flush=True)
                rows.append(
                    (workload, library, measure(library, workload, Path(name), options.rounds))
                )
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
