"""Ordinary data goes the fast way, whichever way it comes in; and nothing heavy is waited for.

Numbers are compared elsewhere: what is asked here is whether the core did the work. A fault that
sends everybody through the steps in Python changes no number, and costs a hundredfold.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from cocodec.pycocotools.engine import fast_path
from cocodec.pycocotools.lvis import LVIS, LVISEval, LVISResults
from support.coco_pairs import evaluated, filled, quiet, write

STEPS = ("_prepare", "computeIoU", "computeOks", "evaluateImg")
LVIS_STEPS = ("_prepare", "compute_iou", "evaluate_img")
POINTS = [float(v) for k in range(17) for v in (10 + k, 12 + k, 2)]


def document() -> dict[str, Any]:
    annotations = [
        {
            "id": i + 1,
            "image_id": i % 4,
            "category_id": 1 + i % 2,
            "bbox": [5.0 + i, 6, 20, 12],
            "area": 240.0,
            "iscrowd": 0,
            "segmentation": [[5.0 + i, 6, 25 + i, 6, 25 + i, 18, 5 + i, 18]],
            "keypoints": POINTS,
            "num_keypoints": 17,
        }
        for i in range(12)
    ]
    images = [
        {"id": i, "height": 50, "width": 60, "file_name": f"{i}.jpg"}
        | {"neg_category_ids": [], "not_exhaustive_category_ids": []}
        for i in range(4)
    ]
    categories = [{"id": k, "name": f"c{k}", "frequency": "f"} for k in (1, 2)]
    return {"images": images, "annotations": annotations, "categories": categories}


def results(kind: str) -> list[dict[str, Any]]:
    from cocodec.pycocotools import mask

    rows = []
    for ann in document()["annotations"]:
        row = {"image_id": ann["image_id"], "category_id": ann["category_id"], "score": 0.5}
        if kind == "bbox":
            row["bbox"] = ann["bbox"]
        elif kind == "keypoints":
            row["keypoints"] = ann["keypoints"]
        else:
            rle = mask.frPyObjects(ann["segmentation"], 50, 60)[0]
            row["segmentation"] = {"size": rle["size"], "counts": rle["counts"].decode()}
        rows.append(row)
    return rows


def forbid(monkeypatch: pytest.MonkeyPatch, kind: Any, steps: tuple[str, ...]) -> None:
    """The way of the steps begins in `_evaluate_steps`; none of them may be gone."""

    def fail(*_: Any) -> None:
        raise AssertionError("the slow way was taken")

    monkeypatch.setattr(kind, "_evaluate_steps", fail)
    usual = fast_path._STEPS
    monkeypatch.setattr(fast_path, "_STEPS", tuple(s for s in usual if s != "_evaluate_steps"))
    assert set(steps) <= {*usual, *LVIS_STEPS}


def given_results(way: str, iou_type: str, tmp_path: Path) -> Any:
    rows = results(iou_type)
    if way == "file":
        return str(write(tmp_path / "dt.json", rows))
    if way == "array":
        columns = [[r["image_id"], *r["bbox"], r["score"], r["category_id"]] for r in rows]
        return np.array(columns)
    return rows


@pytest.mark.parametrize("truth", ["file", "dict", "touched file"])
@pytest.mark.parametrize(
    ("iou_type", "way"),
    [(t, way) for t in ("bbox", "segm", "keypoints") for way in ("file", "list")]
    + [("bbox", "array")],
)
def test_ordinary_data_goes_the_fast_way(
    truth: str, iou_type: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    forbid(monkeypatch, COCOeval, STEPS)
    if truth == "dict":
        gt = filled(COCO, document())
    else:
        gt = quiet(lambda: COCO(write(tmp_path / "gt.json", document())))
    if truth == "touched file":
        assert len(gt.anns) == 12
    dt = quiet(lambda: gt.loadRes(given_results(way, iou_type, tmp_path)))
    evaluation = quiet(lambda: evaluated(COCOeval, gt, dt, iou_type))
    assert evaluation._fast is not None
    assert evaluation.stats[0] == pytest.approx(1)
    if truth == "file":
        assert gt._untouched() is not None, "dicts were made that nobody asked for"
    if way in ("file", "array"):
        assert dt._untouched() is not None, "dicts were made that nobody asked for"


@pytest.mark.parametrize("way", ["file", "list"])
def test_boxes_of_masks_go_the_fast_way(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    forbid(monkeypatch, COCOeval, STEPS)
    gt = quiet(lambda: COCO(write(tmp_path / "gt.json", document())))
    dt = quiet(lambda: gt.loadRes(given_results(way, "segm", tmp_path)))
    evaluation = quiet(lambda: evaluated(COCOeval, gt, dt, "bbox"))
    assert evaluation._fast is not None
    assert evaluation.stats[1] == pytest.approx(1)
    if way == "file":
        assert dt._untouched() is not None, "dicts were made that nobody asked for"


@pytest.mark.parametrize("way", ["file", "list"])
@pytest.mark.parametrize("iou_type", ["bbox", "segm"])
def test_ordinary_lvis_goes_the_fast_way(iou_type: str, way: str, tmp_path: Path):
    gt = LVIS(write(tmp_path / "gt.json", document()))
    found = given_results(way, iou_type, tmp_path)
    evaluation = LVISEval(gt, LVISResults(gt, found), iou_type)
    evaluation.run()
    assert evaluation._fast is not None
    assert evaluation.results["AP"] == pytest.approx(1)


# What a light import and a first evaluation have no business with.
HEAVY = ("numpy.ma", "email", "urllib.request", "http", "ssl", "xml", "matplotlib", "pandas")
HEAVIER = (*HEAVY, "dataclasses", "zipfile", "json", "msgspec", "concurrent.futures", "logging")


def modules_after(code: str, *arguments: Any) -> set[str]:
    """What has been imported by code in a new process, beyond what numpy imports."""
    script = f"import sys\nimport numpy\nbefore = set(sys.modules)\n{code}\n"
    script += "import json\nprint()\nprint(json.dumps(sorted(after - before)))"
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", ["mask", "coco", "cocoeval"])
def test_imports_are_light(name: str):
    found = modules_after(f"import cocodec.pycocotools.{name}\nafter = set(sys.modules)")
    assert f"cocodec.pycocotools.{name}" in found
    assert found.isdisjoint(HEAVIER)
    wings = {m.split(".")[1] for m in found if m.startswith("cocodec.")}
    assert wings <= {"pycocotools", "_core", "errors", "evaluation"}
    assert "cocodec.evaluation.evaluator" not in found


@pytest.mark.parametrize("name", ["mask", "_mask", "coco", "cocoeval"])
def test_numpy_is_imported_when_it_is_needed(name: str):
    code = f"""
