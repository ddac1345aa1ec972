"""Every step of the reference that somebody may replace: replaced in both, the same comes out.

A step is replaced by a subclass, in its class, in its class under a copied name (functools.wraps),
on an object, or, where it is a function of a module, in the module. What is put there changes the
numbers, so that whoever does not ask it answers otherwise.
"""

from __future__ import annotations

import copy
import functools
import importlib
import io
import json
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools._mask
import pycocotools.coco
import pycocotools.cocoeval
import pycocotools.mask
import pytest

import cocodec._core
import cocodec.pycocotools._mask
import cocodec.pycocotools.coco
import cocodec.pycocotools.cocoeval
import cocodec.pycocotools.mask
from support.coco_pairs import DOCUMENT, evaluated, quiet, write
from support.identical import identical

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the reference

OURS = types.SimpleNamespace(
    _mask=cocodec.pycocotools._mask,
    mask=cocodec.pycocotools.mask,
    coco=cocodec.pycocotools.coco,
    cocoeval=cocodec.pycocotools.cocoeval,
)
THEIRS = types.SimpleNamespace(
    _mask=pycocotools._mask,
    mask=pycocotools.mask,
    coco=pycocotools.coco,
    cocoeval=pycocotools.cocoeval,
)


def results(iou_type: str) -> list[dict[str, Any]]:
    rows = []
    for number, ann in enumerate(DOCUMENT["annotations"] * 2):
        x, y, w, h = ann["bbox"]
        row = {
            "image_id": ann["image_id"],
            "category_id": ann["category_id"],
            "score": 0.9 - number / 50,
        }
        if iou_type == "bbox":
            row["bbox"] = [x + number, y, w, h]
        else:
            box = [[float(v) for v in (x + number, y, x + w, y, x + w, y + h, x + number, y + h)]]
            rle = cocodec._core._mask_frPyObjects(box, 80, 100)[0]
            row["segmentation"] = {"size": rle["size"], "counts": rle["counts"].decode()}
        rows.append(row)
    return rows


# What stands in the place of a step: the step's own answer, changed.
def fewer(answer: Any) -> Any:
    return answer[:-1] if len(answer) > 1 else answer


def halved(answer: Any) -> Any:
    return np.asarray(answer) * 0.6 if len(answer) else answer


def unmatched(answer: Any) -> Any:
    if answer is not None:
        answer["dtMatches"] = answer["dtMatches"] * 0
    return answer


def smaller(answer: Any) -> Any:
    return answer // 3


def first_half(answer: Any) -> Any:
    full = cocodec._core.mask_decode(answer)
    full[:, 50:] = 0
    return cocodec._core.mask_encode(full)


def halves(answer: Any) -> Any:
    return [first_half(one) for one in answer] if isinstance(answer, list) else first_half(answer)


METHODS: list[tuple[str, str, Callable[[Any], Any], str]] = [
    ("COCOeval", "computeIoU", halved, "bbox"),
    ("COCOeval", "computeIoU", halved, "segm"),
    ("COCOeval", "evaluateImg", unmatched, "bbox"),
    ("COCOeval", "_prepare", lambda answer: answer, "segm"),
    ("COCOeval", "accumulate", lambda answer: answer, "bbox"),
    ("COCOeval", "summarize", lambda answer: answer, "bbox"),
    ("COCO", "getAnnIds", fewer, "bbox"),
    ("COCO", "loadAnns", fewer, "bbox"),
    ("COCO", "annToRLE", first_half, "segm"),
    ("COCO", "getImgIds", lambda answer: answer, "bbox"),
    ("COCO", "getCatIds", fewer, "bbox"),
    ("COCO", "createIndex", lambda answer: answer, "bbox"),
    ("COCO", "loadRes", lambda answer: answer, "segm"),
    ("COCOeval", "evaluate", lambda answer: answer, "bbox"),
]
FUNCTIONS: list[tuple[str, str, Callable[[Any], Any], str]] = [
    ("mask", "iou", halved, "bbox"),
    ("mask", "iou", halved, "segm"),
    ("mask", "frPyObjects", halves, "segm"),
    ("mask", "merge", first_half, "segm"),
    ("mask", "area", smaller, "segm"),
    ("mask", "toBbox", lambda answer: answer + 1, "segm"),
    ("cocoeval.maskUtils", "iou", halved, "bbox"),
    ("coco.maskUtils", "frPyObjects", halves, "segm"),
    ("coco.maskUtils", "area", smaller, "segm"),
    ("_mask", "area", smaller, "segm"),
    ("_mask", "toBbox", lambda answer: np.asarray(answer) + 1, "segm"),
    ("_mask", "frPoly", halves, "segm"),
    ("_mask", "frUncompressedRLE", halves, "segm"),
]
# Replaced in `_mask`, these change nothing: `mask` has the functions themselves.
UNASKED = ["iou", "merge", "frPyObjects"]


