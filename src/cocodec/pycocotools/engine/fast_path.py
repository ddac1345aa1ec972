"""The quick way through an evaluation: for whoever overrides no step and has ordinary data.

What the steps of the reference leave behind in the annotations (``ignore``, ``_ignore``, masks as
RLE) is left behind here too; where no dict exists yet, it is when they are built.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import cocodec._core as _core
from cocodec.pycocotools.engine.annotation_masks import area_of, convert_to_rle
from cocodec.pycocotools.engine.evaluated_side import (
    EvaluatedSide,
    Numbering,
    UnusualError,
    detection_fields,
    detections_of_dicts,
    truth_of_dicts,
)
from cocodec.pycocotools.engine.fast_evaluation import FastEvaluation
from cocodec.pycocotools.engine.matching import ignore_of
from cocodec.pycocotools.engine.overrides import has_own_masks, is_own
from cocodec.pycocotools.engine.unbuilt import UnbuiltResults

__all__ = ["evaluate_quickly", "group_by_cell", "selected"]

Row = dict[str, Any]

_STEPS = ("_prepare", "computeIoU", "computeOks", "evaluateImg", "_evaluate_steps")
_METHODS = ("_untouched", "getAnnIds", "loadAnns", "annToRLE")


def evaluate_quickly(evaluator: Any, maskUtils: Any) -> FastEvaluation | None:
    """Evaluate in the core; None if this evaluation must go through its steps.

    Parameters
    ----------
    maskUtils : module
        What the steps would ask for IoUs.
    """
    p = evaluator.params
    if not is_own(evaluator, *_STEPS) or not _is_usual(p):
        return None
    if p.iouType != "keypoints" and not has_own_masks(maskUtils, "iou"):
        return None
    gt, dt = evaluator.cocoGt, evaluator.cocoDt
    trace = _Trace(list(p.imgIds), list(p.catIds), bool(p.useCats), p.iouType, p.areaRng[-1])
    numbering = Numbering.of(trace.imgIds, trace.catIds)
    opened = _opened(gt)
    try:
        gts: list[Row] | None = None
        truth = _truth_of_file(gt, opened, p.iouType, numbering)
        if truth is None:
            gts = selected(gt, p)
            truth = truth_of_dicts(gt, gts, p.iouType, numbering)
        fast = FastEvaluation(truth, _detections(dt, p, numbering), p)
        fast.core.match()
    except UnusualError:
        return None
    if gts is None:
        opened.traces.append(trace)
    else:
        trace.mark(gt, gts)
    return fast


def _opened(coco: Any) -> Any:
    """The file of a COCO whose annotations nobody has touched, nor how they are found."""
    from cocodec.pycocotools import coco as module

    own_masks = has_own_masks(module.maskUtils, "frPyObjects", "merge")
    return coco._untouched() if own_masks and is_own(coco, *_METHODS) else None


def _is_usual(p: Any) -> bool:
    if p.iouType not in ("segm", "bbox", "keypoints") or len(p.areaRng) == 0:
        return False
    if len(p.imgIds) == 0 or len(p.catIds) == 0 or len(set(p.catIds)) != len(p.catIds):
        return False
    return bool(p.useCats) or p.iouType != "keypoints"  # there the reference compares nothing


def _truth_of_file(
    gt: Any, opened: Any, iouType: str, numbering: Numbering
) -> EvaluatedSide | None:
    if opened is None:
        return None
    # Whoever has opened a file has imported these.
    from cocodec.pycocotools.engine.file_side import truth_of_file
    from cocodec.pycocotools.engine.lazy_document import Opened

    if not isinstance(opened, Opened):
        return None
    try:
        return truth_of_file(opened, vars(gt).get("imgs"), iouType, numbering)
    except UnusualError:
        return None


def _detections(dt: Any, p: Any, numbering: Numbering) -> EvaluatedSide:
    opened = _opened(dt)
    if isinstance(opened, UnbuiltResults):
        side = opened.side(dt, p.iouType, numbering)
        if side is not None:
            return side
    fields = detection_fields(p.iouType, numbering)
    anns, columns = _selected(dt, p, fields)
    return detections_of_dicts(dt, anns, p.iouType, numbering, columns)


def selected(coco: Any, p: Any) -> list[Row]:
    """Annotations of the images and categories that are evaluated."""
    return _selected(coco, p, [])[0]


def _selected(coco: Any, p: Any, fields: list[tuple[Any, ...]]) -> tuple[list[Row], Any]:
    """The same, and their columns, if these could be read on the way."""
    if is_own(coco, "getAnnIds", "loadAnns") and len(p.imgIds) > 0:
        groups = [coco.imgToAnns[imgId] for imgId in p.imgIds if imgId in coco.imgToAnns]
        wanted = dict.fromkeys(p.catIds) if p.useCats and len(p.catIds) > 0 else None
        for asked in (fields, []):
            try:
                return _core.select_rows(groups, wanted, coco.anns, asked)
            except (KeyError, TypeError, ValueError, OverflowError, RuntimeError):
                pass  # without fields first; then the plain way says what is wrong
    catIds = p.catIds if p.useCats else []
    return coco.loadAnns(coco.getAnnIds(imgIds=p.imgIds, catIds=catIds)), None


def group_by_cell(anns: list[Row], p: Any) -> defaultdict[tuple[Any, Any], list[Row]]:
    """Group annotations by image and category; every cell that was looked at is there."""
    cells: defaultdict[tuple[Any, Any], list[Row]] = defaultdict(list)
    for ann in anns:
        cells[ann["image_id"], ann["category_id"]].append(ann)
    for imgId in p.imgIds:
        for catId in p.catIds:
            cells[imgId, catId]
    return cells


class _Trace(NamedTuple):
    """What an evaluation leaves behind in the ground truth."""

    imgIds: list[Any]
    catIds: list[Any]
    useCats: bool
    iouType: str
    lastRange: Any

    def __call__(self, coco: Any) -> None:
        """Leave it in dicts that were built after the evaluation."""
        gts = selected(coco, self)
        if self.iouType == "segm":
            from cocodec.pycocotools import coco as module

            convert_to_rle(coco, gts, module.maskUtils)
        self.mark(coco, gts)

    def mark(self, coco: Any, gts: list[Row]) -> None:
        """Note which ground truths are ignored, and were in the last area range."""
        images, categories = set(self.imgIds), set(self.catIds)
        low, high = self.lastRange[0], self.lastRange[1]
        for gt in gts:
            gt["ignore"] = ignore_of(gt, self.iouType)
            if gt["image_id"] in images and gt["category_id"] in categories:
                area = area_of(coco, gt)
                gt["_ignore"] = int(bool(gt["ignore"]) or area < low or area > high)
