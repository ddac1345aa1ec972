"""A zero that needs a sentence: what is said, of how many, with which example; and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import DocumentError, RleArray, evaluate
from support.evaluation_strategies import HIT, SMALL

POINTS = [float(v) for k in range(17) for v in (100 + 10 * k, 100 + 7 * k, 2)]


def pose(area: float) -> dict[str, Any]:
    ann = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [90, 90, 200, 140], "area": area}
    truth = {k: v for k, v in SMALL.items() if k != "annotations"}
    return truth | {"annotations": [ann | {"keypoints": POINTS, "num_keypoints": 17}]}


POSE = {"image_id": 7, "category_id": 1, "score": 0.9, "keypoints": POINTS}


def said(gt: Any, dt: Any, words: str, **options: Any) -> str:
    """The one line that is said, and that the numbers do not depend on it."""
    result = evaluate(gt, dt, **options)
    (line,) = (line for line in result.warnings if words in line)
    assert "\n" not in line
    return line


def truth(**changed: Any) -> dict[str, Any]:
    out = copy.deepcopy(SMALL)
    out["annotations"][0] |= changed
    return out


def test_nothing_is_said_of_what_is_as_it_should_be():
    assert evaluate(SMALL, [HIT], iou_type="bbox").warnings == []
    assert evaluate(pose(28000), [POSE], iou_type="keypoints").warnings == []
    assert evaluate(SMALL, [], iou_type="bbox").warnings == []


@pytest.mark.parametrize("area", [0, 1, 100])
def test_areas_of_keypoints(area: float):
    line = said(pose(area), [POSE], "far below their box", iou_type="keypoints")
    assert line.startswith("1 of 1 annotations have an area of 0 or far below their box")
    assert "row 0, id 1, image 7" in line


def test_categories_that_nobody_lists():
    dt = [HIT, dict(HIT, category_id=0)]
    line = said(SMALL, dt, "categories", iou_type="bbox")
    assert line.startswith(
        "1 of 2 detections are of categories that the ground truth does not list"
    )
    assert "it lists 1, 2" in line
    assert "row 1, image 7): category 0" in line
    assert evaluate(SMALL, dt, iou_type="bbox", categories=[1]).warnings == [line]
    assert evaluate(SMALL, dt, iou_type="bbox", use_categories=False).warnings == []
    chosen = evaluate(SMALL, [dict(HIT, category_id=2), HIT], iou_type="bbox", categories=[1])
    assert chosen.warnings == [], "categories that are listed and not chosen are no oddity"


def test_categories_that_differ_in_type():
    dt = [dict(HIT, category_id="1")]
    line = said(SMALL, dt, "categories", iou_type="bbox")
    assert "it is a text here and a number there: coerce_ids=True (--coerce-ids)" in line
    result = evaluate(SMALL, dt, iou_type="bbox", coerce_ids=True)
    assert result.warnings == []
    assert result.stats["AP"] > 0.999


def test_sizes_that_the_ground_truth_does_not_have():
    dt = [HIT, dict(HIT, bbox=[0, 0, 50, 50], score=0.1)]
    line = said(SMALL, dt, "of these sizes", iou_type="bbox")
    assert line.endswith("medium (1024 to 9216 pixels, 1 detection)")


def masks(height: int, width: int) -> dict[str, Any]:
    dense = np.zeros((1, height, width), bool)
    dense[0, 1:5, 1:5] = True
    return RleArray.encode(dense).to_coco()[0]


def test_masks_of_another_size():
    gt = truth(segmentation=masks(10, 12))
    gt["images"][0] |= {"height": 10, "width": 12}
    row = {"image_id": 7, "category_id": 1, "score": 0.5}
    dt = [row | {"segmentation": masks(10, 12)}, row | {"segmentation": masks(12, 10)}]
    line = said(gt, dt, "another size")
    assert line.startswith("1 of 2 masks of the detections are of another size than their image")
    assert "[12, 10], the image has [10, 12]: width and height exchanged" in line
    del gt["images"]
    assert said(gt, dt, "another size") == line
    gt["images"] = [{"id": 7, "height": 20, "width": 12}]
    lines = evaluate(gt, dt).warnings
    assert any(
        line.startswith("1 of 1 masks of the ground truth are of another size") for line in lines
    )


def test_ids_of_images_that_differ_in_type():
    with pytest.raises(DocumentError, match=r"a text here and a number there.*--coerce-ids"):
        evaluate(SMALL, [dict(HIT, image_id="7")], iou_type="bbox")
    for gt, dt in ((SMALL, [dict(HIT, image_id="7")]), (truth(image_id="7"), [HIT])):
        assert evaluate(gt, dt, iou_type="bbox", coerce_ids=True).stats["AP"] > 0.999
    both = truth()
    both["images"] += [{"id": "7", "height": 1, "width": 1}]
    with pytest.raises(DocumentError, match="differ in type only"):
        evaluate(both, [HIT], iou_type="bbox", coerce_ids=True)


def test_rings_in_results_find_their_image_by_a_text():
    gt = truth(segmentation=[[1, 1, 5, 1, 5, 5, 1, 5]])
    ring = {"image_id": "7", "category_id": 1, "score": 0.5}
    ring["segmentation"] = gt["annotations"][0]["segmentation"]
    for dt in ([ring], json.dumps([ring]).encode()):
        assert evaluate(gt, dt, coerce_ids=True).stats["AP"] > 0.999


def test_crowds_only():
    line = said(truth(iscrowd=1), [HIT], "crowd", iou_type="bbox")
    assert line == "the only annotation is a crowd, which is nothing to find: is iscrowd right?"


def test_boxes_without_area():
    dt = [HIT, dict(HIT, bbox=[1, 1, 0, 4]), dict(HIT, bbox=[1, 1, 4, -1])]
    line = said(SMALL, dt, "no width", iou_type="bbox")
    assert line.startswith("2 of 3 boxes of the detections have no width or no height")
    gt = truth(bbox=[1, 1, 0, 4])
    assert "boxes of the ground truth" in said(gt, [HIT], "no width", iou_type="bbox")


def test_masks_without_a_pixel():
    empty = {"size": [10, 10], "counts": [100]}
    row = {"image_id": 7, "category_id": 1, "score": 0.5, "segmentation": empty}
    line = said(truth(segmentation=masks(10, 10)), [row], "no pixel")
    assert line.startswith("1 of 1 masks of the detections have no pixel")


def test_the_id_0():
    line = said(truth(id=0), [HIT], "id 0", iou_type="bbox")
    assert line.startswith("1 of 1 annotations have the id 0: as in pycocotools")


def test_every_image_without_a_match():
    far = dict(HIT, bbox=[6, 6, 2, 2])
    line = said(SMALL, [far, far], "no detection matches", iou_type="bbox")
    assert "of 2 detections and 1 annotation, at IoU 0.5: are boxes x, y, width" in line
    assert evaluate(SMALL, [far, HIT], iou_type="bbox").warnings == []


def test_a_kind_is_a_line_however_many_rows():
    dt = [dict(HIT, category_id=k) for k in range(3, 53)]
    lines = evaluate(SMALL, dt, iou_type="bbox").warnings
    assert len([line for line in lines if "categories" in line]) == 1
    assert "50 of 50" in lines[0]


@pytest.mark.parametrize("given", ["objects", "files"])
@pytest.mark.parametrize(
    ("side", "changed", "words"),
    [
        ("gt", {"bbox": [1, 2]}, "row 0, id 1: has 2 numbers for bbox, expected 4"),
        ("gt", {"area": "x"}, "row 0, id 1: has 'x' for area"),
        ("dt", {"bbox": "x"}, "row 0, id 9: has 'x' for bbox"),
        ("dt", {"score": None}, "row 0, id 9: has no score"),
    ],
)
def test_errors_name_file_row_and_id(
    given: str, side: str, changed: dict[str, Any], words: str, tmp_path: Path
):
    gt, dt = truth(), [dict(HIT, id=9)]
    (gt["annotations"] if side == "gt" else dt)[0].update(changed)
    pair: list[Any] = [gt, dt]
    name = {"gt": "ground truth", "dt": "detections"}[side]
    if given == "files":
        pair = [tmp_path / "truth.json", tmp_path / "found.json"]
        for path, value in zip(pair, (gt, dt), strict=True):
            path.write_text(json.dumps(value))
        name = str(pair[side == "dt"])
    with pytest.raises(DocumentError) as caught:
        evaluate(*pair, iou_type="bbox")
    assert str(caught.value).startswith(f"{name}: {words}")