def replacing(
    original: Callable[..., Any], change: Callable[[Any], Any], how: str
) -> tuple[Any, list[int]]:
    calls: list[int] = []

    def replacement(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        return change(original(*arguments, **named))

    if how == "wraps":
        replacement = functools.wraps(original)(replacement)
    return replacement, calls


def run(modules: Any, kinds: Any, way: str, iou_type: str, tmp_path: Path) -> Any:
    gt_kind, kind = kinds
    gt = quiet(lambda: gt_kind(str(write(tmp_path / "gt.json", DOCUMENT))))
    rows = results(iou_type)
    given = str(write(tmp_path / "dt.json", rows)) if way == "file" else copy.deepcopy(rows)
    dt = quiet(lambda: gt.loadRes(given))
    return quiet(lambda: evaluated(kind, gt, dt, iou_type))


def same(mine: Any, theirs: Any) -> None:
    identical(mine.stats, theirs.stats)
    for name in ("precision", "recall", "scores"):
        identical(mine.eval[name], theirs.eval[name])
    identical(mine.ious, theirs.ious)
    identical(mine.cocoDt.anns, theirs.cocoDt.anns)


@pytest.mark.parametrize("way", ["file", "list"])
@pytest.mark.parametrize("how", ["subclass", "class", "wraps"])
@pytest.mark.parametrize(
    ("owner", "name", "change", "iou_type"), METHODS, ids=[f"{m[1]}-{m[3]}" for m in METHODS]
)
def test_methods(
    *,
    owner: str,
    name: str,
    change: Callable[[Any], Any],
    iou_type: str,
    how: str,
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    found, counts = [], []
    for modules in (OURS, THEIRS):
        kinds = {"COCO": modules.coco.COCO, "COCOeval": modules.cocoeval.COCOeval}
        original = getattr(kinds[owner], name)
        replacement, calls = replacing(original, change, how)
        if how == "subclass":
            kinds[owner] = type("Mine", (kinds[owner],), {name: replacement})
        else:
            monkeypatch.setattr(kinds[owner], name, replacement)
        found.append(run(modules, (kinds["COCO"], kinds["COCOeval"]), way, iou_type, tmp_path))
        counts.append(len(calls))
    assert counts[0] > 0
    same(*found)


@pytest.mark.parametrize("way", ["file", "list"])
@pytest.mark.parametrize("how", ["plain", "wraps"])
@pytest.mark.parametrize(
    ("place", "name", "change", "iou_type"),
    FUNCTIONS,
    ids=[f"{f[0]}.{f[1]}-{f[3]}" for f in FUNCTIONS],
)
def test_functions_of_modules(
    *,
    place: str,
    name: str,
    change: Callable[[Any], Any],
    iou_type: str,
    how: str,
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    found, counts = [], []
    for modules in (OURS, THEIRS):
        owner = getattr(modules, place, modules.mask)
        replacement, calls = replacing(getattr(owner, name), change, how)
        if owner is not modules.mask or place == "mask":
            monkeypatch.setattr(owner, name, replacement)
        else:  # the module's name for the mask functions is given to something else
            other = types.SimpleNamespace(**vars(modules.mask))
            setattr(other, name, replacement)
            module, attribute = place.split(".")
            monkeypatch.setattr(getattr(modules, module), attribute, other)
        kinds = modules.coco.COCO, modules.cocoeval.COCOeval
        found.append(run(modules, kinds, way, iou_type, tmp_path))
        counts.append(len(calls))
    assert counts[0] > 0
    same(*found)


@pytest.mark.parametrize("step", ["computeIoU", "evaluateImg"])
def test_steps_set_on_an_object(step: str, tmp_path: Path):
    found = []
    for modules in (OURS, THEIRS):
        change = halved if step == "computeIoU" else unmatched

        def kind(*arguments: Any, modules: Any = modules, change: Any = change) -> Any:
            evaluation = modules.cocoeval.COCOeval(*arguments)
            setattr(evaluation, step, replacing(getattr(evaluation, step), change, "plain")[0])
            return evaluation

        found.append(run(modules, (modules.coco.COCO, kind), "file", "bbox", tmp_path))
    same(*found)


def test_parameters_and_results_of_another_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found = []
    for modules in (OURS, THEIRS):

        class Loose(modules.cocoeval.Params):  # type: ignore[name-defined, misc]
            def setDetParams(self) -> None:
                super().setDetParams()
                self.iouThrs = np.array([0.3, 0.4])

        class Counted(modules.coco.COCO):  # type: ignore[name-defined, misc]
            def createIndex(self) -> None:
                super().createIndex()
                for ann in self.dataset.get("annotations", []):
                    ann["score"] = ann.get("score", 1) / 2

        monkeypatch.setattr(modules.cocoeval, "Params", Loose)
        monkeypatch.setattr(modules.coco, "COCO", Counted)
        kinds = modules.coco.COCO, modules.cocoeval.COCOeval
        found.append(run(modules, kinds, "file", "bbox", tmp_path))
    assert found[0].stats[0] > 0
    identical(found[0].eval["precision"], found[1].eval["precision"])
    identical(found[0].eval["scores"], found[1].eval["scores"])


PANOPTIC = {
    "images": [{"id": 1, "height": 4, "width": 5}],
    "annotations": [{"image_id": 1, "segments_info": [{"id": 7, "category_id": 2}]}],
    "categories": [{"id": 2, "name": "a"}],
}
VIDEO = {
    "videos": [{"id": 5, "length": 2}],
    "annotations": [{"id": 1, "video_id": 5, "category_id": 2, "segmentations": [None]}],
    "categories": [{"id": 2, "name": "a"}],
}


@pytest.mark.parametrize("document", [PANOPTIC, VIDEO, {"anything": [1, 2]}, {"images": [{}]}])
def test_an_index_of_ones_own_opens_any_json(document: dict[str, Any], tmp_path: Path):
    """mmdetection's COCOPanoptic and SAM 3's YTVIS do this."""
    path = str(write(tmp_path / "other.json", document))
    found = []
    for modules in (OURS, THEIRS):

        class Panoptic(modules.coco.COCO):  # type: ignore[name-defined, misc]
            def createIndex(self) -> None:
                self.anns = {
                    segment["id"]: ann
                    for ann in self.dataset.get("annotations", [])
                    for segment in ann.get("segments_info", [])
                }

        coco = quiet(lambda Panoptic=Panoptic: Panoptic(path))
        found.append((coco.dataset, coco.anns))
    identical(*found)


def test_every_name_of_the_modules_is_there():
    absent = {"Masks", "RLEs", "_frString", "_toString"}  # DIFFERENCES.md, "Private helpers"
    of_cython = {"__reduce_cython__", "__setstate_cython__", "__test__"}
    of_cython.add("__warningregistry__")  # where a test before has made the module warn
    for module in ("", ".coco", ".cocoeval", ".mask", "._mask"):
        mine = importlib.import_module("cocodec.pycocotools" + module)
        theirs = importlib.import_module("pycocotools" + module)
        assert set(dir(theirs)) - set(dir(mine)) - absent - of_cython == set(), module
        for name in set(dir(theirs)) - absent - of_cython:
            assert hasattr(mine, name), name
            for part in (
                dir(getattr(theirs, name)) if isinstance(getattr(theirs, name), type) else ()
            ):
                assert hasattr(getattr(mine, name), part), (name, part)
        stars: list[dict[str, Any]] = [{}, {}]
        for found, one in zip(stars, (mine, theirs), strict=True):
            exec(f"from {one.__name__} import *", found)
        imported = {"coco", "cocoeval", "mask"}  # modules: there as soon as they are
        assert set(stars[1]) - absent - imported <= set(stars[0]), module


@pytest.mark.parametrize("name", UNASKED)
def test_functions_of_the_extension_that_nobody_asks(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    found = []
    for modules in (OURS, THEIRS):

        def refuse(*arguments: Any) -> None:
            raise AssertionError("it is not asked")

        monkeypatch.setattr(modules._mask, name, refuse)
        kinds = modules.coco.COCO, modules.cocoeval.COCOeval
        found.append(run(modules, kinds, "list", "segm", tmp_path))
    same(*found)


def test_functions_of_the_extension_as_mask_asks_them(monkeypatch: pytest.MonkeyPatch):
    mask = np.asfortranarray(np.eye(6, dtype=np.uint8))
    rle = pycocotools.mask.encode(mask)
    ring, box, runs = [1.0, 1, 4, 1, 4, 4], [1.0, 1, 2, 2], {"size": [6, 6], "counts": [9, 27]}
    asked: list[tuple[str, Any]] = [
        *[(name, (one,)) for name in ("decode", "area", "toBbox") for one in (rle, [rle, rle])],
        *[("encode", (one,)) for one in (mask, np.asfortranarray(np.dstack([mask, mask])))],
        *[("frPyObjects", (one, 6, 6)) for one in ([ring, ring], np.array([box]), [runs], runs)],
    ]
    before = {name: getattr(cocodec.pycocotools.mask, name) for name, _ in asked}
    answers: list[list[Any]] = []
    with monkeypatch.context() as patched:
        for modules in (OURS, THEIRS):
            calls: list[str] = []
            for name in (*before, "frPoly", "frBbox", "frUncompressedRLE"):
                if name == "frPyObjects":
                    continue
                original = getattr(modules._mask, name)

                def counted(
                    *a: Any, original: Any = original, name: str = name, calls: Any = calls
                ) -> Any:
                    calls.append(name)
                    return original(*a)

                patched.setattr(modules._mask, name, counted)
            answers.append([getattr(modules.mask, name)(*given) for name, given in asked])
            answers[-1].append(calls)
    identical(*answers)
    for name, function in before.items():  # and the quick ones are back
        assert getattr(cocodec.pycocotools.mask, name) is function
    assert cocodec.pycocotools._mask.frPyObjects is before["frPyObjects"]


def test_a_step_of_the_reference_that_is_not_here_is_noticed(monkeypatch: pytest.MonkeyPatch):
    with pytest.warns(UserWarning, match="_mask._frString was set, but nothing"):
        monkeypatch.setattr(OURS._mask, "_frString", None, raising=False)


@pytest.mark.parametrize("what", ["json", "json.load", "json.loads", "open", "builtins.open"])
def test_files_are_read_with_what_stands_in_the_module(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Readers of object stores put their own in these places."""
    gt, dt = write(tmp_path / "gt.json", DOCUMENT), write(tmp_path / "dt.json", results("bbox"))
    stored = {"s3://gt": gt.read_text(), "s3://dt": dt.read_text()}
    found = []
    for modules in (OURS, THEIRS):
        calls: list[Any] = []

        def opened(path: str, *mode: str, calls: list[Any] = calls) -> Any:
            calls.append(path)
            return io.StringIO(stored[path])

        def load(stream: Any, calls: list[Any] = calls) -> Any:
            calls.append("load")
            return json.JSONDecoder().decode(stream.read())

        def loads(text: str, calls: list[Any] = calls, **options: Any) -> Any:
            calls.append("loads")
            return json.JSONDecoder().decode(text)

        with monkeypatch.context() as patched:
            if what == "json":
                patched.setattr(modules.coco, "json", types.SimpleNamespace(load=load))
            elif what == "json.load":
                patched.setattr(modules.coco.json, "load", load)
            elif what == "json.loads":
                patched.setattr(modules.coco.json, "loads", loads)
            elif what == "open":
                patched.setattr(modules.coco, "open", opened, raising=False)
            else:
                patched.setattr("builtins.open", opened)
            paths = ["s3://gt", "s3://dt"] if what.endswith("open") else [str(gt), str(dt)]
            coco = quiet(lambda modules=modules, paths=paths: modules.coco.COCO(paths[0]))
            res = quiet(lambda coco=coco, paths=paths: coco.loadRes(paths[1]))
        found.append([calls, coco.dataset, res.dataset, coco.anns, res.anns])
    identical(*found)


def test_downloads_with_what_stands_in_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    document = {"images": [{"id": 1, "file_name": "a.jpg", "coco_url": "http://nowhere/a.jpg"}]}
    found = []
    for modules in (OURS, THEIRS):
        calls: list[Any] = []
        monkeypatch.setattr(modules.coco, "urlretrieve", lambda *a, calls=calls: calls.append(a))
        coco = modules.coco.COCO()
        coco.dataset = document
        quiet(coco.createIndex)
        quiet(lambda coco=coco: coco.download(str(tmp_path)))
        found.append(calls)
    assert found[0] == found[1] == [("http://nowhere/a.jpg", str(tmp_path / "a.jpg"))]


@pytest.mark.parametrize("how", ["subclass", "class", "object"])
def test_masks_of_annotations_and_arrays_of_results(how: str, monkeypatch: pytest.MonkeyPatch):
    """What the reference's own methods ask of each other, besides an evaluation."""
    rows = np.array([[1, 1.0, 2, 10, 12, 0.5, 1]])
    found = []
    for modules in (OURS, THEIRS):
        kind = modules.coco.COCO
        to_rle, of_array = kind.annToRLE, kind.loadNumpyAnnotations

        def annToRLE(self: Any, ann: Any, to_rle: Any = to_rle) -> Any:
            return first_half(to_rle(self, ann))

        def loadNumpyAnnotations(self: Any, data: Any, of_array: Any = of_array) -> Any:
            return [{**row, "score": 0.25} for row in of_array(self, data)]

        own = {
            "annToRLE": annToRLE,
            "loadNumpyAnnotations": loadNumpyAnnotations,
            "getImgIds": lambda self: [1, 77],
            "loadImgs": lambda self, ids: [],
        }
        with monkeypatch.context() as patched:
            coco = type("Mine", (kind,), own)() if how == "subclass" else kind()
            for name, method in own.items():
                if how == "class":
                    patched.setattr(kind, name, method)
                elif how == "object":
                    setattr(coco, name, types.MethodType(method, coco))
            coco.dataset = copy.deepcopy(DOCUMENT)
            quiet(coco.createIndex)
            masks = [coco.annToMask(ann) for ann in coco.anns.values() if ann["segmentation"]]
            rows[0, 0] = 77  # only the replaced getImgIds knows it
            res = quiet(lambda coco=coco: coco.loadRes(rows))
            found.append([masks, res.dataset["annotations"], coco.download(".", [1])])
    identical(*found)
