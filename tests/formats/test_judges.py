"""Other people's readers, on what our writers wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cocodec import Document
from cocodec.formats import FORMATS
from support.clients import require_clients, run_client
from support.format_documents import document

BRUSHES = """
import json, sys
from label_studio_sdk.converter.brush import decode_rle
for task in json.load(open(sys.argv[1])):
    for one in task["annotations"][0]["result"]:
        if one["value"].get("format") == "rle":
            alpha = decode_rle(one["value"]["rle"]).reshape(-1, 4)[:, 3]
            shape = one["original_height"], one["original_width"]
            print(one["id"], "".join("01"[v > 0] for v in alpha), *shape)
"""
VOC = """
import sys
import supervision as sv
found = sv.DetectionDataset.from_pascal_voc(sys.argv[1], sys.argv[2])
for path, _, objects in found:
    for box, label in zip(objects.xyxy.tolist(), objects.class_id.tolist()):
        print(path.split("/")[-1], found.classes[label], *box, sep="|")
"""


def pictures_of(doc: Document, folder: Path) -> Path:
    """A picture for each image, as large as it is said to be."""
    folder.mkdir()
    for row in doc.images[:]:
        Image.new("L", (row["width"], row["height"])).save(folder / row["file_name"], "JPEG")
    return folder


def test_label_studios_sdk_decodes_our_brushes(tmp_path: Path) -> None:
    require_clients("import label_studio_sdk.converter.brush")
    FORMATS["label-studio"].load().write(document(), tmp_path / "a.json")
    lines = run_client(BRUSHES, tmp_path / "a.json")
    masks = document().masks().masks
    assert len(lines) >= 18
    for line in lines:
        name, pixels, height, width = line.split()
        mine = masks[int(name[1:])].decode(layout="HW")
        assert mine.shape == (int(height), int(width))
        assert "".join("01"[one] for one in mine.ravel().tolist()) == pixels


def test_supervision_reads_our_boxes_of_voc(tmp_path: Path) -> None:
    require_clients("import supervision")
    doc = document()
    pictures = pictures_of(doc, tmp_path / "pictures")
    # It takes 1 from the first corner, as the original files have it.
    FORMATS["voc"].load().write(doc, tmp_path / "out", corners="voc2012")
    lines = run_client(VOC, pictures, tmp_path / "out/Annotations")
    names = dict(zip(doc.images.column("id"), doc.images.column("file_name"), strict=True))
    classes = dict(zip(doc.categories.column("id"), doc.categories.column("name"), strict=True))
    expected = []
    for row in doc.annotations:
        x, y, w, h = row["bbox"]
        corners = [float(int(one)) for one in (x, y, x + w, y + h)]
        expected.append([names[row["image_id"]], classes[row["category_id"]], *corners])
    found = []
    for line in lines:
        file, label, *box = line.split("|")
        found.append([file, label, *(float(int(float(one))) for one in box)])
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("rule", ["coco", "opencv"])
def test_supervision_reads_our_rows(rule: str, tmp_path: Path) -> None:
    require_clients("import supervision")
    doc = document()
    pictures = pictures_of(doc, tmp_path / "pictures")
    FORMATS["yolo"].load().write(doc, tmp_path / "out", rule=rule)
    program = """
import sys
import supervision as sv
from pathlib import Path
data = Path(sys.argv[2])
found = sv.DetectionDataset.from_yolo(
    sys.argv[1], str(data / "labels/train"), str(data / "data.yaml"), force_masks=True)
for path, _, objects in found:
    for label in objects.class_id.tolist():
        print(path.split("/")[-1], found.classes[label], sep="|")
"""
    names = dict(zip(doc.images.column("id"), doc.images.column("file_name"), strict=True))
    classes = dict(zip(doc.categories.column("id"), doc.categories.column("name"), strict=True))
    expected = [f"{names[r['image_id']]}|{classes[r['category_id']]}" for r in doc.annotations]
    assert sorted(run_client(program, pictures, tmp_path / "out")) == sorted(expected)
