"""Hypothesis strategies for evaluations: small data sets with all that is awkward in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from reference.masks import encode_pixels, to_string

SIDE = 24

# One object, and the result that finds it.
SMALL: dict[str, Any] = {
    "images": [{"id": 7, "height": 10, "width": 10}],
    "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16}],
}
HIT = {"image_id": 7, "category_id": 1, "bbox": [1, 1, 4, 4], "score": 0.9}


@dataclass
class Case:
    """A ground truth, results, and the parameters by pycocotools' names."""

    gt: dict[str, Any]
    results: list[dict[str, Any]]
    iou_type: str
    params: dict[str, Any] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """The parameters by cocodec's names."""
        names = {
            "iouThrs": "iou_thresholds",
            "recThrs": "recall_thresholds",
            "maxDets": "max_detections",
            "imgIds": "images",
            "catIds": "categories",
        }
        out = {names[k]: v for k, v in self.params.items() if k in names}
        if "useCats" in self.params:
            out["use_categories"] = bool(self.params["useCats"])
        if "areaRng" in self.params:
            out["area_ranges"] = {f"range{i}": r for i, r in enumerate(self.params["areaRng"])}
        return out


def blob(random: np.random.Generator) -> dict[str, Any]:
    """A rectangle of the image, as RLE."""
    x, y = random.integers(0, SIDE - 4, 2).tolist()
    w, h = random.integers(1, 5, 2).tolist()
    mask = np.zeros((SIDE, SIDE), bool)
    mask[y : y + h, x : x + w] = True
    runs = encode_pixels(mask.ravel(order="F").tolist())
    return {"size": [SIDE, SIDE], "counts": to_string(runs).decode()}


def box(random: np.random.Generator) -> list[float]:
    corner, size = random.integers(0, 8, 2), random.integers(1, 12, 2)
    exact = random.random() < 0.7
    shift = 0.0 if exact else random.random()
    return [*(corner + shift).tolist(), *(size + shift / 3).tolist()]


def keypoints(random: np.random.Generator, count: int = 17) -> list[float]:
    points = random.integers(0, 12, 3 * count).astype(float)
    points[2::3] = random.integers(0, 3, count) * (random.random() < 0.8)
    if random.random() < 0.5:
        points[0::3] += random.random(count)
    return points.tolist()


def _shape(random: np.random.Generator, iou_type: str, is_gt: bool) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if iou_type == "bbox" or is_gt:
        out["bbox"] = box(random)
    if iou_type == "segm":
        out["segmentation"] = blob(random)
        if is_gt and random.random() < 0.3:
            x, y, w, h = out["bbox"]
            out["segmentation"] = [[x, y, x + w, y, x + w, y + h, x, y + h]]
    if iou_type == "keypoints":
        out["keypoints"] = keypoints(random)
    return out


def _ground_truth(
    random: np.random.Generator, iou_type: str, images: list[Any], categories: list[Any]
) -> dict[str, Any]:
    rows = []
    zero = random.random() < 0.3
    for i in range(int(random.integers(0, 14))):
        shape = _shape(random, iou_type, True)
        w, h = shape["bbox"][2:]
        row = {
            "id": i if zero else i + 1,
            "image_id": images[random.integers(len(images))],
            "category_id": categories[random.integers(len(categories))],
            "area": w * h * (1 if random.random() < 0.5 else 97.3),
            "iscrowd": int(random.random() < 0.2),
            **shape,
        }
        if iou_type == "keypoints":
            row["num_keypoints"] = int(np.count_nonzero(np.array(row["keypoints"][2::3]) > 0))
        rows.append(row)
    if rows and random.random() < 0.15:  # ids that occur twice
        for row in rows:
            row["id"] = int(random.integers(0, len(rows)))
    return {
        "images": [{"id": image, "height": SIDE, "width": SIDE} for image in images],
        "categories": [{"id": category, "name": f"c{category}"} for category in categories],
        "annotations": rows,
    }


def _results(random: np.random.Generator, gt: dict[str, Any], iou_type: str) -> list[Any]:
    images, categories = ([row["id"] for row in gt[key]] for key in ("images", "categories"))
    levels = int(random.integers(1, 12))  # few levels: many ties
    rows = []
    for _ in range(int(random.integers(0, 25))):
        row = {
            "image_id": images[random.integers(len(images))],
            "category_id": categories[random.integers(len(categories))],
            "score": float(random.integers(0, levels + 1)) / levels,
            **_shape(random, iou_type, False),
        }
        if gt["annotations"] and random.random() < 0.5:
            like = gt["annotations"][random.integers(len(gt["annotations"]))]
            row["image_id"], row["category_id"] = like["image_id"], like["category_id"]
            for key in set(row) & {"bbox", "keypoints"}:
                row[key] = [v + float(random.integers(-1, 2)) / 2 for v in like[key]]
            if iou_type == "bbox":
                row["bbox"][2:] = [max(v, 0.5) for v in row["bbox"][2:]]
        rows.append(row)
    return rows


def _params(random: np.random.Generator, case: Case) -> dict[str, Any]:
    images, categories = ([row["id"] for row in case.gt[k]] for k in ("images", "categories"))
    choices: dict[str, Any] = {
        "iouThrs": np.array([0.1, 0.3, 0.5, 1.0]),
        "recThrs": np.array([0, 0.5, 0.2, 1.0, 1.2, 0.1]),
        "maxDets": [3, 1, 2],
        "areaRng": [[0, 1e10], [20, 60], [60, 50], [-1, 0]],
        "imgIds": [i for i in images if random.random() < 0.6] or images[:1],
        "catIds": [c for c in reversed(categories) if random.random() < 0.7] or categories,
    }
    if case.iou_type != "keypoints":
        choices["useCats"] = 0
    return {key: value for key, value in choices.items() if random.random() < 0.3}


@st.composite
def cases(draw: st.DrawFn, iou_types: tuple[str, ...] = ("bbox", "segm", "keypoints")) -> Case:
    """Ties, crowds, ignored and repeated ids, empty images and categories, odd parameters."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    iou_type = draw(st.sampled_from(iou_types))
    images: list[Any] = list(range(int(random.integers(1, 6))))
    categories: list[Any] = list(range(int(random.integers(1, 4))))
    if draw(st.booleans()):
        images, categories = [f"image {i}" for i in images], [f"category {c}" for c in categories]
    gt = _ground_truth(random, iou_type, images, categories)
    case = Case(gt, _results(random, gt, iou_type), iou_type)
    case.params = _params(random, case) if draw(st.booleans()) else {}
    return case
