"""cocodec.pycocotools.lvis against lvis 0.5.3: every number, object and word."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocodec.pycocotools import mask
from cocodec.pycocotools.lvis import LVIS, LVISEval, LVISResults
from support.coco_pairs import printed, write
from support.identical import identical

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def reference() -> Any:
    lvis = pytest.importorskip("lvis", reason="lvis is not installed")
    np.float = float  # which lvis 0.5.3 uses and numpy has dropped
    yield lvis
    del np.float


class Stepwise(LVISEval):
    """Overrides a step, so that all steps are gone through."""

    def evaluate_img(self, *arguments: Any) -> Any:
        return super().evaluate_img(*arguments)


def same(mine: Any, theirs: Any) -> None:
    for name in ("precision", "recall", "counts"):
        identical(mine.eval[name], theirs.eval[name])
    identical(list(mine.eval), list(theirs.eval))
    identical(mine.results, theirs.results)
    assert printed(mine.print_results) == printed(theirs.print_results)
    identical(mine.freq_groups, theirs.freq_groups)
    identical(vars(mine.params), vars(theirs.params))
    identical(mine.eval_imgs, theirs.eval_imgs)
    identical(mine.ious, theirs.ious)
    assert len(mine.eval["dt_pointers"]) == len(theirs.eval["dt_pointers"])
    identical(dict(mine.eval["dt_pointers"].items()), theirs.eval["dt_pointers"])
    for name in ("_gts", "_dts", "img_nel"):
        identical(getattr(mine, name), getattr(theirs, name))
    identical(mine.lvis_gt.dataset, theirs.lvis_gt.dataset)
    identical(mine.lvis_dt.dataset, theirs.lvis_dt.dataset)


def compare(reference: Any, path: Path, results: Any, iou_type: str, kind: Any = LVISEval) -> Any:
    pair = []
    for lvis, res, evaluator in (
        (LVIS, LVISResults, kind),
        (reference.LVIS, reference.LVISResults, reference.LVISEval),
    ):
        gt = lvis(str(path))
        dt = res(gt, copy.deepcopy(results))
        evaluation = evaluator(gt, dt, iou_type)
        evaluation.run()
        pair.append(evaluation)
    assert (pair[0]._fast is None) == (kind is Stepwise)
    same(*pair)
    return pair[0]


def shaken(document: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    """Detections: the ground truth moved about, some of other categories, and doubled ones."""
    random = np.random.RandomState(seed)
    cats = [cat["id"] for cat in document["categories"]]
    found = []
    for ann in document["annotations"] * 2:
        x, y, w, h = ann["bbox"]
        box = [x + random.normal(0, w / 9), y, w * random.uniform(0.8, 1.2), h]
        other = cats[random.randint(len(cats))]
        category = ann["category_id"] if random.rand() < 0.7 else other
        row = {"image_id": ann["image_id"], "category_id": category, "bbox": box}
        found.append({**row, "score": round(random.rand(), 2)})
    return found


@pytest.mark.parametrize("kind", [LVISEval, Stepwise])
@pytest.mark.parametrize("iou_type", ["bbox", "segm"])
def test_real_annotations(dialects: Path, tmp_path: Path, reference: Any, kind: Any, iou_type: str):
    path = next((dialects / "lvis").rglob("lvis_val_100.json"))
    document = json.loads(path.read_text())
    # Few categories keep it quick; the others are still in the file.
    few = {ann["category_id"] for ann in document["annotations"][:60]}
    document["categories"] = [cat for cat in document["categories"] if cat["id"] in few]
    document["annotations"] = [a for a in document["annotations"] if a["category_id"] in few]
    small = write(tmp_path / "lvis.json", document)
    mine = compare(reference, small, shaken(document, 1), iou_type, kind)
    assert mine.results["AP"] > 0


def test_a_whole_real_file_opens_alike(dialects: Path, reference: Any):
    path = str(next((dialects / "lvis").rglob("lvis_val_100.json")))
    mine, theirs = LVIS(path), reference.LVIS(path)
    for name in ("dataset", "anns", "imgs", "cats", "img_ann_map", "cat_img_map"):
        identical(getattr(mine, name), getattr(theirs, name))
    ann = next(iter(theirs.anns.values()))
    identical(mine.ann_to_mask(ann), theirs.ann_to_mask(ann))
    some = theirs.get_cat_ids()[:5]
    assert mine.get_ann_ids(cat_ids=some) == theirs.get_ann_ids(cat_ids=some)
    assert mine.get_ann_ids([1, 2], some, [9, 9999]) == theirs.get_ann_ids([1, 2], some, [9, 9999])
    assert mine.get_ann_ids() == theirs.get_ann_ids()
    identical(mine.load_cats(None), theirs.load_cats(None))


boxes = st.sampled_from([[0, 0, 10, 10], [2, 2, 10, 10], [0, 0, 10, 9.5], [30, 30, 60, 60]])


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    cats = st.lists(st.integers(1, 3), max_size=2)
    images = [
        {"id": i, "height": 90, "width": 90}
        | {"neg_category_ids": draw(cats), "not_exhaustive_category_ids": draw(cats)}
        for i in (1, 2)
    ]
    annotations = []
    for _ in range(draw(st.integers(1, 6))):
        x, y, w, h = box = draw(boxes)
        row = {"image_id": draw(st.integers(1, 2)), "category_id": draw(st.integers(1, 3))}
        ring = [x, y, x + w, y, x + w, y + h]
        row |= {"bbox": box, "area": draw(st.sampled_from([w * h, 5000])), "segmentation": [ring]}
        annotations.append({"id": len(annotations) + draw(st.integers(0, 1)) * 50, **row})
    frequencies = draw(st.permutations(["r", "c", "f"]))
    categories = [{"id": i, "frequency": f} for i, f in enumerate(frequencies, 1)]
    return {"images": images, "categories": categories, "annotations": annotations}


@pytest.mark.parametrize("iou_type", ["bbox", "segm"])
@settings(max_examples=30)
@given(st.data())
def test_made_data(
    reference: Any, tmp_path_factory: pytest.TempPathFactory, iou_type: str, data: st.DataObject
):
    document = data.draw(documents())
    path = write(tmp_path_factory.getbasetemp() / "lvis.json", document)
    results = shaken(document, data.draw(st.integers(0, 99)))
    if iou_type == "segm":
        for row in results:
            row["segmentation"] = mask.frPyObjects([row.pop("bbox")], 90, 90)[0]
    for kind in (LVISEval, Stepwise):
        compare(reference, path, results, iou_type, kind)


DOCUMENT: dict[str, Any] = {
    "images": [{"id": 1, "height": 9, "width": 9}],
    "categories": [{"id": 1, "frequency": "r"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5], "area": 25}],
}
DOCUMENT["images"][0] |= {"neg_category_ids": [], "not_exhaustive_category_ids": []}
RESULTS = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5], "score": 0.5}]


def test_results_are_limited(tmp_path: Path, reference: Any, caplog: pytest.LogCaptureFixture):
    path = str(write(tmp_path / "gt.json", DOCUMENT))
    results = [{**RESULTS[0], "score": i % 3} for i in range(9)]
    for limit in (4, -1):
        mine = LVISResults(path, copy.deepcopy(results), max_dets=limit)
        theirs = reference.LVISResults(path, copy.deepcopy(results), max_dets=limit)
        identical(mine.dataset, theirs.dataset)
        assert mine.get_top_results(1, 1) == theirs.get_top_results(1, 1)
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert set(said) == {"Assuming user provided the results in correct format."}


def test_no_results_and_missing_keys(tmp_path: Path):
    path = str(write(tmp_path / "gt.json", DOCUMENT))
    evaluation = LVISEval(path, [], "bbox")
    evaluation.run()
    assert evaluation.results["AP"] == 0
    broken = copy.deepcopy(DOCUMENT)
    del broken["images"][0]["neg_category_ids"]
    with pytest.raises(KeyError, match="image 1 has no 'neg_category_ids'"):
        LVISEval(str(write(tmp_path / "gt.json", broken)), copy.deepcopy(RESULTS), "bbox").run()
    del broken["categories"]
    with pytest.raises(KeyError, match="the dataset has no 'categories'"):
        LVIS(str(write(tmp_path / "gt.json", broken)))


def test_copies_and_pickles(tmp_path: Path):
    path = str(write(tmp_path / "gt.json", DOCUMENT))
    evaluation = LVISEval(path, copy.deepcopy(RESULTS), "bbox")
    evaluation.run()
    for twin in (copy.deepcopy(evaluation), pickle.loads(pickle.dumps(evaluation))):
        assert twin.results == evaluation.results
        identical(twin.eval_imgs, evaluation.eval_imgs)
        identical(twin.eval["dt_pointers"], dict(evaluation.eval["dt_pointers"].items()))


UNMODIFIED = """
import json, sys
import cocodec.pycocotools
cocodec.pycocotools.install(lvis=sys.argv[1] == "both")
import numpy as np
np.float = float
from lvis import LVIS, LVISEval, LVISResults
from lvis.eval import Params
gt = LVIS("gt.json")
evaluation = LVISEval(gt, LVISResults(gt, json.load(open("dt.json"))), "segm")
evaluation.run()
evaluation.print_results()
print(LVISEval.__module__)
"""


def test_lvis_runs_on_the_drop_in_and_gives_way_to_it(tmp_path: Path):
    """The real lvis, unmodified, on our masks; and ours in its place."""
    pytest.importorskip("lvis", reason="lvis is not installed")
    document = copy.deepcopy(DOCUMENT)
    document["annotations"][0]["segmentation"] = [[0, 0, 5, 0, 5, 5, 0, 5]]
    write(tmp_path / "gt.json", document)
    write(tmp_path / "dt.json", RESULTS)
    said = []
    for who in ("pycocotools", "both"):
        command = [sys.executable, "-W", "ignore", "-c", UNMODIFIED, who]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.splitlines())
    assert said[0][:-1] == said[1][:-1]
    assert [lines[-1] for lines in said] == ["lvis.eval", "cocodec.pycocotools.lvis.eval"]
