"""The names that examples in docstrings may use without making them: a small document, two masks.

>>> names = namespace()
>>> names["document"]
<Document: 2 images, 3 annotations, 2 categories>
>>> names["masks"]
<RleArray: 2 masks, 4x5, 6 runs>
"""

from __future__ import annotations

from typing import Any

import numpy as np

import cocodec

__all__ = ["namespace"]


def root() -> dict[str, Any]:
    """A document of two images: a leaf and a stem in the first, a crowd of leaves in the second."""
    common = {"iscrowd": 0, "area": 80.0, "bbox": [4, 5, 10, 8], "category_id": 1, "image_id": 1}
    ring = [[4, 5, 14, 5, 14, 13, 4, 13]]
    crowd = {"size": [30, 40], "counts": [125, 8, 22, 8, 1037]}
    return {
        "images": [
            {"id": 1, "width": 40, "height": 30, "file_name": "a.jpg"},
            {"id": 2, "width": 40, "height": 30, "file_name": "b.jpg"},
        ],
        "annotations": [
            {"id": 1, **common, "segmentation": ring},
            {"id": 2, **common, "category_id": 2, "segmentation": ring},
            {"id": 3, **common, "image_id": 2, "iscrowd": 1, "segmentation": crowd, "area": 16.0}
            | {"bbox": [4, 5, 2, 8]},
        ],
        "categories": [{"id": 1, "name": "leaf"}, {"id": 2, "name": "stem"}],
    }


def results() -> list[dict[str, Any]]:
    """What a model says of that document: both objects, one of them a little off."""
    ring = {"size": [30, 40], "counts": [125, 8, 22, 8, 1037]}
    found = cocodec.read(root()).masks([0]).masks.to_coco("str")[0]
    return [
        {"image_id": 1, "category_id": 1, "score": 0.9, "segmentation": found},
        {"image_id": 1, "category_id": 2, "score": 0.8, "segmentation": ring},
    ]


def namespace() -> dict[str, Any]:
    """A new namespace: what one example does to the document, the next does not see."""
    counts = [{"size": [4, 5], "counts": [5, 2, 13]}, {"size": [4, 5], "counts": [4, 4, 12]}]
    return {
        "cocodec": cocodec,
        "np": np,
        "document": cocodec.read(root()),
        "results": results(),
        "masks": cocodec.RleArray.from_coco(counts),
    }
