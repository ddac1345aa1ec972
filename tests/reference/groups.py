"""Crowd groups once more: shapes in, annotations out, one group at a time on dense masks.

Shapes are dicts as CVAT has them: ``type`` is bbox, polygon or mask; ``points``, ``bbox`` or
``mask`` (a bool array); ``label``, ``group`` (0 = none) and ``attributes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reference import masks as reference

Shape = dict[str, Any]
ORDER = ("bbox", "polygon", "mask")


@dataclass(frozen=True)
class Rules:
    """What may be asked for. `strict`: as the tool does, where it differs from its own manual."""

    mode: str = "guess"
    leader: str = "largest"
    rasterize: bool = False
    strict: bool = False


@dataclass
class Merged:
    """One annotation: `leader` and `members` are indices of shapes."""

    leader: int
    members: list[int]
    form: str  # "mask", "polygons" or "box"
    pixels: np.ndarray
    rings: list[list[float]] = field(default_factory=list)  # of polygons, as they were given
    traced: np.ndarray | None = None  # in the form "polygons": what was a mask
    bbox: list[float] = field(default_factory=list)

    @property
    def area(self) -> float:
        return self.bbox[2] * self.bbox[3] if self.form == "box" else float(self.pixels.sum())


def dense(shape: Shape, size: tuple[int, int]) -> np.ndarray:
    """The pixels of a shape on the image."""
    if shape["type"] == "mask":
        return np.asarray(shape["mask"])
    if shape["type"] == "bbox":
        return reference.decode(reference.box(shape["bbox"], *size))
    return reference.decode(reference.ring(shape["points"], *size))


def box_of(shape: Shape) -> list[float]:
    if shape["type"] == "bbox":
        return [float(value) for value in shape["bbox"]]
    if shape["type"] == "mask":
        mask = reference.encode(shape["mask"])
        return reference.bbox(mask) if reference.area(mask) else [0.0, 0.0, 0.0, 0.0]
    xs, ys = shape["points"][::2], shape["points"][1::2]
    return [min(xs), min(ys), round(max(xs) - min(xs), 9), round(max(ys) - min(ys), 9)]


def area_of(shape: Shape, size: tuple[int, int]) -> float:
    if shape["type"] == "bbox":
        return float(shape["bbox"][2] * shape["bbox"][3])
    return float(dense(shape, size).sum())


def groups(shapes: Sequence[Shape]) -> list[list[int]]:
    """Shapes of one number together, in the order of their first; without one each alone."""
    found: dict[Any, list[int]] = {}
    for i, shape in enumerate(shapes):
        found.setdefault(shape.get("group") or ("alone", i), []).append(i)
    return list(found.values())


def leader_of(shapes: Sequence[Shape], members: list[int], size: Any, rules: Rules) -> int:
    if rules.leader == "first":
        return members[0]
    order = members
    if rules.strict:
        order = sorted(members, key=lambda i: ORDER.index(shapes[i]["type"]))
    return max(order, key=lambda i: area_of(shapes[i], size))


def wants_mask(shapes: Sequence[Shape], members: list[int], leader: int, rules: Rules) -> bool:
    if rules.mode != "guess":
        return rules.mode == "mask"
    label = shapes[leader].get("label")
    given = any(shapes[i]["type"] == "mask" and shapes[i].get("label") == label for i in members)
    told = shapes[leader].get("attributes", {}).get("is_crowd", given)
    return told is True if rules.strict else bool(told)


def is_empty(shape: Shape) -> bool:
    return shape["type"] == "mask" and not np.any(shape["mask"])


def united_box(boxes: Sequence[list[float]], rules: Rules) -> list[float]:
    """The union of boxes; a length that is a box's own stays that. CVAT rounds to hundredths."""
    if not boxes:
        return [0.0, 0.0, 0.0, 0.0]
    united = [0.0] * 4
    for k in (0, 1):
        low, high = min(box[k] for box in boxes), max(box[k] + box[k + 2] for box in boxes)
        spanning = [box[k + 2] for box in boxes if (box[k], box[k] + box[k + 2]) == (low, high)]
        united[k], united[k + 2] = low, max(spanning, default=round(high - low, 9))
    return [round(value, 2) for value in united] if rules.strict else united


def merge(
    shapes: Sequence[Shape], size: tuple[int, int], rules: Rules | None = None
) -> list[Merged]:
    """Every group as one annotation, in the order of their first shapes."""
    rules = rules or Rules()
    return [merge_one(shapes, members, size, rules) for members in groups(shapes)]


def merge_one(
    shapes: Sequence[Shape], members: list[int], size: tuple[int, int], rules: Rules
) -> Merged:
    leader = leader_of(shapes, members, size, rules)
    drawn = [i for i in members if rules.rasterize or shapes[i]["type"] != "bbox"]
    bbox = united_box([box_of(shapes[i]) for i in members if not is_empty(shapes[i])], rules)
    pixels = np.zeros(size, bool)
    for i in drawn:
        pixels |= dense(shapes[i], size)
    if not drawn:
        return Merged(leader, members, "box", pixels, bbox=bbox)
    if wants_mask(shapes, members, leader, rules):
        return Merged(leader, members, "mask", pixels, bbox=bbox)
    rings, traced = [], np.zeros(size, bool)
    for i in drawn:
        if shapes[i]["type"] == "polygon":
            rings.append(shapes[i]["points"])
        elif shapes[i]["type"] == "bbox":
            x, y, w, h = shapes[i]["bbox"]
            rings.append([x, y, x, y + h, x + w, y + h, x + w, y])
        else:
            traced |= dense(shapes[i], size)
    return Merged(leader, members, "polygons", pixels, rings, traced, bbox)
