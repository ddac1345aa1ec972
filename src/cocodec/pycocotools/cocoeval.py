"""``pycocotools.cocoeval``: average precision and recall of detections, step by step.

`evaluate` matches detections to ground truth, `accumulate` makes curves of the matches,
`summarize` prints their means. Every step is a method that a subclass may override and an
attribute that may be read or replaced; whoever overrides none gets the same numbers from C++.
numpy, and what needs it, is imported when an evaluation begins.
(COCO API, https://github.com/cocodataset/cocoapi, PythonAPI.)
"""

from __future__ import annotations

import copy
import datetime
import time
import warnings
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cocodec.pycocotools import mask as maskUtils
from cocodec.pycocotools.engine.annotation_masks import area_of
from cocodec.pycocotools.engine.overrides import remember
from cocodec.pycocotools.engine.records import value_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cocodec.pycocotools.engine.fast_evaluation import FastEvaluation

__all__ = [
    "COCOeval",
    "Params",
    "copy",
    "datetime",
    "defaultdict",
    "maskUtils",
    "np",
    "time",
]

__author__ = "tsungyi"

Row = dict[str, Any]

# Areas in pixels.
_ALL, _SMALL, _MEDIUM, _LARGE = (0, 1e5**2), (0, 32**2), (32**2, 96**2), (96**2, 1e5**2)

_LAZY = ("evalImgs", "ious", "_gts", "_dts")
_warned_of_zero = False


def __getattr__(name: str) -> Any:
    if name == "np":
        import numpy as np

        return np
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), "np"]


