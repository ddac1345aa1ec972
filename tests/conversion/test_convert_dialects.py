"""`convert` on real files: nothing but masks changes, and the masks are the reference's."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

import cocodec
from cocodec.conversion import ConvertReport, convert
from support import oracle
from support.json_places import blanked

# File, and how many of its annotations are converted, unchanged, skipped and points.
FILES = {
    "coco-val2014-100/instances_val2014_100.json": (839, 0, 0, 0),
    "panopticapi/sample_data/panoptic_coco_detection_format.json": (0, 50, 0, 0),
    "panopticapi/sample_data/panoptic_examples.json": (0, 0, 2, 0),
    "trainingdata-io/coco_export.json": (6, 0, 4, 0),
    "encord/test_coco_export__EXPECTED_COCO_RESULT.json": (7, 0, 0, 1),
    "encord/utilities_coco_data_exporter__COCO_EXPORTER_EXPECTED_RES.json": (37, 9, 9, 9),
    "encord/utilities_coco_data_test_datastructure__DATA_TEST_DATASTRUCTURE_COCO.json": (
        (471, 1, 0, 0)
    ),
    "coco-official/results/captions_val2014_fakecap_results.json": (0, 0, 1000, 0),
    "coco-official/results/instances_val2014_fakebbox100_results.json": (0, 0, 734, 0),
    "coco-official/results/instances_val2014_fakesegm100_results.json": (0, 734, 0, 0),
    "coco-official/results/person_keypoints_val2014_fakekeypoints100_results.json": (0, 0, 125, 0),
    "hasty-cloudfactory/annotation.json": (0, 1, 0, 0),
    "lvis/data/lvis_val_100.json": (977, 0, 0, 0),
    "cvat/instances_default.json": (0, 0, 6355, 0),
}


def converted(source: bytes, to: Any) -> tuple[bytes, ConvertReport]:
    out = io.BytesIO()
    report = convert(source, out, to=to)
    return out.getvalue(), report


def rows_of(data: bytes) -> list[Any]:
    root = json.loads(data)
    if isinstance(root, list):
        return root
    return list(root["annotations"]) if "annotations" in root else [root]


def sizes_of(data: bytes) -> dict[Any, tuple[int, int]]:
    root = json.loads(data)
    images = root.get("images", []) if isinstance(root, dict) else []
    return {image["id"]: (image["height"], image["width"]) for image in images}


def expected(segmentation: Any, size: tuple[int, int]) -> dict[str, Any] | None:
    """What the reference makes of a segmentation; None where it makes nothing."""
    if isinstance(segmentation, dict):
        if isinstance(segmentation["counts"], str):
            return segmentation
        return dict(oracle.frPyObjects(segmentation, *segmentation["size"]))
    if not segmentation:
        return None
    rings = segmentation if isinstance(segmentation[0], list) else [segmentation]
    rings = [ring for ring in rings if len(ring) >= 6]
    if not rings:
        return None
    return dict(oracle.merge(oracle.frPyObjects(rings, *size)))


def check_masks(before: bytes, after: bytes) -> int:
    sizes, compared = sizes_of(before), 0
    for old, new in zip(rows_of(before), rows_of(after), strict=True):
        mask = expected(old.get("segmentation"), sizes.get(old.get("image_id"), (0, 0)))
        if mask is None:
            assert new.get("segmentation") == old.get("segmentation")
            continue
        counts = mask["counts"]
        assert new["segmentation"]["counts"] == (
            counts.decode() if isinstance(counts, bytes) else counts
        )
        assert new["segmentation"]["size"] == mask["size"]
        compared += 1
    return compared


@pytest.mark.parametrize("name", FILES)
def test_only_masks_change(dialects: Path, name: str) -> None:
    before = (dialects / name).read_bytes()
    after, report = converted(before, "rle")
    numbers = (report.converted, report.unchanged, report.skipped, report.points)
    assert numbers == FILES[name]
    assert report.refused == []
    assert blanked(after.decode()) == blanked(before.decode())
    assert check_masks(before, after) == report.converted + report.unchanged


@pytest.mark.parametrize("name", FILES)
def test_back_and_forth(dialects: Path, name: str) -> None:
    strings, _ = converted((dialects / name).read_bytes(), "rle")
    lists, report = converted(strings, "rle-list")
    # Nothing of an RLE but its counts is written.
    assert blanked(lists.decode(), masks_only=True) == blanked(strings.decode(), masks_only=True)
    assert report.unchanged == 0
    assert converted(lists, "rle")[0] == strings
    assert converted(strings, "rle")[0] == strings
    assert converted(lists, "rle-list")[0] == lists


def test_every_datumaro_file(dialects: Path) -> None:
    files = sorted((dialects / "datumaro").rglob("*.json"))
    assert len(files) > 20
    masks = 0
    for file in files:
        before = file.read_bytes()
        after, report = converted(before, "rle")
        assert report.refused == [], file
        assert blanked(after.decode()) == blanked(before.decode()), file
        masks += check_masks(before, after)
    assert masks == 16


def test_nothing_of_trainingdata_is_lost(dialects: Path) -> None:
    before = (dialects / "trainingdata-io" / "coco_export.json").read_bytes()
    after, _ = converted(before, "rle")
    areas = []
    for old, new in zip(rows_of(before), rows_of(after), strict=True):
        assert list(new) == list(old)
        assert {**new, "segmentation": 0} == {**old, "segmentation": 0}
        if "segmentation" in new:
            areas.append(int(cocodec.RleArray.from_coco([new["segmentation"]]).area()[0]))
    assert len(areas) == 6
    masks = cocodec.RleArray.from_coco(
        [row["segmentation"] for row in rows_of(after) if "segmentation" in row]
    )
    # The union that the tool's own mask picture bears out, see the notes on dialects.
    assert int(masks.union().area()[0]) == 9201


def test_hasty_golden(dialects: Path) -> None:
    before = (dialects / "hasty-cloudfactory" / "annotation.json").read_bytes()
    segmentation = json.loads(before)["segmentation"]
    mask = cocodec.RleArray.from_coco([segmentation])
    assert mask.sizes.tolist() == [[2211, 2097]]
    assert mask.area().tolist() == [6718]
    assert mask.bbox().tolist() == [[504, 842, 117, 75]]
    assert mask.to_coco() == [segmentation]
    lists, _ = converted(before, "rle-list")
    assert isinstance(json.loads(lists)["segmentation"]["counts"], list)
    assert converted(lists, "rle")[0] == before


def test_convert_takes_the_name_of_a_dialect() -> None:
    source = b'{"images":[{"id":1,"height":20,"width":30,"file_name":"a"}],"annotations":[]}'
    first, second = io.BytesIO(), io.BytesIO()
    report: Any = cocodec.convert(source, first, to="official", masks="rle", ids="drop")
    assert report.target == "official"
    cocodec.convert_dialect(source, second, to="official", masks="rle", ids="drop")
    assert first.getvalue() == second.getvalue()
    for wrong in ({"to": "nothing"}, {"to": "rle", "masks": "rle"}, {"to": "cvat", "masks": "rle"}):
        with pytest.raises(ValueError, match=r"expected one of|is for a dialect|can be spelled"):
            cocodec.convert(source, io.BytesIO(), **wrong)
