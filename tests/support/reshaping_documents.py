"""Documents to take apart, put together and move about, as Hypothesis draws them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cocodec import Document, RleArray, read
from support.json_values import STYLES
from support.strategies import dense

Root = dict[str, Any]

NAMES = ["cat", "dog", "Öltank", 'soup "du jour"']
styles = st.sampled_from(STYLES)
values = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(-3, 3), st.sampled_from(["a", "ab", ""])
)
attributes = st.dictionaries(st.sampled_from(["x", "y"]), values, max_size=2)


def rle_of(mask: np.ndarray) -> dict[str, Any]:
    return RleArray.encode(mask).to_coco()[0]


@st.composite
def shapes(draw: st.DrawFn, height: int, width: int) -> dict[str, Any]:
    """A segmentation (RLE, rings, none) and what goes with it."""
    kind = draw(st.sampled_from(["rle", "list", "rings", "box", "nothing"]))
    if kind in ("rle", "list"):
        mask = draw(dense(st.just((height, width))))
        runs = RleArray.encode(mask)
        (segmentation,) = runs.to_coco("str" if kind == "rle" else "list")
        box = runs.bbox()[0].tolist()
        return {"segmentation": segmentation, "area": int(runs.area()[0]), "bbox": box}
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    w, h = draw(st.integers(1, width - x)), draw(st.integers(1, height - y))
    if kind == "rings":
        tip = draw(st.sampled_from([x + w, x + w / 2, x + w / 4]))
        ring = [x, y, x + w, y, tip, y + h]
        spelled = draw(st.sampled_from([int, float]))
        ring = [spelled(v) if v == int(v) else v for v in ring]
        return {"segmentation": [ring], "area": w * h / 2, "bbox": [x, y, w, h]}
    if kind == "box":
        return {"segmentation": [], "area": w * h, "bbox": [x, y, w, h]}
    return {}


@st.composite
def roots(draw: st.DrawFn, shaped: bool = True, first_id: int = 1) -> Root:
    """A document: ids of several types, rows that refer to nothing, keys nobody knows."""
    ids = st.integers(first_id, first_id + 20) | st.sampled_from(["1", "a", "b"])
    height, width = draw(st.integers(2, 9)), draw(st.integers(2, 9))
    image_ids = draw(st.lists(ids, max_size=5, unique_by=repr))
    images = [
        {
            "id": id_,
            "file_name": f"dir/{first_id}-{i}.jpg",
            "height": height,
            "width": width,
            **draw(st.fixed_dictionaries({}, optional={"video": st.integers(0, 2)})),
        }
        for i, id_ in enumerate(image_ids)
    ]
    names = draw(st.lists(st.sampled_from(NAMES), max_size=4, unique=True))
    categories = [{"id": k + 1, "name": name, "color": "red"} for k, name in enumerate(names)]
    count = draw(st.integers(0, 7))
    numbers = draw(st.lists(ids, min_size=count, max_size=count, unique_by=repr))
    annotations = []
    for number in numbers:
        row: dict[str, Any] = {"id": number}
        row["image_id"] = draw(st.sampled_from([*image_ids, 99]))
        row["category_id"] = draw(st.integers(1, max(1, len(names))))
        if shaped:
            row |= draw(shapes(height, width))
        row["iscrowd"] = draw(st.sampled_from([0, 1, True, False]))
        row |= draw(st.fixed_dictionaries({}, optional={"attributes": attributes, "score": values}))
        annotations.append(row)
    root = {
        "info": {"year": 2020, "version": "1.0"},
        "licenses": [{"id": 1, "name": "CC"}],
        "images": images,
        "categories": categories,
        "annotations": annotations,
        "unknown": draw(values),
    }
    keys = draw(st.permutations(list(root)))
    return {key: root[key] for key in keys}


def text_of(root: Any, style: dict[str, Any] | None = None) -> bytes:
    return json.dumps(root, **(style or {})).encode()


def document_of(root: Any, style: dict[str, Any] | None = None) -> Document:
    return read(text_of(root, style))


def json_of(document: Document) -> Any:
    return json.loads(bytes_of(document))


def bytes_of(document: Document) -> bytes:
    return b"".join(document.render_source(document.parts[0].name))


def raw_rows(document: Document, table: str) -> list[bytes]:
    """The rows' own bytes."""
    rows = getattr(document, table)
    return [rows.raw(i) for i in range(len(rows))]
