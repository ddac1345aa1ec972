"""MaskDataset: items, pickles, processes; torch's DataLoader where torch is installed."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import DocumentError, MaskDataset, RleArray, as_rle, read

IMAGES = [
    {"id": "b", "height": 20, "width": 30, "file_name": "b.jpg"},
    {"id": 7, "height": 9, "width": 5, "mine": {"deep": [1]}},
    {"id": 8, "height": 4, "width": 4},
]
ANNOTATIONS: list[dict[str, Any]] = [
    {"id": 1, "image_id": 7, "category_id": 2, "segmentation": {"size": [9, 5], "counts": [4, 41]}},
    {"id": 2, "image_id": "b", "segmentation": [[1, 1, 11, 1, 11, 6, 1, 6]], "iscrowd": 0},
    {"id": 3, "image_id": "nowhere", "segmentation": [[1, 1, 2, 1, 2, 2]]},
    {"id": 4, "image_id": "b", "bbox": [1, 2, 3, 4]},
    {"id": 5, "image_id": 7, "segmentation": [[0, 0, 3, 0, 3, 3], [2, 2, 5, 2, 5, 9]]},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "instances.json"
    path.write_text(json.dumps({"images": IMAGES, "annotations": ANNOTATIONS}), encoding="utf-8")
    return path


def expected(image: dict[str, Any]) -> dict[str, Any]:
    """The slow way: every record a dict, every mask by itself."""
    found = [a for a in ANNOTATIONS if a["image_id"] == image["id"]]
    height, width = image["height"], image["width"]
    masks = np.zeros((len(found), height, width), np.uint8)
    for mask, annotation in zip(masks, found, strict=True):
        if "segmentation" in annotation:
            mask[...] = as_rle(annotation["segmentation"], height, width).decode()[0]
    records = [{k: v for k, v in a.items() if k != "segmentation"} for a in found]
    return {"image": image, "annotations": records, "masks": masks}


def same(got: Any, image: dict[str, Any]) -> None:
    wanted = expected(image)
    assert got["image"] == wanted["image"]
    assert got["annotations"] == wanted["annotations"]
    assert got["masks"].dtype == np.uint8
    np.testing.assert_array_equal(got["masks"], wanted["masks"])


def test_items(path: Path) -> None:
    dataset = MaskDataset(path)
    assert len(dataset) == 3
    for item, image in zip(dataset, IMAGES, strict=True):
        same(item, image)
    same(dataset[-1], IMAGES[2])
    with pytest.raises(IndexError):
        dataset[3]


def test_runs_instead_of_pixels(path: Path) -> None:
    for item, image in zip(MaskDataset(path, decode=False), IMAGES, strict=True):
        dense = expected(image)["masks"]
        assert isinstance(item["masks"], RleArray)
        assert len(item["masks"]) == len(dense)
        assert item["masks"] == RleArray.encode(dense)


def area(item: dict[str, Any]) -> int:
    return int(item["masks"].sum())


def test_a_pickle_holds_no_file(path: Path) -> None:
    dataset = MaskDataset(path, transform=area)
    before = pickle.dumps(dataset)
    areas = list(dataset)
    assert areas == [int(expected(image)["masks"].sum()) for image in IMAGES]
    assert len(pickle.dumps(dataset)) == len(before) < 2000
    assert list(pickle.loads(before)) == areas


def test_another_process(path: Path) -> None:
    dataset = MaskDataset(path, transform=area)
    areas = list(dataset)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(dataset.__getitem__, range(3))) == areas


def test_a_list_of_documents_with_the_same_ids(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    one = {"images": IMAGES, "annotations": ANNOTATIONS}
    path.write_text(json.dumps([one, one]), encoding="utf-8")
    dataset = MaskDataset(path)
    assert len(dataset) == 6
    for item, image in zip(dataset, IMAGES * 2, strict=True):
        same(item, image)


def test_real_documents(dialects: Path) -> None:
    """Against the masks of the whole document."""
    files = sorted(dialects.rglob("*.json"), key=lambda p: p.stat().st_size)
    tried = 0
    for path in files:
        try:
            document = read(path)
            rows = document.image_rows()
            masks = document.masks(on_error="skip")
            dataset = MaskDataset(path, decode=False)
        except (DocumentError, KeyError):
            continue
        joined = np.flatnonzero(masks.has_mask & (rows >= 0))
        if masks.refused or len(joined) == 0:
            continue
        number = int(rows[joined[0]])
        try:
            item = dataset[number]
        except DocumentError:  # a mask of another size than its image
            continue
        here = np.flatnonzero(rows == number)
        has = masks.has_mask[here]
        assert item["masks"][has] == masks.masks[here[has]]
        tried += 1
        if tried == 8:
            break
    assert tried == 8


@pytest.mark.parametrize(
    "segmentation, words",
    [
        ({"size": [9, 5], "counts": [4]}, "runs cover 4 of 45"),
        ({"size": [5, 9], "counts": [4, 41]}, r"size \[5, 9\], its image \[9, 5\]"),
        (5, "expected"),
    ],
)
def test_a_wrong_mask_is_named(path: Path, segmentation: Any, words: str) -> None:
    wrong = [{**ANNOTATIONS[0], "segmentation": segmentation}]
    path.write_text(json.dumps({"images": IMAGES, "annotations": wrong}), encoding="utf-8")
    dataset = MaskDataset(path)
    with pytest.raises(DocumentError, match=rf"instances\.json: image 1, annotation 1: .*{words}"):
        dataset[1]
    assert len(dataset[0]["masks"]) == 0


def test_a_file_that_changed_is_refused(path: Path) -> None:
    dataset = MaskDataset(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(DocumentError, match="changed"):
        dataset[0]


def test_a_file_that_changes_between_two_items_is_refused(path: Path) -> None:
    dataset, text = MaskDataset(path), path.read_bytes()
    assert dataset[0]["image"] == IMAGES[0]
    os.utime(path, (1, 1))
    MaskDataset(path)  # of the file as it is now
    with path.open("r+b") as stream:
        stream.write(text.replace(b'"width": 30', b'"width": 31'))
    with pytest.raises(DocumentError, match=r"instances\.json: has changed since"):
        dataset[0]
    os.truncate(path, 10)
    with pytest.raises(DocumentError, match=r"instances\.json: has changed since"):
        dataset[1]


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ({"id": 7, "width": 5}, "height and width are None and 5"),
        ({"id": 7, "height": 9, "width": "5"}, "height and width are 9 and '5'"),
        ({"id": 7, "height": True, "width": 5}, "height and width are True and 5"),
        ({"id": 7, "height": 9.5, "width": 5}, "height and width are 9.5 and 5"),
        ({"id": 7, "height": -9, "width": 5}, "height and width are -9 and 5"),
    ],
)
def test_an_image_without_a_size_is_named(path: Path, image: Any, words: str) -> None:
    rows = [row for row in ANNOTATIONS if row["id"] == 1]
    path.write_text(json.dumps({"images": [{"id": 1}, image], "annotations": rows}))
    with pytest.raises(DocumentError) as caught:
        MaskDataset(path)[1]
    error = caught.value
    assert str(error) == f"{path}: images, row 1, id 7: {words}, expected pixels"
    assert (error.file, error.table, error.row, error.id) == (str(path), "images", 1, 7)


def test_a_whole_float_is_a_side(path: Path) -> None:
    image = {"id": 7, "height": 9.0, "width": 5}
    rows = [row for row in ANNOTATIONS if row["image_id"] == 7]
    path.write_text(json.dumps({"images": [image], "annotations": rows}))
    assert MaskDataset(path)[0]["masks"].shape == (2, 9, 5)


def test_an_image_that_is_no_object_is_named(path: Path) -> None:
    path.write_text(json.dumps({"images": [7], "annotations": []}))
    with pytest.raises(DocumentError, match=r"images, row 0: is 7, expected an object"):
        MaskDataset(path)[0]


def test_a_zip_is_refused(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(path, "annotations/instances.json")
    with pytest.raises(DocumentError, match="unpack"):
        MaskDataset(tmp_path / "all.zip")


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # of fork, by 3.12
@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_torch_workers(path: Path, context: str) -> None:
    data = pytest.importorskip("torch.utils.data")
    if context == "fork" and not hasattr(os, "fork"):
        pytest.skip("no fork")
    loader = data.DataLoader(
        MaskDataset(path),
        batch_size=2,
        num_workers=1,
        multiprocessing_context=context,
        collate_fn=list,
    )
    batches = list(loader)
    assert [len(batch) for batch in batches] == [2, 1]
    for item, image in zip([i for batch in batches for i in batch], IMAGES, strict=True):
        same(item, image)
