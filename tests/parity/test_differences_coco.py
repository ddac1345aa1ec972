"""One test for each entry of DIFFERENCES.md, named like it: files, results and evaluation."""

from __future__ import annotations

import copy
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask
import pytest

import cocodec
from cocodec.pycocotools import cocoeval
from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from cocodec.pycocotools.lvis import LVIS, LVISEval, LVISResults
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
    write,
)


def without(document: Any, section: str, *keys: str) -> Any:
    """A copy whose records lack some keys."""
    document = copy.deepcopy(document)
    for row in document[section]:
        for key in keys:
            row.pop(key, None)
    return document


def stats(kind: Any, coco: Any, results: Any, iou_type: str = "bbox") -> Any:
    dt = quiet(lambda: coco.loadRes(copy.deepcopy(results)))
    return printed(lambda: evaluated(kind, coco, dt, iou_type).stats)[0]


def test_missing_keys(tmp_path: Path):
    cases = [
        (without(DOCUMENT, "annotations", "bbox"), SMALL, "annotation 5 has no 'bbox'"),
        (without(DOCUMENT, "annotations", "image_id"), SMALL, r"annotations\[0\] \(id 11\) has no"),
        (DOCUMENT, without({"r": SMALL}, "r", "score")["r"], "detection 1 has no 'score'"),
        (DOCUMENT, without({"r": SMALL}, "r", "image_id")["r"], r"results\[0\] has no 'image_id'"),
        ({"annotations": []}, SMALL, "the dataset has no 'images'"),
    ]
    for document, results, message in cases:
        path = write(tmp_path / "gt.json", document)
        with pytest.raises(KeyError):
            stats(ReferenceEval, quiet(lambda p=path: ReferenceCOCO(p)), results)
        with pytest.raises(KeyError, match=message) as error:
            stats(COCOeval, quiet(lambda p=path: COCO(p)), results)
        assert isinstance(error.value, cocodec.DocumentError)


def test_missing_area_and_iscrowd(tmp_path: Path):
    document = without(DOCUMENT, "annotations", "iscrowd", "area")
    mine, theirs = opened(write(tmp_path / "gt.json", document))
    with pytest.raises(KeyError):
        theirs.getAnnIds(areaRng=[0, 500])
    assert mine.getAnnIds(areaRng=[0, 400]) == [5, 6, 9]
    assert mine.getAnnIds(iscrowd=False) == [11, 5, 6, 9]
    with pytest.raises(KeyError):
        stats(ReferenceEval, theirs, SMALL)
    full = without(DOCUMENT, "annotations")
    masks = mine.loadAnns([11, 5, 6, 9])
    for ann, mask in zip(full["annotations"], masks, strict=True):
        ann.update(iscrowd=0, area=int(cocodec.pycocotools.mask.area(mine.annToRLE(mask))))
    expected = stats(ReferenceEval, filled(ReferenceCOCO, full), SMALL)
    for touch in (False, True):
        mine, _ = opened(tmp_path / "gt.json", touched=touch)
        for kind in (COCOeval, Stepwise):
            assert np.array_equal(stats(kind, mine, SMALL), expected)


def test_missing_info():
    document = {"images": [], "annotations": []}
    with pytest.raises(KeyError):
        filled(ReferenceCOCO, document).info()
    assert printed(filled(COCO, document).info) == (None, "")


def test_byte_order_marks(tmp_path: Path):
    path = tmp_path / "gt.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(DOCUMENT).encode())
    with pytest.raises(json.JSONDecodeError, match="BOM"):
        quiet(lambda: ReferenceCOCO(path))
    assert quiet(lambda: COCO(path)).dataset == DOCUMENT


def test_dicts_on_demand(tmp_path: Path):
    mine, theirs = opened(write(tmp_path / "gt.json", DOCUMENT))
    assert vars(mine).keys() & vars(theirs).keys() == set()
    for name in vars(theirs):
        assert getattr(mine, name) == getattr(theirs, name)
    assert vars(theirs).keys() <= vars(mine).keys()
    dt = quiet(lambda: mine.loadRes(copy.deepcopy(SMALL)))
    evaluation = COCOeval(mine, dt, "bbox")
    quiet(evaluation.evaluate)
    for name in ("evalImgs", "ious", "_gts", "_dts"):
        assert name not in vars(evaluation)
        assert getattr(evaluation, name) is vars(evaluation)[name]


