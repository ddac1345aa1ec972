"""install(faster_coco_eval=True) against faster_coco_eval 1.8.0.

Recall is the same to the last bit. Precision is pycocotools': that divides by a number that is one
rounding larger, so that single values differ from faster_coco_eval's by 2^-52.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec.pycocotools.faster import COCO, COCOeval_faster
from support.coco_pairs import DOCUMENT, write

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROUNDING = 2.0**-52
CATEGORIES = [{"id": k, "name": f"c{k}", "frequency": "rcf"[k % 3]} for k in range(1, 7)]


def silent(_: Any) -> None:
    """What is told."""


def pose(random: np.random.Generator) -> list[float]:
    points = random.uniform(5, 150, (17, 3)).round(1)
    points[:, 2] = 2
    return points.ravel().tolist()


def rings(box: list[float]) -> list[list[float]]:
    x, y, w, h = box
    return [[x, y, x + w, y, x + w, y + h, x, y + h]]


def made(kind: str, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A document and results that find some of it."""
    from cocodec.pycocotools import mask

    random = np.random.default_rng(seed)
    images = [
        {"id": i, "height": 200, "width": 220, "file_name": f"{i}.jpg"}
        | {"neg_category_ids": [1 + i % 6], "not_exhaustive_category_ids": [1 + (i + 2) % 6]}
        for i in range(1, 9)
    ]
    annotations, results = [], []
    for number in range(1, 61):
        box = [*random.uniform(0, 90, 2).round(1), *random.uniform(4, 110, 2).round(1)]
        box = [float(v) for v in box]
        image, category = int(random.integers(1, 9)), int(random.integers(1, 7))
        ann = {"id": number, "image_id": image, "category_id": category, "bbox": box}
        ann |= {"area": box[2] * box[3], "iscrowd": int(random.random() < 0.1)}
        ann |= {"segmentation": rings(box), "ignore": 0}
        if kind == "keypoints":
            ann |= {"keypoints": pose(random), "num_keypoints": 17, "iscrowd": 0}
        annotations.append(ann)
        for _ in range(int(random.integers(0, 4))):
            moved = [float(v) for v in (np.array(box) + random.normal(0, 4, 4)).clip(1).round(1)]
            row = {"image_id": image, "category_id": category, "score": float(random.random())}
            if random.random() < 0.1:
                row["category_id"] = 1 + category % 6
            if kind == "bbox":
                row["bbox"] = moved
            elif kind == "segm":
                rle = mask.frPyObjects(rings(moved), 200, 220)[0]
                row["segmentation"] = {"size": rle["size"], "counts": rle["counts"].decode()}
            else:
                points = np.array(ann["keypoints"]).reshape(17, 3)
                points[:, :2] += random.normal(0, 3, (17, 2)).round(1)
                row["keypoints"] = points.ravel().tolist()
            results.append(row)
    document = {"images": images, "annotations": annotations, "categories": CATEGORIES}
    return document, results


def run(
    kinds: tuple[Any, Any],
    document: Any,
    results: Any,
    kind: str,
    limits: list[int] | None = None,
    **options: Any,
) -> Any:
    gt = kinds[0](copy.deepcopy(document), print_function=silent)
    dt = gt.loadRes(copy.deepcopy(results))
    evaluation = kinds[1](gt, dt, kind, print_function=silent, **options)
    if limits is not None:
        evaluation.params.maxDets = list(limits)
    evaluation.run()
    return evaluation


SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "own ranges": {"ranges": {"tiny": [0, 400], "rest": [400, 1e10]}},
    "own limits": {"limits": [2, 5]},
    "lvis": {"lvis_style": True, "limits": [300]},
    "separate": {"separate_eval": True},
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("kind", ["bbox", "segm", "keypoints"])
def test_as_faster_coco_eval(kind: str, setting: str, seed: int):
    theirs = pytest.importorskip("faster_coco_eval", reason="faster_coco_eval is not installed")
    options = dict(SETTINGS[setting])
    if kind == "keypoints":
        options.pop("lvis_style", None)
        options.pop("ranges", None)
        options["limits"] = None
        options["kpt_oks_sigmas"] = [0.05] * 17
    document, results = made(kind, seed)
    mine = run((COCO, COCOeval_faster), document, results, kind, **options)
    other = run((theirs.COCO, theirs.COCOeval_faster), document, results, kind, **options)
    assert mine._fast is not None
    assert np.array_equal(mine.eval["recall"], other.eval["recall"])
    assert np.abs(mine.eval["precision"] - other.eval["precision"]).max() <= ROUNDING
    for name in ("stats", "all_stats"):
        assert getattr(mine, name).shape == getattr(other, name).shape
        assert np.abs(getattr(mine, name) - getattr(other, name)).max() <= ROUNDING
    assert mine.stats_as_dict == pytest.approx(other.stats_as_dict, abs=ROUNDING, rel=0)
    assert list(mine.stats_as_dict) == list(other.stats_as_dict)
    assert mine.stats[0] > 0.05


def test_dicts_and_scores(tmp_path: Path):
    told: list[Any] = []
    gt = COCO(copy.deepcopy(DOCUMENT), print_function=told.append)
    assert told[-1] == "index created!"
    row = {"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}
    rows = [{**row, "score": 0.9}, {**row, "score": 0.1}]
    for given in (rows, str(write(tmp_path / "dt.json", rows))):
        assert len(gt.loadRes(given, min_score=0.5).anns) == 1
        assert len(gt.loadRes(given).anns) == 2
    assert gt.load_imgs([1]) == gt.loadImgs([1])
    assert gt.img_ann_map is gt.imgToAnns
    given = copy.deepcopy(DOCUMENT)
    assert COCO(given, print_function=silent).dataset is given
    assert COCO(given, use_deepcopy=True, print_function=silent).dataset is not given


@pytest.mark.parametrize(
    "options", [{"extra_calc": True}, {"use_area": False}, {"iouType": "boundary"}]
)
def test_what_is_not_here_says_so(options: dict[str, Any]):
    gt = COCO(copy.deepcopy(DOCUMENT), print_function=silent)
    with pytest.raises(NotImplementedError):
        COCOeval_faster(gt, gt, **options)


SCRIPT = """
import sys, json
import cocodec.pycocotools as drop_in
drop_in.install(faster_coco_eval=True)
# as ultralytics, D-FINE and torchmetrics import it
from faster_coco_eval import COCO, COCOeval_faster
import faster_coco_eval.core.mask as mask_utils
from faster_coco_eval.core.coco import COCO as same
from faster_coco_eval.core import faster_eval_api
from faster_coco_eval.core.cocoeval import COCOeval, Params
import importlib.metadata
assert COCO is same and COCO.__module__.startswith("cocodec."), COCO
assert importlib.metadata.version("faster_coco_eval") == "1.8.0"
anno = COCO(sys.argv[1]); pred = anno.loadRes(sys.argv[2])
lines = []
val = COCOeval_faster(anno, pred, iouType="bbox", lvis_style=False, print_function=lines.append)
val.params.imgIds = sorted(anno.getImgIds())
val.evaluate(); val.accumulate(); val.summarize()
print(json.dumps([val.stats_as_dict, len([s for s in lines if "@[" in s])]))
drop_in.uninstall()
"""


def test_a_script_runs_on_it(tmp_path: Path):
    document, results = made("bbox", 0)
    files = write(tmp_path / "gt.json", document), write(tmp_path / "dt.json", results)
    command = [sys.executable, "-c", SCRIPT, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    stats, lines = json.loads(done.stdout)
    expected = run((COCO, COCOeval_faster), document, results, "bbox").stats_as_dict
    assert stats == expected
    assert lines == 14
    assert done.stdout.count("\n") == 1, "nothing else is printed"
