"""`python -m benchmarks.evaluation`: whole evaluations, each in a fresh process.

A process goes from files, or from lists of dicts, to the statistics and says how long a user waits
for them, by the clock, and how much memory it had at most (`benchmarks.evaluation_child`). Its
precision, recall and statistics are compared with the reference's first: what differs is reported,
not timed. Libraries take turns, round by round, on one core. The table goes to README.md; with
`--only TEXT` some workloads are measured and nothing is written.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.evaluation_child import LIBRARIES
from benchmarks.timing import one_core

IMAGES, CATEGORIES, SIDE = 5000, 80, 480
OBJECTS = 36_781  # annotations in COCO's val2017


REFERENCE, OURS = "pycocotools", ("cocodec", "cocodec.pycocotools")


@dataclass(frozen=True)
class Workload:
    """So many detections of one kind."""

    name: str
    iou_type: str
    detections: int
    # How many times as fast as the fastest other library the drop-in is to be: from files, and
    # from a list of dicts.
    goals: tuple[float, float]
    images: int = IMAGES
    masks: bool = False  # results are RLE, whatever is compared

    @property
    def objects(self) -> int:
        all_images = OBJECTS // 3 if self.iou_type == "keypoints" else OBJECTS
        return all_images * self.images // IMAGES


WORKLOADS = [
    Workload("bbox, 14.7k detections, 2,000 images", "bbox", 14_680, (1.25, 1.25), 2000),
    Workload("bbox of 14.7k masks, 2,000 images", "bbox", 14_680, (1.25, 1.25), 2000, masks=True),
    Workload("segm, 14.7k detections, 2,000 images", "segm", 14_680, (2.5, 2), 2000, masks=True),
    Workload("bbox, 36.7k detections", "bbox", 36_700, (1.25, 1.25)),
    Workload("bbox, 310k detections", "bbox", 310_000, (1.25, 1.25)),
    Workload("segm, 36.7k detections", "segm", 36_700, (2.5, 2), masks=True),
    Workload("keypoints, 60k detections", "keypoints", 60_000, (1.25, 1.25)),
]

# What a process says -> the column's name.
FIGURES = {
    "import": "import",
    "start": "start to statistics, files",
    "evaluate": "of that, evaluation",
    "list": "list of dicts to statistics",
    "again": "second epoch, list",
}


# ---------------------------------------------------------------- data


def make(workload: Workload, folder: Path) -> tuple[Path, Path]:
    """Write ground truth and results; the same files for the same workload."""
    random = np.random.RandomState(workload.detections)
    people = workload.iou_type == "keypoints"
    categories = 1 if people else CATEGORIES
    gt = _objects(random, workload.objects, workload.images, categories)
    # Half of the detections lie near an object, the others anywhere.
    near = random.randint(0, len(gt["image"]), workload.detections // 2)
    dt = _objects(random, workload.detections - len(near), workload.images, categories)
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
    if workload.masks:
        _encode(results)
    document = {
        "info": {},
        "images": [{"id": i, "height": SIDE, "width": SIDE} for i in range(workload.images)],
        "categories": [{"id": c, "name": f"c{c}"} for c in range(1, categories + 1)],
        "annotations": truth,
    }
    paths = folder / "gt.json", folder / "dt.json"
    for path, content in zip(paths, (document, results), strict=True):
        path.write_text(json.dumps(content))
    return paths


def _objects(random: np.random.RandomState, n: int, images: int, categories: int) -> dict[str, Any]:
    size = np.clip(random.lognormal(4, 0.9, (n, 2)), 4, SIDE / 2)
    corner = random.random_sample((n, 2)) * (SIDE - size)
    popular = np.minimum(random.geometric(0.05, n), categories)
    return {
        "image": random.randint(0, images, n),
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
    if workload.masks:
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
    """Results come as RLE, and without boxes."""
    mask = importlib.import_module("pycocotools.mask")
    for row in results:
        (rle,) = mask.frPyObjects(row["segmentation"], SIDE, SIDE)
        row["segmentation"] = {"size": rle["size"], "counts": rle["counts"].decode()}
        del row["bbox"]


# ---------------------------------------------------------------- report

Figures = dict[str, float]


def run(library: str, workload: Workload, folder: Path, source: str, cpu: bool) -> Figures | str:
    """One process; or what is wrong with it. `cpu`: in processor time."""
    command = [sys.executable, "-m", "benchmarks.evaluation_child", library, workload.iou_type]
    command += [str(folder), source, "cpu" if cpu else str(time.time())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stderr.strip().splitlines()[-1][:60]
    got, expected = (np.load(folder / f"{name}.npz") for name in (library, REFERENCE))
    differing = [k for k in expected if not np.array_equal(got[k], expected[k])]
    if differing:
        most = max(np.abs(got[k] - expected[k]).max() for k in differing)
        return f"differs: {', '.join(differing)}, by up to {most:.1g}"
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(workload: Workload, folder: Path, rounds: int, cpu: bool) -> dict[str, Figures | str]:
    """Medians by library, in turns; of the reference, which takes minutes, one, of files."""
    found: dict[str, list[Figures]] = {library: [] for library in LIBRARIES}
    wrong: dict[str, str] = {}
    for turn in range(rounds):
        for library in LIBRARIES:
            if library in wrong or (library == REFERENCE and turn > 0):
                continue
            print(workload.name, library, file=sys.stderr, flush=True)
            for source in ("file",) if library == REFERENCE else ("file", "list"):
                figures = run(library, workload, folder, source, cpu)
                if isinstance(figures, str):
                    wrong[library] = figures
                    break
                found[library].append(figures)
    return {library: wrong.get(library) or medians(found[library]) for library in LIBRARIES}


def medians(samples: list[Figures]) -> Figures:
    keys = dict.fromkeys(key for sample in samples for key in sample)
    return {key: statistics.median(s[key] for s in samples if key in s) for key in keys}


def table(results: dict[Workload, dict[str, Figures | str]]) -> str:
    lines = [
        f"| evaluation | library | {' | '.join(FIGURES.values())} | peak memory |",
        "|---|---|" + "---|" * (len(FIGURES) + 1),
    ]
    for workload, libraries in results.items():
        for library, figures in libraries.items():
            name = workload.name if library == REFERENCE else ""
            if isinstance(figures, str):
                lines.append(f"| {name} | {library} | {figures} |" + " |" * len(FIGURES))
                continue
            cells = [f"{1000 * figures[k]:,.0f} ms" if k in figures else "-" for k in FIGURES]
            cells.append(f"{figures['peak']:,.0f} MB")
            lines.append(f"| {name} | {library} | {' | '.join(cells)} |")
    return "\n".join(lines)


def goals(results: dict[Workload, dict[str, Figures | str]]) -> str:
    """What the drop-in is to reach, and what it does."""
    lines = ["| the drop-in | best peer | times as fast | goal | met |", "|---|---|---|---|---|"]
    for workload, libraries in results.items():
        file, listed = workload.goals
        for key, goal in (("import", 1.0), ("start", file), ("list", listed), ("again", listed)):
            times = {
                name: figures[key]
                for name, figures in libraries.items()
                if isinstance(figures, dict) and key in figures
            }
            peer = min((name for name in times if name not in OURS), key=lambda name: times[name])
            what = f"{workload.name}: {FIGURES[key]}"
            ours = times.get(OURS[1])
            if ours is None:
                lines.append(f"| {what} | {peer} | {libraries[OURS[1]]} | {goal:g}x | no |")
                continue
            ratio = times[peer] / ours
            met = "yes" if ratio >= goal else "no"
            lines.append(f"| {what} | {peer} | {ratio:.2f}x | {goal:g}x | {met} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation", description=__doc__)
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    parser.add_argument("--rounds", type=int, default=5, help="processes of each library (5)")
    parser.add_argument("--processor-time", action="store_true", help="for a busy machine")
    options = parser.parse_args()
    one_core()  # and all that it starts
    before = os.getloadavg()[0]
    results = {}
    for workload in WORKLOADS:
        if options.only not in workload.name:
            continue
        with tempfile.TemporaryDirectory() as name:
            make(workload, Path(name))
            results[workload] = measure(
                workload, Path(name), options.rounds, options.processor_time
            )
    clock = "processor time" if options.processor_time else "by the clock"
    load = f"load average {before:.2f} before and {os.getloadavg()[0]:.2f} after"
    machine = f"- {report.processor()}, {platform.system()}, Python {platform.python_version()}"
    text = "\n\n".join([f"{machine}; {clock}; {load}", table(results), goals(results)])
    print(text)
    if not options.only:
        report.write("evaluation", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