def test_empty_results(tmp_path: Path):
    mine, theirs = opened(write(tmp_path / "gt.json", DOCUMENT))
    with pytest.raises(IndexError):
        quiet(lambda: theirs.loadRes([]))
    assert quiet(lambda: mine.loadRes([])).cats == mine.cats
    for kind in (COCOeval, Stepwise):
        found = [stats(kind, mine, [], iou_type) for iou_type in ("bbox", "segm")]
        assert all(values[0] == 0 for values in found)


def test_paths_as_objects(tmp_path: Path):
    path = write(tmp_path / "dt.json", SMALL)
    mine, theirs = opened(write(tmp_path / "gt.json", DOCUMENT))
    with pytest.raises(AssertionError):
        quiet(lambda: theirs.loadRes(path))
    found, expected = quiet(lambda: mine.loadRes(path)), quiet(lambda: theirs.loadRes(str(path)))
    assert found.anns == expected.anns


def test_segmentations_of_another_kind():
    document = copy.deepcopy(DOCUMENT)
    for given in (None, 5, {"size": [1, 1]}):
        document["annotations"][0]["segmentation"] = given
        mine, theirs = opened(document)
        with pytest.raises((TypeError, KeyError)):
            theirs.annToRLE(theirs.anns[11])
        with pytest.raises(cocodec.DocumentError, match="annotation 11: the segmentation is"):
            mine.annToRLE(mine.anns[11])


def test_results_that_are_no_rle():
    row = {"image_id": SMALL[0]["image_id"], "category_id": 1, "score": 0.5}
    mask = pycocotools.mask.encode(np.asfortranarray(np.eye(4, dtype=np.uint8)))
    for given in ([[1, 1, 4, 1, 4, 4]], [], None):
        results = [{**row, "segmentation": mask}, {**row, "segmentation": given}]
        mine, theirs = opened(DOCUMENT)
        with pytest.raises((TypeError, IndexError)):
            quiet(
                lambda c=theirs, r=results: list(
                    map(c.annToRLE, c.loadRes(copy.deepcopy(r)).anns.values())
                )
            )
        with pytest.raises(TypeError, match=r"results\[1\]: segmentation is .* expected an RLE"):
            quiet(lambda c=mine, r=results: c.loadRes(copy.deepcopy(r)))
    with pytest.raises(TypeError, match=r"results\[0\]: bbox is None"):
        quiet(lambda: opened(DOCUMENT)[0].loadRes([{**row, "bbox": None}]))


def test_keypoints_of_results_that_are_no_triples():
    row = {"image_id": SMALL[0]["image_id"], "category_id": 1, "score": 0.5}
    mine, theirs = opened(DOCUMENT)
    quiet(lambda: theirs.loadRes([{**row, "keypoints": [1, 1, 2, 3]}]))
    with pytest.raises(cocodec.DocumentError, match=r"results\[0\]: 4 numbers of keypoints"):
        quiet(lambda: mine.loadRes([{**row, "keypoints": [1, 1, 2, 3]}]))


def test_flat_rings_of_annotations():
    document = copy.deepcopy(DOCUMENT)
    ring = [4, 5, 14, 5, 14, 13, 4, 13]
    document["annotations"][0]["segmentation"] = ring
    mine, theirs = opened(document)
    with pytest.raises(TypeError):
        theirs.annToRLE(theirs.anns[11])
    listed = {**theirs.anns[11], "segmentation": [ring]}
    assert mine.annToRLE(mine.anns[11]) == theirs.annToRLE(listed)


def test_sections_that_are_objects(tmp_path: Path):
    keyed = {**DOCUMENT, "annotations": {str(row["id"]): row for row in DOCUMENT["annotations"]}}
    path = write(tmp_path / "keyed.json", keyed)
    with pytest.raises(TypeError):
        quiet(lambda: ReferenceCOCO(path))
    assert quiet(lambda: COCO(path)).dataset == DOCUMENT


def test_annotations_with_the_id_0(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cocoeval, "_warned_of_zero", False)
    document = copy.deepcopy(DOCUMENT)
    document["annotations"][0]["id"] = 0
    with pytest.warns(UserWarning, match="an annotation has id 0: as in pycocotools, what it"):
        found = stats(COCOeval, filled(COCO, document), SMALL)
    assert np.array_equal(found, stats(ReferenceEval, filled(ReferenceCOCO, document), SMALL))
    assert found[0] < stats(COCOeval, filled(COCO, DOCUMENT), SMALL)[0]


