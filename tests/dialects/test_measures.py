"""Area and bbox of rings, and Encord's bitmasks, against slow versions and real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RleArray, read
from cocodec.dialects.measures import ring_measures
from cocodec.dialects.tools.encord import read_bitmasks
from reference.dialects import bounds, shoelace

# Quarters of pixels: every product and sum of them is exact, in whatever order.
NUMBERS = st.integers(-4096, 4096).map(lambda n: n / 4)
RINGS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=7).map(
    lambda points: [number for point in points for number in point]
)


@given(st.lists(st.lists(RINGS, min_size=1, max_size=4), max_size=5))
def test_measures_are_those_of_the_reference(polygons: list[list[list[float]]]) -> None:
    areas, boxes = ring_measures(polygons)
    assert areas.tolist() == [shoelace(rings) for rings in polygons]
    assert boxes.tolist() == [bounds(rings) for rings in polygons]


def test_official_areas_and_boxes_are_the_rings_own(dialects: Path) -> None:
    rows = json.loads((dialects / "coco-val2014-100/instances_val2014_100.json").read_bytes())
    ringed = [one for one in rows["annotations"] if isinstance(one["segmentation"], list)]
    areas, boxes = ring_measures([one["segmentation"] for one in ringed])
    assert len(ringed) == 830
    # Written with fewer digits than a double has.
    assert np.abs(areas - [one["area"] for one in ringed]).max() < 1e-3
    assert np.abs(boxes - [one["bbox"] for one in ringed]).max() < 0.02


def test_bitmasks_of_label_rows_are_those_of_the_export(dialects: Path) -> None:
    folder = dialects / "encord"
    labels = json.loads((folder / "utilities_coco_data_exporter__LABELS_LIST.json").read_bytes())
    found: list[Any] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if "rleString" in value:
                found.append(value)
            for inner in value.values():
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    collect(labels)
    export = read(folder / "utilities_coco_data_exporter__COCO_EXPORTER_EXPECTED_RES.json").masks()
    expected = export.masks[export.kinds == 8]
    assert len(found) == len(expected) == 9
    masks = read_bitmasks(
        [one["rleString"] for one in found], [(one["height"], one["width"]) for one in found]
    )
    ours = {json.dumps(one) for one in masks.to_coco()}
    assert ours == {json.dumps(one) for one in expected.to_coco()}


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**36 - 1)), max_size=5)
)
def test_bitmasks_are_read_row_by_row(shapes: list[tuple[int, int, int]]) -> None:
    dense = [
        np.array([bits >> k & 1 for k in range(h * w)], np.uint8).reshape(h, w)
        for h, w, bits in shapes
    ]
    turned = [RleArray.encode(mask.T).to_coco()[0]["counts"] for mask in dense]
    found = read_bitmasks(turned, [mask.shape for mask in dense])
    assert len(found) == len(dense)
    for mask, one in zip(dense, found, strict=True):
        assert np.array_equal(one.decode(layout="HW"), mask)
