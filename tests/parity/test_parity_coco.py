"""cocodec.pycocotools.coco against pycocotools.coco: what it holds, finds, prints and refuses."""

from __future__ import annotations

import copy
import io
import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocodec
from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from cocodec.pycocotools.engine.records import MissingKeyError
from support.coco_pairs import (
    DOCUMENT,
    ReferenceCOCO,
    ReferenceEval,
    evaluated,
    filled,
    opened,
    printed,
    quiet,
    same_index,
    write,
)
from support.identical import identical

LAZY = ("dataset", "anns", "imgs", "cats", "imgToAnns", "catToImgs")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "gt.json", DOCUMENT)


def call(function: Any) -> Any:
    """What a call returns, or the type of what it raises."""
    try:
        return printed(function)
    except Exception as error:
        return type(error)


# Opening


@pytest.mark.parametrize("first", LAZY)
def test_every_attribute_may_be_touched_first(path: Path, first: str):
    mine, theirs = opened(path)
    assert not set(LAZY) & set(vars(mine))
    identical(getattr(mine, first), getattr(theirs, first))
    same_index(mine, theirs)
    assert mine._opened is None


def test_the_dicts_are_the_same_objects_everywhere(path: Path):
    mine, _ = opened(path)
    image = mine.imgs[2]
    assert mine._untouched() is not None, "images alone build no annotations"
    assert image is mine.dataset["images"][2]
    assert mine.cats[7] is mine.dataset["categories"][0]
    assert mine.anns[5] is mine.dataset["annotations"][1] is mine.imgToAnns[1][1]
    mine.anns[5]["area"] = 99
    assert mine.loadAnns(5)[0]["area"] == 99
    assert mine.getAnnIds(areaRng=[98, 100]) == [5]


def test_what_was_put_in_place_before_the_first_touch_stays(path: Path):
    mine, theirs = opened(path)
    for coco in (mine, theirs):
        coco.imgs = {1: {"id": 1, "height": 5, "width": 5}}
        coco.dataset = {"annotations": []}
    identical(mine.anns, theirs.anns)
    identical(mine.imgs, theirs.imgs)
    identical(mine.dataset, theirs.dataset)
    for coco in (mine, theirs):
        quiet(coco.createIndex)
    assert mine.anns == theirs.anns == {}


def test_real_files(dialects: Path):
    found = 0
    for path in sorted(dialects.rglob("*.json")):
        mine, theirs = call(lambda p=path: COCO(p)), call(lambda p=path: ReferenceCOCO(p))
        if isinstance(theirs, type):
            assert issubclass(mine, theirs), path
            continue
        assert mine[1] == theirs[1]
        identical(mine[0].getImgIds(), theirs[0].getImgIds())
        same_index(mine[0], theirs[0])
        found += 1
    assert found > 20


ODD = [
    '{"annotations": [{"id": 1, "image_id": 1, "area": NaN, "b": [Infinity, -Infinity]}]}',
    '{"annotations": [{"id": 1, "image_id": 1, "area": 1e400, "i": 12345678901234567890123}]}',
    '{"annotations": [{"id": "a", "image_id": "x", "s": "\\ud800"}], "images": [{"id": "x"}]}',
    '{"annotations": [{"id": 1, "image_id": 1}, {"id": 1, "image_id": 2}], "images": []}',
    '{"images": [{"id": 1, "id": 2}], "categories": [{"id": 1}], "images": [{"id": 3}]}',
    '{"annotations": [{"id": 1.0, "image_id": null, "category_id": true}], "categories": []}',
    '{"info": null, "more": {"a": [1, {"b": "é\\n"}]}, "x": -0.0, "y": 1e5, "z": 5}',
    "{}",
    ' \n{"annotations": [], "images": [], "categories": []}\r\n\t',
]


@pytest.mark.parametrize("text", ODD)
def test_odd_documents_are_loaded(tmp_path: Path, text: str):
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")
    mine, theirs = opened(path)
    assert repr(mine.dataset) == repr(theirs.dataset)
    for name in LAZY:
        assert repr(getattr(mine, name)) == repr(getattr(theirs, name))


