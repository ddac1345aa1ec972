"""Evaluation, slow and obvious: the specification of `cocodec.evaluate`, in plain Python.

Everything is lists and dicts, one detection after another. Floating point is in the order in which
`pycocotools` has it, except that exponentials are numpy's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Annotation = dict[str, Any]
EPSILON = 2.0**-52


@dataclass
class Asked:
    """What an evaluation asks for."""

    images: list[Any]
    categories: list[Any]
    similarity: Callable[[Annotation, Annotation], float]
    iou_thresholds: Sequence[float]
    recall_thresholds: Sequence[float]
    areas: Sequence[tuple[float, float]]
    limits: Sequence[int]
    use_categories: bool = True


@dataclass
class Judged:
    """One cell under one area range and threshold."""

    scores: list[float] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)  # "right", "wrong", "ignored"
    wanted: int = 0


def outside(annotation: Annotation, area: tuple[float, float]) -> bool:
    return annotation["area"] < area[0] or annotation["area"] > area[1]


def cell(rows: list[Annotation], image: Any, category: Any, asked: Asked) -> list[Annotation]:
    if asked.use_categories:
        return [a for a in rows if a["image_id"] == image and a["category_id"] == category]
    return [
        a
        for c in asked.categories
        for a in rows
        if a["image_id"] == image and a["category_id"] == c
    ]


def judge(
    gts: list[Annotation],
    dts: list[Annotation],
    asked: Asked,
    area: tuple[float, float],
    threshold: float,
) -> Judged:
    """Take the detections from the best on; each gets the ground truth that is most like it."""
    ignored = [bool(g.get("ignore")) or outside(g, area) for g in gts]
    order = sorted(range(len(gts)), key=lambda g: ignored[g])
    taken = [False] * len(gts)
    out = Judged(wanted=ignored.count(False))
    best_first = sorted(dts, key=lambda d: -d["score"])[: asked.limits[-1]]
    for dt in best_first:
        best, match = min(threshold, 1 - 1e-10), None
        for g in order:
            if taken[g] and not gts[g]["iscrowd"]:
                continue
            if match is not None and ignored[g] and not ignored[match]:
                break
            similarity = asked.similarity(dt, gts[g])
            if similarity >= best:
                best, match = similarity, g
        named = match is not None and gts[match]["id"] != 0
        if match is not None and dt.get("id", 1) > 0:
            taken[match] = True
        lenient = not named and (outside(dt, area) or dt.get("lenient", False))
        if (match is not None and ignored[match]) or lenient:
            out.verdicts.append("ignored")
        else:
            out.verdicts.append("right" if named else "wrong")
        out.scores.append(dt["score"])
    return out


def curve(
    judged: list[Judged], limit: int, recalls: Sequence[float]
) -> tuple[list[float], float, list[float]] | None:
    """Precision and score at each recall, and the recall; None without ground truth."""
    wanted = sum(j.wanted for j in judged)
    if wanted == 0:
        return None
    pairs = [p for j in judged for p in list(zip(j.scores, j.verdicts, strict=True))[:limit]]
    pairs.sort(key=lambda pair: -pair[0])
    right = wrong = 0
    reached, precision = [], []
    for _, verdict in pairs:
        right += verdict == "right"
        wrong += verdict == "wrong"
        reached.append(right / wanted)
        precision.append(right / (wrong + right + EPSILON))
    precisions, scores = [0.0] * len(recalls), [0.0] * len(recalls)
    for r, recall in enumerate(recalls):
        first = next((i for i, value in enumerate(reached) if value >= recall), None)
        if first is None:
            break  # the reference leaves all that follow at 0, too
        precisions[r], scores[r] = max(precision[first:]), pairs[first][0]
    return precisions, reached[-1] if reached else 0.0, scores


def evaluate(
    gts: list[Annotation], dts: list[Annotation], asked: Asked
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision (T, R, K, A, M), recall (T, K, A, M), scores (T, R, K, A, M)."""
    categories = asked.categories if asked.use_categories else [None]
    thresholds, recalls = asked.iou_thresholds, asked.recall_thresholds
    shape = (len(categories), len(asked.areas), len(asked.limits))
    precision = np.full((len(thresholds), len(recalls), *shape), -1.0)
    scores = np.full((len(thresholds), len(recalls), *shape), -1.0)
    recall = np.full((len(thresholds), *shape), -1.0)
    for k, category in enumerate(categories):
        cells = [
            (cell(gts, image, category, asked), cell(dts, image, category, asked))
            for image in asked.images
        ]
        for a, area in enumerate(asked.areas):
            for t, threshold in enumerate(thresholds):
                judged = [judge(g, d, asked, area, threshold) for g, d in cells]
                for m, limit in enumerate(asked.limits):
                    found = curve(judged, limit, recalls)
                    if found is not None:
                        precision[t, :, k, a, m], recall[t, k, a, m], scores[t, :, k, a, m] = found
    return precision, recall, scores


def keypoint_similarity(dt: Annotation, gt: Annotation, sigmas: Sequence[float]) -> float:
    """How near the keypoints are, relative to the object's size and to how sure people are."""
    x, y, w, h = gt["bbox"]
    points = list(zip(gt["keypoints"][0::3], gt["keypoints"][1::3], strict=True))
    visible = [v > 0 for v in gt["keypoints"][2::3]]
    exponents = []
    for k, (px, py) in enumerate(zip(dt["keypoints"][0::3], dt["keypoints"][1::3], strict=True)):
        if any(visible):
            if not visible[k]:
                continue
            dx, dy = px - points[k][0], py - points[k][1]
        else:
            dx = max(0, (x - w) - px) + max(0, px - (x + w * 2))
            dy = max(0, (y - h) - py) + max(0, py - (y + h * 2))
        variance = (sigmas[k] * 2) * (sigmas[k] * 2)
        exponents.append(-((dx * dx + dy * dy) / variance / (gt["area"] + EPSILON) / 2))
    return float(np.sum(np.exp(np.array(exponents))) / len(exponents))


def boundary(pixels: np.ndarray, ratio: float) -> np.ndarray:
    """Foreground that has background, or the outside of the image, within reach."""
    height, width = pixels.shape
    reach = max(1, int(round(ratio * np.sqrt(height**2 + width**2))))  # noqa: RUF046
    padded = np.pad(pixels.astype(bool), reach)
    inner = np.ones((height, width), bool)
    for y in range(2 * reach + 1):
        for x in range(2 * reach + 1):
            inner &= padded[y : y + height, x : x + width]
    return pixels.astype(bool) & ~inner
