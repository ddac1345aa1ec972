"""Gzip files: read and written wherever a document is, bounded, and broken ones named."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

import cocodec
from cocodec.conversion.dialect import convert_dialect
from cocodec.errors import DocumentError
from cocodec.inspection.info import describe

ROOT = {
    "images": [{"id": 1, "width": 40, "height": 30, "file_name": "a.jpg"}],
    "categories": [{"id": 1, "name": "leaf"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[4, 5, 14, 5, 14, 13, 4, 13]]}
    ],
}
TEXT = json.dumps(ROOT).encode()
PACKED = gzip.compress(TEXT)


def test_what_is_packed_is_read_as_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(PACKED)
    for source in (path, PACKED, io.BytesIO(PACKED)):
        assert cocodec.read(source).masks().masks.area().tolist() == [80]
    assert describe(path).annotations == 1
    assert cocodec.evaluate(path, [], iou_type="segm").stats["AP"] == 0
    assert cocodec.read(tmp_path / "a.json.gz").categories[0]["name"] == "leaf"


@pytest.mark.parametrize("to", ["rle", "polygons", "official"])
def test_what_is_called_gz_is_packed(tmp_path: Path, to: Any) -> None:
    path, target = tmp_path / "a.json.gz", tmp_path / "b.json.gz"
    path.write_bytes(PACKED)
    plain = io.BytesIO()
    cocodec.convert(TEXT, plain, to=to)
    cocodec.convert(path, target, to=to)
    assert gzip.decompress(target.read_bytes()) == plain.getvalue()
    cocodec.convert(path, tmp_path / "again.json.gz", to=to)
    assert (tmp_path / "again.json.gz").read_bytes() == target.read_bytes()
    cocodec.read(TEXT).write(target)
    assert gzip.decompress(target.read_bytes()) == TEXT
    assert not list(tmp_path.glob(".*"))


def test_many_files_may_be_packed(tmp_path: Path, cli: Any) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json.gz").write_bytes(PACKED)
    (tmp_path / "in" / "b.json").write_bytes(TEXT)
    done = cli("convert", str(tmp_path / "in"), str(tmp_path / "out"), "--to", "rle")
    assert done.returncode == 0, done.stderr
    made = gzip.decompress((tmp_path / "out" / "a.json.gz").read_bytes())
    assert made == (tmp_path / "out" / "b.json").read_bytes()


def test_what_is_broken_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    for spoiled in (PACKED[:-9], PACKED[:40] + b"\0\0\0" + PACKED[43:], PACKED[:3]):
        path.write_bytes(spoiled)
        for call in (cocodec.read, describe, lambda p: cocodec.convert(p, io.BytesIO())):
            with pytest.raises(DocumentError, match="the gzip file is broken") as error:
                call(path)
            assert str(path) in str(error.value)


def test_what_unpacks_to_too_much_is_refused() -> None:
    bomb = gzip.compress(b"[" + b" " * (300 << 20) + b"]")
    for call in (cocodec.read, lambda b: cocodec.convert(b, io.BytesIO())):
        with pytest.raises(DocumentError, match="unpacks to more than 268,435,456 bytes"):
            call(bomb)
    for call in (
        lambda: cocodec.read(PACKED, unzip_limit=10),
        lambda: cocodec.convert(PACKED, io.BytesIO(), unzip_limit=10),
        lambda: convert_dialect(PACKED, io.BytesIO(), to="official", unzip_limit=10),
    ):
        with pytest.raises(DocumentError, match="unpacks to more than 10 bytes"):
            call()


def test_what_reads_item_by_item_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(PACKED)
    with pytest.raises(DocumentError, match="a gzip file cannot be read item by item"):
        cocodec.MaskDataset(path)
