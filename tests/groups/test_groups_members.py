"""merge_groups: which rows are shapes, who leads, boxes, and groups that cannot be merged."""

from __future__ import annotations

import json
import re
import zipfile
from typing import Any

import pytest

import cocodec
from cocodec import DocumentError, RleArray

SIZE = (8, 9)
SQUARE = [0, 0, 4, 0, 4, 4, 0, 4]  # 16 pixels
CORNER = [6, 6, 9, 6, 9, 8, 6, 8]  # 6 pixels
RLE = RleArray.from_polygons([[CORNER]], SIZE).to_coco()[0]
BOX = [1, 1, 5, 7]  # 35


def row(number: int, segmentation: Any = None, **more: Any) -> dict[str, Any]:
    given = {} if segmentation is None else {"segmentation": segmentation}
    return {"id": number, "image_id": 1, "category_id": 1, **given, "group": 1, **more}


def load(*rows: dict[str, Any], **image: Any) -> cocodec.Document:
    listed = [{"id": 1, "height": SIZE[0], "width": SIZE[1], **image}]
    return cocodec.read(json.dumps({"images": listed, "annotations": rows}).encode())


def merged(*rows: dict[str, Any], **options: Any) -> dict[str, Any]:
    document = load(*rows)
    cocodec.merge_groups(document, **options)
    (result,) = document.annotations
    return result


@pytest.mark.parametrize("silent", [[], [[]], None, "missing"], ids=str)
def test_a_silent_segmentation_is_a_box(silent):
    said = {} if silent == "missing" else {"segmentation": silent}
    box = {"id": 7, "image_id": 1, "category_id": 2, "bbox": BOX, "group": 1, **said}
    got = merged(row(1, [SQUARE]), box)
    assert (got["id"], got["category_id"]) == (7, 2)
    assert (got["segmentation"], got["iscrowd"]) == ([SQUARE], 0)
    assert (got["area"], got["bbox"]) == (16, [0, 0, 6, 8])


@pytest.mark.parametrize(
    "spelling", [[[0, 0], [4, 0], [4, 4], [0, 4]], [[[0, 0], [4, 0], [4, 4], [0, 4]]]], ids=repr
)
def test_pairs_are_written_flat(spelling):
    got = merged(row(1, spelling), row(2, [[1, 1, 3, 1, 3, 3]]))
    assert got["segmentation"] == [[0, 0, 4, 0, 4, 4, 0, 4], [1, 1, 3, 1, 3, 3]]


def test_four_numbers_are_two_points():
    """They take no part, and stay."""
    document = load(row(1, [SQUARE]), row(2, BOX), row(3, [SQUARE]))
    cocodec.merge_groups(document)
    assert [one["id"] for one in document.annotations] == [1, 2]
    assert document.annotations[1]["segmentation"] == BOX


def test_boxes_alone_stay_boxes():
    got = merged(row(1, [], bbox=[1, 1, 2, 2]), row(2, [], bbox=BOX, attributes={"is_crowd": 1}))
    assert (got["id"], got["segmentation"], got["iscrowd"]) == (2, [], 0)
    assert (got["bbox"], got["area"]) == (BOX, 35)


def test_boxes_alone_rasterized():
    rows = row(1, [], bbox=[7, 0, 1, 2]), row(2, [], bbox=BOX, attributes={"is_crowd": 1})
    got = merged(*rows, boxes="rasterize")
    assert got["iscrowd"] == 1
    assert got["area"] == RleArray.from_coco([got["segmentation"]]).area()[0] == 37
    got = merged(*rows, boxes="rasterize", mode="polygons")
    assert (got["iscrowd"], got["area"]) == (0, 37)
    assert RleArray.from_polygons([got["segmentation"]], SIZE).area()[0] == 37


@pytest.mark.parametrize(
    "other",
    [
        {"caption": "x"},
        {"segmentation": [[1, 1]], "bbox": BOX},  # a point
        {"segmentation": [], "bbox": BOX, "keypoints": [1, 1, 2], "num_keypoints": 1},
        {"segmentation": [], "bbox": [1, 2, 3]},
        {"segmentation": [], "bbox": [1, 2, 3, True]},
        {"segmentation": [], "bbox": None},
    ],
    ids=str,
)
def test_what_is_no_shape_stays(other):
    rows = row(1, [SQUARE]), {**row(2), **other}, row(3, [CORNER])
    document = load(*rows)
    before = document.annotations.raw(1)
    assert cocodec.merge_groups(document).groups == 1
    assert [r["id"] for r in document.annotations] == [1, 2]
    assert document.annotations.raw(1) == before
    document = load(*rows[:2])
    assert cocodec.merge_groups(document).groups == 0


def test_keypoints_of_nothing_are_no_keypoints():
    assert merged(row(1, [SQUARE]), row(2, [], bbox=BOX, keypoints=None))["id"] == 2


