"""Every format: what can be carried comes back, and what cannot is said."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import cocodec
from cocodec import Document, DocumentError, RleArray
from cocodec.formats import FORMATS, FormatReport, detect_format
from support.format_documents import bag, canonical, document, shared

# Formats that carry every mask and its category, and what they are asked for beyond that.
EXACT: dict[str, dict[str, Any]] = {
    "yolo": {}, "labelme": {}, "cvat-xml": {}, "label-studio": {}, "supervisely": {}, "kaggle": {},
    "npz": {}, "binary-png": {}, "via": {}, "openimages": {}, "roboflow": {},
}  # fmt: skip


def module(name: str) -> Any:
    return FORMATS[name].load()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for row in document().images[:]:
        Image.new("L", (row["width"], row["height"])).save(folder / row["file_name"], "PNG")
    return folder


def options(name: str, images: Path) -> dict[str, Any]:
    return {"images": images} if name in ("kaggle", "createml") else {}


def expected(name: str) -> Counter[Any]:
    doc = document()
    if name == "kaggle":  # boxes become masks
        boxes = doc.masks()
        rows = np.flatnonzero(~boxes.has_mask)
        made = RleArray.from_boxes(np.array(doc.annotations.column("bbox", rows)), [(40, 60)])
        return bag(doc) + Counter(("img 0", "person", one) for one in canonical(made))
    if name in ("binary-png", "yolo", "labelme"):
        return expected("kaggle")
    return bag(doc)


@pytest.mark.parametrize("name", EXACT)
def test_masks_come_back(name: str, tmp_path: Path, images: Path) -> None:
    target = tmp_path / ("out.npz" if name == "npz" else "out.csv" if name == "kaggle" else "out")
    report = module(name).write(document(), target)
    assert isinstance(report, FormatReport)
    assert report.objects == 21
    back = module(name).read(target, **options(name, images))
    assert bag(back) == expected(name)
    again = tmp_path / f"again{target.suffix}"
    module(name).write(back, again)
    assert bag(module(name).read(again, **options(name, images))) == expected(name)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "panoptic-png"])
def test_crowds_are_kept_or_named(name: str, tmp_path: Path, images: Path) -> None:
    target = tmp_path / ("out.npz" if name == "npz" else "out.csv" if name == "kaggle" else "out")
    report = module(name).write(document(crowd=True), target)
    back = module(name).read(target, **options(name, images))
    kept = int(sum(one == 1 for one in back.annotations.column("iscrowd").tolist()))
    lost = [places for what, places in report.losses.items() if "crowd" in what]
    if kept == 0:
        assert lost == [["row 5 (id 105)"]]
        assert not report.is_lossless
        assert "row 5 (id 105)" in str(report)
    else:
        assert kept == 1
        assert lost == []


WITH_SPLITS = ("yolo", "voc", "supervisely", "cvat-xml", "roboflow", "npz")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "panoptic-png"])
def test_splits_are_kept_or_named(name: str, tmp_path: Path, images: Path) -> None:
    doc = document()
    doc.images.set_column("split", ["train", "val", "val"])
    target = tmp_path / {"npz": "out.npz", "kaggle": "out.csv"}.get(name, "out")
    report = module(name).write(doc, target)
    back = module(name).read(target, **options(name, images))
    found = dict(
        zip(
            (Path(one).stem for one in back.images.column("file_name").tolist()),
            back.images.column("split", missing=None).tolist(),
            strict=True,
        )
    )
    lost = report.losses.get("the split of the image", [])
    if name in WITH_SPLITS:
        assert lost == []
        assert found == {"img 0": "train", "img 1": "val", "img 2": "val"}
    else:
        assert lost == [f"images, row {k} (id {10 + k})" for k in range(3)]
        assert set(found.values()) == {None}


def test_lists_of_voc_choose_images(tmp_path: Path) -> None:
    doc = document()
    doc.images.set_column("split", ["train", "val", "val"])
    module("voc").write(doc, tmp_path)
    found = module("voc").read(tmp_path, subset="val")
    assert found.images.column("file_name").tolist() == ["img 1.jpg", "img 2.jpg"]
    assert found.images.column("split", missing=None).tolist() == [None, None]
    with pytest.raises(DocumentError, match=r"no ImageSets/Main/other\.txt"):
        module("voc").read(tmp_path, subset="other")
    with pytest.raises(DocumentError, match=r"leads out of its folder"):
        module("voc").read(tmp_path, subset="../../x")


@pytest.mark.parametrize("name", ["voc", "instance-png", "label-map"])
def test_overlaps_are_counted(name: str, tmp_path: Path) -> None:
    report = module(name).write(document(), tmp_path / "out")
    assert any("covers" in what for what in report.losses)
    apart = document()
    apart.remove([k for k in range(21) if k % 6 != 0 or k > 17])  # one an image
    report = module(name).write(apart, tmp_path / "apart")
    assert report.is_lossless
    assert bag(module(name).read(tmp_path / "apart")) == bag(apart)


@pytest.mark.parametrize("name", FORMATS)
def test_masks_without_a_pixel(name: str, tmp_path: Path) -> None:
    """Two rings that are the same, and a ring that encloses nothing, may be all there is."""
    for ring in ([3, 3, 3, 3, 3, 3], [0, 0, 9, 0, 9, 0]):
        empty = Document.from_rows(
            images=[{"id": 1, "height": 20, "width": 30, "file_name": "a.jpg"}],
            annotations=[{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [ring]}],
            categories=[{"id": 1, "name": "a"}],
        )
        with contextlib.suppress(DocumentError):  # which says what a format cannot hold
            module(name).write(empty, tmp_path / f"out{ring[0]}")


def test_a_class_that_others_cover_wholly_is_named(tmp_path: Path) -> None:
    box = [1, 1, 9, 1, 9, 6, 1, 6]
    rows = [
        {"id": i, "image_id": 1, "category_id": i, "iscrowd": 0, "segmentation": [ring]}
        for i, ring in ((1, box), (2, box), (3, [20, 1, 25, 1, 25, 6, 20, 6]))
    ]
    covered = Document.from_rows(
        images=[{"id": 1, "height": 20, "width": 30, "file_name": "a.jpg"}],
        annotations=rows,
        categories=[{"id": i, "name": f"c{i}"} for i in (1, 2, 3)],
    )
    report = module("label-map").write(covered, tmp_path / "out")
    assert {what: len(where) for what, where in report.losses.items() if "covers" in what} == {
        "pixels that a later object covers": 1
    }


def test_panoptic_png(tmp_path: Path) -> None:
    apart = document()
    apart.remove([k for k in range(21) if k % 6 != 0 or k > 17])
    report = module("panoptic-png").write(apart, tmp_path / "out")
    assert report.is_lossless
    assert bag(module("panoptic-png").read(tmp_path / "out")) == bag(apart)


def test_sa1b_and_mots_keep_masks_without_names(tmp_path: Path) -> None:
    for name in ("sa1b", "mots"):
        report = module(name).write(document(), tmp_path / name)
        assert any("categories" in what or "names" in what for what in report.losses)
        back = module(name).read(tmp_path / name)
        a = Counter(canonical(back.masks().masks))
        assert sum((a - Counter(canonical(document().masks().masks))).values()) <= 1  # the box


def test_boxes_of_createml_are_centred(tmp_path: Path, images: Path) -> None:
    report = module("createml").write(document(), tmp_path / "a.json")
    assert sum(map(len, report.losses.values())) == 20  # masks
    entry = json.loads((tmp_path / "a.json").read_bytes())[0]["annotations"][-1]["coordinates"]
    assert entry == {"x": 7.125, "y": 8.25, "width": 11.25, "height": 12}
    back = module("createml").read(tmp_path / "a.json", images=images)
    assert sorted(back.annotations.column("bbox").tolist()) == sorted(
        document().annotations.column("bbox").tolist()
    )


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("kaggle", "createml")])
def test_what_was_written_is_recognised(name: str, tmp_path: Path) -> None:
    suffix = {"cvat-xml": ".xml", "label-studio": ".json", "via": ".json", "mots": ".txt",
              "npz": ".npz"}.get(name, "")  # fmt: skip
    target = tmp_path / f"out{suffix}"
    module(name).write(document(), target)
    found = detect_format(target)
    assert found is not None
    assert found[0].name == name


def test_coco_is_no_other_format(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    document().write(path)
    assert detect_format(path) is None
    assert detect_format(tmp_path) is None
    assert detect_format(tmp_path / "nothing") is None


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_left_where_writing_fails(name: str, tmp_path: Path) -> None:
    broken = Document.from_rows(
        images=[{"id": 1, "file_name": "../../x.jpg", "height": 5, "width": 5}]
    )
    target = tmp_path / "deep" / "out"
    (tmp_path / "deep").mkdir()
    try:
        module(name).write(broken, target)
    except (DocumentError, OSError):
        assert list(tmp_path.rglob("*")) == [tmp_path / "deep"]
    assert not (tmp_path / "x.txt").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"deep"}


@pytest.mark.parametrize(
    ("name", "folder"),
    [("labelme", "labelme/_derived_masks"), ("cvat-xml", "cvat/_derived_masks"),
     ("supervisely", "supervisely/_derived_sdk_bitmap"),
     ("label-studio", "label_studio/_derived_sdk_brush")],
)  # fmt: skip
def test_samples_are_their_coco_twins(name: str, folder: str) -> None:
    path = shared(folder)
    source = path / "tasks.json" if name == "label-studio" else path
    found = detect_format(source)
    assert found is not None
    assert found[0].name == name
    assert bag(module(name).read(source)) == bag(cocodec.read(path / "coco_rle.json"))


@pytest.mark.parametrize(
    ("folder", "size"), [("airbus_ships_768x768", 768), ("siim_pneumothorax_1024x1024", 1024)]
)
def test_kaggle_samples_are_their_coco_twins(folder: str, size: int) -> None:
    path = shared(f"kaggle/{folder}")
    (table,) = path.glob("*.csv")
    found = module("kaggle").read(table, size=(size, size))
    twin = cocodec.read(path / "coco_rle_oracle.json")
    assert Counter(canonical(found.masks().masks)) == Counter(canonical(twin.masks().masks))


def test_six_spellings_of_the_same_boxes() -> None:
    path = shared("multi/voc2012_boxes_a")
    twin = cocodec.read(path / "coco_minimal.json")
    boxes = sorted(
        map(tuple, np.round(np.array(twin.annotations.column("bbox").tolist()), 2).tolist())
    )
    for name, folder in (("voc", "voc"), ("cvat-xml", "cvat"), ("labelme", "labelme")):
        found = module(name).read(path / folder)
        values = [tuple(np.round(one, 2)) for one in found.annotations.column("bbox").tolist()]
        assert sorted(values) == boxes, name