def test_ids_that_are_texts(tmp_path: Path):
    document = copy.deepcopy(DOCUMENT)
    for row in document["annotations"]:
        row["id"] = f"a{row['id']}"
    expected = stats(ReferenceEval, filled(ReferenceCOCO, DOCUMENT), SMALL)
    mine, theirs = opened(write(tmp_path / "gt.json", document))
    with pytest.raises(ValueError, match="could not convert string to float"):
        stats(ReferenceEval, theirs, SMALL)
    dt = quiet(lambda: mine.loadRes(copy.deepcopy(SMALL)))
    evaluation, _ = printed(lambda: evaluated(COCOeval, mine, dt, "bbox"))
    assert np.array_equal(evaluation.stats, expected)
    matches = [cell["dtMatches"] for cell in evaluation.evalImgs if cell and cell["image_id"] == 1]
    assert "a11" in {name for match in matches for name in match.ravel().tolist()}


def test_another_number_of_keypoints():
    document = copy.deepcopy(DOCUMENT)
    for row in document["annotations"]:
        row.update(keypoints=[1, 2, 2] * 17, num_keypoints=17)
    results = [{"image_id": 1, "category_id": 7, "score": 1.0, "keypoints": [1, 2, 1] * 5}]
    with pytest.raises(ValueError, match="operands could not be broadcast"):
        stats(ReferenceEval, filled(ReferenceCOCO, document), results, "keypoints")
    message = "annotation 1 has 15 numbers of keypoints, expected 3 for each of the 17 sigmas"
    with pytest.raises(cocodec.DocumentError, match=message):
        stats(COCOeval, filled(COCO, document), results, "keypoints")


def test_printing_an_evaluation():
    said = []
    for coco, kind in ((COCO, COCOeval), (ReferenceCOCO, ReferenceEval)):
        gt = filled(coco, DOCUMENT)
        dt = quiet(lambda g=gt: g.loadRes(copy.deepcopy(SMALL)))
        evaluation = printed(lambda k=kind, g=gt, d=dt: evaluated(k, g, d, "bbox"))[0]
        if kind is COCOeval:
            said.append(printed(lambda e=evaluation: str(e)))
        else:
            with pytest.raises(TypeError):
                quiet(lambda e=evaluation: str(e))
            said.append(("", printed(evaluation.summarize)[1]))
    assert said[0] == said[1]


LVIS_DOCUMENT: dict[str, Any] = {
    "images": [{"id": 1, "height": 9, "width": 9, "neg_category_ids": []}],
    "categories": [{"id": 1, "frequency": "r"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5], "area": 25}],
}
LVIS_DOCUMENT["images"][0]["not_exhaustive_category_ids"] = []
LVIS_RESULTS = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 4.5], "score": 0.5}]


def evaluate_lvis(times: int, path: Path) -> LVISEval:
    evaluation = LVISEval(str(path), copy.deepcopy(LVIS_RESULTS), "bbox")
    for _ in range(times):
        evaluation.run()
    return evaluation


