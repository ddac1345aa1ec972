"""`cocodec.evaluate(..., protocol="crowdpose")` against what the CrowdPose API computes.

Its evaluation is pycocotools' with 14 sigmas, with 0.53 of the box for an area, and with a mean
over the precision for images that are crowded to different degrees. So the reference is pycocotools
on data with such areas.
"""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cocodec import evaluate
from cocodec.evaluation.parameters import CROWDPOSE_SIGMAS
from support import evaluation_strategies as own
from support.evaluation_oracle import run_reference
from support.evaluation_strategies import Case

KINDS = {"easy": (0, 0.2), "medium": (0.2, 0.8), "hard": (0.8, 2)}


def reference_case(case: Case, images: list[object] | None = None) -> Case:
    rows = [dict(a, area=a["bbox"][3] * a["bbox"][2] * 0.53) for a in case.gt["annotations"]]
    params: dict[str, object] = {"kpt_oks_sigmas": CROWDPOSE_SIGMAS}
    if images is not None:
        params["imgIds"] = images
    return Case(dict(case.gt, annotations=rows), case.results, "keypoints", params)


@given(own.cases(("keypoints",)), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_made_data_sets(case, seed):
    random = np.random.default_rng(seed)
    for row in [*case.gt["annotations"], *case.results]:
        row["keypoints"] = row["keypoints"][:42]
    for row in case.gt["images"]:
        row["crowdIndex"] = float(random.choice([0, 0.1, 0.2, 0.5, 0.8, 1]))
    expected, printed = run_reference(reference_case(case))
    gt = json.dumps(case.gt).encode() if seed % 2 else case.gt
    got = evaluate(gt, case.results, iou_type="keypoints", protocol="crowdpose")
    for name in ("precision", "recall", "scores"):
        assert np.array_equal(getattr(got, name), expected.eval[name])
    kinds = {}
    for kind, (low, high) in KINDS.items():
        images = [i["id"] for i in case.gt["images"] if low <= i["crowdIndex"] < high]
        some, _ = run_reference(reference_case(case, images))
        kinds[kind] = round(np.mean(some.eval["precision"][:, :, :, 0, :]), 4)
        assert got.stats[f"AP{kind}"] == kinds[kind]
    lines = [line for line in printed.splitlines() if "medium" not in line and "large" not in line]
    lines += [
        f" Average Recall     (AR) @[ IoU=0.50:0.95 | type={kind:>6} | maxDets= 20 ] = {mean:0.3f}"
        for kind, mean in kinds.items()
    ]
    assert str(got).splitlines() == lines
    assert list(got.stats)[:6] == ["AP", "AP50", "AP75", "AR", "AR50", "AR75"]


def test_images_without_a_crowd_index():
    row = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "keypoints": [1, 2, 2] * 14}
    gt = {"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": [row]}
    got = evaluate(gt, [dict(row, score=1)], iou_type="keypoints", protocol="crowdpose")
    assert list(got.stats) == ["AP", "AP50", "AP75", "AR", "AR50", "AR75"]
    assert got.stats["AR"] == 1
