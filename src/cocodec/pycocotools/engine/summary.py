"""The lines that ``summarize`` prints: which mean of which curves stands in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["DETECTION_LINES", "KEYPOINT_LINES", "Line", "summarize_line"]


class Line(NamedTuple):
    """One mean: precision or recall, at one IoU or over all, of one area range.

    `limit` is the number of detections: a place in ``maxDets`` if `is_place`, else the number.
    `categories` are places of categories: all where it is None.
    """

    is_precision: bool
    iou: float | None = None
    area: str = "all"
    limit: int = 100
    is_place: bool = False
    categories: tuple[int, ...] | None = None


DETECTION_LINES = (
    Line(True),
    Line(True, iou=0.5, limit=2, is_place=True),
    Line(True, iou=0.75, limit=2, is_place=True),
    *(Line(True, area=area, limit=2, is_place=True) for area in ("small", "medium", "large")),
    *(Line(False, limit=place, is_place=True) for place in (0, 1, 2)),
    *(Line(False, area=area, limit=2, is_place=True) for area in ("small", "medium", "large")),
)
KEYPOINT_LINES = tuple(
    line
    for is_precision in (True, False)
    for line in (
        Line(is_precision, limit=20),
        Line(is_precision, iou=0.5, limit=20),
        Line(is_precision, iou=0.75, limit=20),
        Line(is_precision, area="medium", limit=20),
        Line(is_precision, area="large", limit=20),
    )
)


def summarize_line(
    curves: dict[str, Any], p: Any, line: Line, say: Callable[[str], None] = print
) -> Any:
    """Say one mean and return it; -1 where there is nothing to take the mean of."""
    limit = p.maxDets[line.limit] if line.is_place else line.limit
    areas = [i for i, label in enumerate(p.areaRngLbl) if label == line.area]
    limits = [i for i, count in enumerate(p.maxDets) if count == limit]
    values = curves["precision" if line.is_precision else "recall"]
    if line.iou is not None:
        values = values[np.where(line.iou == p.iouThrs)[0]]
    if line.categories is not None:
        values = values[..., list(line.categories), :, :]
    values = values[..., areas, limits]
    values = values[values > -1]
    mean = -1 if len(values) == 0 else np.mean(values)
    title = "Average Precision  (AP)" if line.is_precision else "Average Recall     (AR)"
    shown = f"{line.iou:0.2f}" if line.iou else f"{p.iouThrs[0]:0.2f}:{p.iouThrs[-1]:0.2f}"
    say(f" {title} @[ IoU={shown:<9} | area={line.area:>6s} | maxDets={limit:>3d} ] = {mean:0.3f}")
    return mean
