"""Any dialect -> a file that pycocotools loads, and a report that leaves nothing out."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO

from cocodec import DialectError, DialectOptions, RleArray, convert_dialect, read
from reference.dialects import pixels_of
from support.dialect_documents import (
    BOX,
    MAKERS,
    OTHER,
    RING,
    RLE,
    RLE_LIST,
    category,
    document,
    first,
    image,
    make,
    official,
    row,
    text,
)

# numpy 2 of pycocotools' own arrays
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def load(root: dict[str, Any], folder: Path) -> COCO:
    path = folder / "official.json"
    path.write_text(json.dumps(root))
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


@pytest.mark.parametrize("name", MAKERS)
def test_pycocotools_loads_every_dialect(name: str, tmp_path: Path) -> None:
    root, report = official(make(name))
    coco = load(root, tmp_path)
    assert len(coco.anns) == len(root["annotations"]) == report.annotations > 0
    for one in root["annotations"]:
        assert isinstance(one["id"], int)
        assert one["image_id"] in coco.imgs
        assert one["category_id"] in coco.cats
        assert one["iscrowd"] in (0, 1)
        assert not isinstance(one["iscrowd"], bool)
        if isinstance(one["segmentation"], dict) or one["segmentation"]:
            mask = coco.annToMask(one)
            assert mask.shape == (20, 30)
            assert len(one["bbox"]) == 4
            assert one["area"] >= 0
        else:
            assert "have no ring" in str(report)


REAL = [
    "coco-val2014-100/instances_val2014_100.json",
    "cvat/instances_default.json",
    "encord/utilities_coco_data_exporter__COCO_EXPORTER_EXPECTED_RES.json",
    "hasty-cloudfactory/annotation.json",
    "trainingdata-io/coco_export.json",
    "lvis/data/lvis_val_100.json",
    "coco-official/results/instances_val2014_fakesegm100_results.json",
    "label-studio/tests/custom/converter/data/test_import_coco/coco_import_input.json",
    "superannotate/tests/integration/convertors/data_set/coco_instance_segmentation/"
    "TestVectorAnnotationImage.json",
]


@pytest.mark.parametrize("path", REAL)
def test_pycocotools_makes_every_mask_of_real_files(
    dialects: Path, tmp_path: Path, path: str
) -> None:
    root, report = official((dialects / path).read_bytes())
    assert not report.refused
    assert not report.lost
    coco = load(root, tmp_path)
    document_ = read(tmp_path / "official.json")
    masks = document_.masks()
    assert masks.has_mask.all()
    step = max(1, len(root["annotations"]) // 200)
    for i in range(0, len(root["annotations"]), step):
        ours = masks.masks[i].decode(layout="HW")
        assert np.array_equal(coco.annToMask(root["annotations"][i]), ours)


def test_masks_of_real_files_stay(dialects: Path) -> None:
    for path in REAL:
        before = read(dialects / path).masks()
        root, _ = official((dialects / path).read_bytes())
        after = read(text(root)).masks()
        kept = [i for i, has in enumerate(before.has_mask) if has]
        if len(kept) == len(after.masks):
            assert after.masks == before.masks[kept], path
        else:
            assert not before.has_mask.all(), path


def test_an_official_file_stays_what_it_is(dialects: Path) -> None:
    path = dialects / "coco-val2014-100/instances_val2014_100.json"
    root, report = official(path.read_bytes())
    assert root == json.loads(path.read_bytes())
    assert len(report.lines()) == 1


# ---------------------------------------------------------------- segmentations

EMPTY = {"size": [20, 30], "counts": "hb0"}  # no pixel


@pytest.mark.parametrize(
    "value, expected, said",
    [
        ([RING], [RING], None),
        (RING, [RING], "flat rings put into a list"),
        ([[[1, 1], [5, 1], [5, 4]]], [[1, 1, 5, 1, 5, 4]], "rings of pairs made flat"),
        ([RING, []], [RING], None),
        ([RING, [1, 2, 3, 4]], [RING], "rings of fewer than three points"),
        (RLE, RLE, None),
        (RLE_LIST, RLE_LIST, None),
        (RLE["counts"], RLE, "bare counts strings"),
        (BOX, EMPTY, "rings of fewer than three points"),
        ([BOX], EMPTY, "rings of fewer than three points"),
        ([[1, 1], [5, 1], [5, 4]], [[1, 1, 5, 1, 5, 4]], "rings of pairs made flat"),
        ([["1", "1.5", "5", 1, 5, 4]], [[1, 1.5, 5, 1, 5, 4]], "coordinates that are texts"),
        ([], [[1, 1, 11, 1, 11, 6, 1, 6]], "boxes without a mask"),
        ([[]], [[1, 1, 11, 1, 11, 6, 1, 6]], "boxes without a mask"),
        (None, [[1, 1, 11, 1, 11, 6, 1, 6]], "boxes without a mask"),
    ],
)
def test_every_spelling_becomes_official(value: Any, expected: Any, said: str | None) -> None:
    root, report = official(document(row(segmentation=value)))
    assert first(root)["segmentation"] == expected
    assert [change for change in report.changes if said and said in change] or said is None
    if said is None:
        assert not report.changes


COORDINATES = st.integers(-8, 70).map(lambda n: n / 2)
RINGS = st.lists(COORDINATES, min_size=6, max_size=12).map(lambda ring: ring[: len(ring) // 2 * 2])
SPELLINGS = st.one_of(
    st.lists(RINGS, min_size=1, max_size=3),
    RINGS,
    st.lists(st.integers(0, 12), min_size=4, max_size=4),
    st.just(RLE),
    st.just(RLE_LIST),
    st.sampled_from([None, [], [[]]]),
)


@given(st.lists(SPELLINGS, min_size=1, max_size=4))
def test_masks_are_those_of_the_reference(values: list[Any]) -> None:
    rows = [row(i, segmentation=value) for i, value in enumerate(values)]
    root, report = official(document(*rows))
    assert not report.refused
    masks = read(text(root)).masks()
    for one, mask in zip(rows, masks.masks, strict=True):
        expected = pixels_of(one, 20, 30)
        assert np.array_equal(mask.decode(layout="HW"), expected)


def test_iscrowd_never_chooses_the_parser() -> None:
    for crowd in (0, 1):
        for value in ([RING], RLE, RLE_LIST):
            root, _ = official(document(row(segmentation=value, iscrowd=crowd)))
            assert first(root)["segmentation"] == value
            assert first(root)["iscrowd"] == crowd


def test_four_numbers_are_corners_where_the_tool_and_the_bbox_say_so() -> None:
    corners, box = [[1, 1, 11, 6]], [[1, 1, 10, 5]]
    root, report = official(document(row(segmentation=corners)), dialect="labelme")
    assert first(root)["segmentation"] == [[1, 1, 11, 1, 11, 6, 1, 6]]
    assert any(change.startswith("two corners") for change in report.changes)
    for value, bbox, dialect in (
        (corners, [1, 1, 10, 5], "official"),  # not its habit
        (box, [1, 1, 10, 5], "labelme"),  # the bbox does not agree
        (corners, None, "labelme"),  # nor does this one
    ):
        root, report = official(document(row(segmentation=value, bbox=bbox)), dialect=dialect)
        assert first(root)["segmentation"] == EMPTY
        assert "rings of fewer than three points left out, they cover nothing" in report.changes


def test_points_become_keypoints() -> None:
    point = row(segmentation=[[3, 4]], bbox=[3, 4, 0, 0])
    root, report = official(document(point))
    assert first(root)["keypoints"] == [3, 4, 2]
    assert first(root)["num_keypoints"] == 1
    assert "points in the place of rings made keypoints" in report.changes
    root, _ = official(document({**point, "keypoints": [3, 4, 1], "num_keypoints": 1}))
    assert first(root)["keypoints"] == [3, 4, 1]


def test_wrong_rows_are_refused_by_name() -> None:
    rows = [
        row(1, segmentation=[[1, 2, 3, 4, 5, "x"]]),
        row(2, segmentation={"size": [20, 30], "counts": [7]}),
        row(3, image_id=5),
        row(4, iscrowd="perhaps"),
        row(5),
    ]
    with pytest.raises(DialectError) as caught:
        official(document(*rows))
    report = caught.value.report
    assert sorted(place.id for place, _ in report.refused) == [1, 2, 3, 4]
    assert "row 2, id 3: image_id is 5, which no image has" in str(caught.value)
    root, report = official(document(*rows), on_error="skip")
    assert [one["id"] for one in root["annotations"]] == [5]
    assert len(report.refused) == 4


def test_half_points_are_left_out_with_or_without_their_ring() -> None:
    one = row(segmentation=[[*RING, 3.0], OTHER])
    root, report = official(document(one))
    assert first(root)["segmentation"] == [RING, OTHER]
    assert "half points at the end of rings left out" in report.changes
    root, report = official(document(one), broken_rings="drop")
    assert first(root)["segmentation"] == [OTHER]
    assert "rings with half a point" in report.lost


def test_nothing_is_written_when_rows_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    with pytest.raises(DialectError):
        convert_dialect(text(document(row(image_id=5))), target, to="official")
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- options


@pytest.mark.parametrize("name", ["kili", "official"])
def test_rings_may_be_holes(name: str) -> None:
    rings = [RING, [3.0, 2.0, 9.0, 2.0, 9.0, 5.0, 3.0, 5.0], OTHER]
    one = row(segmentation=rings)
    root, report = official(document(one), rings="holes", dialect=name)
    mask = RleArray.from_coco([first(root)["segmentation"]])
    assert np.array_equal(mask.decode(layout="HW"), pixels_of(one, 20, 30, "holes"))
    root, report = official(document(one), dialect=name)
    assert first(root)["segmentation"] == rings
    assert bool(report.notes) == (name == "kili")


def test_rings_may_be_objects_of_their_own() -> None:
    root, _ = official(document(row(4, segmentation=[RING, OTHER]), row(1)), rings="separate")
    assert [one["segmentation"] for one in root["annotations"]] == [[RING], [OTHER], [RING]]
    assert [one["id"] for one in root["annotations"]] == [4, 2, 1]
    assert [one["area"] for one in root["annotations"]] == [50, 12, 50]


@pytest.mark.parametrize("spelling", ["rle", "rle-list", "polygons"])
def test_masks_are_spelled_as_asked(spelling: str) -> None:
    source = document(row(1), row(2, segmentation=RLE), row(3, segmentation=RLE_LIST))
    before = read(text(source)).masks().masks
    root, _ = official(source, segmentation=spelling)
    values = [one["segmentation"] for one in root["annotations"]]
    kinds = {"rle": str, "rle-list": list}
    if spelling == "polygons":
        assert all(isinstance(value, list) for value in values)
    else:
        assert all(isinstance(value["counts"], kinds[spelling]) for value in values)
    assert read(text(root)).masks().masks == before


def test_boxes_may_stay_boxes() -> None:
    root, report = official(document(row(segmentation=[])), boxes="keep")
    assert first(root)["segmentation"] == []
    assert not report.changes


@pytest.mark.parametrize(
    "value, expected",
    [(True, 1), (False, 0), ("true", 1), ("False", 0), ("1", 1), (1.0, 1), (None, 0)],
)
def test_iscrowd_becomes_a_number(value: Any, expected: int) -> None:
    found = first(official(document(row(iscrowd=value)))[0])["iscrowd"]
    assert (found, type(found)) == (expected, int)


def test_iscrowd_may_come_from_elsewhere() -> None:
    bare = {key: value for key, value in row().items() if key != "iscrowd"}
    by_alias = {**bare, "is_crowd": True}
    by_attribute = {**bare, "attributes": {"is_crowd": True}}
    assert first(official(document(bare))[0])["iscrowd"] == 0
    assert first(official(document(by_alias))[0])["iscrowd"] == 1
    assert first(official(document(by_attribute))[0])["iscrowd"] == 1
    both = row(iscrowd=0, attributes={"is_crowd": 1}, segmentation=RLE)
    for source, expected in (("field", 0), ("attribute", 1), ("rle", 1)):
        assert first(official(document(both), crowd=source)[0])["iscrowd"] == expected


def test_attributes_are_lifted_and_lowered() -> None:
    one = row(attributes={"shade": 1, "area": 2}, weather="dry")
    lifted = first(official(document(one), attributes="lift")[0])
    assert (lifted["shade"], lifted["attributes"], lifted["area"]) == (1, {"area": 2}, 50.0)
    lowered = first(official(document(one), attributes="lower")[0])
    assert lowered["attributes"] == {"weather": "dry", "shade": 1, "area": 2}
    assert "weather" not in lowered


def test_area_and_bbox_stay_unless_asked() -> None:
    one = row(segmentation=RLE, area=7.5, bbox=[0, 0, 1, 1])
    kept = first(official(document(one))[0])
    assert (kept["area"], kept["bbox"]) == (7.5, [0, 0, 1, 1])
    asked = first(official(document(one), area="pixels", bbox="mask")[0])
    assert (asked["area"], asked["bbox"]) == (50, [1.0, 1.0, 10.0, 5.0])
    less = first(official(document(one), area="box", bbox="official_minus1")[0])
    assert (less["area"], less["bbox"]) == (36.0, [1.0, 1.0, 9.0, 4.0])


def test_what_is_missing_is_filled_in() -> None:
    keypoints = {"keypoints": [9, 9, 0, 2, 3, 1, 6, 5, 2], "num_keypoints": 2}
    rows = [
        {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 3, 0, 3, 3]]},
        {"id": 2, "image_id": 1, "category_id": 1, "segmentation": RLE},
        {"id": 3, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 2]},
        {"id": 4, "image_id": 1, "category_id": 1, **keypoints},
    ]
    found = official(document(*rows))[0]["annotations"]
    assert [one["area"] for one in found] == [4.5, 50, 8, 8.0]
    assert [one["bbox"] for one in found] == [[0, 0, 3, 3], BOX, [1, 1, 4, 2], [2, 3, 4, 2]]


def test_coordinates_are_rounded_on_request() -> None:
    one = row(segmentation=[[1.234, 1, 5.678, 1, 5, 4.444]], bbox=[1.234, 1, 4.444, 3.444])
    found = first(official(document(one), digits=1)[0])
    assert found["segmentation"] == [[1.2, 1, 5.7, 1, 5, 4.4]]
    assert found["bbox"] == [1.2, 1, 4.4, 3.4]


def test_wrong_choices_are_named() -> None:
    with pytest.raises(ValueError, match="rings is 'cut', expected one of 'union', 'holes'"):
        DialectOptions(rings="cut")  # type: ignore[arg-type]
    source = text(document(row()))
    with pytest.raises(ValueError, match="cannot write 'kili', expected one of: official, cvat"):
        convert_dialect(source, io.BytesIO(), to="kili")
    with pytest.raises(ValueError, match="are for 'official', not for 'hasty'"):
        convert_dialect(source, io.BytesIO(), to="hasty", ids="file")
    with pytest.raises(ValueError, match="need a path to write to"):
        convert_dialect(source, io.BytesIO(), to="official", ids="sidecar")


def test_printing_is_as_asked() -> None:
    source = document(row(), images=image(file_name="é.jpg"), categories=category())
    for options in ({"indent": 1}, {"ensure_ascii": True}, {"sort_keys": True}):
        out = io.BytesIO()
        convert_dialect(text(source), out, to="official", options=DialectOptions(**options))
        expected = {"info": {}, "licenses": [], **source}
        separators = None if "indent" in options else (",", ":")
        dumped = {"ensure_ascii": False, **options}
        root = json.loads(out.getvalue())
        assert root == expected
        assert out.getvalue().decode() == json.dumps(root, separators=separators, **dumped)
