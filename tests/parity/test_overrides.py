"""Every step of the reference that somebody may replace: replaced in both, the same comes out.

A step is replaced by a subclass, in its class, in its class under a copied name (functools.wraps),
on an object, or, where it is a function of a module, in the module. What is put there changes the
numbers, so that whoever does not ask it answers otherwise.
"""

from __future__ import annotations

import copy
import functools
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.coco
import pycocotools.cocoeval
import pycocotools.mask
import pytest

import cocodec._core
import cocodec.pycocotools.coco
import cocodec.pycocotools.cocoeval
import cocodec.pycocotools.mask
from support.coco_pairs import DOCUMENT, evaluated, quiet, write
from support.identical import identical

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the reference

OURS = types.SimpleNamespace(
    mask=cocodec.pycocotools.mask,
    coco=cocodec.pycocotools.coco,
    cocoeval=cocodec.pycocotools.cocoeval,
)
THEIRS = types.SimpleNamespace(
    mask=pycocotools.mask, coco=pycocotools.coco, cocoeval=pycocotools.cocoeval
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
]


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
        replacement, calls = replacing(getattr(modules.mask, name), change, how)
        if place == "mask":
            monkeypatch.setattr(modules.mask, name, replacement)
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