BAD = [
    "",
    "{",
    "[]",
    "3",
    '{"annotations": [}',
    '{"annotations": 3}',
    '{"images": null}',
    '{"a": 1} x',
]


@pytest.mark.parametrize("text", BAD)
def test_what_the_reference_refuses_is_refused_alike(tmp_path: Path, text: str):
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - whatever the reference raises
        ReferenceCOCO(path)
    with pytest.raises(theirs.type) as mine:
        COCO(path)
    assert str(mine.value) == str(theirs.value)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        COCO(tmp_path / "nothing.json")


MISSING = [
    ("annotations", 2, "id", "annotations[2] has no 'id'"),
    ("annotations", 1, "image_id", "annotations[1] (id 5) has no 'image_id'"),
    ("annotations", 3, "category_id", "annotations[3] (id 9) has no 'category_id'"),
    ("images", 0, "id", "images[0] has no 'id'"),
    ("categories", 1, "id", "categories[1] has no 'id'"),
]


@pytest.mark.parametrize("section, row, key, message", MISSING)
def test_missing_keys_are_named(tmp_path: Path, section: str, row: int, key: str, message: str):
    document = copy.deepcopy(DOCUMENT)
    del document[section][row][key]
    path = write(tmp_path / "gt.json", document)
    with pytest.raises(KeyError):
        ReferenceCOCO(path)
    for build in (lambda: COCO(path), lambda: filled(COCO, document)):
        with pytest.raises(KeyError) as error:
            quiet(build)
        assert str(error.value) == message
        assert isinstance(error.value, (MissingKeyError, cocodec.DocumentError))


# Finding

ids = st.lists(st.sampled_from([1, 2, 3, 4, 7]), max_size=3)
ids = st.one_of(ids, st.sampled_from([1, 2, 7]), ids.map(np.array), ids.map(tuple), ids.map(set))


@given(ids, ids, st.sampled_from([[], [0, 500], (60, math.inf)]), st.sampled_from([None, 0, True]))
def test_annotations_are_found_alike(images: Any, cats: Any, area: Any, crowd: Any):
    mine, theirs = opened(DOCUMENT)
    found = call(lambda: mine.getAnnIds(images, cats, area, crowd))
    assert found == call(lambda: theirs.getAnnIds(images, cats, area, crowd))
    assert call(lambda: mine.getImgIds(images, cats)) == call(
        lambda: theirs.getImgIds(images, cats)
    )


names = st.one_of(st.sampled_from(["cat", "ca", "animal", "xcatx"]), st.just([]), st.just(["car"]))


@given(names, names, ids)
def test_categories_are_found_alike(name: Any, parent: Any, cats: Any):
    mine, theirs = opened(DOCUMENT)
    found = call(lambda: mine.getCatIds(name, parent, cats))
    assert found == call(lambda: theirs.getCatIds(name, parent, cats))


@pytest.mark.parametrize("wanted", [[5, 11], (5,), {6}, 5, [], np.array([9, 5]), "", 6.0])
def test_records_are_loaded_alike(path: Path, wanted: Any):
    mine, theirs = opened(path)
    identical(mine.loadAnns(wanted), theirs.loadAnns(wanted))
    assert call(lambda: mine.loadImgs(wanted)) == call(lambda: theirs.loadImgs(wanted))
    assert call(lambda: mine.loadCats(wanted)) == call(lambda: theirs.loadCats(wanted))


NUMPY_2 = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the reference's decode


@NUMPY_2
def test_masks_and_info(path: Path):
    mine, theirs = opened(path)
    assert printed(mine.info) == printed(theirs.info)
    for key in theirs.anns:
        identical(mine.annToRLE(mine.anns[key]), theirs.annToRLE(theirs.anns[key]))
        identical(mine.annToMask(mine.anns[key]), theirs.annToMask(theirs.anns[key]))


# Results

