"""The same calls to pycocotools and to the drop-in, with what they print; and data for them."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools.coco import COCO as ReferenceCOCO  # noqa: N811
from pycocotools.cocoeval import COCOeval as ReferenceEval

from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from support.identical import identical

Document = dict[str, Any]


def printed(call: Callable[[], Any]) -> tuple[Any, str]:
    """What a call returns, and what it prints but for the digits of timings."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        result = call()
    return result, re.sub(r"t=\d+\.\d+s", "t=s", stream.getvalue())


def quiet(call: Callable[[], Any]) -> Any:
    return printed(call)[0]


def opened(source: Path | Document, *, touched: bool = False) -> tuple[COCO, Any]:
    """Ours and theirs, of a file or of a dict, saying the same."""
    if isinstance(source, dict):
        pair = [filled(kind, source) for kind in (COCO, ReferenceCOCO)]
        return pair[0], pair[1]
    mine, said = printed(lambda: COCO(source))
    theirs, expected = printed(lambda: ReferenceCOCO(source))
    assert said == expected
    if touched:
        assert len(mine.anns) == len(theirs.anns)
    return mine, theirs


def filled(kind: Any, document: Document) -> Any:
    coco = quiet(kind)
    coco.dataset = copy.deepcopy(document)
    quiet(coco.createIndex)
    return coco


def same_index(mine: Any, theirs: Any) -> None:
    for name in ("imgs", "cats", "dataset", "anns", "imgToAnns", "catToImgs"):
        identical(getattr(mine, name), getattr(theirs, name))


Change = Callable[[Any], None]


def evaluated(kind: Any, gt: Any, dt: Any, iou_type: str, change: Change | None = None) -> Any:
    evaluation = kind(gt, dt, iou_type)
    if change is not None:
        change(evaluation.params)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation


def same_evaluation(mine: Any, theirs: Any) -> None:
    """All that a caller can see: curves first, so that they come without the rest."""
    for name in ("precision", "recall", "scores", "counts"):
        identical(mine.eval[name], theirs.eval[name])
    identical(list(mine.eval), list(theirs.eval))
    identical(mine.stats, theirs.stats)
    identical(vars(mine.params), vars(theirs.params))
    identical(mine.evalImgs, theirs.evalImgs)
    identical(mine.ious, theirs.ious)
    identical(mine._gts, theirs._gts)
    identical(mine._dts, theirs._dts)
    identical(mine.cocoGt.dataset, theirs.cocoGt.dataset)
    identical(mine.cocoDt.dataset, theirs.cocoDt.dataset)


Evaluated = tuple[Any, str]  # an evaluation, and what it printed


def outcome(kind: Any, gt: Any, results: Any, iou_type: str, change: Change | None) -> Evaluated:
    own = results if isinstance(results, (str, np.ndarray)) else copy.deepcopy(results)
    dt = quiet(lambda: gt.loadRes(own))
    return printed(lambda: evaluated(kind, gt, dt, iou_type, change))


def compare(
    source: Path | Document,
    results: Any,
    iou_type: str,
    change: Change | None = None,
    *,
    kind: Any = COCOeval,
    touched: bool = False,
    theirs: Evaluated | None = None,
) -> tuple[Any, Any]:
    """Evaluate with both (`theirs`: the reference has already), and demand the same of all."""
    gts = opened(source, touched=touched)
    mine = outcome(kind, gts[0], results, iou_type, change)
    theirs = theirs or outcome(ReferenceEval, gts[1], results, iou_type, change)
    assert mine[1] == theirs[1]
    same_evaluation(mine[0], theirs[0])
    return mine[0], theirs[0]


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


# Three images, two categories, three kinds of segmentation, a crowd.
RINGS = [[10.0, 10, 60, 10, 60, 50, 10, 50]]
DOCUMENT: Document = {
    "info": {"year": 2014, "note": "é"},
    "licenses": [{"id": 1}],
    "extra": {"kept": [1, None]},
    "images": [
        {"id": 3, "file_name": "c.jpg", "height": 80, "width": 100},
        {"id": 1, "file_name": "a.jpg", "height": 80, "width": 100},
        {"id": 2, "file_name": "b.jpg", "height": 60, "width": 70},
    ],
    "categories": [
        {"id": 7, "name": "cat", "supercategory": "animal"},
        {"id": 2, "name": "car", "supercategory": "vehicle"},
    ],
    "annotations": [
        {"id": 11, "image_id": 1, "category_id": 7, "bbox": [10, 10, 50, 40], "area": 2000.0}
        | {"iscrowd": 0, "segmentation": RINGS},
        {"id": 5, "image_id": 1, "category_id": 2, "bbox": [0, 0, 20, 20], "area": 400}
        | {"iscrowd": 0, "segmentation": [[0, 0, 20, 0, 20, 20], [0, 0, 9, 9, 0, 20]]},
        {"id": 6, "image_id": 2, "category_id": 7, "bbox": [0, 0, 70, 1], "area": 70}
        | {"iscrowd": 1, "segmentation": {"size": [60, 70], "counts": [0] + [1, 59] * 70}},
        {"id": 9, "image_id": 1, "category_id": 7, "bbox": [1.5, 2, 3, 4], "area": 12.0}
        | {
            "iscrowd": 0,
            "segmentation": {"size": [80, 100], "counts": "b24\\200000^]7"},
            "score": 0.5,
        },
    ],
}
SMALL = [
    {"image_id": 1, "category_id": 7, "bbox": [10, 11, 50, 40], "score": 0.9},
    {"image_id": 1, "category_id": 7, "bbox": [1.5, 2, 3, 4], "score": 0.9},
    {"image_id": 2, "category_id": 7, "bbox": [0, 0, 30, 1], "score": 0.1},
]


class Stepwise(COCOeval):
    """Overrides a step, so that all steps are gone through."""

    def evaluateImg(self, *arguments: Any) -> Any:
        return super().evaluateImg(*arguments)


def small_pair(tmp_path: Path, kind: Any = COCOeval) -> tuple[Any, Any]:
    pair = opened(write(tmp_path / "gt.json", DOCUMENT))
    dts = [quiet(lambda c=coco: c.loadRes(copy.deepcopy(SMALL))) for coco in pair]
    return kind(pair[0], dts[0], "bbox"), ReferenceEval(pair[1], dts[1], "bbox")
