"""cocodec.pycocotools.cocoeval against pycocotools.cocoeval: every number, object and word.

Three ways lead through it: from the columns of a file, from dicts, and step by step. Each is held
to the reference on real and on made data.
"""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from cocodec.pycocotools.engine.result_columns import ArrayResults
from support.coco_pairs import (
    DOCUMENT,
    SMALL,
    Document,
    ReferenceCOCO,
    ReferenceEval,
    Stepwise,
    compare,
    evaluated,
    opened,
    outcome,
    printed,
    quiet,
    same_evaluation,
    same_index,
    write,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",  # of the reference, with numpy 2
    "ignore:an annotation has id 0",
)


# (kind of evaluator, whether the dicts are touched before)
WAYS = {"columns": (COCOeval, False), "dicts": (COCOeval, True), "steps": (Stepwise, False)}
ways = pytest.mark.parametrize("way", WAYS)


def compare_by(
    way: str, source: Any, results: Any, iou_type: str, change: Any = None, *, theirs: Any = None
) -> Any:
    kind, touched = WAYS[way]
    mine, _ = compare(source, results, iou_type, change, kind=kind, touched=touched, theirs=theirs)
    assert (mine._fast is None) == (way == "steps"), "this is not the way"
    return mine


# Real files: the reference goes there once for all ways


@functools.cache
def reference(source: Path, results: str, iou_type: str, change: Any = None) -> Any:
    gt = quiet(lambda: ReferenceCOCO(source))
    return outcome(ReferenceEval, gt, results, iou_type, change)


def set_subsets(p: Any) -> None:
    p.imgIds, p.catIds = p.imgIds[5:50], p.catIds[30:3:-1]


def set_thresholds(p: Any) -> None:
    p.maxDets = [7, 1, 3]
    p.iouThrs = np.array([0.3, 0.5, 1.0])
    p.recThrs = np.array([0, 0.5, 0.3, 0.9, 0.1])  # not ascending: the reference stops early
    p.areaRng, p.areaRngLbl = [[0, 1e10], [100, 2000.5]], ["all", "small"]


def ignore_categories(p: Any) -> None:
    p.useCats = 0


def use_segm(p: Any) -> None:
    p.useSegm = 0


CHANGES = [None, set_subsets, set_thresholds, ignore_categories, use_segm]


@ways
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("iou_type", ["bbox", "segm"])
def test_real_instances(dialects: Path, way: str, change: Any, iou_type: str):
    gt = dialects / "coco-val2014-100" / "instances_val2014_100.json"
    dt = f"instances_val2014_fake{iou_type}100_results.json"
    files = gt, str(dialects / "coco-official" / "results" / dt)
    theirs = reference(*files, iou_type, change)
    compare_by(way, *files, iou_type, change, theirs=theirs)


@ways
def test_real_keypoints(dialects: Path, way: str):
    folder = dialects / "keypoints"
    files = folder / "gt_dataset.json", str(folder / "dt_dataset.json")
    compare_by(way, *files, "keypoints", theirs=reference(*files, "keypoints"))


# Results in files: whatever they are, no dict is made of them


def kept(row: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: row[key] for key in ("image_id", "category_id", "score", *keys)}


@pytest.mark.parametrize("iou_type", ["bbox", "segm", "keypoints"])
@pytest.mark.parametrize("with_boxes", [True, False])
def test_results_of_files_stay_columns(tmp_path: Path, iou_type: str, with_boxes: bool):
    shape = {"bbox": "bbox", "segm": "segmentation", "keypoints": "keypoints"}[iou_type]
    keys = dict.fromkeys([*(["bbox"] * with_boxes), shape])
    random = np.random.RandomState(3)
    rows = []
    for i in range(24):
        x, y, w, h = random.randint(1, 12, 4).tolist()
        box = [x, y + 0.5, w, h]
        row = {"image_id": i % 3 + 1, "category_id": i % 4 + 1, "score": random.randint(5) / 4}
        shapes = {"bbox": box, "segmentation": rle_of(box), "keypoints": PERSONS[i % 6]}
        rows.append(kept(row | shapes, *keys))
    rows[0]["score"] = 1
    truth = [
        row
        | {"bbox": [1, 2, 9, 8], "area": 72, "iscrowd": i == 5, "id": i + 1, "num_keypoints": 3}
        | {"segmentation": rings_of([1, 2, 9, 8]), "keypoints": PERSONS[i % 6]}
        for i, row in enumerate(rows[::2])
    ]
    document = dict(DOCUMENT, annotations=truth)
    document["images"] = [{"id": i, "height": 30, "width": 30} for i in (1, 2, 3)]
    document["categories"] = [{"id": c, "name": str(c)} for c in (1, 2, 3, 4)]
    gt, dt = write(tmp_path / "gt.json", document), str(write(tmp_path / "dt.json", rows))
    mine, theirs = compare(gt, dt, iou_type)
    same_index(mine.cocoDt, theirs.cocoDt)
    again = quiet(lambda: evaluated(COCOeval, COCO(gt), COCO(gt).loadRes(dt), iou_type))
    assert again.cocoDt._untouched() is not None
    assert again.cocoGt._untouched() is not None