RESULTS = {
    "boxes": [
        {"image_id": 1, "category_id": 7, "bbox": [10, 11.5, 50, 40], "score": 0.9},
        {"image_id": 2, "category_id": 2, "bbox": [1, 2, 3, 4, 5], "score": 0.1, "x": None},
    ],
    "masks": [
        {"image_id": 1, "category_id": 7, "score": 0.9, "segmentation": {"size": [80, 100]}}
        | {"segmentation": {"size": [80, 100], "counts": "b24\\200000^]7"}},
        {"image_id": 1, "category_id": 7, "score": 0.9, "bbox": [1, 2, 3, 4]}
        | {"segmentation": {"size": [80, 100], "counts": "b24\\200000^]7"}},
    ],
    "keypoints": [
        {"image_id": 1, "category_id": 7, "score": 0.5, "keypoints": [1, 2, 1, 5, 9, 1]},
        {"image_id": 1, "category_id": 7, "score": 0.5, "keypoints": [1.5, 2, 1, 5, 9, 1]},
    ],
    "captions": [{"image_id": 3, "caption": "a"}, {"image_id": 1, "caption": "b"}],
}
RESULTS["masks"][1]["bbox"] = []  # no box, but a key
RESULTS["masks"] = list(reversed(RESULTS["masks"]))


@pytest.mark.parametrize("kind", RESULTS)
@pytest.mark.parametrize("as_file", [False, True])
def test_results_are_completed_alike(path: Path, kind: str, as_file: bool):
    pair = []
    for coco in opened(path):
        results: Any = copy.deepcopy(RESULTS[kind])
        given = str(write(path.with_name("dt.json"), results)) if as_file else results
        res, said = printed(lambda c=coco, g=given: c.loadRes(g))
        if not as_file:
            assert res.dataset["annotations"] is results, "the caller's list is completed in place"
            assert res.dataset["images"][0] is coco.dataset["images"][0]
        pair.append((res, said))
    assert pair[0][1] == pair[1][1]
    same_index(pair[0][0], pair[1][0])


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_results_of_an_array(path: Path, dtype: Any):
    rows = np.array([[1, 10, 11, 50, 40, 1, 7], [2, 1.5, 2, 3, 4, 0.25, 2]]).astype(dtype)
    mine, theirs = opened(path)
    res, said = printed(lambda: mine.loadRes(rows))
    expected, words = printed(lambda: theirs.loadRes(rows))
    assert said == words
    same_index(res, expected)


WRONG = [
    {"a": 1},
    ({"image_id": 1},),
    [{"image_id": 99, "bbox": [1, 2, 3, 4], "category_id": 7}],
    [{"bbox": [1, 2, 3, 4]}],
    [{"image_id": 1, "bbox": [1, 2]}],
    [{"image_id": 3, "category_id": 7, "score": 0.5}],
    [{"image_id": 1, "bbox": [1, 2, 3, 4]}, {"image_id": 1}],
    np.zeros((2, 6)),
]


@pytest.mark.parametrize("given", WRONG)
def test_wrong_results_are_refused(path: Path, given: Any):
    for coco in opened(path):
        with pytest.raises((AssertionError, KeyError, IndexError, ValueError)):
            quiet(lambda c=coco: c.loadRes(given))


# Living with it


def test_copies_and_pickles(path: Path):
    for touch in (False, True):
        mine, theirs = opened(path, touched=touch)
        for twin in (copy.deepcopy(mine), copy.copy(mine), pickle.loads(pickle.dumps(mine))):
            assert (twin._opened is None) == touch
            same_index(twin, theirs)
        assert copy.deepcopy(mine).anns[5] is not mine.anns[5]


def test_subclasses_are_obeyed(path: Path):
    class Mine(COCO):
        def __init__(self, file: Any) -> None:
            super().__init__(file)
            self.snake = self.imgToAnns

        def createIndex(self) -> None:
            self.dataset["images"] = self.dataset["images"][:2]
            super().createIndex()

        def get_ann_ids(self, **options: Any) -> Any:
            return self.getAnnIds(**options)

    coco = quiet(lambda: Mine(path))
    assert list(coco.imgs) == [3, 1]
    assert coco.snake is coco.imgToAnns
    assert coco.get_ann_ids(imgIds=[2]) == [6]


