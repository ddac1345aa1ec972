"""pycocotools' evaluation as an oracle, without its prints and warnings. Only tests import this."""

from __future__ import annotations

import contextlib
import copy
import io
import warnings
from typing import Any

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from support.evaluation_strategies import Case


def run_reference(case: Case) -> tuple[Any, str]:
    """The reference's evaluation, and what its summary prints ("" if it cannot make one)."""
    out = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore", DeprecationWarning)
        gt = COCO()
        gt.dataset = copy.deepcopy(case.gt)
        gt.createIndex()
        if case.results:
            dt = gt.loadRes(copy.deepcopy(case.results))
        else:
            dt = COCO()
            dt.dataset = dict(gt.dataset, annotations=[])
            dt.createIndex()
        found = COCOeval(gt, dt, case.iou_type)
        for name, value in case.params.items():
            setattr(found.params, name, value)
        found.evaluate()
        found.accumulate()
        if not case.params.keys() & {"maxDets", "areaRng"}:
            with contextlib.redirect_stdout(out):
                found.summarize()
    return found, out.getvalue()
