"""`convert --to polygons`: the same masks as rings, everything else as it was."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest

from cocodec import RleArray
from cocodec.conversion import ChangedMask, ConvertReport, RefusedError, convert
from support import oracle
from support.json_places import blanked

RING = ["....", ".###", ".#.#", ".###"]


def rle(rows: list[str], counts: Any = "str") -> dict[str, Any]:
    return RleArray.encode(np.array([[c == "#" for c in row] for row in rows])).to_coco(counts)[0]


def document(*segmentations: Any, size: tuple[int, int] = (4, 4)) -> bytes:
    rows = [
        {"id": i + 1, "image_id": 7, "segmentation": s, "iscrowd": int(isinstance(s, dict))}
        for i, s in enumerate(segmentations)
    ]
    image = {"id": 7, "height": size[0], "width": size[1]}
    return json.dumps({"images": [image], "annotations": rows, "categories": []}).encode()


def converted(source: bytes, **options: Any) -> tuple[list[Any], ConvertReport]:
    out = io.BytesIO()
    report = convert(source, out, to="polygons", **options)
    root = json.loads(out.getvalue())
    return [row["segmentation"] for row in root["annotations"]], report


@pytest.mark.parametrize("counts", ["str", "list"])
def test_runs_become_rings(counts):
    (rings,), report = converted(document(rle(RING, counts)))
    assert rings == RleArray.from_coco([rle(RING)]).to_polygons()[0]
    assert RleArray.from_polygons([rings], (4, 4)) == RleArray.from_coco([rle(RING)])
    assert (report.converted, report.traced, report.changed) == (1, 1, [])
    assert str(report).endswith("; 1 traced, nothing lost")


def test_only_masks_change():
    source = document(rle(RING), [[0, 0, 4, 0, 4, 4]], rle(["...."] * 4), [[1, 1], [3, 1], [3, 3]])
    out = io.BytesIO()
    report = convert(source, out, to="polygons")
    assert blanked(out.getvalue().decode()) == blanked(source.decode())
    assert json.loads(out.getvalue())["annotations"][0]["iscrowd"] == 1
    assert (report.converted, report.unchanged, report.empty) == (3, 1, 1)


def test_every_kind_of_row():
    kinds = [
        [[0, 0, 4, 0, 4.5, 4]],
        [0, 0, 4, 0, 4.5, 4],
        [[0, 0], [4, 0], [4.5, 4]],
        [[[0, 0], [4, 0], [4.50, 4]], [], [1, 1]],
        [1, 1, 2, 2],
        ["0", "0", "4", 0, 4.5, "4"],
        rle(["...."] * 4),
        [],
        None,
    ]
    rows, report = converted(document(*kinds))
    assert rows[:2] == [[[0, 0, 4, 0, 4.5, 4]]] * 2  # a flat ring is put in a list as it is
    assert rows[2] == [[0, 0, 4, 0, 4.5, 4]]  # nor are pairs, and texts, but flat numbers
    assert rows[3] == [[0, 0, 4, 0, 4.5, 4], [], [1, 1]]
    assert rows[4] == [1, 1, 2, 2]  # two points enclose nothing, and are no box
    assert rows[5] == [[0, 0, 4, 0, 4.5, 4]]
    assert rows[6:] == [[], [], None]
    assert (report.converted, report.unchanged, report.skipped) == (5, 1, 2)
    assert report.points == 1
    assert report.loose == 3
    assert "note: 3 were spelled as base64, pairs or texts" in str(report)


def test_spaced_as_the_record_is():
    out = io.BytesIO()
    line = rle(["#"], "list")
    for separators, expected in ((None, b"[[0, 0, "), ((",", ":"), b"[[0,0,")):
        source = json.dumps([{"image_id": 1, "segmentation": line}], separators=separators)
        out = io.BytesIO()
        convert(source.encode(), out, to="polygons")
        assert expected in out.getvalue()
        assert b"." not in out.getvalue()


def test_of_another_size_than_its_image():
    source = document(rle(["#"]), rle(RING))
    with pytest.raises(RefusedError, match=r"row 0, id 1: the RLE is of size \[1, 1\], unlike"):
        converted(source)
    rows, report = converted(source, on_error="skip")
    assert rows[0] == rle(["#"])
    assert (report.converted, len(report.refused), report.size_differs) == (1, 1, 0)


def test_holes():
    source = document(rle(RING))
    assert len(converted(source, holes="separate")[0][0]) == 2
    assert converted(source, holes="drop")[1].changed == [ChangedMask(0, 1, 0, 8 / 9)]
    with pytest.raises(RefusedError, match="the mask has 1 hole"):
        converted(source, holes="error")


def test_what_is_lost():
    y, x = np.mgrid[:60, :60]
    disc = RleArray.encode((y - 30) ** 2 + (x - 30) ** 2 < 500)
    source = document(disc.to_coco()[0], disc.to_coco()[0], size=(60, 60))
    rows, report = converted(source, tolerance=2)
    expected = disc.trace(tolerance=2)
    loss = int(expected.gained[0]), int(expected.lost[0]), float(expected.iou[0])
    assert report.changed == [ChangedMask(0, *loss), ChangedMask(1, *loss)]
    assert rows == disc.to_polygons(tolerance=2) * 2
    assert f"2 traced, 2 changed: {2 * loss[0]} pixels gained, {2 * loss[1]} lost" in str(report)


@pytest.mark.parametrize(
    "options", [{"tolerance": -1}, {"tolerance": float("nan")}, {"holes": "fill"}], ids=str
)
def test_options_that_mean_nothing(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        converted(document(), **options)


def test_threads_do_not_show():
    random = np.random.default_rng(3)
    masks = RleArray.encode(random.random((700, 30, 20)) < 0.5)
    source = document(*masks.to_coco(), size=(30, 20))
    one, many = io.BytesIO(), io.BytesIO()
    convert(source, one, to="polygons", threads=1)
    convert(source, many, to="polygons", threads=3)
    assert one.getvalue() == many.getvalue()
    rows = [row["segmentation"] for row in json.loads(one.getvalue())["annotations"]]
    assert RleArray.from_polygons(rows, (30, 20)) == masks


REAL = [
    "panopticapi/sample_data/panoptic_coco_detection_format.json",
    "coco-official/results/instances_val2014_fakesegm100_results.json",
    "coco-val2014-100/instances_val2014_100.json",
]


@pytest.mark.parametrize("name", REAL)
def test_real_documents_for_pycocotools(dialects, name):
    source = (dialects / name).read_bytes()
    out = io.BytesIO()
    convert(source, out, to="polygons")
    before, after = json.loads(source), json.loads(out.getvalue())
    rows = [d if isinstance(d, list) else d["annotations"] for d in (before, after)]
    assert blanked(out.getvalue().decode()) == blanked(source.decode())
    for old, new in zip(*rows, strict=True):
        if not isinstance(old["segmentation"], dict) or not new["segmentation"]:
            continue
        height, width = old["segmentation"]["size"]
        counts = old["segmentation"]["counts"]
        if isinstance(counts, list):
            expected = RleArray.from_coco([old["segmentation"]]).to_coco("bytes")[0]
        else:
            expected = {"size": [height, width], "counts": counts.encode()}
        rings = [np.array(ring, float) for ring in new["segmentation"]]
        assert oracle.merge(oracle.from_rings(rings, height, width)) == expected


def test_the_command_line(cli, tmp_path):
    (tmp_path / "in.json").write_bytes(document(rle(RING)))
    done = cli("convert", tmp_path / "in.json", tmp_path / "out.json", "--to", "polygons")
    assert done.returncode == 0
    assert b"1 traced, nothing lost" in done.stderr
    options = ("--to", "polygons", "--tolerance", "1.5", "--holes", "drop")
    done = cli("convert", tmp_path / "in.json", tmp_path / "out.json", *options)
    assert b"1 traced, 1 changed: 1 pixel gained, 0 lost, lowest IoU 0.8889" in done.stderr
    done = cli("convert", tmp_path / "in.json", "-", "--to", "polygons", "--tolerance", "-1")
    assert done.returncode == 2
