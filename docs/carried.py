"""What each format and each dialect carries: measured, by writing one document and reading it back.

The document has one annotation for each thing that a format may be unable to say. What comes back
is compared with what went in, so the tables cannot promise more than the code does.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import cocodec
import cocodec.formats
from cocodec import RleArray
from cocodec.files.png import print_png

HEIGHT, WIDTH = 40, 60
# Formats that are one file, and its suffix; the others are folders.
SUFFIXES = {
    "kaggle": ".csv",
    "npz": ".npz",
    "cvat-xml": ".xml",
    "label-studio": ".json",
    "createml": ".json",
    "via": ".json",
    "mots": ".txt",
}
# What a reader has to be told, because the format does not say it.
READ: dict[str, dict[str, Any]] = {"kaggle": {"size": (HEIGHT, WIDTH)}}


def _ring(x: float, y: float, w: float, h: float) -> list[float]:
    return [x, y, x + w, y, x + w, y + h, x, y + h]


def _with_hole() -> dict[str, Any]:
    outer, inner = RleArray.from_boxes([[30, 5, 20, 20], [36, 10, 8, 8]], [[HEIGHT, WIDTH]] * 2)
    rle = (RleArray.concatenate([outer]) - RleArray.concatenate([inner])).to_coco()[0]
    return {"size": rle["size"], "counts": rle["counts"]}


def _annotation(number: int, segmentation: Any, **more: Any) -> dict[str, Any]:
    masks = cocodec.as_rle(segmentation, HEIGHT, WIDTH)
    row = {"id": number, "image_id": 1, "category_id": 1, "segmentation": segmentation}
    row |= {"area": int(masks.area()[0]), "bbox": masks.bbox()[0].tolist(), "iscrowd": 0}
    return row | more


def everything() -> dict[str, Any]:
    """One document with each thing that gets lost: parts, a hole, a crowd, keypoints ..."""
    crowd = RleArray.from_boxes([[2, 28, 9, 7]], [[HEIGHT, WIDTH]]).to_coco()[0]
    points = [5, 5, 2, 9, 9, 1, 0, 0, 0]
    return {
        "info": {"description": "everything", "year": 2026},
        "licenses": [{"id": 1, "name": "CC BY", "url": ""}],
        "images": [
            {
                "id": 1,
                "file_name": "one.png",
                "height": HEIGHT,
                "width": WIDTH,
                "date_captured": "2026-11-28",
            },
            {"id": 2, "file_name": "empty.png", "height": HEIGHT, "width": WIDTH},
        ],
        "categories": [
            {"id": 1, "name": "cat", "supercategory": "animal"},
            {
                "id": 5,
                "name": "person",
                "supercategory": "person",
                "keypoints": ["nose", "left", "right"],
                "skeleton": [[1, 2], [2, 3]],
            },
        ],
        "annotations": [
            _annotation(1, [_ring(2, 2, 10, 8)]),
            _annotation(2, [_ring(15, 2, 5, 5), _ring(15, 12, 5, 5)]),
            _annotation(3, _with_hole()),
            _annotation(4, crowd, iscrowd=1),
            _annotation(5, [_ring(3, 14, 9, 9)], category_id=5, keypoints=points, num_keypoints=2),
            _annotation(6, [_ring(24, 30, 9, 7)], attributes={"occluded": True, "colour": "red"}),
            _annotation(7, [_ring(40, 30, 9, 7)], score=0.5),
        ],
    }


class Carried(NamedTuple):
    """What came back: (what, how it is said in the table) pairs, and the report's lines."""

    cells: dict[str, str]
    lines: list[str]


def _masks(rows: list[dict[str, Any]]) -> list[RleArray]:
    return [
        cocodec.as_rle(row["segmentation"], HEIGHT, WIDTH)
        for row in rows
        if row.get("segmentation")
    ]


def compared(document: cocodec.Document) -> dict[str, str]:
    """Each thing of `everything`, and whether the document that came back has it."""
    rows = [dict(row) for row in document.annotations]
    images = [dict(row) for row in document.images]
    given = everything()["annotations"]
    back = _masks(rows)

    def mask(number: int) -> str:
        (wanted,) = _masks([given[number - 1]])
        return "exact" if wanted in back else "no"

    def has(does: Callable[[dict[str, Any]], Any]) -> str:
        return "yes" if any(does(row) for row in rows) else "no"

    return {
        "mask": mask(1),
        "mask of two parts": mask(2),
        "mask with a hole": mask(3),
        "crowd": has(lambda row: row.get("iscrowd")),
        "keypoints": has(lambda row: row.get("keypoints") == given[4]["keypoints"]),
        "attributes": has(lambda row: (row.get("attributes") or {}).get("colour") == "red"),
        "score": has(
            lambda row: 0.5 in (row.get("score"), (row.get("attributes") or {}).get("score"))
        ),
        "image without annotations": "yes" if len(images) == 2 else "no",
        "keys of images": "yes" if any("date_captured" in one for one in images) else "no",
        "supercategory": (
            "yes" if "animal" in document.categories.column("supercategory", missing="") else "no"
        ),
        "licences": "yes" if len(document.licenses) else "no",
    }


def write_images(folder: Path) -> None:
    """Empty pictures: some formats leave the sizes to them."""
    for image in everything()["images"]:
        pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
        (folder / image["file_name"]).write_bytes(print_png(pixels))


def carried_by_format(name: str) -> Carried:
    """Write the document as a format, and read it back."""
    form = cocodec.formats.FORMATS[name].load()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"everything{SUFFIXES.get(name, '')}"
        write_images(Path(folder))
        report = form.write(cocodec.read(json.dumps(everything()).encode()), target)
        document = form.read(target, **READ.get(name, {}))
        return Carried(compared(document), report.lines()[1:])


def carried_by_dialect(name: str) -> Carried:
    """Write the document in a dialect, and read it back as official COCO."""
    with tempfile.TemporaryDirectory() as folder:
        source, target, back = (Path(folder) / n for n in ("in.json", "out", "back.json"))
        source.write_text(json.dumps(everything()), encoding="utf-8")
        target = target.with_suffix(".zip" if name == "cvat" else ".json")
        report = cocodec.convert_dialect(source, target, to=name)
        cocodec.convert_dialect(target, back, to="official", ids="drop")
        document = cocodec.read(back)
        return Carried(compared(document), str(report).splitlines()[1:])
