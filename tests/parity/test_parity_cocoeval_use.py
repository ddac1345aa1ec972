"""cocodec.pycocotools.cocoeval in use: what is made on demand, subclasses, copies, workers."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec.pycocotools import cocoeval
from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval, Params
from support.coco_pairs import (
    DOCUMENT,
    SMALL,
    ReferenceCOCO,
    ReferenceEval,
    Stepwise,
    evaluated,
    filled,
    opened,
    printed,
    quiet,
    same_evaluation,
    same_index,
    small_pair,
    write,
)
from support.identical import identical

# What is made on demand


def test_evaluation_leaves_the_file_untouched(tmp_path: Path):
    mine, theirs = small_pair(tmp_path)
    said = [
        printed(lambda e=e: [e.evaluate(), e.accumulate(), e.summarize()]) for e in (mine, theirs)
    ]
    assert said[0] == said[1]
    assert mine.cocoGt._untouched() is not None
    assert not {"evalImgs", "ious", "_gts", "_dts"} & set(vars(mine))
    identical(mine.cocoGt.anns, theirs.cocoGt.anns)  # with the marks of the evaluation
    same_evaluation(mine, theirs)


def test_matches_that_were_touched_are_the_truth(tmp_path: Path):
    pair = small_pair(tmp_path)
    for evaluation in pair:
        quiet(evaluation.evaluate)
        for cell in evaluation.evalImgs:
            if cell is not None:
                cell["dtMatches"][:] = 0
        quiet(evaluation.accumulate)
        quiet(evaluation.summarize)
    same_evaluation(*pair)
    assert pair[0].stats[0] == 0


def test_less_is_accumulated_than_was_evaluated(tmp_path: Path):
    pair = small_pair(tmp_path)
    for evaluation in pair:
        quiet(evaluation.evaluate)
        p = copy.deepcopy(evaluation.params)
        p.maxDets, p.catIds, p.imgIds = [1, 100], p.catIds[:1], p.imgIds[:2]
        p.recThrs = np.array([0.0, 0.5])
        quiet(lambda e=evaluation, p=p: e.accumulate(p))
    for name in ("precision", "recall", "scores", "counts"):
        identical(pair[0].eval[name], pair[1].eval[name])


def test_evaluating_again(tmp_path: Path):
    pair = small_pair(tmp_path)
    for evaluation in pair:
        for categories in (1, 0):
            evaluation.params.useCats = categories
            quiet(evaluation.evaluate)
            quiet(evaluation.accumulate)
            quiet(evaluation.summarize)
    same_evaluation(*pair)


def test_before_evaluation(tmp_path: Path):
    pair = small_pair(tmp_path)
    for evaluation in pair:
        assert evaluation.evalImgs == {}
        with pytest.raises(Exception, match=r"Please run accumulate\(\) first"):
            evaluation.summarize()
        with pytest.raises(AttributeError):
            _ = evaluation.nothing


def test_params(capsys: pytest.CaptureFixture[str]):
    for iou_type in ("segm", "bbox", "keypoints"):
        from pycocotools.cocoeval import Params as ReferenceParams

        identical(vars(Params(iou_type)), vars(ReferenceParams(iou_type)))
    with pytest.raises(Exception, match="iouType not supported"):
        Params("boxes")
    with pytest.raises(Exception, match="iouType not supported"):
        COCOeval(iouType="")
    assert capsys.readouterr().out == "iouType not specified. use default iouType segm\n"


# Subclasses and copies


class InDetectron2sStyle(COCOeval):
    """As detectron2's COCOeval_opt: steps of its own, the curves of the base class or its own."""

    def evaluate(self) -> None:
        p = self.params
        p.imgIds = list(np.unique(p.imgIds))
        p.catIds = list(np.unique(p.catIds))
        p.maxDets = sorted(p.maxDets)
        self._prepare()
        self.ious = {(i, c): self.computeIoU(i, c) for i in p.imgIds for c in p.catIds}
        self.evalImgs = [
            self.evaluateImg(i, c, area, p.maxDets[-1])
            for c in p.catIds
            for area in p.areaRng
            for i in p.imgIds
        ]
        self._paramsEval = copy.deepcopy(self.params)

    def accumulate(self, p: Any = None) -> None:
        super().accumulate(p)
        self.eval["precision"] = np.array(self.eval["precision"]).reshape(self.eval["counts"])


