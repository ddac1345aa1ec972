"""Files of another build than the reference takes: read as everywhere else, or one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cocodec import DocumentError
from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from support.coco_pairs import ReferenceCOCO, quiet, write

IMAGE = {"id": 1, "height": 30, "width": 40, "file_name": "a.jpg"}
CATEGORY = {"id": 1, "name": "leaf"}
FLAT = [4, 5, 14, 5, 14, 13, 4, 13]


def document(segmentation: Any = None, **sections: Any) -> dict[str, Any]:
    row = {
        "id": 3,
        "image_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "area": 80,
        "bbox": [4, 5, 10, 8],
        "segmentation": [FLAT] if segmentation is None else segmentation,
    }
    return {"images": [IMAGE], "categories": [CATEGORY], "annotations": [row], **sections}


def opened(tmp_path: Path, *args: Any, **sections: Any) -> COCO:
    path = write(tmp_path / "gt.json", document(*args, **sections))
    return quiet(lambda: COCO(path))


def test_a_flat_ring_is_a_ring(tmp_path: Path):
    coco = opened(tmp_path, FLAT)
    reference = quiet(lambda: ReferenceCOCO(write(tmp_path / "listed.json", document())))
    assert coco.annToRLE(coco.anns[3]) == reference.annToRLE(reference.anns[3])
    result = quiet(lambda: coco.loadRes([{**coco.anns[3], "score": 0.5}]))
    evaluator = COCOeval(coco, result, "segm")
    quiet(evaluator.evaluate)
    assert evaluator.ious[1, 1] == [[1.0]]


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("points", [3, 4, 7])
def test_points_as_pairs_are_one_ring(tmp_path: Path, points: int, wrapped: bool):
    flat = [4, 5, 14, 5, 14, 13, 4, 13, 4, 12, 4, 11, 4, 10][: 2 * points]
    ring = [flat[i : i + 2] for i in range(0, len(flat), 2)]
    coco = opened(tmp_path, [ring] if wrapped else ring)
    reference = quiet(lambda: ReferenceCOCO(write(tmp_path / "listed.json", document([flat]))))
    rle = reference.annToRLE(reference.anns[3])
    assert coco.annToRLE(coco.anns[3]) == rle
    result = quiet(lambda: coco.loadRes([{**coco.anns[3], "segmentation": rle, "score": 0.5}]))
    evaluator = COCOeval(coco, result, "segm")
    quiet(evaluator.evaluate)
    assert evaluator.ious[1, 1] == [[1.0]]


def test_points_of_three_numbers_are_no_ring(tmp_path: Path):
    coco = opened(tmp_path, [[4, 5, 2], [14, 5, 2], [14, 13, 2]])
    with pytest.raises(DocumentError, match="annotation 3: the segmentation is points of three"):
        coco.annToMask(coco.anns[3])


@pytest.mark.parametrize(
    "flat", [[4, 5, 14, 13], [4.0, 5.0], [405, 8, 787], [400, 8, 2, 20, 70, 700]]
)
def test_flat_numbers_that_are_no_ring(tmp_path: Path, flat: list[float]):
    coco = opened(tmp_path, flat)
    message = rf"annotation 3: the segmentation is {len(flat)} numbers, expected a list of rings"
    with pytest.raises(DocumentError, match=message):
        coco.annToMask(coco.anns[3])


def test_rings_one_level_too_deep(tmp_path: Path):
    coco = opened(tmp_path, [[FLAT]])
    with pytest.raises(DocumentError, match="annotation 3: rings are nested one level too deep"):
        coco.annToMask(coco.anns[3])


@pytest.mark.parametrize("sections", [["annotations"], ["images", "categories"]])
def test_sections_keyed_by_id(tmp_path: Path, sections: list[str]):
    listed = document()
    keyed = {key: {str(row["id"]): row for row in listed[key]} for key in sections}
    coco = opened(tmp_path, **keyed)
    assert coco.dataset == listed
    assert coco.imgToAnns == {1: listed["annotations"]}
    assert coco.annToMask(coco.anns[3]).sum() == 80


@pytest.mark.parametrize("section", ["images", "categories", "annotations"])
def test_sections_that_are_no_lists_of_rows(tmp_path: Path, section: str):
    with pytest.raises(DocumentError, match=f"'{section}' is an object, expected a list of rows"):
        opened(tmp_path, **{section: {"1": "leaf"}})
    coco = COCO()
    coco.dataset = document(**{section: {"1": {"id": 1}}})
    with pytest.raises(DocumentError, match=f"'{section}' is an object, expected a list of rows"):
        quiet(coco.createIndex)