@remember
class COCOeval:
    """Evaluation of detections (`cocoDt`) against ground truth (`cocoGt`).

    Attributes
    ----------
    params : Params
        Set these before `evaluate`.
    evalImgs : list of dict or None
        The matches of each category, area range and image, in this order of nesting.
    ious : dict
        (image id, category id) -> IoU of its detections, best score first, and ground truths.
    eval : dict
        ``precision`` and ``scores`` of shape (T, R, K, A, M), ``recall`` of shape (T, K, A, M):
        IoU and recall thresholds, categories, area ranges, numbers of detections; -1 where
        there is no ground truth.
    stats : ndarray
        The means that `summarize` printed.
    """

    _fast: FastEvaluation | None = None
    evalImgs: Any
    ious: Any
    _gts: Any
    _dts: Any

    def __init__(self, cocoGt: Any = None, cocoDt: Any = None, iouType: str = "segm") -> None:
        if not iouType:
            self._say("iouType not specified. use default iouType segm")
        self.cocoGt = cocoGt
        self.cocoDt = cocoDt
        self.evalImgs = defaultdict(list)
        self.eval: dict[str, Any] = {}
        self._gts = defaultdict(list)
        self._dts = defaultdict(list)
        self.params = Params(iouType=iouType)
        self._paramsEval: Any = {}
        self.stats: Any = []
        self.ious = {}
        if cocoGt is not None:
            self.params.imgIds = sorted(cocoGt.getImgIds())
            self.params.catIds = sorted(cocoGt.getCatIds())

    def _say(self, what: Any) -> None:
        print(what)

    def __getattr__(self, name: str) -> Any:
        fast = self._fast
        if name not in _LAZY or fast is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in ("evalImgs", "ious"):
            self.__dict__[name] = getattr(fast, name)()
        else:
            from cocodec.pycocotools.engine.fast_path import group_by_cell, selected

            coco = self.cocoGt if name == "_gts" else self.cocoDt
            p = self._paramsEval
            self.__dict__[name] = group_by_cell(selected(coco, p), p)
        return self.__dict__[name]

    def _prepare(self) -> None:
        """Fill `_gts` and `_dts`; masks become RLE, and ground truth gets its ``ignore``."""
        from cocodec.pycocotools.engine.matching import ignore_of

        p = self.params
        catIds = p.catIds if p.useCats else []
        gts = self.cocoGt.loadAnns(self.cocoGt.getAnnIds(imgIds=p.imgIds, catIds=catIds))
        dts = self.cocoDt.loadAnns(self.cocoDt.getAnnIds(imgIds=p.imgIds, catIds=catIds))
        if p.iouType == "segm":
            for coco, anns in ((self.cocoGt, gts), (self.cocoDt, dts)):
                for ann in anns:
                    ann["segmentation"] = coco.annToRLE(ann)
        for gt in gts:
            gt["ignore"] = ignore_of(gt, p.iouType)
        self._gts, self._dts = defaultdict(list), defaultdict(list)
        for gt in gts:
            self._gts[gt["image_id"], gt["category_id"]].append(gt)
        for dt in dts:
            self._dts[dt["image_id"], dt["category_id"]].append(dt)
        self.evalImgs = defaultdict(list)
        self.eval = {}

    def evaluate(self) -> None:
        """Match the detections of each image and category; fills `ious` and `evalImgs`."""
        from cocodec.pycocotools.engine.fast_path import evaluate_quickly
        from cocodec.pycocotools.engine.ids import ascending

        tic = time.time()
        self._say("Running per image evaluation...")
        p = self.params
        if p.useSegm is not None:
            p.iouType = "segm" if p.useSegm == 1 else "bbox"
            self._say(f"useSegm (deprecated) is not None. Running {p.iouType} evaluation")
        self._say(f"Evaluate annotation type *{p.iouType}*")
        p.imgIds = ascending(p.imgIds)
        if p.useCats:
            p.catIds = ascending(p.catIds)
        p.maxDets = sorted(p.maxDets)
        self.params = p
        self._fast = evaluate_quickly(self, maskUtils)
        if self._fast is None:
            self._evaluate_steps()
        else:
            for name in _LAZY:  # made by the fast way when somebody asks
                self.__dict__.pop(name, None)
            self.eval = {}
            if 0 in self._fast.truth.ids:
                _warn_of_zero()
        self._paramsEval = _copied(self.params)
        self._say(f"DONE (t={time.time() - tic:0.2f}s).")

    def _evaluate_steps(self) -> None:
        """Go through the steps that subclasses may override."""
        p = self.params
        self._prepare()
        catIds = p.catIds if p.useCats else [-1]
        compute = self.computeOks if p.iouType == "keypoints" else self.computeIoU
        self.ious = {
            (imgId, catId): compute(imgId, catId) for imgId in p.imgIds for catId in catIds
        }
        if any(gt["id"] == 0 for cell in self._gts.values() for gt in cell):
            _warn_of_zero()
        self.evalImgs = [
            self.evaluateImg(imgId, catId, areaRng, p.maxDets[-1])
            for catId in catIds
            for areaRng in p.areaRng
            for imgId in p.imgIds
        ]

    def _cell(self, imgId: Any, catId: Any) -> tuple[list[Row], list[Row]]:
        """Ground truth and detections of an image: of one category, or of all."""
        p = self.params
        catIds = [catId] if p.useCats else p.catIds
        gts = [gt for c in catIds for gt in self._gts[imgId, c]]
        return gts, [dt for c in catIds for dt in self._dts[imgId, c]]

    def computeIoU(self, imgId: Any, catId: Any) -> Any:
        """IoU of the best detections of a cell and its ground truth, shape (d, g), or []."""
        from cocodec.pycocotools.engine.matching import crowd_of

        p = self.params
        gts, dts = self._cell(imgId, catId)
        if len(gts) == 0 and len(dts) == 0:
            return []
        if p.iouType not in ("segm", "bbox"):
            raise Exception("unknown iouType for iou computation")
        key = "segmentation" if p.iouType == "segm" else "bbox"
        d = [value_of(dt, key) for dt in _best(dts, p.maxDets[-1])]
        g = [value_of(gt, key) for gt in gts]
        return maskUtils.iou(d, g, [crowd_of(gt) for gt in gts])

    def computeOks(self, imgId: Any, catId: Any) -> Any:
        """Similarity of keypoints of a cell, shape (d, g), or []."""
        from cocodec.pycocotools.engine.matching import keypoint_similarity

        p = self.params
        gts = self._gts[imgId, catId]
        dts = _best(self._dts[imgId, catId], p.maxDets[-1])
        if len(gts) == 0 or len(dts) == 0:
            return []
        areas = [area_of(self.cocoGt, gt) for gt in gts]
        return keypoint_similarity(gts, dts, areas, p.kpt_oks_sigmas)

    def evaluateImg(self, imgId: Any, catId: Any, aRng: Any, maxDet: int) -> Row | None:
        """Match a cell: ground truths outside of `aRng` are ignored, as what they match is.

        Returns
        -------
        dict or None
            None for a cell without ground truth and detections.
        """
        import numpy as np

        from cocodec.pycocotools.engine.matching import match

        p = self.params
        gts, dts = self._cell(imgId, catId)
        if len(gts) == 0 and len(dts) == 0:
            return None
        for gt in gts:
            gt["_ignore"] = int(bool(gt["ignore"]) or _outside(area_of(self.cocoGt, gt), aRng))
        order = np.argsort([gt["_ignore"] for gt in gts], kind="mergesort")
        gts = [gts[i] for i in order]
        dts = _best(dts, maxDet)
        ious = self.ious[imgId, catId]
        if len(ious) > 0:
            ious = ious[:, order]
        gtIg = np.array([gt["_ignore"] for gt in gts])
        dtm, gtm, dtIg = match(ious, p.iouThrs, gts, dts, gtIg)
        outside = np.array([_outside(area_of(self.cocoDt, dt), aRng) for dt in dts], bool)
        return {
            "image_id": imgId,
            "category_id": catId,
            "aRng": aRng,
            "maxDet": maxDet,
            "dtIds": [dt["id"] for dt in dts],
            "gtIds": [gt["id"] for gt in gts],
            "dtMatches": dtm,
            "gtMatches": gtm,
            "dtScores": [dt["score"] for dt in dts],
            "gtIgnore": gtIg,
            "dtIgnore": np.logical_or(dtIg, (dtm == 0) & outside),
        }

    def accumulate(self, p: Params | None = None) -> None:
        """Make precision and recall curves of `evalImgs`; fills `eval`.

        Parameters
        ----------
        p : Params, optional
            Accumulates less than was evaluated; by default `params`.
        """
        self._say("Accumulating evaluation results...")
        tic = time.time()
        p = self.params if p is None else p
        fast = self._fast
        if fast is None or "evalImgs" in self.__dict__ or not fast.covers(p):
            fast = None  # what is in evalImgs now, and no more than `p` says of it
            if not self.evalImgs:
                self._say("Please run evaluate() first")
        p.catIds = p.catIds if p.useCats == 1 else [-1]
        categories = len(p.catIds) if p.useCats else 1
        shape = [len(p.iouThrs), len(p.recThrs), categories, len(p.areaRng), len(p.maxDets)]
        self.eval = {
            "params": p,
            "counts": shape,
            "date": datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S"),
            **(fast.curves() if fast else _curves_of(self.evalImgs, p, self._paramsEval)),
        }
        self._say(f"DONE (t={time.time() - tic:0.2f}s).")

    def summarize(self) -> None:
        """Print the means of the curves and keep them in `stats`."""
        import numpy as np

        from cocodec.pycocotools.engine.summary import (
            DETECTION_LINES,
            KEYPOINT_LINES,
            summarize_line,
        )

        if not self.eval:
            raise Exception("Please run accumulate() first")
        lines = KEYPOINT_LINES if self.params.iouType == "keypoints" else DETECTION_LINES
        means = [summarize_line(self.eval, self.params, line, self._say) for line in lines]
        self.stats = np.array(means, float)

    def __str__(self) -> str:
        self.summarize()
        return ""


