"""YOLO: rows of every task, whose filling gives the masks, layouts of other tools, bad rows."""

from __future__ import annotations

import filecmp
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import cocodec
from cocodec import Document, DocumentError, RleArray
from cocodec.formats import yolo
from cocodec.formats.yaml_subset import parse_yaml, yaml_string
from support.format_documents import bag, canonical, document, official, shared


def labels(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("labels/**/*.txt")
    }


@pytest.mark.parametrize(
    "options",
    [{"rule": "opencv"}, {"rule": "coco"}, {"rows": "rle"}, {"task": "detect"}],
    ids=str,
)
def test_yolo_coco_yolo_is_the_same_text(options: dict[str, Any], tmp_path: Path) -> None:
    yolo.write(document(), tmp_path / "a", **options)
    back = yolo.read(tmp_path / "a")
    yolo.write(back, tmp_path / "b", **options)
    assert labels(tmp_path / "a") == labels(tmp_path / "b") != {}
    assert back.images.column("id").tolist() == document().images.column("id").tolist()
    assert back.categories[:] == document().categories[:]


@pytest.mark.parametrize(
    "options", [{"rule": "opencv"}, {"rule": "coco"}, {"rows": "rle"}], ids=str
)
def test_the_official_file_comes_back(options: dict[str, Any], tmp_path: Path) -> None:
    doc = official()
    report = yolo.write(doc, tmp_path / "a", **options)
    back = yolo.read(tmp_path / "a")
    assert bag(back) == bag(doc)
    assert len(back.annotations) == report.objects == 839
    crowds = [places for what, places in report.losses.items() if "crowd" in what]
    assert len(crowds[0]) == 9
    linked = [places for what, places in report.losses.items() if "--rule opencv" in what]
    assert [len(one) for one in linked] == ([81] if options == {"rule": "opencv"} else [])


@pytest.mark.skipif(importlib.util.find_spec("cv2") is None, reason="OpenCV is not installed")
@pytest.mark.parametrize("resampled", [False, True])
def test_a_trainer_rasterises_the_masks_back(resampled: bool, tmp_path: Path) -> None:
    """As ultralytics: single precision, resampled to 1000 points, truncated, fillPoly."""
    import cv2  # type: ignore[import-not-found, unused-ignore]

    doc = document()
    yolo.write(doc, tmp_path / "a")
    masks = doc.masks()
    exact = linked = 0
    for image, rows in enumerate(np.split(np.arange(18), 3)):
        lines = (tmp_path / f"a/labels/train/img {image}.txt").read_text().splitlines()
        height, width = masks.masks.sizes[rows[0]].tolist()
        for row, line in zip(rows.tolist(), lines, strict=False):
            ring = np.array(line.split()[1:], np.float32).reshape(-1, 2)
            assert len(ring) >= 3
            assert ((ring >= 0) & (ring <= 1)).all()
            ring = _resampled(ring) if resampled else ring
            points = (ring * np.array([width, height], np.float32)).astype(np.int32)
            filled = np.zeros((height, width), np.uint8)
            cv2.fillPoly(filled, [points], 1)
            expected = masks.masks[row].decode(layout="HW")
            assert (filled >= expected).all()
            exact += int((filled == expected).all())
            linked += int(cv2.connectedComponents(expected, connectivity=8)[0] > 2)
    assert exact + linked == 18
    assert exact >= 12


def _resampled(ring: Any, n: int = 1000) -> Any:
    closed = np.concatenate([ring, ring[:1]])
    if len(closed) >= n:
        return ring
    at = np.linspace(0, len(closed) - 1, n - len(closed))
    own = np.arange(len(closed))
    at = np.insert(at, np.searchsorted(at, own), own)
    sides = [np.interp(at, own, closed[:, side]) for side in range(2)]
    return np.stack(sides, axis=1).astype(np.float32)


def test_the_coco_rule_needs_nothing_but_the_numbers(tmp_path: Path) -> None:
    doc = document()
    yolo.write(doc, tmp_path / "a", rule="coco")
    for image, (height, width) in enumerate(((40, 60), (33, 17), (64, 64))):
        lines = (tmp_path / f"a/labels/train/img {image}.txt").read_text().splitlines()
        rings = [np.array(line.split()[1:], float) for line in lines]
        pixels = [[(ring.reshape(-1, 2) * [width, height]).ravel().tolist()] for ring in rings]
        found = RleArray.from_polygons(pixels, (height, width))
        rows = np.flatnonzero(doc.image_rows() == image)
        masks = doc.masks().masks[rows]
        has = doc.masks().has_mask[rows]
        assert found[np.flatnonzero(has)] == masks[np.flatnonzero(has)]


