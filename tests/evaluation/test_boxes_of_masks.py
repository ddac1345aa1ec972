"""Boxes of results that are masks alone: derived as pycocotools does it, through every door."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import DocumentError, Evaluator, RleArray, evaluate
from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from support.coco_pairs import (
    DOCUMENT,
    SMALL,
    ReferenceCOCO,
    ReferenceEval,
    evaluated,
    filled,
    quiet,
)

Row = dict[str, Any]


def results(with_box: bool = False) -> list[Row]:
    """Masks that are no rectangles: their areas are not those of their boxes."""
    image = np.zeros((len(SMALL), 80, 100), bool)
    for row, mask in zip(SMALL, image, strict=True):
        x, y, w, h = (int(value) for value in row["bbox"])
        mask[y : y + h, x : x + w] = True
        mask[y : y + h // 2, x : x + w // 2] = False
    rles = RleArray.encode(image).to_coco(counts="str")
    keys = ("image_id", "category_id", "score")
    rows = [
        {key: row[key] for key in keys} | {"segmentation": rle}
        for row, rle in zip(SMALL, rles, strict=True)
    ]
    if with_box:
        rows[-1]["bbox"] = [1, 2, 30, 40]
    return rows


def by_reference(kind: Any, coco: Any, rows: list[Row], given: str, folder: Path) -> Any:
    truth = filled(coco, DOCUMENT)
    found: Any = copy.deepcopy(rows)
    if given == "file":
        found = str(folder / "dt.json")
        Path(found).write_text(json.dumps(rows))
    return quiet(lambda: evaluated(kind, truth, truth.loadRes(found), "bbox"))


@pytest.mark.parametrize("with_box", [False, True])
@pytest.mark.parametrize("given", ["file", "list"])
def test_both_doors_give_the_numbers_of_the_reference(with_box: bool, given: str, tmp_path: Path):
    rows = results(with_box)
    expected = by_reference(ReferenceEval, ReferenceCOCO, rows, given, tmp_path)
    drop_in = by_reference(COCOeval, COCO, rows, given, tmp_path)
    found: Any = tmp_path / "dt.json" if given == "file" else rows
    mine = evaluate(DOCUMENT, found, iou_type="bbox")
    for name in ("precision", "recall", "scores"):
        assert np.array_equal(drop_in.eval[name], expected.eval[name])
        assert np.array_equal(getattr(mine, name), expected.eval[name])
    assert list(mine.stats.values()) == expected.stats.tolist()
    assert (expected.eval["precision"] > 0).any()


def test_columns_of_masks_are_results_too():
    rows = results()
    evaluator = Evaluator(DOCUMENT, iou_type="bbox")
    columns = {f"{key}s": [row[key] for row in rows] for key in ("image_id", "score")}
    categories = [row["category_id"] for row in rows]
    masks = RleArray.from_coco([row["segmentation"] for row in rows])
    evaluator.add(**columns, category_ids=categories, masks=masks)
    mine, expected = evaluator.result(), evaluate(DOCUMENT, rows, iou_type="bbox")
    for name in ("precision", "recall", "scores"):
        assert np.array_equal(getattr(mine, name), getattr(expected, name))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda rows: rows[0].pop("segmentation"), "row 0: has no numbers for bbox"),
        (lambda rows: rows[2].pop("segmentation"), "row 2: has no segmentation"),
        (lambda rows: rows[1].update(bbox=[1, 2, 3]), "row 1"),
    ],
)
@pytest.mark.parametrize("given", ["file", "list"])
def test_what_is_neither_box_nor_mask_is_named(change: Any, what: str, given: str, tmp_path: Path):
    rows = results()
    change(rows)
    path = tmp_path / "dt.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(DocumentError, match=what):
        evaluate(DOCUMENT, path if given == "file" else rows, iou_type="bbox")
