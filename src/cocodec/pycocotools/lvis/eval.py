"""``lvis.eval``: average precision where not every category was looked for in every image."""

from __future__ import annotations

import datetime
import logging
import os
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np

from cocodec.pycocotools import mask as mask_utils
from cocodec.pycocotools.engine.annotation_masks import convert_to_rle
from cocodec.pycocotools.engine.ids import ascending
from cocodec.pycocotools.engine.matching import match
from cocodec.pycocotools.engine.overrides import remember
from cocodec.pycocotools.engine.records import value_of
from cocodec.pycocotools.lvis import lvis as lvis_module
from cocodec.pycocotools.lvis.curves import accumulate_cells
from cocodec.pycocotools.lvis.lvis import LVIS
from cocodec.pycocotools.lvis.quick import FastLvisEvaluation, evaluate_quickly
from cocodec.pycocotools.lvis.results import LVISResults

__all__ = ["LVISEval", "Params"]

Row = dict[str, Any]

_LAZY = ("eval_imgs", "ious", "_gts", "_dts")


@remember
class LVISEval:
    """Evaluation of detections against ground truth.

    Attributes
    ----------
    params : Params
        Set these before `evaluate`.
    eval_imgs : list of dict or None
        The matches of each category, area range and image, in this order of nesting.
    ious : dict
        (image id, category id) -> IoU of its detections, best score first, and ground truths.
    eval : dict
        ``precision`` of shape (T, R, K, A), ``recall`` of shape (T, K, A), ``dt_pointers``.
    results : OrderedDict
        Means by name.
    """

    _fast: FastLvisEvaluation | None = None
    eval_imgs: Any
    ious: Any
    _gts: Any
    _dts: Any

    def __init__(self, lvis_gt: Any, lvis_dt: Any, iou_type: str = "segm") -> None:
        self.logger = logging.getLogger("lvis.eval")
        if iou_type not in ("bbox", "segm"):
            raise ValueError(f"iou_type: {iou_type} is not supported.")
        if isinstance(lvis_gt, (str, os.PathLike)):
            lvis_gt = LVIS(lvis_gt)
        elif not isinstance(lvis_gt, LVIS):
            raise TypeError(f"Unsupported type {lvis_gt} of lvis_gt.")
        if isinstance(lvis_dt, (str, os.PathLike, list)):
            lvis_dt = LVISResults(lvis_gt, lvis_dt)
        elif not isinstance(lvis_dt, LVISResults):
            raise TypeError(f"Unsupported type {lvis_dt} of lvis_dt.")
        self.lvis_gt, self.lvis_dt = lvis_gt, lvis_dt
        self.eval_imgs = defaultdict(list)
        self.eval: dict[str, Any] = {}
        self._gts = defaultdict(list)
        self._dts = defaultdict(list)
        self.params = Params(iou_type=iou_type)
        self.results: OrderedDict[str, Any] = OrderedDict()
        self.ious = {}
        self.params.img_ids = sorted(self.lvis_gt.get_img_ids())
        self.params.cat_ids = sorted(self.lvis_gt.get_cat_ids())

    def __getattr__(self, name: str) -> Any:
        fast = self._fast
        if name not in _LAZY or fast is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.__dict__[name] = getattr(fast, name.strip("_"))()
        return self.__dict__[name]

    def _to_mask(self, anns: list[Row], lvis: LVIS) -> None:
        convert_to_rle(lvis, anns, lvis_module.mask_utils, "ann_to_rle")

    def _chosen(self) -> tuple[list[Row], list[Row]]:
        """Ground truth and detections of the images and categories, ready for comparison."""
        p = self.params
        cat_ids = p.cat_ids if p.cat_ids else None
        pair = []
        for lvis in (self.lvis_gt, self.lvis_dt):
            anns = lvis.load_anns(lvis.get_ann_ids(img_ids=p.img_ids, cat_ids=cat_ids))
            if p.iou_type == "segm":
                self._to_mask(anns, lvis)
            pair.append(anns)
        for gt in pair[0]:
            gt.setdefault("ignore", 0)
        return pair[0], self._judged(*pair)

    def _judged(self, gts: list[Row], dts: list[Row]) -> list[Row]:
        """Leave out detections of categories that nobody has looked for in their image."""
        images = self.lvis_gt.load_imgs(ids=self.params.img_ids)
        judged = "not_exhaustive_category_ids"
        self.img_nel = {image["id"]: value_of(image, judged, "image") for image in images}
        judged = "neg_category_ids"
        looked_for = {image["id"]: set(value_of(image, judged, "image")) for image in images}
        for gt in gts:
            looked_for[gt["image_id"]].add(gt["category_id"])
        return [dt for dt in dts if dt["category_id"] in looked_for[dt["image_id"]]]

    def _prepare(self) -> None:
        """Fill `_gts`, `_dts`, `img_nel` and `freq_groups`."""
        gts, dts = self._chosen()
        self._gts, self._dts = defaultdict(list), defaultdict(list)
        for gt in gts:
            self._gts[gt["image_id"], gt["category_id"]].append(gt)
        for dt in dts:
            self._dts[dt["image_id"], dt["category_id"]].append(dt)
        self.freq_groups = self._prepare_freq_group()

    def _prepare_freq_group(self) -> list[list[int]]:
        """Places of the categories, by how many images have them."""
        groups: list[list[int]] = [[] for _ in self.params.img_count_lbl]
        for place, category in enumerate(self.lvis_gt.load_cats(self.params.cat_ids)):
            groups[
                self.params.img_count_lbl.index(value_of(category, "frequency", "category"))
            ].append(place)
        return groups

    def evaluate(self) -> None:
        """Match the detections of each image and category; fills `ious` and `eval_imgs`."""
        self.logger.info("Running per image evaluation.")
        self.logger.info("Evaluate annotation type *%s*", self.params.iou_type)
        self.params.img_ids = ascending(self.params.img_ids)
        self._fast = evaluate_quickly(self, mask_utils)
        if self._fast is None:
            self._evaluate_steps()
        else:
            for name in _LAZY:  # made by the fast way when somebody asks
                self.__dict__.pop(name, None)

    def _evaluate_steps(self) -> None:
        """Go through the steps that subclasses may override."""
        p = self.params
        cat_ids = p.cat_ids if p.use_cats else [-1]
        self._prepare()
        self.ious = {
            (img_id, cat_id): self.compute_iou(img_id, cat_id)
            for img_id in p.img_ids
            for cat_id in cat_ids
        }
        self.eval_imgs = [
            self.evaluate_img(img_id, cat_id, area_rng)
            for cat_id in cat_ids
            for area_rng in p.area_rng
            for img_id in p.img_ids
        ]

    def _get_gt_dt(self, img_id: Any, cat_id: Any) -> tuple[list[Row], list[Row]]:
        """Ground truth and detections of a cell."""
        if self.params.use_cats:
            return self._gts[img_id, cat_id], self._dts[img_id, cat_id]
        # As in the reference, which means to take all categories, and takes none.
        count = len(self.params.cat_ids)
        return self._gts[img_id, cat_id] * count, self._dts[img_id, cat_id] * count

    def compute_iou(self, img_id: Any, cat_id: Any) -> Any:
        """IoU of a cell's detections, best score first, and its ground truth."""
        gts, dts = self._get_gt_dt(img_id, cat_id)
        if len(gts) == 0 and len(dts) == 0:
            return []
        if self.params.iou_type not in ("segm", "bbox"):
            raise ValueError("Unknown iou_type for iou computation.")
        key = "segmentation" if self.params.iou_type == "segm" else "bbox"
        d = [dt[key] for dt in _best_first(dts)]
        return mask_utils.iou(d, [gt[key] for gt in gts], [0] * len(gts))

    def evaluate_img(self, img_id: Any, cat_id: Any, area_rng: Any) -> Row | None:
        """Match a cell; None for one without ground truth and detections."""
        gts, dts = self._get_gt_dt(img_id, cat_id)
        if len(gts) == 0 and len(dts) == 0:
            return None
        for gt in gts:
            gt["_ignore"] = int(bool(gt["ignore"]) or _outside(gt, area_rng))
        order = np.argsort([gt["_ignore"] for gt in gts], kind="mergesort")
        gts, dts = [gts[i] for i in order], _best_first(dts)
        ious = self.ious[img_id, cat_id]
        if len(ious) > 0:
            ious = ious[:, order]
        gt_ig = np.array([gt["_ignore"] for gt in gts])
        uncrowded = [{"id": gt["id"]} for gt in gts]
        dt_m, gt_m, dt_ig = match(ious, self.params.iou_thrs, uncrowded, dts, gt_ig)
        lenient = [
            _outside(dt, area_rng) or dt["category_id"] in self.img_nel[dt["image_id"]]
            for dt in dts
        ]
        return {
            "image_id": img_id,
            "category_id": cat_id,
            "area_rng": area_rng,
            "dt_ids": [dt["id"] for dt in dts],
            "gt_ids": [gt["id"] for gt in gts],
            "dt_matches": dt_m,
            "gt_matches": gt_m,
            "dt_scores": [dt["score"] for dt in dts],
            "gt_ignore": gt_ig,
            "dt_ignore": np.logical_or(dt_ig, (dt_m == 0) & np.array(lenient, bool)),
        }

    def accumulate(self) -> None:
        """Make precision and recall curves of `eval_imgs`; fills `eval`."""
        self.logger.info("Accumulating evaluation results.")
        p, fast = self.params, self._fast
        if fast is None or "eval_imgs" in self.__dict__ or not fast.covers(p):
            if not self.eval_imgs:
                self.logger.warning("Please run evaluate first.")
            curves = accumulate_cells(self.eval_imgs, p)
        else:
            curves = fast.curves()
        categories = len(p.cat_ids) if p.use_cats else 1
        self.eval = {
            "params": p,
            "counts": [len(p.iou_thrs), len(p.rec_thrs), categories, len(p.area_rng)],
            "date": datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S"),
            **curves,
        }

    def _summarize(
        self,
        summary_type: str,
        iou_thr: Any = None,
        area_rng: str = "all",
        freq_group_idx: Any = None,
    ) -> Any:
        areas = [i for i, label in enumerate(self.params.area_rng_lbl) if label == area_rng]
        values = self.eval["precision" if summary_type == "ap" else "recall"]
        if iou_thr is not None:
            values = values[np.where(iou_thr == self.params.iou_thrs)[0]]
        if summary_type == "ap" and freq_group_idx is not None:
            values = values[:, :, self.freq_groups[freq_group_idx], areas]
        else:
            values = values[..., areas]
        values = values[values > -1]
        return -1 if len(values) == 0 else np.mean(values)

    def summarize(self) -> None:
        """Take the means of the curves; fills `results`."""
        if not self.eval:
            raise RuntimeError("Please run accumulate() first.")
        results, limit = self.results, self.params.max_dets
        results["AP"] = self._summarize("ap")
        for iou in (50, 75):
            results[f"AP{iou}"] = self._summarize("ap", iou_thr=iou / 100)
        for area in ("small", "medium", "large"):
            results[f"AP{area[0]}"] = self._summarize("ap", area_rng=area)
        for place, label in enumerate("rcf"):
            results[f"AP{label}"] = self._summarize("ap", freq_group_idx=place)
        results[f"AR@{limit}"] = self._summarize("ar")
        for area in ("small", "medium", "large"):
            results[f"AR{area[0]}@{limit}"] = self._summarize("ar", area_rng=area)

    def run(self) -> None:
        """Evaluate, accumulate and summarize."""
        self.evaluate()
        self.accumulate()
        self.summarize()

    def print_results(self) -> None:
        """Print the means, a line each."""
        p = self.params
        for key, value in self.results.items():
            title = "Average Precision  (AP)" if "AP" in key else "Average Recall     (AR)"
            iou = f"{p.iou_thrs[0]:0.2f}:{p.iou_thrs[-1]:0.2f}"
            mark = key[2:3]
            if mark.isdigit():
                iou = f"{float(key[2:]) / 100:0.2f}"
            group = mark if mark and mark in "rcf" else "all"
            area = mark if mark and mark in "sml" else "all"
            print(
                f" {title} @[ IoU={iou:<9} | area={area:>6s} | maxDets={p.max_dets:>3d} "
                f"catIds={group:>3s}] = {value:0.3f}"
            )

    def get_results(self) -> OrderedDict[str, Any]:
        """Return the means by name."""
        if not self.results:
            self.logger.warning("results is empty. Call run().")
        return self.results


class Params:
    """What is evaluated, and at which thresholds."""

    def __init__(self, iou_type: str) -> None:
        self.img_ids: list[Any] = []
        self.cat_ids: list[Any] = []
        self.iou_thrs: Any = np.linspace(0.5, 0.95, 10)
        self.rec_thrs: Any = np.linspace(0.0, 1.0, 101)
        self.max_dets = 300
        self.area_rng: list[Any] = [[0, 1e5**2], [0, 32**2], [32**2, 96**2], [96**2, 1e5**2]]
        self.area_rng_lbl = ["all", "small", "medium", "large"]
        self.use_cats: Any = 1
        self.img_count_lbl = ["r", "c", "f"]  # in fewer than 10 images, than 100, more
        self.iou_type = iou_type


def _best_first(dts: list[Row]) -> list[Row]:
    order = np.argsort([-value_of(dt, "score", "detection") for dt in dts], kind="mergesort")
    return [dts[i] for i in order]


def _outside(ann: Row, bounds: Any) -> bool:
    return bool(value_of(ann, "area") < bounds[0] or ann["area"] > bounds[1])
