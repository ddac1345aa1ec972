"""``faster_coco_eval.core.faster_eval_api``: the evaluation with more options and statistics.

Boxes, masks and keypoints, and LVIS's federated rules. What is not here says so.
"""

from __future__ import annotations

import copy
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cocodec.pycocotools.cocoeval import COCOeval as _COCOeval
from cocodec.pycocotools.cocoeval import Params as _Params
from cocodec.pycocotools.engine.evaluated_side import (
    Numbering,
    detections_of_dicts,
    truth_of_dicts,
)
from cocodec.pycocotools.engine.fast_evaluation import FastEvaluation
from cocodec.pycocotools.engine.fast_path import selected
from cocodec.pycocotools.engine.ids import ascending
from cocodec.pycocotools.engine.summary import KEYPOINT_LINES, Line, summarize_line

__all__ = ["COCOeval", "COCOeval_faster", "Params"]

Row = dict[str, Any]

logger = logging.getLogger(__name__)

_FREQUENCIES = ("r", "c", "f")


class Params(_Params):
    """What is evaluated, under the names of the COCO API and of lvis."""

    def __init__(
        self,
        iouType: str = "segm",
        kpt_sigmas: Sequence[float] | None = None,
        ranges: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        if iouType not in ("segm", "bbox", "keypoints"):
            raise NotImplementedError(
                f"iouType is {iouType!r}; here are 'segm', 'bbox' and 'keypoints': use "
                "cocodec.evaluate for boundaries and CrowdPose"
            )
        super().__init__(iouType)
        if ranges is not None and iouType != "keypoints":
            self.areaRng = [[0, 1e5**2], *(list(bounds) for bounds in ranges.values())]
            self.areaRngLbl = ["all", *ranges]
        if kpt_sigmas is not None and iouType == "keypoints":
            self.kpt_oks_sigmas = np.array(kpt_sigmas)

    @property
    def img_ids(self) -> Any:
        """As `imgIds`."""
        return self.imgIds

    @property
    def cat_ids(self) -> Any:
        """As `catIds`."""
        return self.catIds


class COCOeval_faster(_COCOeval):  # noqa: N801 - its name
    """Evaluation of detections against ground truth; see `cocodec.pycocotools.cocoeval`.

    Attributes
    ----------
    stats, all_stats : ndarray
        What the COCO API has, and that with AR at IoU 0.5 and 0.75 and the means of LVIS's groups.
    """

    def __init__(
        self,
        cocoGt: Any = None,
        cocoDt: Any = None,
        iouType: str = "segm",
        ranges: Mapping[str, Sequence[float]] | None = None,
        print_function: Callable[[Any], Any] = logger.info,
        extra_calc: bool = False,
        kpt_oks_sigmas: Sequence[float] | None = None,
        use_area: bool | None = True,
        lvis_style: bool = False,
        separate_eval: bool = False,
        boundary_dilation_ratio: float = 0.02,
        boundary_cpu_count: int = 4,
        rle_iou_max_workers: int = 8,
    ) -> None:
        """Take both sides.

        Parameters
        ----------
        ranges : dict, optional
            Area ranges besides "all".
        print_function : callable
            Is told the lines of the summary.
        kpt_oks_sigmas : list of float, optional
            How far off each keypoint may be.
        lvis_style : bool
            Judge by LVIS's rules: images say which categories are absent or not exhaustive.
        separate_eval, boundary_dilation_ratio, boundary_cpu_count, rle_iou_max_workers
            Change no number here.

        Raises
        ------
        NotImplementedError
            For `extra_calc`, ``use_area=False`` and other values of `iouType`.
        """
        if extra_calc or not use_area:
            raise NotImplementedError("extra_calc and use_area=False are not in cocodec")
        params = Params(iouType, kpt_oks_sigmas, ranges)
        super().__init__(cocoGt, cocoDt, iouType)
        params.imgIds, params.catIds = self.params.imgIds, self.params.catIds
        self.params = params
        self.print_function = print_function
        self.lvis_style = lvis_style and iouType != "keypoints"
        self.separate_eval = separate_eval
        self.matched = False
        self.all_stats: Any = []

    def _say(self, what: Any) -> None:
        self.print_function(what)

    def evaluate(self) -> None:
        """Match the detections of each image and category."""
        if not self.lvis_style:
            super().evaluate()
            return
        p = self.params
        p.imgIds, p.maxDets = ascending(p.imgIds), sorted(p.maxDets)
        if p.useCats:
            p.catIds = ascending(p.catIds)
        self._fast = self._evaluate_federated()
        for name in ("evalImgs", "ious", "_gts", "_dts"):
            self.__dict__.pop(name, None)
        self.eval = {}
        self._paramsEval = copy.deepcopy(p)

    def _evaluate_federated(self) -> FastEvaluation:
        """Detections count where their category was looked for; others are left out."""
        p = self.params
        gts, dts = (selected(coco, p) for coco in (self.cocoGt, self.cocoDt))
        images = self.cocoGt.loadImgs(p.imgIds)
        looked_for = {image["id"]: set(image.get("neg_category_ids", ())) for image in images}
        partly = {i["id"]: set(i.get("not_exhaustive_category_ids", ())) for i in images}
        for gt in gts:
            looked_for[gt["image_id"]].add(gt["category_id"])
        dts = [dt for dt in dts if dt["category_id"] in looked_for[dt["image_id"]]]
        lenient = [dt["category_id"] in partly[dt["image_id"]] for dt in dts]
        groups: defaultdict[Any, list[int]] = defaultdict(list)
        for place, category in enumerate(self.cocoGt.loadCats(p.catIds)):
            groups[category.get("frequency")].append(place)
        self.freq_groups = [groups[frequency] for frequency in _FREQUENCIES]
        numbering = Numbering.of(list(p.imgIds), list(p.catIds))
        truth = truth_of_dicts(self.cocoGt, gts, p.iouType, numbering)
        detections = detections_of_dicts(self.cocoDt, dts, p.iouType, numbering)
        detections = detections.replace(lenient=np.array(lenient, np.uint8))
        fast = FastEvaluation(truth, detections, p)
        fast.core.match()
        return fast

    def summarize(self) -> None:
        """Tell the means of the curves and keep them in `stats` and `all_stats`."""
        if not self.eval:
            raise Exception("Please run accumulate() first")
        p = self.params
        if p.iouType == "keypoints":
            lines = [line._replace(limit=p.maxDets[-1]) for line in KEYPOINT_LINES]
            self.all_stats = np.array(self._means(lines), float)
            self.stats = self.all_stats
            return
        most, ranges = p.maxDets[-1], p.areaRngLbl[1:]
        lines = [Line(True, iou=iou, limit=most) for iou in (None, 0.5, 0.75)]
        lines += [Line(True, area=area, limit=most) for area in ranges]
        groups = [
            Line(True, limit=most, categories=tuple(group))
            for group in (self.freq_groups if self.lvis_style else ())
        ]
        recalls = [Line(False, limit=count) for count in p.maxDets]
        areas = [Line(False, area=area, limit=most) for area in ranges]
        both = [Line(False, iou=iou, limit=most) for iou in (0.5, 0.75)]
        first, last = self._means(lines), self._means(groups)
        middle = self._means(recalls)
        if self.lvis_style:  # three places, however many limits there are
            middle += [0.0] * (3 - len(middle))
        means = first + middle + self._means(areas)
        self.stats = np.array(means, float)
        self.all_stats = np.array(means + self._means(both) + last, float)

    def _means(self, lines: Sequence[Line]) -> list[float]:
        return [summarize_line(self.eval, self.params, line, self._say) for line in lines]

    def run(self) -> None:
        """Evaluate, accumulate and summarize."""
        self.evaluate()
        self.accumulate()
        self.summarize()

    @property
    def stats_as_dict(self) -> dict[str, float]:
        """`all_stats` by name: AP_all, AP_50, ..., AR_75; APr, APc, APf with `lvis_style`."""
        p = self.params
        if p.iouType == "keypoints":
            kinds = ("all", "50", "75", "medium", "large")
            labels = [f"{what}_{kind}" for what in ("AP", "AR") for kind in kinds]
        else:
            ranges = p.areaRngLbl[1:]
            limits = [f"AR_{count}" for count in p.maxDets]
            if self.lvis_style:
                limits = ["AR_all", "AR_second", "AR_third", *limits[3:]]
            elif p.maxDets == [1, 10, 100]:
                limits = ["AR_all", "AR_second", "AR_third"]
            labels = ["AP_all", "AP_50", "AP_75", *(f"AP_{area}" for area in ranges), *limits]
            labels += [*(f"AR_{area}" for area in ranges), "AR_50", "AR_75"]
            labels += ["APr", "APc", "APf"] if self.lvis_style else []
        return {label: float(mean) for label, mean in zip(labels, self.all_stats, strict=True)}


class COCOeval(COCOeval_faster):
    """The same, printing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("print_function", print)
        super().__init__(*arguments, **options)
