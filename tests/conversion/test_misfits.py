"""Masks far from their own bbox or area: named by every conversion and by info, with the cause."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
import cocodec._core as _core
from cocodec._core import MaskFit
from cocodec.conversion.dialect import convert_dialect
from cocodec.documents.mask_fits import explain
from cocodec.inspection.info import describe
from cocodec.masks.rle_array import RleArray
from reference.box_readings import CENTRE, CORNERS, FITS, ONE_SHORT, RELATIVE, UNLIKE, read_box

HEIGHT, WIDTH = 60, 100


def pixels(x: int, y: int, width: int, height: int, size: tuple[int, int] = (60, 100)) -> Any:
    out = np.zeros(size, np.uint8)
    out[y : y + height, x : x + width] = 1
    return out


def runs(mask: Any, order: str = "F") -> list[int]:
    flat = mask.ravel(order)
    edges = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff([0, *edges.tolist(), len(flat)]).tolist()
    return ([0] if flat[0] else []) + counts


def rle(mask: Any, order: str = "F", size: list[int] | None = None) -> dict[str, Any]:
    return {"size": size or list(mask.shape), "counts": runs(mask, order)}


def ring(x: float, y: float, width: float, height: float) -> list[list[float]]:
    return [[x, y, x + width, y, x + width, y + height, x, y + height]]


BOX = [60, 10, 30, 20]
GOOD = {"segmentation": ring(*BOX), "bbox": BOX, "area": 600}
WRONG: list[tuple[MaskFit, dict[str, Any]]] = [
    (MaskFit.ROW_MAJOR, {"segmentation": rle(pixels(*BOX), "C"), "bbox": BOX}),
    (
        MaskFit.TURNED_SIZE,
        {"segmentation": rle(pixels(*BOX), size=[WIDTH, HEIGHT]), "bbox": BOX},
    ),
    (MaskFit.TURNED_IMAGE, {"segmentation": ring(5, 62, 20, 30), "bbox": [5, 62, 20, 30]}),
    (MaskFit.TURNED_IMAGE, {"segmentation": ring(5, 62, 20, 30)}),
    (MaskFit.CORNERS, {"segmentation": ring(*BOX), "bbox": [60, 10, 90, 30]}),
    (MaskFit.CORNERS, {"segmentation": rle(pixels(*BOX)), "bbox": [60, 10, 90, 30]}),
    (MaskFit.RELATIVE, {"segmentation": ring(*BOX), "bbox": [0.6, 1 / 6, 0.3, 1 / 3]}),
    (MaskFit.RELATIVE, {"segmentation": ring(0.6, 0.2, 0.3, 0.3), "bbox": BOX}),
    (
        MaskFit.RELATIVE,
        {"segmentation": ring(0.6, 0.2, 0.3, 0.3), "bbox": [0.6, 0.2, 0.3, 0.3], "area": 0.09},
    ),
    (MaskFit.CENTRE, {"segmentation": ring(*BOX), "bbox": [75, 20, 30, 20]}),
    (MaskFit.OTHER_IMAGE, {"segmentation": ring(300, 90, 40, 30), "bbox": [300, 90, 40, 30]}),
    (
        MaskFit.OTHER_IMAGE,
        {"segmentation": rle(pixels(30, 5, 15, 10, (30, 50))), "bbox": BOX},
    ),
    (MaskFit.OTHER_AREA, {"segmentation": ring(*BOX), "bbox": BOX, "area": 90000}),
    (MaskFit.OTHER_AREA, {"segmentation": rle(pixels(*BOX)), "bbox": BOX, "area": 9}),
    (MaskFit.UNLIKE, {"segmentation": ring(*BOX), "bbox": [3, 30, 20, 15]}),
    (MaskFit.UNLIKE, {"segmentation": rle(pixels(*BOX)), "bbox": [3, 30, 20, 15]}),
    (MaskFit.UNLIKE, {"segmentation": rle(pixels(0, 0, 0, 0)), "bbox": BOX}),
]
RIGHT: list[dict[str, Any]] = [
    GOOD,
    {"segmentation": ring(*BOX)},
    {"segmentation": rle(pixels(*BOX)), "bbox": [60, 10, 29, 19], "area": 600},  # a crowd's
    {"segmentation": ring(*BOX), "bbox": [59.6, 9.5, 31, 21], "area": 651},  # rounded
    {"segmentation": [[60, 10, 90, 10, 60, 30]], "bbox": BOX, "area": 600},  # area of the box
    {"segmentation": ring(80, 10, 30, 20), "bbox": [80, 10, 30, 20]},  # leaves its image
    {"segmentation": ring(80, 10, 30, 20), "bbox": [80, 10, 20, 20]},  # and was cut
    {"segmentation": ring(60, 10, 30, 0), "bbox": [60, 10, 30, 0], "area": 0},  # no pixel at all
    {"segmentation": ring(0, 0, 2, 2), "bbox": [0, 0, 2, 2]},  # tiny, at the corner
    {"segmentation": rle(pixels(*BOX)), "bbox": "x", "area": None},
    {"segmentation": [], "bbox": BOX},
]


def document(*rows: dict[str, Any]) -> bytes:
    given = [
        {"id": i + 1, "image_id": 1, "category_id": 1, "iscrowd": 0, **row}
        for i, row in enumerate(rows)
    ]
    root = {
        "images": [{"id": 1, "height": HEIGHT, "width": WIDTH, "file_name": "a.jpg"}],
        "annotations": given,
        "categories": [{"id": 1, "name": "leaf"}],
    }
    return json.dumps(root).encode()


@pytest.mark.parametrize(("why", "row"), WRONG)
@pytest.mark.parametrize("to", ["rle", "rle-list"])
def test_convert_names_the_row_and_the_cause(why: MaskFit, row: dict[str, Any], to: Any) -> None:
    report = cocodec.convert(document(GOOD, row), io.BytesIO(), to=to)
    assert [(one.row, one.id, one.reason) for one in report.misfits] == [(1, "2", explain(why))]
    assert len(report.warnings) == 1
    assert f"{explain(why)} (row 1, id 2)" in report.warnings[0]
    assert "1 far from their own bbox or area" in str(report)


@pytest.mark.parametrize(("why", "row"), WRONG)
def test_a_dialect_and_info_say_the_same(why: MaskFit, row: dict[str, Any]) -> None:
    # Masks of another size than their image are refused.
    report = convert_dialect(document(GOOD, row), io.BytesIO(), to="official", on_error="skip")
    said = [f"1 mask lies far from bbox or area: {explain(why)} (row 1, id 2)"]
    assert report.warnings == said
    assert [note for note in describe(document(GOOD, row)).notes if "far from" in note] == said


@pytest.mark.parametrize("row", RIGHT)
def test_masks_that_fit_are_not_named(row: dict[str, Any]) -> None:
    data = document(GOOD, row)
    assert cocodec.convert(data, io.BytesIO(), to="rle").misfits == []
    assert convert_dialect(data, io.BytesIO(), to="official").warnings == []
    assert not [note for note in describe(data).notes if "far from" in note]


def test_rows_are_counted_and_the_first_are_named() -> None:
    rows = [row for why, row in WRONG if why == MaskFit.CORNERS] * 3
    parts = [document(GOOD), document(*rows)]
    data = b"[" + b", ".join(parts) + b"]"
    report = cocodec.convert(data, io.BytesIO(), to="rle")
    assert [one.row for one in report.misfits] == [1, 2, 3, 4, 5, 6]
    (line,) = report.warnings
    assert line.startswith("6 masks lie far")
    assert line.endswith(
        "(document 1, row 0, id 1; document 1, row 1, id 2; document 1, row 2, id 3; ...)"
    )


def test_on_the_command_line(cli: Any, tmp_path: Path) -> None:
    path, out = tmp_path / "in.json", tmp_path / "out.json"
    path.write_bytes(document(GOOD, WRONG[0][1]))
    for options in (["--to", "rle"], ["--to", "official"]):
        done = cli("convert", str(path), str(out), *options)
        assert done.returncode == 0
        assert (
            f"warning: 1 mask lies far from bbox or area: {explain(WRONG[0][0])}"
            in done.stderr.decode()
        )
    (tmp_path / "many").mkdir()
    done = cli("convert", str(path), str(path), str(tmp_path / "many"), "--to", "rle")
    done = cli("info", str(path), str(out))
    assert done.stdout.decode().count("far from bbox or area") == 2


def test_a_bbox_is_read_as_the_reference_reads_it() -> None:
    random = np.random.default_rng(14)
    n = 4000
    masks = np.floor(random.uniform(0, 40, (n, 4))) + np.array([0, 0, 1, 1])
    image = np.array([50.0, 80.0])
    makers = [
        lambda box: box,
        lambda box: box - [0, 0, 1, 1],
        lambda box: np.array([*box[:2], *(box[:2] + box[2:])]),
        lambda box: box / [80, 50, 80, 50],
        lambda box: np.array([*(box[:2] + box[2:] / 2), *box[2:]]),
        lambda _: random.uniform(0, 60, 4),
    ]
    chosen = random.integers(0, len(makers), n)
    said = np.array([makers[k](box) for k, box in zip(chosen, masks, strict=True)])
    said = np.abs(said + random.choice([0, 0, 0.4, 1.2], (n, 1)))
    points = masks + random.uniform(-3, 3, (n, 4))
    flags = random.random((n, 2)) < 0.5
    images = np.where(random.random((n, 1)) < 0.8, image, np.nan)
    got = _core.read_boxes(said, masks, points, images, flags)
    expected = [
        read_box(
            said[i],
            masks[i],
            points[i] if flags[i, 0] else None,
            None if np.isnan(images[i, 0]) else tuple(images[i]),
            is_rle=bool(flags[i, 1]),
        )
        for i in range(n)
    ]
    assert got.tolist() == expected
    assert set(expected) == {FITS, ONE_SHORT, CORNERS, RELATIVE, CENTRE, UNLIKE}


@pytest.mark.parametrize("size", [(37, 53), (40, 40)])
def test_any_mask_written_along_the_rows_is_told(size: tuple[int, int]) -> None:
    random = np.random.default_rng(3)
    rows = []
    while len(rows) < 200:
        mask = np.zeros(size, np.uint8)
        y, x = random.integers(0, size[0] - 12), random.integers(0, size[1] - 12)
        height, width = random.integers(6, 12, 2)
        mask[y : y + height, x : x + width] = random.random((height, width)) < 0.8
        box = RleArray.encode(mask[None]).bbox()[0].tolist()
        rows.append({"segmentation": rle(mask, "C"), "bbox": box})
    root = {"images": [{"id": 1, "height": size[0], "width": size[1]}], "annotations": rows}
    for row in rows:
        row["image_id"] = 1
    report = cocodec.convert(json.dumps(root).encode(), io.BytesIO(), to="rle")
    reasons = {one.reason for one in report.misfits}
    # A square mask near the diagonal is where its mirror image is.
    assert len(report.misfits) > (190 if size == (37, 53) else 120)
    assert reasons == {explain(MaskFit.ROW_MAJOR)}