def test_a_subclass_that_evaluates_by_itself(tmp_path: Path):
    mine, theirs = small_pair(tmp_path, InDetectron2sStyle)
    for evaluation in (mine, theirs):
        quiet(evaluation.evaluate)
        quiet(evaluation.accumulate)
        quiet(evaluation.summarize)
    same_evaluation(mine, theirs)


@pytest.mark.parametrize("step", ["computeIoU", "evaluateImg", "_prepare"])
@pytest.mark.parametrize("how", ["subclass", "instance", "patch"])
def test_overridden_steps_are_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, how: str
):
    calls = []
    original = getattr(COCOeval, step)

    def counted(self: Any, *arguments: Any) -> Any:
        calls.append(arguments)
        return original(self, *arguments)

    evaluation, theirs = small_pair(tmp_path)
    if how == "subclass":
        evaluation.__class__ = type("Mine", (COCOeval,), {step: counted})
    elif how == "instance":
        setattr(evaluation, step, lambda *arguments: counted(evaluation, *arguments))
    else:
        monkeypatch.setattr(COCOeval, step, counted)
    for e in (evaluation, theirs):
        quiet(e.evaluate)
        quiet(e.accumulate)
        quiet(e.summarize)
    assert len(calls) == {"computeIoU": 6, "evaluateImg": 24, "_prepare": 1}[step]
    evaluation.__dict__.pop(step, None)
    same_evaluation(evaluation, theirs)


def test_overridden_masks_are_obeyed(tmp_path: Path):
    class Everything(COCO):
        def annToRLE(self, ann: Any) -> Any:
            from cocodec.pycocotools import mask

            return mask.encode(np.ones((80, 100), np.uint8, order="F"))

    gt = quiet(lambda: Everything(write(tmp_path / "gt.json", DOCUMENT)))
    full = {"size": [80, 100], "counts": [0, 8000]}
    results = [{"image_id": 1, "category_id": 2, "score": 1.0, "segmentation": full}]
    dt = quiet(lambda: gt.loadRes(results))
    evaluation, _ = printed(lambda: evaluated(COCOeval, gt, dt, "segm"))
    assert evaluation.ious[1, 2][0, 0] == 1.0


def test_copies_and_pickles(tmp_path: Path):
    mine, theirs = small_pair(tmp_path)
    for evaluation in (mine, theirs):
        quiet(evaluation.evaluate)
    for twin in (copy.deepcopy(mine), pickle.loads(pickle.dumps(mine))):
        reference = copy.deepcopy(theirs)
        for evaluation in (twin, reference):
            quiet(evaluation.accumulate)
            quiet(evaluation.summarize)
        same_evaluation(twin, reference)


def worker(evaluation: Any) -> Any:
    quiet(evaluation.evaluate)
    quiet(evaluation.accumulate)
    quiet(evaluation.summarize)
    return evaluation


def test_a_spawned_worker(tmp_path: Path):
    mine, theirs = small_pair(tmp_path)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        back = pool.apply(worker, (mine,))
    same_evaluation(back, worker(theirs))


def test_a_foreign_ground_truth(tmp_path: Path):
    """The evaluation takes the reference's COCO too: methods are all that it asks of it."""
    _, theirs = small_pair(tmp_path)
    mine = COCOeval(copy.deepcopy(theirs.cocoGt), copy.deepcopy(theirs.cocoDt), "bbox")
    same_evaluation(worker(mine), worker(theirs))


