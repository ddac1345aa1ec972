"""`cocodec convert --dialect` and what `cocodec info` says of dialects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cocodec import read
from support.dialect_documents import RLE, document, make, row, text

Cli = Callable[..., Any]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.json"
    path.write_bytes(make("trainingdata"))
    return path


def test_convert_writes_a_dialect_and_says_what_it_did(cli: Cli, source: Path) -> None:
    target = source.with_name("out.json")
    done = cli("convert", source, target, "--dialect", "official")
    assert done.returncode == 0
    lines = done.stderr.decode().splitlines()
    assert lines[0].startswith("cocodec: read as trainingdata (flat rings, ")
    assert lines[0].endswith("written as official: 1 image, 3 annotations, 2 categories")
    assert (
        "cocodec: changed: answers about images made attributes of the images: 1 (row 3)" in lines
    )
    assert len(json.loads(target.read_bytes())["annotations"]) == 3


def test_convert_takes_the_options(cli: Cli, source: Path) -> None:
    target = source.with_name("out.json")
    options = ("--to", "rle", "--indent", 1, "--image-rows", "drop", "--reindex", "--ids", "drop")
    done = cli("convert", source, target, "--dialect", "official", "-q", *options)
    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == [
        "cocodec: not carried: answers about images: 1 (row 3)"
    ]
    root = json.loads(target.read_bytes())
    assert target.read_text() == json.dumps(root, indent=1)
    assert root["annotations"][0]["segmentation"] == RLE
    assert "cocodec" not in root


def test_convert_reads_and_writes_pipes(cli: Cli) -> None:
    done = cli("convert", "-", "-", "--dialect", "hasty", "-q", stdin=text(document(row())))
    assert done.returncode == 0
    assert json.loads(done.stdout)["annotations"][0]["segmentation"] == RLE


def test_refused_rows_are_named_and_nothing_is_written(cli: Cli, source: Path) -> None:
    source.write_bytes(text(document(row(1, image_id=7), row(2))))
    target = source.with_name("out.zip")
    done = cli("convert", source, target, "--dialect", "cvat")
    assert done.returncode == 1
    assert not target.exists()
    lines = done.stderr.decode().splitlines()
    assert "cocodec: refused: row 0, id 1: image_id is 7, which no image has" in lines
    assert lines[-1].startswith("cocodec: nothing was written")
    done = cli("convert", source, target, "--dialect", "cvat", "--on-error", "skip")
    assert done.returncode == 1
    assert len(read(target).annotations) == 1


def test_the_source_dialect_may_be_said(cli: Cli, source: Path) -> None:
    source.write_bytes(text(document(row(segmentation=[[1, 1, 5, 5]], bbox=[1, 1, 4, 4]))))
    target = source.with_name("out.json")
    arguments = ("convert", source, target, "--dialect", "official", "--from")
    assert cli(*arguments, "labelme").returncode == 0
    found = json.loads(target.read_bytes())["annotations"][0]["segmentation"]
    assert found == [[1, 1, 5, 1, 5, 5, 1, 5]]
    done = cli(*arguments, "nonsense")
    assert done.returncode == 2
    assert b"expected one of: auto, official, cvat" in done.stderr


def test_convert_needs_to_be_told_something(cli: Cli, source: Path) -> None:
    done = cli("convert", source, source.with_name("out.json"))
    assert done.returncode == 2
    assert b"--dialect NAME" in done.stderr


def test_info_names_the_dialect(cli: Cli, source: Path) -> None:
    done = cli("info", source)
    assert done.stdout.decode().splitlines()[1].startswith("dialect           trainingdata (")
    assert json.loads(cli("info", source, "--json").stdout)["dialect"]["name"] == "trainingdata"