# Made data: few places, so that boxes tie, meet and repeat

places = st.sampled_from([0.0, 4.0, 4.5, 10.0, 16.0])
sides = st.sampled_from([1.0, 6.0, 8.0, 12.0])
boxes = st.tuples(places, places, sides, sides).map(list)


PERSONS = np.random.RandomState(1).randint(0, 20, (6, 51)).tolist()
persons = st.sampled_from([*PERSONS, [0] * 51, [x + 0.5 for x in PERSONS[0]]])


def rings_of(box: list[float]) -> list[list[float]]:
    x, y, w, h = box
    return [[x, y, x + w, y, x + w, y + h, x, y + h]]


def rle_of(box: list[float]) -> dict[str, Any]:
    from cocodec.pycocotools import mask

    rle = mask.frPyObjects(rings_of(box), 30, 30)[0]
    return {"size": rle["size"], "counts": rle["counts"].decode()}


@st.composite
def truths(draw: st.DrawFn, key: int, id_: int, images: int) -> dict[str, Any]:
    box = draw(boxes)
    masks = [rings_of(box), rle_of(box), rings_of(box) * 2]
    ann = {
        "id": id_,
        "image_id": draw(st.integers(1, images)),
        "category_id": draw(st.integers(1, 4)),
        "bbox": box,
        "area": draw(st.sampled_from([box[2] * box[3], 0, 1024, 9216.0, 1e9])),
        "iscrowd": draw(st.sampled_from([0, 0, 0, 1])),
        "segmentation": draw(st.sampled_from(masks)),
        "keypoints": draw(persons),
        "num_keypoints": draw(st.integers(0, 2)),
    }
    if key == 0:
        ann["ignore"] = 1  # which the reference overwrites
    return ann


@st.composite
def documents(draw: st.DrawFn, images: int) -> Document:
    count = draw(st.integers(0, 8))
    numbers = draw(st.lists(st.integers(-2, 9), min_size=count, max_size=count))
    return {
        "info": {},
        "images": [{"id": i, "height": 30, "width": 30} for i in (1, 3, 2)],
        "categories": [{"id": i} for i in (2, 1, 3)],
        "annotations": [draw(truths(key, id_, images)) for key, id_ in enumerate(numbers)],
    }


@st.composite
def detections(draw: st.DrawFn, iou_type: str) -> list[dict[str, Any]]:
    found = []
    for _ in range(draw(st.integers(1, 8))):
        box = draw(boxes)
        row: dict[str, Any] = {
            "image_id": draw(st.integers(1, 3)),
            "category_id": draw(st.integers(1, 4)),
            "score": draw(st.sampled_from([0.1, 0.5, 0.5, 1, -3])),
        }
        if iou_type == "bbox":
            row["bbox"] = box
        elif iou_type == "segm":
            row["segmentation"] = rle_of(box)
        else:
            row["keypoints"] = draw(persons)
        found.append(row)
    return found


MADE_CHANGES = [None, None, set_thresholds, ignore_categories]


@pytest.mark.parametrize("iou_type", ["bbox", "segm", "keypoints"])
@settings(max_examples=30)
@given(st.data())
def test_made_data(tmp_path_factory: pytest.TempPathFactory, iou_type: str, data: st.DataObject):
    images = 3 if iou_type == "segm" else 4  # 4 is missing, and so is its size
    document, results = data.draw(documents(images)), data.draw(detections(iou_type))
    change = data.draw(st.sampled_from(MADE_CHANGES))
    path = write(tmp_path_factory.getbasetemp() / "made.json", document)
    for way in WAYS.values():
        compare(path, results, iou_type, change, kind=way[0], touched=way[1])
    compare(document, results, iou_type, change)


@ways
@pytest.mark.parametrize("iou_type", ["bbox", "segm"])
def test_a_small_document(tmp_path: Path, way: str, iou_type: str):
    results: list[dict[str, Any]] = copy.deepcopy(SMALL)
    if iou_type == "segm":
        from cocodec.pycocotools import mask

        for row in results:
            size = (60, 70) if row["image_id"] == 2 else (80, 100)
            row["segmentation"] = mask.frPyObjects([row.pop("bbox")], *size)[0]
    mine = compare_by(way, write(tmp_path / "gt.json", DOCUMENT), results, iou_type)
    assert mine.stats[0] > 0


@ways
def test_an_array_of_results(tmp_path: Path, way: str):
    rows = np.array([[1, 10, 11, 50, 40, 0.9, 7], [2, 0, 0, 30, 1, 0.1, 7]], np.float32)
    compare_by(way, write(tmp_path / "gt.json", DOCUMENT), rows, "bbox")


