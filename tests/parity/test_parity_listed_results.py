"""Results that are a list of dicts: whatever becomes of the list afterwards, as in pycocotools.

No index is built for them before somebody asks, so each way to change the dicts, or the list,
between loading and evaluating is tried, and compared with the reference.
"""

from __future__ import annotations

import contextlib
import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO as TheirCOCO  # noqa: N811
from pycocotools.cocoeval import COCOeval as TheirCOCOeval

from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from cocodec.pycocotools.engine.listed_results import ListedResults
from support.coco_pairs import write

Row = dict[str, Any]
SIDE = 60


def truth() -> Row:
    random = np.random.default_rng(3)
    boxes = np.round(random.uniform(2, 25, (40, 4)), 1).tolist()
    return {
        "info": {},
        "images": [{"id": i, "height": SIDE, "width": SIDE} for i in range(1, 9)],
        "categories": [{"id": c, "name": f"c{c}"} for c in (1, 2, 3)],
        "annotations": [
            {
                "id": n,
                "image_id": 1 + n % 8,
                "category_id": 1 + n % 3,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": int(n % 13 == 0),
            }
            for n, box in enumerate(boxes, 1)
        ],
    }


def results() -> list[Row]:
    random = np.random.default_rng(5)
    return [
        {
            "image_id": row["image_id"],
            "category_id": row["category_id"],
            "bbox": [float(v + random.integers(0, 3)) for v in row["bbox"]],
            "score": float(np.round(random.random(), 2)),
        }
        for row in truth()["annotations"] * 2
    ]


def moved_images(dets: list[Row], dt: Any) -> None:
    for row in dets[::5]:
        row["image_id"] = 1 + row["image_id"] % 8


def renamed(dets: list[Row], dt: Any) -> None:
    dets[0]["id"], dets[1]["id"] = 2, 1


def other_categories(dets: list[Row], dt: Any) -> None:
    for row in dets[::3]:
        row["category_id"] = 1 + row["category_id"] % 3


def other_scores(dets: list[Row], dt: Any) -> None:
    for row in dets:
        row["score"] = 1 - row["score"]


def longer(dets: list[Row], dt: Any) -> None:
    dets.append({**dets[0], "id": len(dets) + 1, "score": 1.0})


def emptied(dets: list[Row], dt: Any) -> None:
    dets.clear()


def reversed_list(dets: list[Row], dt: Any) -> None:
    dets.reverse()


def indexed_again(dets: list[Row], dt: Any) -> None:
    for row in dets[::5]:
        row["image_id"] = 1 + row["image_id"] % 8
    with contextlib.redirect_stdout(io.StringIO()):
        dt.createIndex()


def renamed_and_indexed_again(dets: list[Row], dt: Any) -> None:
    for row in dets:
        row["id"] += 100
    with contextlib.redirect_stdout(io.StringIO()):
        dt.createIndex()


def asked_for_annotations(dets: list[Row], dt: Any) -> None:
    dt.anns[1]["score"] = 0.99
    dt.dataset["annotations"][2]["bbox"] = [1.0, 1.0, 3.0, 3.0]


def nothing(dets: list[Row], dt: Any) -> None:
    """As most do."""


CHANGES = [
    nothing,
    moved_images,
    renamed,
    other_categories,
    other_scores,
    longer,
    emptied,
    reversed_list,
    indexed_again,
    renamed_and_indexed_again,
    asked_for_annotations,
]
Change = Callable[[list[Row], Any], None]


def seen(coco: Any) -> Row:
    """All that a COCO of results shows."""
    return {
        "dataset": coco.dataset,
        "anns": coco.anns,
        "imgs": coco.imgs,
        "cats": coco.cats,
        "imgToAnns": {key: [ann["id"] for ann in anns] for key, anns in coco.imgToAnns.items()},
        "catToImgs": dict(coco.catToImgs),
    }


def run(coco: Any, evaluator: Any, path: str, change: Change, only: Row) -> tuple[Any, ...]:
    with contextlib.redirect_stdout(io.StringIO()):
        gt = coco(path)
        dets = results()
        dt = gt.loadRes(dets)
        change(dets, dt)
        found = evaluator(gt, dt, "bbox")
        for name, value in only.items():
            setattr(found.params, name, value)
        found.evaluate()
        found.accumulate()
        found.summarize()
    return found.eval["precision"], found.eval["recall"], found.stats, seen(dt), dets


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("only", [{}, {"imgIds": [2, 3, 5]}, {"catIds": [3, 1]}, {"useCats": 0}])
def test_changes_after_loading(change: Change, only: Row, tmp_path: Any) -> None:
    path = str(write(tmp_path / "gt.json", truth()))
    try:
        wanted = run(TheirCOCO, TheirCOCOeval, path, change, only)
    except KeyError:
        with pytest.raises(KeyError):
            run(COCO, COCOeval, path, change, only)
        return
    found = run(COCO, COCOeval, path, change, only)
    for mine, theirs in zip(found[:3], wanted[:3], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert found[3:] == wanted[3:]


def load(path: str, dets: list[Row]) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(path).loadRes(dets)


def test_no_index_is_built_before_somebody_asks(tmp_path: Any) -> None:
    path = str(write(tmp_path / "gt.json", truth()))
    dets = results()
    dt = load(path, dets)
    assert isinstance(dt._untouched(), ListedResults)
    with contextlib.redirect_stdout(io.StringIO()):
        found = COCOeval(COCO(path), dt, "bbox")
        found.evaluate()
        found.accumulate()
    assert isinstance(dt._untouched(), ListedResults)
    assert dt.dataset["annotations"] is dets
    assert dt.anns[1] is dets[0]
    assert dt._untouched() is None


def test_one_dict_that_stands_there_twice(tmp_path: Any) -> None:
    path = str(write(tmp_path / "gt.json", truth()))
    mine, theirs = results()[:4], results()[:4]
    for dets in (mine, theirs):
        dets.append(dets[0])
    with contextlib.redirect_stdout(io.StringIO()):
        wanted = TheirCOCO(path).loadRes(theirs)
    assert seen(load(path, mine)) == seen(wanted)


def test_copies_stand_alone(tmp_path: Any) -> None:
    dt = load(str(write(tmp_path / "gt.json", truth())), results())
    for made in (copy.deepcopy(dt), pickle.loads(pickle.dumps(dt))):
        made.anns[1]["score"] = -1.0
        assert dt.anns[1]["score"] != -1.0
        assert made.dataset["annotations"][0] is made.anns[1]
