"""Any objects at all, written and read back by every format that carries masks and names."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cocodec import Document, RleArray
from cocodec.formats import FORMATS
from support.format_documents import bag

NAMES = {"cvat-xml": "a.xml", "label-studio": "a.json", "via": "a.json", "kaggle": "a.csv",
         "npz": "a.npz"}  # fmt: skip
CARRYING = ("yolo", "labelme", "cvat-xml", "label-studio", "supervisely", "kaggle", "npz",
            "binary-png", "via", "openimages", "roboflow")  # fmt: skip
# What people call classes: no line breaks, no blanks at the ends, and not nothing.
LABELS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="_"),
    min_size=1,
    max_size=8,
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """One to three images of one size, with masks that have a pixel or more."""
    height, width = draw(array_shapes(min_dims=2, max_dims=2, max_side=12))
    names = draw(st.lists(LABELS, min_size=2, max_size=3, unique=True))
    images = [
        {"id": 7 * k + 1, "file_name": f"{k}.jpg", "height": height, "width": width}
        for k in range(draw(st.integers(1, 3)))
    ]
    rows: list[dict[str, Any]] = []
    for k in range(draw(st.integers(1, 4))):
        pixels = draw(arrays(np.uint8, (height, width), elements=st.integers(0, 1)))
        pixels[draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))] = 1
        mask = RleArray.encode(pixels)
        rows.append(
            {
                "id": k + 1,
                "image_id": draw(st.sampled_from(images))["id"],
                "category_id": draw(st.integers(1, len(names))),
                "segmentation": mask.to_coco()[0],
                "area": int(mask.area()[0]),
                "bbox": mask.bbox()[0].tolist(),
                "iscrowd": 0,
            }
        )
    categories = [{"id": k, "name": name} for k, name in enumerate(names, 1)]
    return Document.from_rows(images=images, annotations=rows, categories=categories)


@pytest.mark.parametrize("name", CARRYING)
@given(document=documents())
@settings(max_examples=20, deadline=None)
def test_objects_come_back(name: str, document: Document) -> None:
    form = FORMATS[name].load()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / NAMES.get(name, "out")
        form.write(document, target)
        size = document.images[0]["height"], document.images[0]["width"]
        back = form.read(target, **({"size": size} if name == "kaggle" else {}))
    assert bag(back) == bag(document)
