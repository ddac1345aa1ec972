"""The recipes run, each against the library that it is for, where that is installed."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cocodec import RleArray
from support import recipes

SIZE = (30, 41)


def library(name: str) -> ModuleType:
    """Import a library that may be missing, whatever it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError as error:
            pytest.skip(f"{name}: {error}")


@pytest.fixture(scope="module")
def dense() -> np.ndarray:
    """A disc, a shape of two parts, a frame, one pixel, everything."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    disc = np.hypot(y - 12, x - 20) < 9
    parts = (np.hypot(y - 6, x - 6) < 4) | (np.hypot(y - 24, x - 34) < 5)
    frame = (y < 2) | (y > 27) | (x < 2) | (x > 38)
    return np.stack([disc, parts, frame, (y == 17) & (x == 3), y >= 0])


@pytest.fixture(scope="module")
def masks(dense: np.ndarray) -> RleArray:
    return RleArray.encode(dense)


def test_torchvision(dense: np.ndarray, masks: RleArray) -> None:
    torch = library("torch")
    spellings: list[Any] = masks.to_coco()
    spellings[0] = [[5.0, 5.0, 25.0, 5.0, 25.0, 20.0]]
    annotations = [
        {"segmentation": s, "category_id": 7 + i, "iscrowd": i % 2} for i, s in enumerate(spellings)
    ]
    target = recipes.torchvision_target(annotations, *SIZE)
    expected = dense.copy()
    expected[0] = RleArray.from_polygons([spellings[0]], SIZE).decode()[0]
    assert target["masks"].dtype == torch.uint8
    np.testing.assert_array_equal(target["masks"].numpy(), expected)
    np.testing.assert_array_equal(target["area"].numpy(), expected.sum((1, 2)))
    assert target["labels"].tolist() == [7, 8, 9, 10, 11]
    assert target["boxes"][3].tolist() == [3.0, 17.0, 4.0, 18.0]
    assert (target["boxes"][:, 2:] > target["boxes"][:, :2]).all()
    assert recipes.torchvision_target([], *SIZE)["masks"].shape == (0, *SIZE)
    scores = torch.from_numpy(dense).float()[:, None] * 0.6 + 0.1
    assert recipes.torchvision_masks({"masks": scores}) == masks


def test_torchvision_agrees_on_boxes(dense: np.ndarray, masks: RleArray) -> None:
    torch, ops = library("torch"), library("torchvision.ops")
    boxes = ops.masks_to_boxes(torch.from_numpy(dense))
    np.testing.assert_array_equal(recipes.corners(masks), boxes.numpy())


@pytest.mark.parametrize("compact", [False, True])
def test_supervision(dense: np.ndarray, masks: RleArray, compact: bool) -> None:
    library("supervision")
    if compact:
        library("supervision.detection.compact_mask")
    detections = recipes.supervision_detections(masks, compact=compact, class_id=np.arange(5))
    np.testing.assert_array_equal(np.asarray(detections.mask), dense)
    assert recipes.supervision_masks(detections) == masks
    some = detections[np.array([True, False, True, False, False])]
    assert recipes.supervision_masks(some) == masks[[0, 2]]


def test_hugging_face_by_hand() -> None:
    """0 1 1 / 1 0 0 / 0 0 1, read row by row: two runs of two, one of one."""
    rows = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 1]], bool)
    got = recipes.hugging_face_masks([[2, 3, 9, 1], [1, 1, 5, 4], []], 3, 3)
    assert got == RleArray.encode(np.stack([rows, ~rows, np.zeros((3, 3), bool)]))
    assert len(recipes.hugging_face_masks([], 3, 3)) == 0


def test_hugging_face(dense: np.ndarray) -> None:
    torch = library("torch")
    processor = library("transformers.models.detr.image_processing_detr")
    segments = dense[0] * 1 + dense[1] * 2 - (dense[2] & ~dense[0] & ~dense[1])
    rles = processor.convert_segmentation_to_rle(torch.from_numpy(segments))
    expected = np.stack([segments == value for value in np.unique(segments)])
    assert recipes.hugging_face_masks(rles, *SIZE) == RleArray.encode(expected)


@pytest.mark.parametrize("mode", ["binary_mask", "uncompressed_rle", "coco_rle"])
def test_sam(dense: np.ndarray, masks: RleArray, mode: str) -> None:
    torch, amg = library("torch"), library("segment_anything.utils.amg")
    rles = amg.mask_to_rle_pytorch(torch.from_numpy(dense))
    found: list[Any] = rles
    if mode == "binary_mask":
        found = [amg.rle_to_mask(rle) for rle in rles]
    elif mode == "coco_rle":
        found = [amg.coco_encode_rle(rle) for rle in rles]
    records = [
        {"segmentation": one, "area": amg.area_from_rle(rle)}
        for one, rle in zip(found, rles, strict=True)
    ]
    got = recipes.sam_masks(records)
    assert got == masks
    assert got.area().tolist() == [record["area"] for record in records]


@pytest.mark.parametrize("dtype", ["float32", "uint8", "bool"])
def test_ultralytics(
    masks: RleArray,
    dense: np.ndarray,
    dtype: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch = library("torch")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path_factory.mktemp("settings")))
    results = library("ultralytics.engine.results")
    image = np.zeros((*SIZE, 3), np.uint8)
    data = torch.from_numpy(dense).to(getattr(torch, dtype))
    result = results.Results(image, path="", names={0: "thing"}, masks=data)
    assert recipes.ultralytics_masks(result) == masks
    assert recipes.ultralytics_masks(result.numpy()) == masks
