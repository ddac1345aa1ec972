"""Nothing is lost in silence: the report has what does not come back, and --strict ends with 1."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cocodec import Document, RleArray, read
from cocodec.cli import main
from cocodec.formats import FORMATS

HEIGHT, WIDTH = 40, 60
SUFFIXES = {"cvat-xml": ".xml", "label-studio": ".json", "createml": ".json", "kaggle": ".csv",
            "npz": ".npz", "mots": ".txt", "via": ".json"}  # fmt: skip
READ: dict[str, dict[str, Any]] = {"kaggle": {"size": (HEIGHT, WIDTH)}}


def mask_of(*boxes: tuple[int, int, int, int], holes: Any = ()) -> Any:
    dense = np.zeros((HEIGHT, WIDTH), np.uint8)
    for value, several in ((1, boxes), (0, holes)):
        for x, y, w, h in several:
            dense[y : y + h, x : x + w] = value
    return RleArray.encode(dense)


def row(number: int, mask: RleArray, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "image_id": 1, "category_id": 1, "segmentation": mask.to_coco()[0],
        "area": int(mask.area()[0]), "bbox": mask.bbox()[0].tolist(), "iscrowd": 0, **more,
    }  # fmt: skip


PLAIN: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "one.png", "height": HEIGHT, "width": WIDTH}],
    "annotations": [row(1, mask_of((2, 2, 10, 8)))],
    "categories": [{"id": 1, "name": "cat"}],
}


def with_row(mask: RleArray, **more: Any) -> dict[str, Any]:
    root = copy.deepcopy(PLAIN)
    root["annotations"].append(row(2, mask, **more))
    return root


def with_empty_image() -> dict[str, Any]:
    root = copy.deepcopy(PLAIN)
    root["images"].append({"id": 2, "file_name": "two.png", "height": HEIGHT, "width": WIDTH})
    return root


def with_more(table: str, **more: Any) -> dict[str, Any]:
    """The plain document with something in the first row of a table."""
    root = copy.deepcopy(PLAIN)
    root[table][0] |= more
    return root


def with_class() -> dict[str, Any]:
    root = copy.deepcopy(PLAIN)
    root["categories"].append({"id": 7, "name": "dog"})
    return root


PART = mask_of((20, 20, 9, 9))
RING = [20.25, 20, 29, 20.5, 29, 29, 20, 29]
SEEN = [21, 21, 2, 25, 25, 2]
HIDDEN = [21, 21, 2, 25, 25, 1, 0, 0, 0]
# What a document may have, each alone beside one plain object.
FEATURES: dict[str, dict[str, Any]] = {
    "nothing": PLAIN,
    "a second object": with_row(PART),
    "a ring": with_row(PART, segmentation=[RING]),
    "two rings": with_row(PART, segmentation=[RING, [2, 20, 9, 20, 9, 29]]),
    "parts": with_row(mask_of((20, 20, 5, 5), (40, 30, 5, 5))),
    "a hole": with_row(mask_of((20, 20, 12, 12), holes=[(24, 24, 4, 4)])),
    "a box": with_row(PART, segmentation=[], area=30, bbox=[20.5, 20, 6, 5]),
    "an overlap": with_row(mask_of((5, 5, 10, 10))),
    "a crowd": with_row(PART, iscrowd=1),
    "a score": with_row(PART, score=0.5),
    "attributes": with_row(PART, attributes={"colour": "red"}),
    "points": with_row(PART, keypoints=SEEN, num_keypoints=2),
    "hidden points": with_row(PART, keypoints=HIDDEN, num_keypoints=2),
    "a key of somebody's": with_row(PART, weather="rain"),
    "an image without objects": with_empty_image(),
    "keys of an image": with_more("images", license=3, date_captured="2013", weather="rain"),
    "a supercategory": with_more("categories", supercategory="animal"),
    "a skeleton": with_more("categories", keypoints=["a", "b"], skeleton=[[1, 2]], colour="red"),
    "a class without objects": with_class(),
    "info": {**PLAIN, "info": {"contributor": "somebody"}},
    "licences": {**PLAIN, "licenses": [{"id": 3, "name": "BY"}]},
    "a key of the file": {**PLAIN, "weather": {"rain": 1}},
    "an object without a pixel": with_row(mask_of()),
    "an image that is not there": with_row(PART, image_id=7),
    "a mask that is none": with_row(PART, segmentation={"size": [40, 60], "counts": [5]}),
}  # fmt: skip
_OF_IMAGES = ("license", "date_captured", "weather")
_OF_CATEGORIES = ("supercategory", "keypoints", "skeleton", "colour")
_CARRIED = ("iscrowd", "score", "attributes", "keypoints", "weather")


def said(doc: Document, *, boxes: bool = False) -> list[Any]:
    """All that is said of images and objects, in no order; `boxes`: these, and no masks."""
    found = doc.masks(on_error="skip")
    union = found.masks.union(groups=np.arange(len(doc.annotations))).to_coco()
    names = [Path(name).stem for name in doc.images.column("file_name").tolist()]
    classes = doc.categories.column("name").tolist()
    objects = []
    rows = zip(
        doc.annotations, doc.image_rows().tolist(), doc.category_rows().tolist(), strict=True
    )
    for k, (one, image, category) in enumerate(rows):
        mask = union[k]["counts"] if found.has_mask[k] and not boxes else None
        where = mask or [round(float(value), 3) for value in one["bbox"]]
        more = [(key, plain(one[key])) for key in _CARRIED if one.get(key) not in (None, 0, {})]
        place = (names[image] if image >= 0 else None, classes[category])
        objects.append(repr((*place, where, [pair for pair in more if pair[1] != {}])))
    about = [
        sorted(
            repr((Path(row["file_name"]).stem, [row.get(key) for key in _OF_IMAGES]))
            for row in doc.images[:]
        ),
        sorted(
            repr((row["name"], [row.get(key) for key in _OF_CATEGORIES]))
            for row in doc.categories[:]
        ),
        [row.get("name") for row in doc.licenses[:]],
        doc.info.get("contributor"),
        doc.field("weather", None),
    ]
    return [sorted(names), sorted(objects), about]


def plain(value: Any) -> Any:
    """Numbers as floats, and of attributes those that the test made."""
    if isinstance(value, dict):
        return {key: one for key, one in value.items() if key == "colour"}
    return list(map(float, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("name", FORMATS)
def test_what_is_lost_is_said(name: str, feature: str, tmp_path: Path) -> None:
    for one in ("one.png", "two.png"):
        Image.new("L", (WIDTH, HEIGHT)).save(tmp_path / one, "PNG")
    root = FEATURES[feature]
    doc = read(json.dumps(root).encode())
    target = tmp_path / f"out{SUFFIXES.get(name, '')}"
    report = FORMATS[name].load().write(doc, target)
    back = FORMATS[name].load().read(target, **READ.get(name, {}))
    same = said(back) == said(doc)
    if (
        feature == "a box" and report.is_lossless and not same
    ):  # it became a mask: the same box, or noted
        same = said(back, boxes=True) == said(doc, boxes=True)
        same = same or any("row 1" in one for places in report.notes.values() for one in places)
    # The links between parts are a trainer's loss; cocodec itself does not paint them.
    painted = name == "yolo" and feature in ("parts", "two rings")
    assert report.is_lossless == (same and not painted), (str(report), said(doc), said(back))
    places = [one for found in report.losses.values() for one in found]
    of_file = report.losses.get("keys of the file itself", [])
    assert set(of_file) <= {"info", "weather"}
    assert all(re.search(r"\brow \d+", one) for one in places if one not in of_file), places
    doc.write(tmp_path / "in.json")
    arguments = ["convert", tmp_path / "in.json", tmp_path / f"other{target.suffix}", "--to", name]
    assert main([*map(str, arguments), "--strict", "-q"]) == int(not report.is_lossless)