def test_unknown_attributes(path: Path):
    coco = quiet(lambda: COCO(path))
    assert not hasattr(coco, "nothing")
    with pytest.raises(AttributeError, match="'COCO' object has no attribute 'nothing'"):
        _ = coco.nothing


@NUMPY_2
def test_drawing(path: Path, monkeypatch: pytest.MonkeyPatch):
    matplotlib = pytest.importorskip("matplotlib", reason="the extra draw is not installed")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    document = copy.deepcopy(DOCUMENT)
    document["categories"][0]["skeleton"] = [[1, 2]]
    document["annotations"][0]["keypoints"] = [12, 12, 2, 30, 30, 1, 0, 0, 0]
    pictures = []
    for coco in opened(write(path, document)):
        np.random.seed(5)
        plt.figure(figsize=(3, 2), dpi=50)
        plt.xlim(0, 100)
        plt.ylim(80, 0)
        coco.showAnns(list(coco.anns.values()), draw_bbox=True)
        stream = io.BytesIO()
        plt.savefig(stream, format="raw")
        plt.close()
        pictures.append(stream.getvalue())
    assert pictures[0] == pictures[1]


def test_captions_are_printed(path: Path):
    mine, theirs = opened(path)
    for anns in ([{"caption": "one"}, {"caption": "two"}], []):
        assert printed(lambda a=anns: mine.showAnns(a)) == printed(
            lambda a=anns: theirs.showAnns(a)
        )
    with pytest.raises(Exception, match="datasetType not supported"):
        mine.showAnns([{"id": 1}])


def test_download(path: Path, tmp_path: Path):
    (tmp_path / "from.jpg").write_bytes(b"pixels")
    document = copy.deepcopy(DOCUMENT)
    for image in document["images"]:
        image["coco_url"] = (tmp_path / "from.jpg").as_uri()
    mine, theirs = opened(write(path, document))
    said = []
    for name, coco in (("mine", mine), ("theirs", theirs)):
        assert coco.download() == -1
        target = str(tmp_path / name / "deep")
        said += [printed(lambda c=coco, t=target: c.download(t, [1]))]
        said[-1] = re_timed(said[-1])
        printed(lambda c=coco, t=target: c.download(t))
        files = sorted(p.name for p in Path(target).iterdir())
        assert files == ["a.jpg", "b.jpg", "c.jpg"]
    assert said[0] == said[1]


def re_timed(result: Any) -> Any:
    return json.loads(json.dumps(result).replace("0.1s", "s").replace("0.0s", "s"))


def test_the_demo_sequence(path: Path):
    """pycocotools' own pycocoDemo and pycocoEvalDemo, step by step."""
    said = []
    for coco, kind in zip(opened(path), (COCOeval, ReferenceEval), strict=True):
        cats = coco.loadCats(coco.getCatIds())
        assert {cat["supercategory"] for cat in cats} == {"animal", "vehicle"}
        catIds = coco.getCatIds(catNms=["cat"])
        imgIds = coco.getImgIds(imgIds=coco.getImgIds(catIds=catIds))
        img = coco.loadImgs(imgIds[0])[0]
        anns = coco.loadAnns(coco.getAnnIds(imgIds=img["id"], catIds=catIds, iscrowd=None))
        assert anns
        dt = quiet(lambda c=coco: c.loadRes(copy.deepcopy(RESULTS["boxes"][:1])))
        said.append(printed(lambda k=kind, g=coco, d=dt: evaluated(k, g, d, "bbox").stats.tolist()))
    assert said[0] == said[1]


@pytest.mark.parametrize("dataset", [[], "", (), ["images"], {}, [DOCUMENT]])
def test_a_dataset_that_has_no_sections_has_an_empty_index(dataset: Any):
    mine, theirs = COCO(), ReferenceCOCO()
    for coco in (mine, theirs):
        coco.dataset = dataset
    if dataset == ["images"]:
        for coco in (mine, theirs):
            with pytest.raises(TypeError):
                quiet(coco.createIndex)
        return
    for coco in (mine, theirs):
        quiet(coco.createIndex)
    for name in ("anns", "imgs", "cats", "imgToAnns", "catToImgs"):
        assert getattr(mine, name) == getattr(theirs, name) == {}
