"""Masks of a document cleaned: what changes, what is reported, what stays byte for byte."""

from __future__ import annotations

import json

import numpy as np
import pytest

import cocodec
from cocodec import RleArray
from cocodec.cli import main
from cocodec.conversion.cleaning import CleanedMask, clean_masks

SIZE = (40, 50)


def masks() -> np.ndarray:
    """A square with a hole and a speck; a speck alone; a crowd of two; a square, clean."""
    stack = np.zeros((4, *SIZE), np.uint8)
    stack[0, 5:25, 5:25] = 1
    stack[0, 10:12, 10:13] = 0
    stack[0, 30, 40] = 1
    stack[1, 3, 3] = 1
    stack[2, 1, 1] = stack[2, 9, 9] = 1
    stack[3, 10:30, 10:40] = 1
    return stack


def document(spelling: str = "rle") -> bytes:
    rles = RleArray.encode(masks())
    spelled = rles.to_polygons() if spelling == "polygons" else rles.to_coco()
    rows = [
        {
            "id": i,
            "image_id": 1,
            "category_id": 1,
            "segmentation": spelled[i],
            "area": int(rles.area()[i]),
            "bbox": rles.bbox()[i].tolist(),
            "iscrowd": int(i == 2),
        }
        for i in range(4)
    ]
    image = {"id": 1, "file_name": "a.png", "height": SIZE[0], "width": SIZE[1]}
    return json.dumps({"images": [image], "annotations": rows, "categories": []}).encode()


def test_each_option() -> None:
    dense = masks()
    filled = dense[0].copy()
    filled[10:12, 10:13] = 1
    for options, expected, change in [
        ({"fill_holes": True}, filled, (6, 0)),
        ({"fill_holes": 6}, filled, (6, 0)),
        ({"fill_holes": 5}, dense[0], None),
        ({"min_area": 2}, np.where(np.arange(50) == 40, 0, dense[0]), (0, 1)),
        ({"keep_largest": True}, np.where(np.arange(50) == 40, 0, dense[0]), (0, 1)),
    ]:
        given = cocodec.read(document())
        report = clean_masks(given, **options)
        got = given.masks().masks
        assert got[0] == RleArray.encode(expected.astype(np.uint8))
        assert got[1:] == RleArray.encode(dense[1:])
        assert report.crowds == 1
        assert report.masks == 4
        if change is None:
            assert report.changed == []
            continue
        (changed,) = report.changed
        area = int(dense[0].sum())
        iou = (area - change[1]) / (area + change[0])
        assert changed == CleanedMask(0, *change, iou)
        assert given.annotations[0]["area"] == int(expected.sum())
        assert given.annotations[0]["bbox"] == [5, 5, 20, 20] or options.get("fill_holes")


def test_smoothing_is_opening_and_closing() -> None:
    given = cocodec.read(document())
    report = clean_masks(given, smooth=2)
    how = {"shape": "disk", "border": "ignore"}
    expected = RleArray.encode(masks()).open(2, **how).close(2, **how)
    got = given.masks().masks
    assert got[0] == expected[0]
    assert report.vanished == [1]
    assert got[1] == RleArray.encode(masks())[1]
    assert "1 would have lost every pixel and stay as they were" in str(report)


def test_what_does_not_change_stays_the_same_bytes() -> None:
    source = document()
    given = cocodec.read(source)
    assert (
        str(clean_masks(given, fill_holes=3)) == "4 masks, 0 changed; 1 of crowds stay as they were"
    )
    assert b"".join(bytes(piece) for piece in given.render(0)) == source


@pytest.mark.parametrize("to", ["rle", "polygons", "official"])
def test_command(to: str, tmp_path, capsys) -> None:
    source, target = tmp_path / "in.json", tmp_path / "out.json"
    source.write_bytes(document("polygons"))
    options = ["--fill-holes", "--min-area", "2", "--to", to]
    assert main(["convert", str(source), str(target), *options]) == 0
    said = capsys.readouterr().err
    assert "cleaned: 4 masks, 1 changed: 6 pixels gained, 1 lost, lowest IoU 0.98" in said
    rows = cocodec.read(target)
    dense = masks()
    dense[0, 10:12, 10:13], dense[0, 30, 40] = 1, 0
    assert rows.masks().masks == RleArray.encode(dense)
    assert rows.annotations[0]["area"] == 400


def test_refused_commands(tmp_path, capsys) -> None:
    source = tmp_path / "in.json"
    source.write_bytes(document())
    both = [str(source), str(source), str(tmp_path / "out"), "--keep-largest", "--to", "rle"]
    assert main(["convert", *both]) == 2
    assert "one COCO file at a time" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["convert", str(source), "out.json", "--to", "rle", "--min-area", "-3"])