def test_zero_is_warned_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cocoeval, "_warned_of_zero", False)
    document = copy.deepcopy(DOCUMENT)
    document["annotations"][0]["id"] = 0
    gt = filled(COCO, document)
    dt = quiet(lambda: gt.loadRes(copy.deepcopy(SMALL)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for kind in (COCOeval, COCOeval, Stepwise):
            quiet(kind(gt, dt, "bbox").evaluate)
    assert ["an annotation has id 0" in str(w.message) for w in caught] == [True]


@pytest.mark.parametrize("iou_type", ["bbox", "segm"])
def test_results_of_a_file_stay_untouched(tmp_path: Path, iou_type: str):
    results = [{**row, "score": int(row["score"] * 10)} for row in SMALL]
    if iou_type == "segm":
        for row in results:
            row["segmentation"] = {"size": [80, 100], "counts": "b24\\200000^]7"}
            del row["bbox"]
    path = str(write(tmp_path / "dt.json", results))
    pair = opened(write(tmp_path / "gt.json", DOCUMENT))
    evaluations = []
    for coco, kind in zip(pair, (COCOeval, ReferenceEval), strict=True):
        dt = quiet(lambda c=coco: c.loadRes(path))
        evaluations.append(printed(lambda k=kind, c=coco, d=dt: evaluated(k, c, d, iou_type))[0])
    mine = evaluations[0]
    assert mine.cocoDt._untouched() is not None
    identical(pickle.loads(pickle.dumps(mine.cocoDt)).anns, copy.deepcopy(mine.cocoDt).anns)
    same_evaluation(*evaluations)
    same_index(mine.cocoDt, evaluations[1].cocoDt)


@pytest.mark.parametrize("has_box", [False, True])
def test_boxes_of_masks_in_a_file(tmp_path: Path, has_box: bool):
    """The reference derives the boxes that results lack, and takes those that they have."""
    rle = {"size": [80, 100], "counts": "b24\\200000^]7"}
    results = [
        {key: row[key] for key in ("image_id", "category_id", "score")} | {"segmentation": rle}
        for row in SMALL
    ]
    if has_box:
        results[-1]["bbox"] = [1, 2, 30, 40]
    path = str(write(tmp_path / "dt.json", results))
    pair = opened(write(tmp_path / "gt.json", DOCUMENT))
    evaluations = []
    for coco, kind in zip(pair, (COCOeval, ReferenceEval), strict=True):
        dt = quiet(lambda c=coco: c.loadRes(path))
        evaluations.append(quiet(lambda k=kind, c=coco, d=dt: evaluated(k, c, d, "bbox")))
    assert (evaluations[0].cocoDt._untouched() is None) == has_box
    same_evaluation(*evaluations)
    same_index(evaluations[0].cocoDt, evaluations[1].cocoDt)


def test_threads_that_touch_at_once_get_the_same_dicts(tmp_path: Path):
    path = write(tmp_path / "gt.json", DOCUMENT)
    names = ("anns", "dataset", "imgToAnns", "catToImgs") * 2
    for _ in range(20):
        coco = quiet(lambda: COCO(path))
        start = threading.Barrier(len(names))

        def touch(name: str, coco: COCO = coco, start: threading.Barrier = start) -> Any:
            start.wait()
            return getattr(coco, name)

        with ThreadPoolExecutor(len(names)) as pool:
            found = list(pool.map(touch, names))
        assert found[0][5] is found[1]["annotations"][1] is found[2][1][1]
        assert all(a is b for a, b in zip(found[:4], found[4:], strict=True))


# Keypoints


@pytest.mark.parametrize("labelled", [0, 2])
@pytest.mark.parametrize("keypoints", [[], [1, 1], [3, 3, 0], [0] * 51])
def test_where_no_keypoint_is_seen_there_may_be_any_number(
    keypoints: list[int], labelled: int, tmp_path: Path
):
    """The box is compared then. Those of whom nothing is labelled often have an empty list."""
    document = copy.deepcopy(DOCUMENT)
    for row in document["annotations"]:
        row.update(keypoints=[5, 6, 2] * 17, num_keypoints=17)
    document["annotations"][0].update(keypoints=keypoints, num_keypoints=labelled)
    results = [
        {"image_id": row["image_id"], "category_id": row["category_id"], "score": 0.5}
        | {"keypoints": [5.5, 6, 1] * 17}
        for row in document["annotations"]
    ]
    for pair in (
        (filled(COCO, document), filled(ReferenceCOCO, document)),
        opened(write(tmp_path / "gt.json", document)),
    ):
        evaluations = []
        for kind, coco in zip((COCOeval, ReferenceEval), pair, strict=True):
            dt = quiet(lambda c=coco: c.loadRes(copy.deepcopy(results)))
            evaluations.append(
                printed(lambda k=kind, c=coco, d=dt: evaluated(k, c, d, "keypoints"))[0]
            )
        same_evaluation(*evaluations)
    if not keypoints:
        native = cocodec.evaluate(tmp_path / "gt.json", results, iou_type="keypoints")
        assert list(native.stats.values()) == evaluations[1].stats.tolist()
