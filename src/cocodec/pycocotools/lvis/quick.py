"""The quick way through an LVIS evaluation: for whoever overrides no step and has ordinary data."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from cocodec.pycocotools.engine.evaluated_side import (
    EvaluatedSide,
    Numbering,
    UnusualError,
    detections_of_dicts,
    truth_of_dicts,
)
from cocodec.pycocotools.engine.fast_evaluation import FastEvaluation
from cocodec.pycocotools.engine.fast_path import group_by_cell
from cocodec.pycocotools.engine.overrides import has_own_masks, is_own
from cocodec.pycocotools.lvis.curves import Pointers, pointers_of

__all__ = ["FastLvisEvaluation", "evaluate_quickly"]

Row = dict[str, Any]

_STEPS = ("_prepare", "compute_iou", "evaluate_img", "_get_gt_dt", "_evaluate_steps")
# The names of the COCO API -> those of lvis, in the order in which lvis has them.
_NAMES = {
    "image_id": "image_id",
    "category_id": "category_id",
    "aRng": "area_rng",
    "dtIds": "dt_ids",
    "gtIds": "gt_ids",
    "dtMatches": "dt_matches",
    "gtMatches": "gt_matches",
    "dtScores": "dt_scores",
    "gtIgnore": "gt_ignore",
    "dtIgnore": "dt_ignore",
}


class FastLvisEvaluation:
    """What the core found, and the objects that lvis makes of it when somebody asks."""

    def __init__(
        self, gts: list[Row], dts: list[Row], sides: tuple[EvaluatedSide, EvaluatedSide], p: Any
    ) -> None:
        self._gts, self._dts = gts, dts
        self._params = _as_coco(p, max(1, len(dts)))
        self._fast = FastEvaluation(*sides, self._params)
        self._fast.core.match()

    def covers(self, p: Any) -> bool:
        """Whether `p` asks for just what was evaluated."""
        return self._fast.covers(_as_coco(p, self._params.maxDets[0]))

    def curves(self) -> dict[str, Any]:
        """Precision (T, R, K, A), recall (T, K, A), and who counted how."""
        curves = self._fast.curves()
        return {
            "precision": np.ascontiguousarray(curves["precision"][..., 0]),
            "recall": np.ascontiguousarray(curves["recall"][..., 0]),
            "dt_pointers": Pointers(self._pointers),
        }

    def _pointers(self) -> dict[int, dict[int, Row]]:
        p = self._params
        names = {"img_ids": p.imgIds, "cat_ids": p.catIds, "area_rng": p.areaRng, "use_cats": 1}
        return pointers_of(self.eval_imgs(), SimpleNamespace(**names))

    def eval_imgs(self) -> list[Row | None]:
        """The reference's ``eval_imgs``."""
        return [
            None if cell is None else {theirs: cell[ours] for ours, theirs in _NAMES.items()}
            for cell in self._fast.evalImgs()
        ]

    def ious(self) -> dict[tuple[Any, Any], Any]:
        """The reference's ``ious``."""
        return self._fast.ious()

    def gts(self) -> dict[tuple[Any, Any], list[Row]]:
        """The reference's ``_gts``."""
        return group_by_cell(self._gts, self._params)

    def dts(self) -> dict[tuple[Any, Any], list[Row]]:
        """The reference's ``_dts``."""
        return group_by_cell(self._dts, self._params)


def evaluate_quickly(evaluator: Any, mask_utils: Any) -> FastLvisEvaluation | None:
    """Evaluate in the core; None if this evaluation must go through its steps.

    Parameters
    ----------
    mask_utils : module
        What the steps would ask for IoUs.
    """
    p = evaluator.params
    if not is_own(evaluator, *_STEPS) or not p.use_cats or len(p.area_rng) == 0:
        return None
    if not has_own_masks(mask_utils, "iou"):
        return None
    if len(p.img_ids) == 0 or len(p.cat_ids) == 0 or len(set(p.cat_ids)) != len(p.cat_ids):
        return None
    gts, dts = evaluator._chosen()
    try:
        numbering = Numbering.of(p.img_ids, p.cat_ids)
        truth = truth_of_dicts(None, gts, p.iou_type, numbering)
        ignore = np.array([bool(gt["ignore"]) for gt in gts], np.uint8)
        truth = truth.replace(iscrowd=np.zeros(len(gts), np.uint8), ignore=ignore)
        detections = detections_of_dicts(None, dts, p.iou_type, numbering)
        nel = evaluator.img_nel
        lenient = [dt["category_id"] in nel[dt["image_id"]] for dt in dts]
        detections = detections.replace(lenient=np.array(lenient, np.uint8))
        fast = FastLvisEvaluation(gts, dts, (truth, detections), p)
    except UnusualError:
        return None
    evaluator.freq_groups = evaluator._prepare_freq_group()
    low, high = p.area_rng[-1][0], p.area_rng[-1][1]
    for gt in gts:
        gt["_ignore"] = int(bool(gt["ignore"]) or gt["area"] < low or gt["area"] > high)
    return fast


def _as_coco(p: Any, count: int) -> Any:
    """The same parameters, under the names of the COCO API."""
    return SimpleNamespace(
        imgIds=list(p.img_ids),
        catIds=list(p.cat_ids),
        iouThrs=p.iou_thrs,
        recThrs=p.rec_thrs,
        areaRng=list(p.area_rng),
        maxDets=[count],
        useCats=p.use_cats,
        iouType=p.iou_type,
    )