def test_rows_at_an_edge_of_the_coco_rule_survive_a_plain_reader(tmp_path: Path) -> None:
    """Fifths and tenths of a pixel, where five times the number and a half is an integer."""
    rng = np.random.default_rng(5)
    sizes = [(427, 640), (480, 640), (333, 500), (640, 427), (1001, 997)]
    images = [
        {"id": k, "file_name": f"{k}.jpg", "height": h, "width": w}
        for k, (h, w) in enumerate(sizes)
    ]
    rows = []
    for k in range(200):
        height, width = sizes[k % 5]
        ring = rng.integers(0, 10 * np.array([width, height]), (7, 2)) / 10
        rows.append({"id": k, "image_id": k % 5, "category_id": 1,
                     "segmentation": [ring.ravel().tolist()]})  # fmt: skip
    doc = Document.from_rows(images=images, annotations=rows, categories=[{"id": 1, "name": "x"}])
    yolo.write(doc, tmp_path / "a", rule="coco")
    assert plainly_read(tmp_path / "a", doc) == canonical(doc.masks().masks)
    assert bag(yolo.read(tmp_path / "a")) == bag(doc)
    found = yolo.read(tmp_path / "a").annotations.column("segmentation").tolist()
    given = doc.annotations.column("segmentation").tolist()
    assert sorted(map(str, found)) == sorted(str(_plain(one)) for one in given)


def _plain(rings: list[list[float]]) -> list[list[float]]:
    return [[int(one) if one == int(one) else one for one in ring] for ring in rings]


def plainly_read(root: Path, doc: Document) -> list[str]:
    """Masks in the order of annotations: shares times sides, nothing rounded, COCO's rule."""
    of_image = doc.image_rows()
    masks = [""] * len(of_image)
    for k, row in enumerate(doc.images[:]):
        name = Path(row["file_name"]).stem
        lines = (root / f"labels/train/{name}.txt").read_text().splitlines()
        rings = [np.array(line.split()[1:], float) for line in lines]
        scale = [row["width"], row["height"]]
        pixels = [[(ring.reshape(-1, 2) * scale).ravel().tolist()] for ring in rings]
        mine = np.flatnonzero(of_image == k)
        assert len(mine) == len(pixels)
        found = RleArray.from_polygons(pixels, (row["height"], row["width"])) if pixels else None
        for at, mask in zip(mine.tolist(), canonical(found) if found else [], strict=True):
            masks[at] = mask
    return masks


def test_every_official_object_survives_both_readers(tmp_path: Path) -> None:
    doc = official()
    yolo.write(doc, tmp_path / "a", rule="coco")
    assert plainly_read(tmp_path / "a", doc) == canonical(doc.masks().masks)
    assert bag(yolo.read(tmp_path / "a")) == bag(doc)
    assert len(doc.annotations) == 839


def poses() -> Document:
    images = [{"id": 1, "file_name": "a.jpg", "height": 100, "width": 200}]
    row = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 50, 40.5], "area": 2025}
    row |= {"iscrowd": 0, "keypoints": [10.25, 20, 2, 0, 0, 0, 59, 60, 1], "num_keypoints": 2}
    return Document.from_rows(
        images=images, annotations=[row], categories=[{"id": 1, "name": "person"}]
    )


def test_poses(tmp_path: Path) -> None:
    yolo.write(poses(), tmp_path / "a", task="pose")
    assert (tmp_path / "a/labels/train/a.txt").read_text() == (
        "0 0.175 0.4025 0.25 0.405 0.05125 0.2 2 0 0 0 0.295 0.6 1\n"
    )
    row = yolo.read(tmp_path / "a").annotations[0]
    assert row["keypoints"] == [10.25, 20, 2, 0, 0, 0, 59, 60, 1]
    assert row["num_keypoints"] == 2
    assert row["bbox"] == [10, 20, 50, 40.5]


def test_the_task_says_what_a_row_is_that_could_be_two_things(tmp_path: Path) -> None:
    """`task` was taken by the reader and never looked at."""
    Image.new("L", (100, 50)).save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.4 0.1 0.2 0.3 0.4\n")
    head = "path: .\ntrain: .\nnames: [a]\n"
    (tmp_path / "data.yaml").write_text(f"{head}kpt_shape: [2, 2]\n")
    for task in (None, "pose"):
        (row,) = yolo.read(tmp_path, task=task).annotations[:]
        assert row["bbox"] == [40, 15, 20, 20]
        assert row["keypoints"] == [10, 10, 2, 30, 20, 2]
    (row,) = yolo.read(tmp_path, task="detect").annotations[:]
    assert row["bbox"] == [40, 15, 20, 20]
    assert "keypoints" not in row
    for task in ("segment", "obb"):
        (row,) = yolo.read(tmp_path, task=task).annotations[:]
        assert row["segmentation"] == [[50, 25, 20, 20, 10, 10, 30, 20]]
    (tmp_path / "data.yaml").write_text(head)
    with pytest.raises(DocumentError, match=r"a\.txt, line 1: 9 numbers are no pose: there is no"):
        yolo.read(tmp_path, task="pose")
    with pytest.raises(DocumentError, match="the task is 'mask', expected one of 'segment'"):
        yolo.read(tmp_path, task="mask")