def test_the_first_of_equals_leads():
    rows = row(1, RLE), row(2, [CORNER]), row(3, [], bbox=[0, 0, 2, 3])
    assert merged(*rows)["id"] == 1
    assert merged(*rows[::-1])["id"] == 3
    assert merged(*rows, cvat_strict=True)["id"] == 3
    assert merged(*rows[:2], cvat_strict=True)["id"] == 2
    assert merged(*rows, row(4, [SQUARE]), leader="first", cvat_strict=True)["id"] == 1


def test_a_large_box_of_the_image_size_leads():
    assert merged(row(1, [SQUARE]), row(2, [], bbox=[0, 0, 1e9, 1e9]))["id"] == 2


@pytest.mark.parametrize(
    "more, iscrowd",
    [
        ({"attributes": {"is_crowd": True}}, 1),
        ({"attributes": {"is_crowd": 1}}, 1),
        ({"attributes": {"is_crowd": 1.0}}, 1),
        ({"attributes": {"is_crowd": "True"}}, 1),
        ({"is_crowd": "1"}, 1),
        ({"iscrowd": 1}, 1),
        ({"iscrowd": True, "attributes": {"is_crowd": None}}, 1),
        ({"iscrowd": 1, "attributes": {"is_crowd": 0}}, 0),
        ({"iscrowd": "true", "attributes": {"is_crowd": "0"}}, 0),
        ({"iscrowd": 1, "is_crowd": False}, 0),
        ({"iscrowd": 0}, 0),
        ({}, 0),
        ({"attributes": None}, 0),
        ({"attributes": []}, 0),
    ],
    ids=str,
)
def test_what_a_leader_says(more, iscrowd):
    assert merged(row(1, [SQUARE], **more), row(2, [CORNER]))["iscrowd"] == iscrowd
    assert merged(row(2, [CORNER]), row(1, [SQUARE], **more))["iscrowd"] == iscrowd
    # only the leader is asked
    assert merged(row(1, [SQUARE]), row(2, [CORNER], **more))["iscrowd"] == 0


def test_a_mask_of_the_leaders_category_makes_a_mask():
    assert merged(row(1, [SQUARE]), row(2, RLE))["iscrowd"] == 1
    assert merged(row(1, [SQUARE]), row(2, RLE, iscrowd=0))["iscrowd"] == 1
    got = merged(row(1, [SQUARE]), row(2, RLE, category_id=2))
    assert (got["iscrowd"], got["area"]) == (0, 22)
    assert got["segmentation"][0] == SQUARE
    assert RleArray.from_polygons([got["segmentation"][1:]], SIZE) == RleArray.from_coco([RLE])


def test_flat_rings_become_nested():
    got = merged(row(1, SQUARE), row(2, CORNER))
    assert got["segmentation"] == [SQUARE, CORNER]
    got = merged(row(1, SQUARE), row(2, [CORNER, SQUARE]))
    assert got["segmentation"] == [SQUARE, CORNER, SQUARE]


def test_the_box_of_the_mask():
    rows = row(1, [[0.3, 0.3, 3.9, 0.3, 3.9, 3.9]]), row(2, [], bbox=[5, 5, 3.5, 1])
    assert merged(*rows)["bbox"] == [0.3, 0.3, 8.2, 5.7]
    mask = RleArray.from_polygons([rows[0]["segmentation"]], SIZE)
    assert merged(*rows, bbox="mask")["bbox"] == mask.bbox()[0].tolist()


@pytest.mark.parametrize("to, kind", [("rle", str), ("rle-list", list)])
def test_spelling_of_masks(to, kind):
    got = merged(row(1, RLE), row(2, [SQUARE]), to=to)
    assert isinstance(got["segmentation"]["counts"], kind)
    assert got["area"] == 22


# ---------------------------------------------------------------- refusals

OTHER = RleArray.encode([[True, False]]).to_coco()[0]


@pytest.mark.parametrize(
    "other, reason",
    [
        (row(9, OTHER), "rows 0, 1: the masks differ in size: [8, 9] in row 0, [1, 2] in row 1"),
        (row(9, [[0, 0, 1, "a", 2, 2]]), "rows 0, 1: row 1, id 9: "),
        (row(9, {"size": [8, 9], "counts": "1"}), "rows 0, 1: row 1, id 9: "),
        (row(9, "x"), "rows 0, 1: row 1, id 9: "),
    ],
    ids=str,
)
def test_a_group_that_cannot_be_merged(other, reason):
    good = row(3, [SQUARE], group=2), row(4, [CORNER], group=2)
    document = load(row(1, [SQUARE]), other, *good)
    text = b"".join(document.render_source())
    with pytest.raises(DocumentError, match=re.escape(f"1 group cannot be merged:\n  {reason}")):
        cocodec.merge_groups(document)
    assert b"".join(document.render_source()) == text
    report = cocodec.merge_groups(document, on_error="skip")
    assert (report.groups, len(report.refused)) == (1, 1)
    assert str(report.refused[0]).startswith(reason)
    assert report.refused[0].rows.tolist() == [0, 1]
    assert [r["id"] for r in document.annotations] == [1, 9, 3]
    assert str(report) == (
        "1 group merged, 1 row removed (0 masks, 1 polygon, 0 boxes); 1 group refused"
    )


