"""What CVAT's exporter makes of 33 lists of shapes, and what `merge_groups` makes of them.

Where the tool does what its manual says, both agree to the number. Where it does not,
``cvat_strict=True`` does as the tool does. What is left over is named in `ELSEWHERE` and `EXACT`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import RleArray
from reference import masks as reference
from reference.groups import Rules, Shape, merge
from support.group_documents import document_of

# The manual: is_crowd is a checkbox, or 0 and 1. The tool: 1 (CVAT hands it on as 1.0) is no yes.
STRICT = {"group2_number_attr_1.0", "group2_int_attr_1", "mask_only_number_1.0"}

# Masks that become polygons: the tool's outline runs through the middle of the pixels at the edge
# and loses half of them, small parts altogether. Ours is exact, also with cvat_strict: the same
# pixels as the mask's, so another area and other rings. name -> (their area, that of the shapes).
EXACT = {
    "mask_only_false": (15, 24),
    "mask_only_number_1.0": (15, 24),
    "mask_small_label1_polygon_large_label0": (50, 60),
    "mask_5x5_label1_polygon_large_label0": (66, 75),
}

# No matter of groups: crop_covered cuts away what other shapes cover (an option that CVAT leaves
# off), which merging never does.
ELSEWHERE = {"zorder_crop_covered", "fully_covered_crop"}

# What the exporter itself does, before and after: it rounds coordinates to hundredths, takes the
# score out of the attributes, drops is_crowd from them, and gives ids. The tests do it here.


@pytest.fixture(scope="module")
def cases(dialects: Path) -> dict[str, dict[str, Any]]:
    path = dialects / "_derived" / "cvat_datumaro_group_vectors.json"
    found = json.loads(path.read_text())["cases"]
    return {case["name"]: case for case in found}


def shapes_of(case: dict[str, Any]) -> list[Shape]:
    size = case["image"]["height"], case["image"]["width"]
    shapes = []
    for shape in case["shapes"]:
        shape = dict(shape)
        if "points" in shape:
            shape["points"] = [round(value, 2) for value in shape["points"]]
        if "mask_rect" in shape:
            x, y, w, h = shape["mask_rect"]
            shape["mask"] = np.zeros(size, bool)
            shape["mask"][y : y + h, x : x + w] = True
        shapes.append(shape)
    return shapes


def mode_of(case: dict[str, Any]) -> str:
    return (
        "mask"
        if case["format"] == "coco_stuff"
        else case["options"].get("segmentation_mode", "guess")
    )


def attributes_of(attributes: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in attributes.items() if k not in ("is_crowd", "group", "score")}


def pixels(segmentation: Any, size: tuple[int, int]) -> np.ndarray:
    if isinstance(segmentation, dict):
        return RleArray.from_coco([segmentation]).decode(layout="HW").astype(bool)
    out = np.zeros(size, bool)
    for ring in segmentation:
        out |= reference.decode(reference.ring(ring, *size))
    return out


def test_there_are_33(cases):
    assert len(cases) == 33
    assert (STRICT | EXACT.keys() | ELSEWHERE) <= cases.keys()


NAMES = range(33)


@pytest.mark.parametrize("number", NAMES)
@pytest.mark.parametrize("strict", [False, True])
def test_vector(cases, number, strict):
    name, case = list(cases.items())[number]
    size = case["image"]["height"], case["image"]["width"]
    shapes, expected = shapes_of(case), case["annotations"]
    if name in ELSEWHERE:
        assert case["options"] == {"crop_covered": True}
        return
    document = cocodec.read(document_of(shapes, size))
    options = {"mode": mode_of(case), "singles": "apply", "to": "rle-list"}
    cocodec.merge_groups(document, cvat_strict=strict, **options)
    got = list(document.annotations)
    slow = merge(shapes, size, Rules(mode=mode_of(case), strict=strict))
    assert len(got) == len(expected) == len(slow)
    if name in STRICT and not strict:
        assert [row["iscrowd"] for row in got] == [1]
        assert [row["iscrowd"] for row in expected] == [0]
        return
    for row, theirs, merged in zip(got, expected, slow, strict=True):
        compare(name, (row, theirs, merged), size)


def compare(name: str, rows: tuple[Any, Any, Any], size: tuple[int, int]) -> None:
    row, theirs, merged = rows
    assert row["category_id"] == theirs["category_id"]
    assert row["iscrowd"] == theirs["iscrowd"]
    assert row["bbox"] == theirs["bbox"] == merged.bbox
    assert attributes_of(row.get("attributes", {})) == theirs.get("attributes", {})
    assert row["area"] == merged.area
    np.testing.assert_array_equal(pixels(row["segmentation"], size), merged.pixels)
    if name in EXACT:
        assert (theirs["area"], row["area"]) == EXACT[name]
        return
    assert row["area"] == theirs["area"]
    if isinstance(row["segmentation"], dict):  # a mask alone stays spelled as it was
        np.testing.assert_array_equal(pixels(theirs["segmentation"], size), merged.pixels)
    else:
        assert row["segmentation"] == theirs["segmentation"]


def crowd(*rings: list[float]) -> RleArray:
    shapes = [
        {"type": "polygon", "points": ring, "group": 1, "attributes": {"is_crowd": True}}
        for ring in rings
    ]
    document = cocodec.read(document_of(shapes, (20, 30)))
    cocodec.merge_groups(document, singles="apply")
    (row,) = document.annotations
    assert row["iscrowd"] == 1
    assert row["area"] == RleArray.from_coco([row["segmentation"]]).area()[0]
    return row["segmentation"]["counts"]


P1, P2 = [1, 1, 11, 1, 11, 6, 1, 6], [15, 10, 18, 10, 18, 14, 15, 14]


@pytest.mark.parametrize(
    "rings, counts",
    [
        ([P1, P2], "e05?00000000000000000i2OXM000V7"),
        ([P1], "e05?00000000000000000k;"),
        (
            [[2, 2, 10, 2, 10, 10, 2, 10], [6, 6, 14, 6, 14, 14, 6, 14]],
            "Z18<0000004L000004L000000j9",
        ),
        ([[1, 1, 1.2, 1, 1.2, 1.2]], "hb0"),
    ],
)
def test_masks_as_strings(rings, counts):
    assert crowd(*rings) == counts