def test_documents_in_a_zip_or_a_list(tmp_path: Path):
    def zipped(name: str, *members: Any) -> str:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for number, member in enumerate(members):
                archive.writestr(f"{number}.json", json.dumps(member))
        return str(tmp_path / name)

    expected = stats(COCOeval, quiet(lambda: COCO(write(tmp_path / "gt.json", DOCUMENT))), SMALL)
    listed = write(tmp_path / "list.json", [DOCUMENT])
    with pytest.raises(AssertionError):
        quiet(lambda: ReferenceCOCO(listed))
    packed = zipped("gt.zip", DOCUMENT)
    with pytest.raises(UnicodeDecodeError):
        quiet(lambda: ReferenceCOCO(packed))
    for path in (listed, packed):
        coco = quiet(lambda p=path: COCO(p))
        assert np.array_equal(stats(COCOeval, coco, zipped("dt.zip", SMALL)), expected)
    with pytest.raises(cocodec.DocumentError, match="holds 2 documents"):
        quiet(lambda: COCO(zipped("two.zip", DOCUMENT, DOCUMENT)))
    with pytest.raises(AssertionError):
        quiet(lambda: COCO(write(tmp_path / "two.json", [DOCUMENT, DOCUMENT])))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_lvis_and_numpy(tmp_path: Path):
    path = write(tmp_path / "gt.json", LVIS_DOCUMENT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert evaluate_lvis(1, path).results["AP50"] > 0.99
    reference = pytest.importorskip("lvis", reason="lvis is not installed")
    theirs = reference.LVISEval(str(path), copy.deepcopy(LVIS_RESULTS), "bbox")
    with pytest.raises(AttributeError, match="float"):
        theirs.run()


def test_lvis_evaluation_again(tmp_path: Path):
    path = write(tmp_path / "gt.json", LVIS_DOCUMENT)
    once, twice = evaluate_lvis(1, path), evaluate_lvis(2, path)
    assert once.results == twice.results
    assert once.eval_imgs[0]["gt_ids"] == twice.eval_imgs[0]["gt_ids"] == [1]


def test_lvis_areas_without_categories(tmp_path: Path):
    lvis = LVIS(write(tmp_path / "gt.json", LVIS_DOCUMENT))
    assert lvis.get_ann_ids(area_rng=[24, 26]) == [1]
    assert lvis.get_ann_ids(area_rng=[25, 26]) == []


def test_lvis_without_results(tmp_path: Path):
    path = write(tmp_path / "gt.json", LVIS_DOCUMENT)
    assert LVISResults(path, []).get_ann_ids() == []


def test_results_as_a_tensor(tmp_path: Path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    mine, theirs = opened(write(tmp_path / "gt.json", DOCUMENT))
    rows = np.array([[1, 10, 10, 50, 40, 0.9, 2]])
    with pytest.raises(AssertionError):
        quiet(lambda: theirs.loadRes(torch.from_numpy(rows)))
    found = quiet(lambda: mine.loadRes(torch.from_numpy(rows)))
    assert found.anns == quiet(lambda: theirs.loadRes(rows)).anns


def test_keypoints_without_categories():
    points = [float(v) for k in range(17) for v in (10 + k, 12 + k, 2)]
    ann = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 5, 40, 40], "area": 800}
    ann |= {"keypoints": points, "num_keypoints": 17, "iscrowd": 0}
    image = {"id": 1, "height": 80, "width": 80}
    document = {"images": [image], "annotations": [ann], "categories": [{"id": 1, "name": "p"}]}
    row = {"image_id": 1, "category_id": 1, "keypoints": points, "score": 0.9}
    stats = []
    for coco, evaluation in ((COCO, COCOeval), (ReferenceCOCO, ReferenceEval)):
        gt = filled(coco, document)

        def change(p: Any) -> None:
            p.useCats = 0

        dt = quiet(lambda gt=gt: gt.loadRes([dict(row)]))
        one = quiet(lambda e=evaluation, g=gt, d=dt: evaluated(e, g, d, "keypoints", change))
        stats.append(one.stats)
    assert np.array_equal(*stats)
    assert stats[0][0] == 0
    ours = cocodec.evaluate(document, [row], iou_type="keypoints", use_categories=False)
    assert ours.stats["AP"] > 0.999


def test_a_category_that_is_listed_twice():
    stats = []
    document = copy.deepcopy(DOCUMENT)
    ids = [ann["category_id"] for ann in document["annotations"]]
    rows = [
        {"image_id": ann["image_id"], "category_id": ann["category_id"], "score": 0.5}
        | {"bbox": ann["bbox"]}
        for ann in document["annotations"]
    ]
    for coco, evaluation in ((COCO, COCOeval), (ReferenceCOCO, ReferenceEval)):
        gt = filled(coco, document)

        def change(p: Any) -> None:
            p.useCats, p.catIds = 0, [ids[0], *ids]

        dt = quiet(lambda gt=gt: gt.loadRes(copy.deepcopy(rows)))
        one = quiet(lambda e=evaluation, g=gt, d=dt: evaluated(e, g, d, "bbox", change))
        stats.append(one.eval)
    for name in ("precision", "recall", "scores"):
        assert np.array_equal(stats[0][name], stats[1][name])
    options: dict[str, Any] = {"iou_type": "bbox", "use_categories": False}
    once = cocodec.evaluate(document, rows, categories=list(dict.fromkeys(ids)), **options)
    twice = cocodec.evaluate(document, rows, categories=[ids[0], *ids], **options)
    assert np.array_equal(once.precision, twice.precision)
    assert np.array_equal(once.scores, twice.scores)
