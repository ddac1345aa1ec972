"""Documents to be drawn, and the same as the reference takes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cocodec import Document, RleArray
from cocodec.drawing.labels import Letters
from cocodec.masks.painting import color_of
from reference import drawing as reference

CATEGORIES = [
    {"id": 1, "name": "cat"},
    {
        "id": 2,
        "name": "person",
        "keypoints": ["nose", "hip", "foot"],
        "skeleton": [[1, 2], [2, 3], [3, 9]],
    },
    {"id": 3, "name": "crowd of birds"},
]


def two_images() -> Document:
    ring = [[10, 12, 60, 8, 70, 50, 30, 66]]
    small = [1, 1, 18, 1, 18, 8, 1, 8]
    crowd = RleArray.from_boxes([[40, 30, 50, 40]], (80, 100)).to_coco(counts="list")[0]
    holed = RleArray.from_polygons([ring], (80, 100)) - RleArray.from_boxes(
        [[30, 25, 9, 9]], (80, 100)
    )
    rows: list[dict[str, Any]] = [
        {"id": 1, "category_id": 1, "segmentation": holed.to_coco()[0], "bbox": [10, 8, 60, 58]},
        {"id": 2, "category_id": 3, "segmentation": crowd, "bbox": [40, 30, 50, 40], "iscrowd": 1},
        {
            "id": 3,
            "category_id": 2,
            "bbox": [70.5, 20.25, 25, 70],
            "score": 0.875,
            "keypoints": [75, 25, 2, 85.5, 40.5, 1, 95, 90, 2],
        },
        {"id": 4, "category_id": 1, "segmentation": [small], "bbox": [1, 1, 17, 7]},
    ]
    for row in rows:
        row["image_id"] = 6 if row["id"] == 4 else 5
    return Document.from_rows(
        images=[
            {"id": 5, "file_name": "five.png", "height": 80, "width": 100},
            {"id": 6, "file_name": "sub/six.jpg", "height": 10, "width": 20},
        ],
        categories=CATEGORIES,
        annotations=rows,
    )


def drawn_by_reference(document: Document, image: int, ground: Any = None) -> np.ndarray:
    """The image of a row, as the pixel loop paints it."""
    record = document.images[image]
    height, width = record["height"], record["width"]
    picture = reference.grey(height, width) if ground is None else np.asarray(ground).tolist()
    rows = [i for i, row in enumerate(document.annotations) if row["image_id"] == record["id"]]
    categories = {row["id"]: (number, row) for number, row in enumerate(document.categories)}
    figures = []
    for i in rows:
        row = document.annotations[i]
        number, category = categories[row["category_id"]]
        figure: dict[str, Any] = {"color": color_of(number), "area": 0}
        if row.get("segmentation"):
            mask = document.masks([i]).masks
            figure["mask"] = mask.decode()[0].tolist()
            figure["area"] = sum(map(sum, figure["mask"]))
        figure["crowd"] = bool(row.get("iscrowd"))
        if "bbox" in row:
            figure["box"] = row["bbox"]
            figure["area"] = figure["area"] or row["bbox"][2] * row["bbox"][3]
        if "keypoints" in row:
            found = row["keypoints"]
            figure["points"] = [found[k : k + 3] for k in range(0, len(found), 3)]
            figure["bones"] = category.get("skeleton", [])
        score = f" {row['score']:.2f}" if "score" in row else ""
        scale = 1 + max(height, width) // 800
        figure["letters"] = Letters(scale).pixels(category["name"] + score).tolist()
        figure["corner"] = row["bbox"][:2]
        figures.append(figure)
    figures.sort(key=lambda figure: (not figure["crowd"], -figure["area"]))
    return np.array(reference.scene(picture, figures), np.uint8)