import sys
import cocodec.pycocotools.{name} as module
assert "numpy" not in sys.modules
assert "np" in dir(module) or "{name}" == "mask"
assert getattr(module, "np", sys) is sys.modules.get("numpy", sys)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("iou_type", "kind"),
    [("bbox", "bbox"), ("bbox", "segm"), ("segm", "segm"), ("keypoints",) * 2],
)
@pytest.mark.parametrize("way", ["file", "list"])
def test_a_first_evaluation_imports_nothing_heavy(
    iou_type: str, kind: str, way: str, tmp_path: Path
):
    code = """
import json
from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
gt = COCO(sys.argv[1])
dt = gt.loadRes(sys.argv[2] if sys.argv[3] == "file" else json.load(open(sys.argv[2])))
evaluation = COCOeval(gt, dt, sys.argv[4])
evaluation.evaluate(); evaluation.accumulate(); evaluation.summarize()
assert evaluation._fast is not None
after = set(sys.modules)
"""
    gt, dt = write(tmp_path / "gt.json", document()), write(tmp_path / "d.json", results(kind))
    found = modules_after(code, gt, dt, way, iou_type)
    assert "cocodec.evaluation.core_input" in found
    assert found.isdisjoint(HEAVY)
    assert found.isdisjoint(set(HEAVIER) - {"json"})
    assert found.isdisjoint({"cocodec.documents.document", "cocodec.documents.parts"})
    assert "cocodec.masks.rle_array" not in found
