"""Conversion of files of many documents: each part as if it were alone, and nothing around it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RefusedError, convert
from cocodec.conversion import ConvertReport

RING = [[1, 1, 5, 1, 5, 5, 1, 5]]
RLE = {"size": [3, 4], "counts": [5, 4, 3]}
IMAGE = bytes(range(256)) * 9


def document(size: int, *segmentations: Any, image: int = 1) -> bytes:
    """A document with an image of its own size, so that another part's image would show."""
    rows = [
        {"id": i, "image_id": image, "segmentation": one} for i, one in enumerate(segmentations)
    ]
    images = [{"id": 1, "height": size, "width": size + 1}]
    return json.dumps({"images": images, "annotations": rows, "z": [1.0, 1e2]}, indent=1).encode()


PARTS = [
    document(6, RING, None, RLE),
    document(7),
    document(8, RLE, RING, [[1, 2]], [1, 1, 2, 2]),
    document(9, [], RING),
]


def converted(data: bytes, to: str = "rle", **options: Any) -> tuple[bytes, ConvertReport]:
    out = io.BytesIO()
    report = convert(data, out, to=to, **options)  # type: ignore[arg-type]
    return out.getvalue(), report


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6)), data, None)
    return out.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def in_list(parts: list[bytes]) -> bytes:
    return b"\xef\xbb\xbf [\n" + b" ,\r\n".join(parts) + b"\n]\n\n"


def in_lines(parts: list[bytes]) -> bytes:
    return b"\n\n".join(json.dumps(json.loads(part)).encode() for part in parts)


def totals(reports: list[ConvertReport]) -> tuple[int, ...]:
    names = ("converted", "unchanged", "skipped", "points", "empty", "size_differs")
    return tuple(sum(getattr(report, name) for report in reports) for name in names)


@pytest.mark.parametrize("to", ["rle", "rle-list"])
@pytest.mark.parametrize("joined", [in_list, in_lines])
def test_each_part_is_converted_as_if_alone(
    joined: Callable[[list[bytes]], bytes], to: str
) -> None:
    alone = [converted(part, to) for part in PARTS]
    after, report = converted(joined(PARTS), to)
    if joined is in_list:
        assert after == joined([data for data, _ in alone])
    else:
        lines = [line for line in after.split(b"\n") if line]
        assert list(map(json.loads, lines)) == [json.loads(data) for data, _ in alone]
        assert after.count(b"\n\n") == 3
    assert totals([report]) == totals([one for _, one in alone])
    again, report = converted(after, to)
    assert again == after
    assert report.converted == 0


@pytest.mark.parametrize("to", ["rle", "rle-list"])
def test_a_zip_stays_a_zip(to: str, tmp_path: Path) -> None:
    members = {
        "images/train/a.jpg": IMAGE,
        "annotations/instances_train.json": PARTS[0],
        "labels.json": in_list(PARTS[1:3]),
        "readme.txt": PARTS[0],
        "other.json": b'{"x": 1}',
        "annotations/instances_val.json": PARTS[3],
    }
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(members))
    seen: list[tuple[int, int]] = []
    report = convert(path, path, to=to, progress=lambda *at: seen.append(at))  # type: ignore[arg-type]
    after = unzipped(path.read_bytes())
    assert list(after) == list(members)
    for name, data in members.items():
        is_coco = name.endswith(".json") and name != "other.json"
        assert after[name] == (converted(data, to)[0] if is_coco else data)
    assert totals([report]) == totals([converted(part, to)[1] for part in PARTS])
    total = len(in_list(PARTS[1:3])) + len(PARTS[0]) + len(PARTS[3])
    assert seen[-1] == (total, total)
    assert sorted(seen) == seen


def test_sa_1b_has_one_image() -> None:
    root = {
        "image": {"image_id": 1, "id": 7, "height": 6, "width": 7},
        "annotations": [{"id": 1, "segmentation": RLE}, {"image_id": 7, "segmentation": RING}],
    }
    after, report = converted(json.dumps(root).encode())
    assert report.converted == 2
    assert json.loads(after)["annotations"][1]["segmentation"]["size"] == [6, 7]


BAD = document(5, RING, "x", image=1)


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (BAD, ["row 1"]),
        (in_list([PARTS[0], BAD]), ["document 1, row 1"]),
        (in_lines([PARTS[0], PARTS[1], BAD, BAD]), ["document 2, row 1", "document 3, row 1"]),
        (zipped({"a.json": PARTS[0], "b.json": BAD}), ["b.json, row 1"]),
        (
            zipped({"a.json": BAD, "b.json": in_list([PARTS[0], BAD])}),
            ["a.json, row 1", "b.json, document 1, row 1"],
        ),
    ],
)
def test_refused_rows_are_named_by_their_part(data: bytes, names: list[str]) -> None:
    out = io.BytesIO()
    with pytest.raises(RefusedError) as error:
        convert(data, out)
    assert out.getvalue() == b""
    refused = error.value.report.refused
    assert [str(row).partition(",  ")[0].partition(", id 1: ")[0] for row in refused] == names
    assert [row.row for row in refused] == sorted(row.row for row in refused)
    after, report = converted(data, on_error="skip")
    assert report.refused == refused
    assert report.converted > 0
    rows = json.dumps({"segmentation": "x"})[1:-1].encode()
    texts = unzipped(after).values() if data.startswith(b"PK") else [after]
    assert sum(text.count(rows) for text in texts) == len(names)


@given(st.lists(st.sampled_from([*PARTS, BAD]), min_size=2, max_size=5))
def test_any_parts_in_a_list(parts: list[bytes]) -> None:
    alone = [converted(part, on_error="skip") for part in parts]
    after, report = converted(in_list(parts), on_error="skip")
    assert after == in_list([data for data, _ in alone])
    assert totals([report]) == totals([one for _, one in alone])
    firsts = [sum(len(json.loads(p)["annotations"]) for p in parts[:i]) for i in range(len(parts))]
    expected = [first + 1 for first, part in zip(firsts, parts, strict=True) if part is BAD]
    assert [row.row for row in report.refused] == expected


def test_on_the_command_line(cli: Any, tmp_path: Path) -> None:
    data = zipped({"a.json": PARTS[0], "images/a.jpg": IMAGE})
    path = tmp_path / "in.zip"
    path.write_bytes(data)
    run = cli("convert", path, tmp_path / "out.zip", "--to", "rle")
    assert run.returncode == 0, run.stderr
    assert run.stderr.startswith(b"cocodec: 2 converted")
    piped = cli("convert", "-", "-", "--to", "rle", "-q", stdin=data)
    assert piped.stdout == (tmp_path / "out.zip").read_bytes()
    assert unzipped(piped.stdout) == {"a.json": converted(PARTS[0])[0], "images/a.jpg": IMAGE}
    info = cli("info", path)
    assert b"zip of 1 COCO file" in info.stdout
    assert b"a.json: 1 image, 3 annotations (1 null, 1 polygons, 1 rle list)" in info.stdout
    small = cli("info", path, "--unzip-limit", 100)
    assert small.returncode == 1
    assert small.stderr.decode().endswith(
        "bytes, of which 100 are allowed; --unzip-limit (or unzip_limit=) allows more\n"
    )
