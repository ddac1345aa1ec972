"""Points that become keypoints, tracks of video, and class PNGs of Pascal VOC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cocodec import Document, DocumentError, RleArray
from cocodec.formats import FORMATS, FormatReport
from support.format_documents import bag, document, shared

RING = [2, 2, 12, 2, 12, 10, 2, 10]


def module(name: str) -> Any:
    return FORMATS[name].load()


def with_points(*flags: int) -> Document:
    """A mask with keypoints, and keypoints alone."""
    triples = [one for k, flag in enumerate(flags) for one in (3 + k, 4.5, flag)]
    rows = [
        {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [RING], "keypoints": triples},
        {"id": 2, "image_id": 1, "category_id": 1, "segmentation": [], "bbox": [3, 4.5, 1, 0],
         "area": 0, "keypoints": triples},
    ]  # fmt: skip
    rows = [{**row, "num_keypoints": len(flags), "iscrowd": 0} for row in rows]
    return Document.from_rows(
        images=[{"id": 1, "file_name": "a.jpg", "height": 40, "width": 60}],
        annotations=rows,
        categories=[{"id": 1, "name": "x"}],
    )


@pytest.mark.parametrize("name", ["labelme", "cvat-xml"])
def test_points_come_back(name: str, tmp_path: Path) -> None:
    doc = with_points(2, 2)
    target = tmp_path / ("a.xml" if name == "cvat-xml" else "a")
    assert module(name).write(doc, target).is_lossless
    report = FormatReport(name)
    back = module(name).read(target, report=report)
    assert report.is_lossless
    for key in ("keypoints", "num_keypoints"):
        assert back.annotations.column(key).tolist() == doc.annotations.column(key).tolist()
    assert bag(back) == bag(doc)
    assert back.annotations[1]["bbox"] == [3, 4.5, 1, 0]


@pytest.mark.parametrize("name", ["labelme", "cvat-xml", "via"])
def test_points_that_cannot_be_kept_are_named(name: str, tmp_path: Path) -> None:
    report = module(name).write(with_points(2, 1), tmp_path / "a.xml")
    assert report.losses["keypoints that are not all visible"] == ["row 0 (id 1)", "row 1 (id 2)"]


def test_points_of_via(tmp_path: Path) -> None:
    report = module("via").write(with_points(2), tmp_path / "a.json")
    assert report.losses == {"keypoints beside a mask, or several": ["row 0 (id 1)"]}
    back = module("via").read(tmp_path / "a.json")
    assert back.annotations[1]["keypoints"] == [3, 4.5, 2]
    assert back.annotations[1]["bbox"] == [3, 4.5, 0, 0]


def test_lines_are_named(tmp_path: Path) -> None:
    shape = {"label": "a", "points": [[1, 1], [5, 5]], "shape_type": "line"}
    dots = {"label": "a", "points": [[1, 1]], "shape_type": "point"}
    root = {"shapes": [shape, dots], "imagePath": "a.jpg", "imageHeight": 9, "imageWidth": 9}
    (tmp_path / "a.json").write_text(json.dumps(root))
    report = FormatReport("labelme")
    found = module("labelme").read(tmp_path / "a.json", report=report)
    (places,) = report.losses.values()
    assert places == [f"{tmp_path / 'a.json'}, shape 0 (line)"]
    assert found.annotations.column("keypoints").tolist() == [[1, 1, 2]]


# ------------------------------------------------------------ CVAT


META = """<meta><task><frame_filter>step=2</frame_filter><original_size><width>60</width>
<height>40</height></original_size></task></meta>"""


def track(tmp_path: Path, shapes: str, more: str = "") -> tuple[Document, FormatReport]:
    path = tmp_path / "a.xml"
    path.write_text(f"<annotations>{META}<track id='0' label='x'>{shapes}</track>{more}"
                    "</annotations>")  # fmt: skip
    report = FormatReport("cvat-xml")
    return module("cvat-xml").read(path, report=report), report


def box(frame: int, x: float, outside: int = 0, **more: Any) -> str:
    text = " ".join(f'{key}="{value}"' for key, value in more.items())
    return (f'<box frame="{frame}" keyframe="1" outside="{outside}" xtl="{x}" ytl="2" xbr="{x + 4}"'
            f' ybr="8" {text}/>')  # fmt: skip


def test_boxes_move_evenly_between_key_frames(tmp_path: Path) -> None:
    # Listed out of order; gone from frame 8 to 12.
    doc, report = track(tmp_path, box(6, 16) + box(0, 10) + box(8, 30, 1) + box(12, 5) + box(14, 6))
    assert report.is_lossless
    frames = [row["frame"] for row in doc.images[:]]
    assert frames == [0, 2, 4, 6, 12, 14]
    boxes = doc.annotations.column("bbox").tolist()
    assert boxes == [[x, 2, 4, 6] for x in (10, 12, 14, 16, 5, 6)]
    assert doc.annotations.column("keyframe").tolist() == [1, 0, 0, 1, 1, 1]
    assert {row["track_id"] for row in doc.annotations[:]} == {0}


def test_boxes_turn_the_shorter_way(tmp_path: Path) -> None:
    doc, _ = track(tmp_path, box(0, 10, rotation=350) + box(4, 10, rotation=10))
    assert doc.annotations[1]["segmentation"] == []  # half way: 0 degrees, a plain box
    assert doc.annotations[1]["bbox"] == [10, 2, 4, 6]
    assert [len(row["segmentation"]) for row in doc.annotations[:]] == [1, 0, 1]


@pytest.mark.parametrize(
    "shape",
    ['<polygon {} points="1,1;9,1;9,9"/>',
     '<mask {} rle="0, 4" left="1" top="1" width="2" height="2"/>'],
)  # fmt: skip
def test_other_shapes_stay_until_the_next_key_frame(shape: str, tmp_path: Path) -> None:
    first = shape.format('frame="0" outside="0" keyframe="1"')
    last = shape.format('frame="6" outside="1" keyframe="1"')
    doc, report = track(tmp_path, first + last)
    assert [row["frame"] for row in doc.images[:]] == [0, 2, 4]
    masks = doc.masks().masks
    assert masks[[0]] == masks[[1]] == masks[[2]]
    assert int(masks.area()[0]) > 0
    (places,) = report.notes.values()
    assert places == ["track 0, frame 2", "track 0, frame 4"]


def test_a_gap_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="lie between those listed"):
        track(tmp_path, box(0, 1) + box(999_999_999, 1))


def test_skeletons_become_keypoints(tmp_path: Path) -> None:
    joints = ('<points label="a" outside="0" occluded="1" points="3,4"/>'
              '<points label="b" outside="0" occluded="0" points="5,9"/>')  # fmt: skip
    other = '<points label="b" outside="1" points="0,0"/><points label="c" points="7,8"/>'
    image = '<image id="0" name="a.jpg" width="60" height="40">'
    image += (
        f'<skeleton label="x">{joints}</skeleton><skeleton label="x">{other}</skeleton></image>'
    )
    (tmp_path / "a.xml").write_text(f"<annotations>{image}</annotations>")
    doc = module("cvat-xml").read(tmp_path / "a.xml")
    assert doc.categories[0]["keypoints"] == ["a", "b", "c"]
    first, second = doc.annotations[:]
    assert second["keypoints"] == [0, 0, 0, 0, 0, 0, 7, 8, 2]
    assert first["keypoints"] == [3, 4, 1, 5, 9, 2, 0, 0, 0]
    assert (first["num_keypoints"], second["num_keypoints"]) == (2, 1)
    assert first["bbox"] == [3, 4, 2, 5]


@pytest.mark.parametrize("folder", ["points_26keypoints", "points_per_label", "datumaro_video"])
def test_points_of_real_files_are_kept(folder: str) -> None:
    path = shared(f"cvat/{folder}") / "annotations.xml"
    report = FormatReport("cvat-xml")
    doc = module("cvat-xml").read(path, report=report)
    assert any(row.get("keypoints") for row in doc.annotations[:])
    for places in report.losses.values():
        assert not any("<points>" in place for place in places)


# ------------------------------------------------------------ Pascal VOC


def apart() -> Document:
    """One object an image, so that nothing is covered."""
    doc = document()
    doc.remove([k for k in range(21) if k % 6 != 0 or k > 17])
    return doc


def test_a_class_of_one_object_is_its_mask(tmp_path: Path) -> None:
    module("voc").write(apart(), tmp_path / "a")
    for file in (tmp_path / "a/SegmentationObject").iterdir():
        file.unlink()
    found = module("voc").read(tmp_path / "a")
    assert bag(found) == bag(apart())
    assert len(found.annotations) == 3


def test_classes_without_any_list_of_objects(tmp_path: Path) -> None:
    module("voc").write(apart(), tmp_path / "a")
    for name in ("Annotations", "SegmentationObject", "ImageSets"):
        for file in sorted((tmp_path / "a" / name).rglob("*.*")):
            file.unlink()
    (tmp_path / "a/Annotations").rmdir()
    found = module("voc").read(tmp_path / "a")
    assert bag(found) == bag(apart())
    # In the colours of VOC, as other tools write it.
    for file in (tmp_path / "a/SegmentationClass").iterdir():
        with Image.open(file) as image:
            image.convert("RGB").save(file)
    assert bag(module("voc").read(tmp_path / "a")) == bag(apart())


def test_a_class_of_several_objects_is_a_crowd(tmp_path: Path) -> None:
    squares = RleArray.from_boxes([[1, 1, 5, 5], [20, 20, 6, 6]], [(40, 60)] * 2)
    rows = [
        {"id": k, "image_id": 1, "category_id": 1, "segmentation": one, "iscrowd": 0}
        for k, one in enumerate(squares.to_coco(), 1)
    ]
    doc = Document.from_rows(
        images=[{"id": 1, "file_name": "a.jpg", "height": 40, "width": 60}],
        annotations=rows,
        categories=[{"id": 1, "name": "cat"}],
    )
    module("voc").write(doc, tmp_path / "a")
    (tmp_path / "a/SegmentationObject/a.png").unlink()
    report = FormatReport("voc")
    found = module("voc").read(tmp_path / "a", report=report)
    assert found.annotations.column("iscrowd").tolist() == [0, 0, 1]
    assert found.masks().masks[[2]] == squares.union()
    assert found.annotations.column("bbox").tolist()[:2] == [[1, 1, 5, 5], [20, 20, 6, 6]]
    assert any("one crowd" in what for what in report.notes)


def test_a_real_class_png_pixel_for_pixel() -> None:
    for folder in ("labelformat_semantic/pascalvoc", "voc2012_real", "datumaro_voc1"):
        root = shared(f"voc/{folder}")
        found = module("voc").read(root)
        assert len(found.annotations) > 0
    root = shared("voc/labelformat_semantic/pascalvoc")
    found = module("voc").read(root)
    names = json.loads((root / "class_id_to_name.json").read_bytes())
    with Image.open(root / "SegmentationClass/2007_000032.png") as image:
        pixels = np.array(image)
    values = [value for value in np.unique(pixels).tolist() if value not in (0, 255)]
    assert found.categories.column("name").tolist() == [names[str(value)] for value in values]
    masks = found.masks().masks
    for k, value in enumerate(values):
        assert (masks[k].decode(layout="HW") == (pixels == value)).all()
