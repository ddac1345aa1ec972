"""Shapes of one image -> a COCO document, each shape a row of its own, as tools write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from reference import masks as reference
from reference.groups import Shape, area_of, box_of

NO_CROWD = object()


def row_of(shape: Shape, number: int, size: tuple[int, int]) -> dict[str, Any]:
    """One annotation; its group is an attribute, 0 and none left out."""
    if shape["type"] == "mask":
        mask = reference.encode(shape["mask"])
        counts = reference.to_string(mask.runs).decode()
        segmentation: Any = {"size": list(size), "counts": counts}
    elif shape["type"] == "polygon":
        segmentation = [[float(value) for value in shape["points"]]]
    else:
        segmentation = []
    attributes = dict(shape.get("attributes", {}))
    if shape.get("group"):
        attributes["group"] = shape["group"]
    return {
        "id": shape.get("id", number),
        "image_id": 1,
        "category_id": shape.get("label", -1) + 1,
        "segmentation": segmentation,
        "area": area_of(shape, size),
        "bbox": box_of(shape),
        "iscrowd": 0,
        **({"attributes": attributes} if attributes else {}),
    }


def document_of(shapes: Sequence[Shape], size: tuple[int, int]) -> bytes:
    return json.dumps(
        {
            "images": [{"id": 1, "height": size[0], "width": size[1]}],
            "annotations": [row_of(shape, i, size) for i, shape in enumerate(shapes, start=1)],
        }
    ).encode()
