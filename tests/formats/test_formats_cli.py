"""`cocodec convert` from and to formats: recognised, reported, whole or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.conftest import Cli
from tests.support.format_documents import bag, document

from cocodec import read
from cocodec.dialects import WRITERS
from cocodec.formats import FORMATS


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.json"
    document(crowd=True).write(path)
    return path


@pytest.mark.parametrize("rule", ["opencv", "coco"])
def test_to_yolo_and_back(cli: Cli, source: Path, rule: str, tmp_path: Path) -> None:
    done = cli("convert", source, tmp_path / "out", "--to", "yolo", "--rule", rule)
    assert done.returncode == 0
    assert b"is a crowd (written as any other): 1 (row 5 (id 105))" in done.stderr
    assert (b"--rule opencv paints" in done.stderr) == (rule == "opencv")
    done = cli("convert", tmp_path / "out", tmp_path / "back.json", "--to", "polygons")
    assert done.returncode == 0
    back = read(tmp_path / "back.json")
    assert all(isinstance(one, list) for one in back.annotations.column("segmentation").tolist())
    assert not bag(document()) - bag(back)


def test_cvat_is_recognised(cli: Cli, source: Path, tmp_path: Path) -> None:
    assert cli("convert", source, tmp_path / "a.xml", "--to", "cvat-xml", "-q").stderr == b""
    done = cli("convert", tmp_path / "a.xml", tmp_path / "b.json", "--to", "rle")
    assert done.returncode == 0
    found = json.loads((tmp_path / "b.json").read_bytes())["annotations"]
    masks = [one["segmentation"] for one in found if one["segmentation"]]  # but the box
    assert {type(one) for one in masks} == {dict}
    assert len(masks) == 20
    assert bag(read(tmp_path / "b.json")) == bag(document())


def test_strict_ends_with_1(cli: Cli, source: Path, tmp_path: Path) -> None:
    done = cli("convert", source, tmp_path / "a", "--to", "labelme", "--strict")
    assert done.returncode == 1
    assert b"crowd" in done.stderr
    document().write(source)
    assert cli("convert", source, tmp_path / "b", "--to", "labelme", "--strict").returncode == 0


def test_from_one_format_to_another(cli: Cli, source: Path, tmp_path: Path) -> None:
    assert cli("convert", source, tmp_path / "a", "--to", "labelme").returncode == 0
    done = cli("convert", tmp_path / "a", tmp_path / "b", "--from", "labelme", "--to", "yolo")
    assert done.returncode == 0
    assert (tmp_path / "b/data.yaml").exists()


def test_several_inputs_go_to_a_folder(cli: Cli, source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    document().write(other)
    done = cli("convert", source, other, tmp_path / "out", "--to", "yolo")
    assert done.returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["in", "other"]


def test_options_that_mean_nothing_are_refused(cli: Cli, source: Path, tmp_path: Path) -> None:
    done = cli("convert", source, tmp_path / "a", "--to", "labelme", "--rule", "coco")
    assert done.returncode == 2
    assert b"--rule means nothing for this conversion" in done.stderr
    assert not (tmp_path / "a").exists()


def test_bad_files_leave_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<annotations><image id='0'/></annotations>")
    done = cli("convert", tmp_path / "a.xml", tmp_path / "b.json")
    assert done.returncode == 1
    assert b"an <image> has no name" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.xml"]


def test_no_name_is_a_format_and_a_dialect_too() -> None:
    """One option, --to, takes both."""
    assert not set(FORMATS) & {*WRITERS, "rle", "rle-list", "polygons"}