def test_oriented_boxes(tmp_path: Path) -> None:
    diamond = [50, 20, 80, 50, 50, 80, 20, 50]
    turned = RleArray.from_polygons([[[30, 20, 80, 45, 70, 65, 20, 40]]], (100, 100)).to_coco()[0]
    rows = [
        {"id": k, "image_id": 1, "category_id": 1, "segmentation": one}
        for k, one in enumerate(([diamond], turned), 1)
    ]
    doc = Document.from_rows(
        images=[{"id": 1, "file_name": "a.jpg", "height": 100, "width": 100}],
        annotations=rows,
        categories=[{"id": 1, "name": "x"}],
    )
    yolo.write(doc, tmp_path / "a", task="obb")
    lines = (tmp_path / "a/labels/train/a.txt").read_text().splitlines()
    assert lines[0] == "0 0.5 0.2 0.8 0.5 0.5 0.8 0.2 0.5"
    corners = np.array(lines[1].split()[1:], float).reshape(4, 2) * 100
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    assert np.allclose(sides[:2], sides[2:], atol=1e-3)
    rectangle = RleArray.from_polygons([[corners.ravel().tolist()]], (100, 100))
    assert float(rectangle.iou(RleArray.from_coco([turned]))[0, 0]) > 0.9


def folder(tmp_path: Path, text: str, head: str = "names: [a, b]\ntrain: images\n") -> Path:
    root = tmp_path / "set"
    (root / "images").mkdir(parents=True)
    (root / "labels").mkdir()
    Image.new("L", (60, 40)).save(root / "images/one.png")
    (root / "labels/one.txt").write_text(text)
    (root / "data.yaml").write_text(head)
    return root


def test_sizes_come_from_the_images(tmp_path: Path) -> None:
    root = folder(tmp_path, "\ufeff1 0.5 0.5 0.5 0.5\r\n\r\n0 0 0 1 0 1 1 0 1 \n")
    found = yolo.read(root)
    assert found.images[:] == [{"id": 1, "file_name": "one.png", "height": 40, "width": 60}]
    assert found.annotations.column("bbox").tolist() == [[15, 10, 30, 20], [0, 0, 60, 40]]
    assert found.annotations.column("category_id").tolist() == [2, 1]
    assert found.masks().masks.area().tolist() == [0, 2400]


def test_scores_of_predictions(tmp_path: Path) -> None:
    root = folder(tmp_path, "1 0.5 0.5 0.5 0.5 0.75\n0 0 0 1 0 1 1 0.25\n")
    assert yolo.read(root).annotations.column("score").tolist() == [0.75, 0.25]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0.5 0.5 x 0.5\n", "one.txt, line 1: 'x' is no number"),
        ("0 0.5 0.5 0.5 0.5\n0 0.5\n", "one.txt, line 2: 2 numbers"),
        ("2 0.5 0.5 0.5 0.5\n", "the class is 2, expected an integer from 0 to 1"),
        ("0.5 0.5 0.5 0.5 0.5\n", "the class is 0.5"),
        ("-1 0.5 0.5 0.5 0.5\n", "the class is -1"),
        ("0 nan 0.5 0.5 0.5\n", "'nan' is no number"),
        ("0 1e999 0.5 0.5 0.5\n", "'1e999' is no number"),
        ("0 100 200 50 60\n", "the coordinate 100 is no share of the image"),
        ("0 rle 40 60\n", "expected 'class rle height width counts'"),
        ("0 rle 41 60 0\n", "the RLE is 41 x 60, the image"),
        ("0 rle 40 60 zz\n", "line 1: "),
        ("0 rle 4000000000 60 0\n", "expected a number of pixels"),
        ("\0\0\0\0 1 2 3", "is no number"),
    ],
)
def test_bad_rows_are_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as error:
        yolo.read(folder(tmp_path, text))
    assert message in str(error.value)