def test_a_box_on_an_image_of_no_size():
    rows = row(1, [], bbox=BOX), row(2, [], bbox=BOX)
    for height in (None, -1, 2.5, "8", True):
        with pytest.raises(DocumentError, match="row 0: the size of its image is not known"):
            cocodec.merge_groups(load(*rows, height=height), boxes="rasterize")
    with pytest.raises(DocumentError, match=r"row 1: its box is beyond \+-1e14"):
        cocodec.merge_groups(load(rows[0], row(2, [], bbox=[0, 0, 1e15, 1])), boxes="rasterize")
    assert cocodec.merge_groups(load(*rows, height=8.0), boxes="rasterize").groups == 1
    assert cocodec.merge_groups(load(*rows, height=None)).groups == 1


def test_many_groups_at_once():
    """A thousand groups of four: every mask is the union of its members."""
    rows, rings = [], []
    for k in range(4000):
        x, y = (k * 7) % 60, (k * 11) % 50
        rings.append([[x, y, x + 9, y, x + 9, y + 6, x, y + 6]])
        rows.append(row(k, rings[-1], group=1 + k % 1000, iscrowd=1))
    document = load(*rows, height=60, width=70)
    report = cocodec.merge_groups(document)
    assert (report.groups, report.removed, report.masks) == (1000, 3000, 1000)
    masks = RleArray.from_polygons(rings, (60, 70))
    expected = masks.union(groups=[k % 1000 for k in range(4000)])
    assert document.masks().masks == expected
    assert document.annotations.column("area").tolist() == expected.area().tolist()


# ---------------------------------------------------------------- command line


def test_command(cli, tmp_path):
    path, out = tmp_path / "in.json", tmp_path / "out.json"
    path.write_bytes(b"".join(load(row(1, [SQUARE]), row(2, [CORNER])).render_source()))
    run = cli("merge-groups", path, out)
    assert (run.returncode, run.stdout) == (0, b"")
    assert run.stderr == (b"cocodec: 1 group merged, 1 row removed (0 masks, 1 polygon, 0 boxes)\n")
    (got,) = cocodec.read(out).annotations
    assert got["segmentation"] == [SQUARE, CORNER]
    run = cli("merge-groups", "-", "-", "--mode", "mask", "-q", stdin=path.read_bytes())
    assert (run.returncode, run.stderr) == (0, b"")
    (got,) = cocodec.read(run.stdout).annotations
    assert got["iscrowd"] == 1
    run = cli("merge-groups", path, out, "--by", "id", "--cvat-strict", "--to", "rle")
    assert b"0 groups merged, 0 rows removed, 2 single rows" in run.stderr


def test_command_that_refuses(cli, tmp_path):
    path, out = tmp_path / "in.json", tmp_path / "out.json"
    path.write_bytes(b"".join(load(row(1, [SQUARE]), row(2, OTHER)).render_source()))
    run = cli("merge-groups", path, out)
    assert run.returncode == 1
    assert b"rows 0, 1: the masks differ in size" in run.stderr
    assert not out.exists()
    run = cli("merge-groups", path, out, "--on-error", "skip")
    assert run.returncode == 0
    assert run.stderr.count(b"\n") == 3
    assert out.read_bytes() == path.read_bytes()


def test_groups_in_a_zip(tmp_path):
    text = b"".join(load(row(1, [SQUARE]), row(2, [CORNER])).render_source())
    other = b"".join(load(row(1, [SQUARE])).render_source())
    source, target = tmp_path / "in.zip", tmp_path / "out.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("annotations/a.json", text)
        archive.writestr("annotations/b.json", other)
        archive.writestr("images/a.jpg", b"jpg")
    document = cocodec.read(source)
    assert cocodec.merge_groups(document).groups == 1
    document.write(target)
    with zipfile.ZipFile(target) as archive:
        assert len(json.loads(archive.read("annotations/a.json"))["annotations"]) == 1
        assert archive.read("annotations/b.json") == other
        assert archive.read("images/a.jpg") == b"jpg"


def test_masks_of_another_size_than_the_image_become_no_polygons():
    document = load(row(1, OTHER), row(2, OTHER))
    text = b"".join(document.render_source())
    with pytest.raises(DocumentError, match="row 0: the mask is of size 1 x 2, unlike its image"):
        cocodec.merge_groups(document, mode="polygons")
    assert b"".join(document.render_source()) == text
    assert cocodec.merge_groups(document).masks == 1
    assert document.annotations[0]["segmentation"] == OTHER