def test_names_as_ids(tmp_path: Path):
    """Images and categories may be called anything that sorts."""
    document, results = copy.deepcopy(DOCUMENT), copy.deepcopy(SMALL)
    for row in (*document["annotations"], *results):
        row["image_id"], row["category_id"] = f"i{row['image_id']}", f"c{row['category_id']}"
    for key, letter in (("images", "i"), ("categories", "c")):
        for row in document[key]:
            row["id"] = f"{letter}{row['id']}"
    for kind, touched in WAYS.values():
        path = write(tmp_path / "gt.json", document)
        compare(path, results, "bbox", kind=kind, touched=touched)


# Unusual, so that the quick way hands over to the steps


def test_repeated_ids(tmp_path: Path):
    document = copy.deepcopy(DOCUMENT)
    document["annotations"][0]["id"] = 5
    mine, _ = compare(write(tmp_path / "gt.json", document), SMALL, "bbox")
    assert len(mine._gts[1, 2]) == 2


def test_an_annotation_that_was_replaced(tmp_path: Path):
    pair = opened(write(tmp_path / "gt.json", DOCUMENT))
    said = []
    for coco, kind in zip(pair, (COCOeval, ReferenceEval), strict=True):
        coco.anns[11] = {**coco.anns[11], "bbox": [10, 11, 50, 40]}
        coco.imgToAnns[2].clear()
        dt = quiet(lambda c=coco: c.loadRes(copy.deepcopy(SMALL)))
        said.append(printed(lambda k=kind, c=coco, d=dt: evaluated(k, c, d, "bbox")))
    assert said[0][1] == said[1][1]
    same_evaluation(said[0][0], said[1][0])


def test_images_that_changed_their_size(tmp_path: Path):
    results = [
        {"image_id": 1, "category_id": 7, "score": 1.0, "segmentation": rle_of([1, 1, 5, 5])}
    ]
    said = []
    pair = opened(write(tmp_path / "gt.json", DOCUMENT))
    for coco, kind in zip(pair, (COCOeval, ReferenceEval), strict=True):
        coco.imgs[1].update(height=30, width=30)
        dt = quiet(lambda c=coco: c.loadRes(copy.deepcopy(results)))
        said.append(printed(lambda k=kind, c=coco, d=dt: evaluated(k, c, d, "segm")))
    same_evaluation(said[0][0], said[1][0])
    assert said[0][0]._gts[1, 7][0]["segmentation"]["size"] == [30, 30]


@pytest.mark.parametrize("way", ["dicts", "columns"])
def test_nothing_chosen(tmp_path: Path, way: str):
    def choose_nothing(p: Any) -> None:
        p.imgIds = []

    path = write(tmp_path / "gt.json", DOCUMENT)
    compare(path, SMALL, "bbox", choose_nothing, touched=way == "dicts")


@pytest.mark.parametrize("touched", [False, True])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i8"])
def test_arrays_and_tensors(tmp_path: Path, dtype: str, touched: bool):
    """As columns (float64) or dict by dict: the same objects, whenever somebody asks for them."""
    source = write(tmp_path / "gt.json", DOCUMENT)
    rows = np.array([[1, 10, 10, 50, 40, 0.9, 2], [3, 5.5, 6, 7, 8, 0.4, 1]] * 2).astype(dtype)
    mine, theirs = opened(source)
    results = printed(lambda: mine.loadRes(rows)), printed(lambda: theirs.loadRes(rows))
    assert results[0][1] == results[1][1]
    assert isinstance(results[0][0]._untouched(), ArrayResults) == (dtype == "f8")
    if touched:
        same_index(results[0][0], results[1][0])
    pair = [
        quiet(lambda kind=kind, gt=gt, dt=dt: evaluated(kind, gt, dt[0], "bbox"))
        for kind, gt, dt in zip((COCOeval, ReferenceEval), (mine, theirs), results, strict=True)
    ]
    same_evaluation(*pair)
    same_index(results[0][0], results[1][0])
    segm = [
        quiet(lambda kind=kind, gt=gt: evaluated(kind, gt, gt.loadRes(rows), "segm"))
        for kind, gt in ((COCOeval, opened(source)[0]), (ReferenceEval, opened(source)[1]))
    ]
    same_evaluation(*segm)


def test_a_tensor_and_an_array_that_is_written_over(tmp_path: Path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    gt = quiet(lambda: COCO(write(tmp_path / "gt.json", DOCUMENT)))
    rows = np.array([[1, 10, 10, 50, 40, 0.9, 2], [3, 5.5, 6, 7, 8, 0.4, 1]])
    expected = quiet(lambda: evaluated(COCOeval, gt, gt.loadRes(rows), "bbox")).stats
    found = [quiet(lambda t=t: gt.loadRes(t)) for t in (rows, torch.from_numpy(rows.copy()))]
    rows[:] = 0
    for dt in found:
        assert np.array_equal(
            quiet(lambda dt=dt: evaluated(COCOeval, gt, dt, "bbox")).stats, expected
        )
        assert dt.anns[1]["bbox"] == [10, 10, 50, 40]
