"""Documents for the tests of formats: every kind of object on images of several sizes."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import Document, RleArray, read

SHARED = Path(os.environ.get("COCODEC_SHARED", Path(__file__).resolve().parents[3] / "shared"))
SIZES = ((40, 60), (33, 17), (64, 64))


def masks(seed: int = 0) -> list[np.ndarray[Any, Any]]:
    """A hole, two parts, parts that touch at a corner, a pixel, a row, noise."""
    rng = np.random.default_rng(seed)
    out = []
    for height, width in SIZES:
        hole = np.zeros((height, width), np.uint8)
        hole[3:14, 2:13] = 1
        hole[6:9, 5:8] = 0
        parts = np.zeros_like(hole)
        parts[1:5, 1:4] = parts[10:20, 8:16] = 1
        corner = np.zeros_like(hole)
        corner[2:6, 2:6] = corner[6:9, 6:9] = 1
        pixel = np.zeros_like(hole)
        pixel[height - 1, width - 1] = 1
        line = np.zeros_like(hole)
        line[7, 3:12] = 1
        noise = (rng.random((height, width)) < 0.4).astype(np.uint8)
        out += [hole, parts, corner, pixel, line, noise]
    return out


def document(*, crowd: bool = False) -> Document:
    """Masks of all kinds, polygons, and boxes."""
    names = ["person", "traffic light", "a:b, 'c'"]
    images = [
        {"id": 10 + k, "file_name": f"img {k}.jpg", "height": h, "width": w}
        for k, (h, w) in enumerate(SIZES)
    ]
    rows: list[dict[str, Any]] = []
    every = masks()
    for k, mask in enumerate(every):
        encoded = RleArray.encode(mask)
        rows.append(
            {
                "id": 100 + k,
                "image_id": 10 + k // 6,
                "category_id": (1, 5, 9)[k % 3],
                "segmentation": encoded.to_coco()[0],
                "area": int(encoded.area()[0]),
                "bbox": encoded.bbox()[0].tolist(),
                "iscrowd": int(crowd and k == 5),
            }
        )
    ring = [1.5, 2.25, 12.75, 3.5, 10, 14.25, 2, 11]
    more = [[[*ring]], [[*ring], [1, 20, 9, 20, 9, 29, 1, 29]], []]
    for k, rings in enumerate(more):
        row = {"id": 200 + k, "image_id": 10, "category_id": 1, "segmentation": rings}
        rows.append(row | {"area": 80, "bbox": [1.5, 2.25, 11.25, 12], "iscrowd": 0})
    categories = [{"id": i, "name": name} for i, name in zip((1, 5, 9), names, strict=True)]
    return Document.from_rows(images=images, annotations=rows, categories=categories)


def bag(doc: Document, *, names: bool = True) -> Counter[Any]:
    """The objects that have a mask: image, category and mask of each."""
    found = doc.masks()
    files = [Path(name).stem for name in doc.images.column("file_name").tolist()]
    classes = doc.categories.column("name").tolist()
    rows = zip(
        doc.image_rows().tolist(),
        doc.category_rows().tolist(),
        canonical(found.masks),
        found.has_mask.tolist(),
        strict=True,
    )
    return Counter(
        (files[image], classes[category] if names else "", mask)
        for image, category, mask, has in rows
        if has and image >= 0
    )


def canonical(batch: RleArray) -> list[str]:
    """One spelling a mask, however its runs are cut."""
    if len(batch) == 0:
        return []
    groups = np.arange(len(batch))
    return [json.dumps(one) for one in batch.union(groups=groups).to_coco()]


def shared(name: str) -> Path:
    """Real samples, which are not part of the project."""
    path = SHARED / "data" / "formats" / name
    if not path.exists():
        pytest.skip(f"no real samples at {path} (COCODEC_SHARED names their folder)")
    return path


def official() -> Document:
    """The first 100 images of val2014."""
    path = SHARED / "data/dialects/coco-val2014-100/instances_val2014_100.json"
    if not path.exists():
        pytest.skip(f"no real file at {path} (COCODEC_SHARED names their folder)")
    return read(path)
