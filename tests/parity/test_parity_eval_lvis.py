"""`cocodec.evaluate(..., protocol="lvis")` against the package `lvis`."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cocodec
from support import evaluation_strategies as own

lvis = pytest.importorskip("lvis", reason="the package lvis is not installed")


@pytest.fixture(autouse=True, scope="module")
def old_numpy() -> Any:
    """`lvis` 0.5.3 still says np.float."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "float", float, raising=False)
        logging.disable(logging.WARNING)
        yield
        logging.disable(logging.NOTSET)


def run_reference(gt: dict[str, Any], results: list[Any], iou_type: str) -> tuple[Any, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        truth = lvis.LVIS.__new__(lvis.LVIS)
        truth.logger = logging.getLogger("lvis")
        truth.dataset = copy.deepcopy(gt)
        truth._create_index()
        found = lvis.LVISEval(
            truth, lvis.LVISResults(truth, copy.deepcopy(results)), iou_type=iou_type
        )
        found.run()
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        found.print_results()
    return found, out.getvalue()


def compare(gt: dict[str, Any], results: list[Any], iou_type: str) -> cocodec.evaluation.Result:
    expected, printed = run_reference(gt, results, iou_type)
    got = cocodec.evaluate(gt, results, iou_type=iou_type, protocol="lvis")
    assert np.array_equal(got.precision[..., 0], expected.eval["precision"])
    assert np.array_equal(got.recall[..., 0], expected.eval["recall"])
    assert got.stats == dict(expected.results)
    assert f"{got}\n" == printed
    return got


def federated(draw: Any, gt: dict[str, Any]) -> None:
    """What LVIS says of images and categories beyond COCO."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    categories = [row["id"] for row in gt["categories"]]
    for row in gt["categories"]:
        row["frequency"] = "rcf"[random.integers(3)]
    for row in gt["images"]:
        for key in ("neg_category_ids", "not_exhaustive_category_ids"):
            row[key] = [c for c in categories if random.random() < 0.4]
    for row in gt["annotations"]:
        row["ignore"] = int(random.random() < 0.1)
        if random.random() < 0.1:
            row["area"] = 0.0


@given(st.data())
@settings(max_examples=100)
def test_made_data_sets(data):
    case = data.draw(own.cases(("bbox", "segm")))
    federated(data.draw, case.gt)
    if case.results:  # the reference cannot do without
        compare(case.gt, case.results, case.iou_type)


def test_many_images_and_categories_need_no_table(monkeypatch, dialects):
    gt = json.loads((dialects / "lvis" / "data" / "lvis_val_100.json").read_text())
    dt = [dict(row, score=row["area"] % 1) for row in gt["annotations"]]
    by_table = cocodec.evaluate(gt, dt, iou_type="bbox", protocol="lvis")
    monkeypatch.setattr("cocodec.evaluation.federation._LARGEST_TABLE", 1)
    by_sorting = cocodec.evaluate(gt, dt, iou_type="bbox", protocol="lvis")
    assert by_table.stats == by_sorting.stats
    assert by_table.stats["AP"] > 0.9


def test_more_detections_than_the_limit(dialects):
    gt = json.loads((dialects / "lvis" / "data" / "lvis_val_100.json").read_text())
    random = np.random.default_rng(4)
    categories = np.array([category["id"] for category in gt["categories"]])
    results = []
    for row in gt["annotations"]:
        for _ in range(int(random.integers(0, 4))):
            category = row["category_id"]
            if random.random() < 0.2:
                category = int(random.choice(categories))
            x, y, w, h = (np.array(row["bbox"]) + random.normal(0, 3, 4)).tolist()
            score = float(random.integers(0, 50)) / 50
            box = [x, y, max(w, 1.0), max(h, 1.0)]
            results.append(
                {"image_id": row["image_id"], "category_id": category, "bbox": box, "score": score}
            )
    crowded = results[0]["image_id"]
    results += [dict(row, image_id=crowded) for row in results[:400]]
    got = compare(gt, results, "bbox")
    assert got.stats["AP"] > 0.1
    compare(gt, results, "segm")
    from_bytes = cocodec.evaluate(
        json.dumps(gt).encode(), json.dumps(results).encode(), iou_type="segm", protocol="lvis"
    )
    assert from_bytes.stats == cocodec.evaluate(gt, results, protocol="lvis").stats
