"""How many points masks take as rings, and how much of a mask they are: cocodec and OpenCV.

    python -m benchmarks.points [DOCUMENT...]

Without documents, on the workloads of the table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from benchmarks import workloads as work
from cocodec import RleArray
from cocodec.documents.parts import read_raw

Rings = list[list[Any]]  # per mask, flat rings
TOLERANCE = 1.0


def contours(masks: RleArray) -> Rings:
    """OpenCV's contours, holes and all, as rings of a COCO file."""
    found = []
    for mask in masks:
        dense = np.ascontiguousarray(mask.decode(layout="HW"))
        rings, _ = cv2.findContours(dense, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        found.append([ring.ravel() for ring in rings])
    return found


WAYS: dict[str, Callable[[RleArray], Rings]] = {
    "corners": lambda masks: masks.to_polygons(simplify="corners"),
    "exact (default)": lambda masks: masks.to_polygons(),
    f"tolerance {TOLERANCE:g}": lambda masks: masks.to_polygons(tolerance=TOLERANCE),
    "OpenCV contours": contours,
}


def workloads() -> dict[str, RleArray]:
    document = work.document(10, 40, 8)
    return {
        "100 objects": RleArray.from_coco(work.rles(2, 100)),
        "document, 320 annotations": RleArray.from_polygons(document.polygons, document.sizes),
        "noise": RleArray.from_coco(work.noise_rles(10)[:1]),
        "1,000 of 8x8": RleArray.from_coco(work.crumb_rles()[:1000]),
    }


def documents(paths: list[str]) -> dict[str, RleArray]:
    """The masks of documents that have a pixel, all under one name."""
    batches = []
    for path in paths:
        for part in read_raw(path).parts:
            runs = part.records().read(part.table("annotations"))[0]
            batches.append(RleArray.from_runs(runs.counts, runs.offsets, runs.sizes))
    masks = RleArray.concatenate(batches)
    return {f"{len(paths)} documents": masks[masks.area() > 0]}


def agreement(rings: Rings, masks: RleArray) -> tuple[int, float]:
    """How many masks come back as they were, and the mean intersection over union."""
    back = RleArray.from_polygons(rings, masks.sizes)
    either = (back | masks).area().astype(float)
    iou = np.divide((back & masks).area(), either, out=np.ones(len(masks)), where=either > 0)
    return int(np.count_nonzero(iou == 1)), float(iou.mean())


def table(batches: dict[str, RleArray]) -> str:
    lines = [
        "| masks | rings | points per mask | masks that come back | mean IoU |",
        "|---|---|---|---|---|",
    ]
    for name, masks in batches.items():
        for way, trace in WAYS.items():
            rings = trace(masks)
            points = sum(len(ring) // 2 for mask in rings for ring in mask) / len(masks)
            same, iou = agreement(rings, masks)
            cells = f"{points:.1f} | {same:,} of {len(masks):,} | {iou:.4f}"
            lines.append(f"| {name} | {way} | {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(documents(sys.argv[1:]) if len(sys.argv) > 1 else workloads()))