@pytest.mark.parametrize(
    "head",
    ["names: [a\n", "names: 5\n", "names: {0: a, 900000000: b}\n", "a: &x [*x]\n", "\tnames: a\n",
     "names: {b: a}\n", "names: [a]\nnames: [b]\n", "kpt_shape: [0, 3]\nnames: [a, b]\n",
     "train: [1]\nnames: [a]\n", "train: /etc\nnames: [a, b]\n", "[" * 5000,
     "names: !!python/object:os.system [a]\n"],
)  # fmt: skip
def test_bad_heads_are_refused(head: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        yolo.read(folder(tmp_path, "", head))


def test_an_image_of_unknown_size_is_named(tmp_path: Path) -> None:
    root = folder(tmp_path, "")
    (root / "labels/two.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    with pytest.raises(DocumentError, match="--images DIR"):
        yolo.read(root)
    other = tmp_path / "other"
    other.mkdir()
    Image.new("L", (10, 20)).save(other / "two.jpg")
    found = yolo.read(root, images=other)
    assert found.images.column("file_name").tolist() == ["one.png", "two.jpg"]
    assert found.images.column("height").tolist() == [40, 20]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    yolo.write(document(), tmp_path / "a")
    before = labels(tmp_path / "a")
    with pytest.raises(FileExistsError):
        yolo.write(document(), tmp_path / "a", rule="coco")
    assert labels(tmp_path / "a") == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    (tmp_path / "b/images").mkdir(parents=True)
    yolo.write(document(), tmp_path / "b")
    assert labels(tmp_path / "b") == before


def test_images_of_one_name_are_refused(tmp_path: Path) -> None:
    images = [
        {"id": k, "file_name": f"a.{suffix}", "height": 5, "width": 5}
        for k, suffix in enumerate(("jpg", "png"))
    ]
    with pytest.raises(DocumentError, match="written twice"):
        yolo.write(Document.from_rows(images=images), tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_splits_stay_apart(tmp_path: Path) -> None:
    doc = document()
    doc.set_column("split", ["train", "val", "train"], table="images")
    yolo.write(doc, tmp_path / "a")
    head = parse_yaml((tmp_path / "a/data.yaml").read_text(), "data.yaml")
    assert head["train"] == "train.txt"
    assert head["val"] == "val.txt"
    assert head["names"] == {0: "person", 1: "traffic light", 2: "a:b, 'c'"}
    found = yolo.read(tmp_path / "a", subset="val")
    assert found.images.column("file_name").tolist() == ["img 1.jpg"]
    assert bag(yolo.read(tmp_path / "a")) == bag(yolo.read(tmp_path / "a", subset="train")) + bag(
        found
    )


@pytest.mark.parametrize(
    "name", ["a", "yes", "5", "a: b", "- x", "é", 'q"uo\\te', "", " x ", "a #b", "~"]
)
def test_yaml_strings_are_read_back(name: str) -> None:
    text = f"names:\n  0: {yaml_string(name)}\n"
    assert parse_yaml(text, "x") == {"names": {0: name}}


def test_samples_are_their_coco_twin(tmp_path: Path) -> None:
    root = shared("multi/labelformat_seg")
    twin = cocodec.read(root / "COCO/instances.json")
    with pytest.raises(DocumentError, match="needed for its size"):
        yolo.read(root / "YOLOv8")
    for row in twin.images[:]:
        Image.new("1", (row["width"], row["height"])).save(tmp_path / row["file_name"])
    found = yolo.read(root / "YOLOv8", images=tmp_path)
    assert len(found.images) == len(twin.images) == 2
    assert bag(found) == bag(twin)
    assert sum(bag(found).values()) == len(twin.annotations) > 0


def test_ultralytics_rows_are_the_official_rings(tmp_path: Path) -> None:
    source = shared("yolo/_derived_ultralytics_8.4.190_seg_val2014/labels/val2014_100")
    root = tmp_path / "set"
    (root / "labels").mkdir(parents=True)
    (root / "images").mkdir()
    for row in official().images[:]:
        name = Path(row["file_name"]).stem
        Image.new("1", (row["width"], row["height"])).save(root / f"images/{name}.png")
        if (source / f"{name}.txt").exists():
            text = (source / f"{name}.txt").read_bytes()
            (root / f"labels/{name}.txt").write_bytes(text)
            assert filecmp.cmp(source / f"{name}.txt", root / f"labels/{name}.txt")
    found = yolo.read(root)
    assert len(found.annotations) == 830
    a, b = bag(found, names=False), bag(official(), names=False)
    # What it does not join is exact but for ties of the sixth digit.
    assert sum((a & b).values()) >= 500
    assert json.loads(b"".join(found.render_source()))["images"][0]["height"] > 0