class Params:
    """What is evaluated, and at which thresholds.

    Attributes
    ----------
    imgIds, catIds : list
        Images and categories to look at.
    iouThrs, recThrs : ndarray
        Thresholds of IoU and of recall.
    areaRng, areaRngLbl : list
        Least and greatest area in pixels of each range, and the names of the ranges.
    maxDets : list of int
        Detections per image that count.
    useCats : bool
        Whether a detection must have the category of the ground truth.
    iouType : {"segm", "bbox", "keypoints"}
        What is compared.
    kpt_oks_sigmas : ndarray
        For keypoints only: how far off each may be.
    """

    kpt_oks_sigmas: NDArray[np.float64]

    def __init__(self, iouType: str = "segm") -> None:
        if iouType in ("segm", "bbox"):
            self.setDetParams()
        elif iouType == "keypoints":
            self.setKpParams()
        else:
            raise Exception("iouType not supported")
        self.iouType = iouType
        self.useSegm: Any = None  # deprecated

    def setDetParams(self) -> None:
        """Take the values for boxes and masks."""
        ranges = {"all": _ALL, "small": _SMALL, "medium": _MEDIUM, "large": _LARGE}
        self._set([1, 10, 100], ranges)

    def setKpParams(self) -> None:
        """Take the values for the 17 keypoints of a person."""
        import numpy as np

        self._set([20], {"all": _ALL, "medium": _MEDIUM, "large": _LARGE})
        face, arms, legs = [0.26, 0.25, 0.25, 0.35, 0.35], [0.79, 0.79, 0.72, 0.72], [1.07, 1.07]
        sigmas = [*face, *arms, 0.62, 0.62, *legs, 0.87, 0.87, 0.89, 0.89]
        self.kpt_oks_sigmas = np.array(sigmas) / 10.0

    def _set(self, maxDets: list[int], ranges: Mapping[str, tuple[float, float]]) -> None:
        import numpy as np

        self.imgIds: list[Any] = []
        self.catIds: list[Any] = []
        self.iouThrs: Any = np.linspace(0.5, 0.95, 10)
        self.recThrs: Any = np.linspace(0.0, 1.0, 101)
        self.maxDets = maxDets
        self.areaRng = [list(bounds) for bounds in ranges.values()]
        self.areaRngLbl = list(ranges)
        self.useCats: Any = 1


def _curves_of(cells: Any, p: Any, evaluated: Any) -> Row:
    from cocodec.pycocotools.engine.curves import accumulate_cells

    return accumulate_cells(cells, p, evaluated)


def _copied(params: Any) -> Any:
    """A deep copy; lists of thousands of ids are copied as lists, for ids do not change."""
    import numpy as np

    immutable = (int, float, str, bool, np.generic)
    memo: dict[int, Any] = {}
    for value in getattr(params, "__dict__", {}).values():
        if type(value) is list and all(isinstance(item, immutable) for item in value):
            memo[id(value)] = list(value)
    return copy.deepcopy(params, memo)


def _best(dts: list[Row], count: int) -> list[Row]:
    import numpy as np

    order = np.argsort([-value_of(dt, "score", "detection") for dt in dts], kind="mergesort")
    return [dts[i] for i in order[0:count]]


def _outside(area: Any, aRng: Any) -> bool:
    return bool(area < aRng[0] or area > aRng[1])


def _warn_of_zero() -> None:
    """Warn, once, that an annotation whose id is 0 counts as unmatched."""
    global _warned_of_zero
    if not _warned_of_zero:
        _warned_of_zero = True
        message = "an annotation has id 0: as in pycocotools, what it matches counts as unmatched"
        warnings.warn(message, stacklevel=4)
