"""`cocodec.evaluate` against pycocotools: all doubles of all arrays, all bytes of the summary."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import cocodec
from support import evaluation_strategies as own
from support.evaluation_oracle import run_reference
from support.evaluation_strategies import Case


def compare(case: Case, threads: int = 1) -> None:
    expected, printed = run_reference(case)
    got = cocodec.evaluate(
        case.gt, case.results, iou_type=case.iou_type, threads=threads, **case.options()
    )
    for name in ("precision", "recall", "scores"):
        array = getattr(got, name)
        assert array.shape == expected.eval[name].shape
        assert np.array_equal(array, expected.eval[name]), name
    if printed:
        assert f"{got}\n" == printed
        assert np.array_equal(list(got.stats.values()), expected.stats)


@given(own.cases())
@settings(max_examples=150)
def test_made_data_sets(case):
    compare(case)


def compare_details(case: Case) -> None:
    """The per-image results and the similarities that the drop-in hands out."""
    expected, _ = run_reference(case)
    evaluator = cocodec.Evaluator(case.gt, iou_type=case.iou_type, **case.options())
    evaluator.add(case.results)
    part = evaluator._parts[0]
    core, truth = evaluator._problem(part, evaluator._images(part))
    cells, details, flat = core.cells(), core.details(), core.similarities()
    params = expected._paramsEval
    images, areas = params.imgIds, len(params.areaRng)
    gt_ids = np.array([*truth.ids, 0], float)
    dt_ids = np.array([*range(1, len(part) + 1), 0], float)
    seen = at = 0
    for c, (k, i) in enumerate(zip(cells["category"], cells["image"], strict=True)):
        gt = slice(*cells["gt_starts"][c : c + 2].tolist())
        dt = slice(*cells["dt_starts"][c : c + 2].tolist())
        shape = (gt.stop - gt.start, dt.stop - dt.start)
        matrix = flat[at : at + shape[0] * shape[1]].reshape(shape).T
        at += matrix.size
        key = (images[i], params.catIds[k] if params.useCats else -1)
        assert np.array_equal(matrix, expected.ious[key]) if matrix.size else True
        for a in range(areas):
            one = expected.evalImgs[(k * areas + a) * len(images) + i]
            seen += 1
            assert dt_ids[cells["dt_rows"][dt]].tolist() == one["dtIds"]
            assert gt_ids[details["gt_rows"][a, gt]].tolist() == one["gtIds"]
            assert np.array_equal(gt_ids[details["dt_matches"][a, :, dt]], one["dtMatches"])
            assert np.array_equal(dt_ids[details["gt_matches"][a, :, gt]], one["gtMatches"])
            assert np.array_equal(details["dt_ignore"][a, :, dt], one["dtIgnore"])
            assert np.array_equal(details["gt_ignore"][a, gt], one["gtIgnore"])
    assert seen == sum(one is not None for one in expected.evalImgs)


@given(own.cases())
@settings(max_examples=50)
def test_matches_and_similarities(case):
    compare_details(case)


def load(path: Any) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("iou_type", ["bbox", "segm"])
@pytest.mark.parametrize("params", [{}, {"useCats": 0}, {"maxDets": [2, 5, 7, 50]}])
def test_real_results(dialects, iou_type, params):
    gt = dialects / "coco-val2014-100" / "instances_val2014_100.json"
    name = f"instances_val2014_fake{iou_type}100_results.json"
    dt = dialects / "coco-official" / "results" / name
    case = Case(load(gt), load(dt), iou_type, params)
    compare(case, threads=0)
    from_files = cocodec.evaluate(gt, dt, iou_type=iou_type, **case.options())
    from_objects = cocodec.evaluate(case.gt, case.results, iou_type=iou_type, **case.options())
    assert from_files.stats == from_objects.stats
    assert np.array_equal(from_files.precision, from_objects.precision)


def test_real_keypoints(dialects):
    folder = dialects / "keypoints"
    case = Case(load(folder / "gt_dataset.json"), load(folder / "dt_dataset.json"), "keypoints")
    compare(case)
    # Without boxes the area is what the keypoints span.
    for row in case.results:
        del row["bbox"]
    compare(case)


def test_boxes_stand_for_missing_masks(dialects):
    gt = dialects / "coco-val2014-100" / "instances_val2014_100.json"
    dt = dialects / "coco-official" / "results" / "instances_val2014_fakebbox100_results.json"
    compare(Case(load(gt), load(dt), "segm"))
    from_files = cocodec.evaluate(gt, dt, iou_type="segm")
    assert from_files.stats == cocodec.evaluate(load(gt), load(dt), iou_type="segm").stats
