"""Panoptic quality, slow and obvious: every pair of segments compared pixel by pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

Segments = list[dict[str, Any]]


def tally(
    images: list[tuple[np.ndarray, Segments, np.ndarray, Segments]], categories: list[Any]
) -> dict[Any, list[float]]:
    """IoU sum, matched, wrong and missed segments by category, over images of label maps."""
    out: dict[Any, list[float]] = {c: [0.0, 0, 0, 0] for c in categories}
    for gt_map, gts, dt_map, dts in images:
        hits: set[tuple[int, int]] = set()
        for gt in sorted(gts, key=lambda s: s["id"]):
            for dt in sorted(dts, key=lambda s: s["id"]):
                if gt["iscrowd"] or gt["category_id"] != dt["category_id"]:
                    continue
                a, b = gt_map == gt["id"], dt_map == dt["id"]
                both = int((a & b).sum())
                union = int(b.sum()) + gt["area"] - both - int((b & (gt_map == 0)).sum())
                if both and both / union > 0.5:
                    hits.add((gt["id"], dt["id"]))
                    out[gt["category_id"]][0] += both / union
                    out[gt["category_id"]][1] += 1
        for gt in gts:
            if not gt["iscrowd"] and gt["id"] not in {g for g, _ in hits}:
                out[gt["category_id"]][3] += 1
        # Of several crowds of a category the last one counts.
        crowds = {s["category_id"]: s["id"] for s in gts if s["iscrowd"]}
        for dt in dts:
            if dt["id"] in {d for _, d in hits}:
                continue
            b = dt_map == dt["id"]
            excused = int((b & (gt_map == 0)).sum())
            if dt["category_id"] in crowds:
                excused += int((b & (gt_map == crowds[dt["category_id"]])).sum())
            if excused / int(b.sum()) <= 0.5:
                out[dt["category_id"]][2] += 1
    return out
