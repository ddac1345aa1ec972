"""`cocodec convert --dialect` and what `cocodec info` says of dialects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import RleArray, read
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


@pytest.mark.parametrize("said", ["--to", "--dialect"])
def test_the_source_dialect_may_be_said(cli: Cli, source: Path, said: str) -> None:
    # LabelMe is a format too: what is COCO is read as its COCO.
    source.write_bytes(text(document(row(segmentation=[[1, 1, 5, 5]], bbox=[1, 1, 4, 4]))))
    target = source.with_name("out.json")
    arguments = ("convert", source, target, said, "official", "--from")
    assert cli(*arguments, "labelme").returncode == 0
    found = json.loads(target.read_bytes())["annotations"][0]["segmentation"]
    assert found == [[1, 1, 5, 1, 5, 5, 1, 5]]
    done = cli(*arguments, "nonsense")
    assert done.returncode == 2
    assert b"expected one of: auto, official, cvat" in done.stderr


def test_convert_needs_to_be_told_something(cli: Cli, source: Path) -> None:
    done = cli("convert", source, source.with_name("out.json"))
    assert done.returncode == 2
    assert b"--to NAME" in done.stderr


def test_info_names_the_dialect(cli: Cli, source: Path) -> None:
    done = cli("info", source)
    assert done.stdout.decode().splitlines()[1].startswith("dialect           trainingdata (")
    assert json.loads(cli("info", source, "--json").stdout)["dialect"]["name"] == "trainingdata"


# ---------------------------------------------------------------- one option says what comes out


def test_to_names_a_dialect_and_masks_their_spelling(cli: Cli, source: Path) -> None:
    targets = [source.with_name(name) for name in ("a.json", "b.json", "c.json")]
    spelled = (
        ("--to", "official", "--masks", "rle"),
        ("--dialect", "official", "--masks", "rle"),
        ("--dialect", "official", "--to", "rle"),
    )
    for target, options in zip(targets, spelled, strict=True):
        assert cli("convert", source, target, *options, "-q").returncode == 0
    assert len({target.read_bytes() for target in targets}) == 1
    assert json.loads(targets[0].read_bytes())["annotations"][0]["segmentation"] == RLE


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "say what to write: --to NAME"),
        (("--to", "rle", "--masks", "rle"), "--masks is for --to DIALECT"),
        (("--to", "official", "--dialect", "cvat"), "say one"),
        (("--to", "rle", "--dialect", "official", "--masks", "polygons"), "say one"),
        (("--to", "cvat", "--masks", "rle"), "'rle-list', 'polygons' only"),
        (("--to", "rle", "--reindex"), "--reindex: for --to DIALECT only"),
        (("--to", "rle", "--images", "x"), "--images: for --to DIALECT only"),
        (("--to", "official", "--tolerance", 1), "for --to polygons"),
    ],
)
def test_what_does_not_go_together(
    cli: Cli, source: Path, options: tuple[Any, ...], says: str
) -> None:
    done = cli("convert", source, source.with_name("out.json"), *options)
    assert done.returncode == 2
    assert says in done.stderr.decode()
    assert not source.with_name("out.json").exists()


def test_several_files_become_one_data_set(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(text(document(row())))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.json").write_bytes(text(document(row())))
    (tmp_path / "in" / "c.zip").write_bytes(make("cvat"))
    target = tmp_path / "out.json"
    done = cli("convert", tmp_path / "a.json", tmp_path / "in", target, "--to", "official")
    assert done.returncode == 0
    root = json.loads(target.read_bytes())
    assert (len(root["images"]), len(root["annotations"])) == (4, 9)
    assert len({one["id"] for one in root["annotations"]}) == 9


def test_files_of_one_folder_are_tasks(cli: Cli, tmp_path: Path) -> None:
    points = {"keypoints": [2, 2, 2], "num_keypoints": 1}
    (tmp_path / "instances_a.json").write_bytes(text(document(row())))
    (tmp_path / "person_keypoints_a.json").write_bytes(text(document(row(**points))))
    target = tmp_path / "out" / "all.json"
    target.parent.mkdir()
    assert cli("convert", tmp_path, target, "--to", "official").returncode == 0
    assert json.loads(target.read_bytes())["annotations"] == [row(**points)]


def test_many_files_each_to_its_own(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.json").write_bytes(make("trainingdata"))
    (tmp_path / "in" / "deep" / "b.json").write_bytes(text(document(row())))
    done = cli("convert", tmp_path / "in", tmp_path / "out", "--to", "official", "--jobs", 1)
    assert done.returncode == 0
    assert "2 of 2 files done" in done.stderr.decode()
    for name in ("a.json", "deep/b.json"):
        assert read(tmp_path / "out" / name).dialect.name == "official"
    done = cli("convert", tmp_path / "in", tmp_path / "zips", "--to", "cvat", "--jobs", 1)
    assert done.returncode == 0
    assert read(tmp_path / "zips" / "a.zip").dialect.name == "cvat"
    again = cli(
        *("convert", tmp_path / "in", tmp_path / "out", "--to", "official"),
        *("--jobs", 1, "--resume", "--indent", 2),
    )
    assert again.returncode == 0
    assert (tmp_path / "out" / "a.json").read_text().startswith("{\n  ")


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("name", ["polygons", "official", "cvat", "encord", "yolo", "kaggle"])
def test_help_of_one_name_is_one_screen_of_its_options(cli: Cli, name: str) -> None:
    whole = cli("convert", "--help").stdout.decode()
    shown = {}
    for words in (("--to", name, "--help"), ("--help", f"--to={name}")):
        done = cli("convert", *words)
        assert done.returncode == 0
        shown[words] = done.stdout.decode()
    (text_,) = set(shown.values())
    assert len(text_.splitlines()) < len(whole.splitlines()) / 2 + 10
    own = {"polygons": "--tolerance", "yolo": "--rule", "kaggle": "--order", "cvat": "--tasks"}
    for other, option in {**own, "official": "--split"}.items():
        assert (f"\n  {option} " in text_) == (other == name), (other, name)


def test_help_names_a_group_for_each_name_with_options_of_its_own(cli: Cli) -> None:
    lines = cli("convert", "--help").stdout.decode().splitlines()
    groups = [line for line in lines if line.startswith("--to ")]
    for name in ("polygons", "official only", "cvat only", "yolo", "kaggle", "voc"):
        assert [line for line in groups if line.startswith(f"--to {name}")], name


TWO_TYPES = document(row(1, image_id="1"), row(2, image_id=1))


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("convert", ("--to", "rle")),
        ("convert", ("--to", "rle", "--min-area", 1)),
        ("convert", ("--to", "polygons", "--crowd", 0)),
        ("convert", ("--to", "official")),
        ("convert", ("--to", "yolo")),
        ("merge-groups", ("--by", "id")),
    ],
)
def test_ids_of_two_types_are_joined_by_every_command(
    cli: Cli, tmp_path: Path, command: str, options: tuple[Any, ...]
) -> None:
    source, target = tmp_path / "in.json", tmp_path / "out.json"
    source.write_bytes(text(TWO_TYPES))
    done = cli(command, source, target, *options, "--coerce-ids")
    assert done.returncode == 0, done.stderr
    if "yolo" in options:
        assert len(next(target.glob("labels/**/*.txt")).read_text().splitlines()) == 2
    else:
        made = json.loads(target.read_bytes())
        assert [one["image_id"] for one in made["annotations"]] == [1, 1]


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("out.parquet", ("--coerce-ids",)),
        ("out.parquet", ("--crowd", "0")),
        ("yolo", ("--to", "yolo", "--reindex")),
        ("yolo", ("--to", "yolo", "--ids", "sidecar")),
    ],
)
def test_options_that_mean_nothing_are_refused(
    cli: Cli, tmp_path: Path, target: str, options: tuple[str, ...]
) -> None:
    source = tmp_path / "in.json"
    source.write_bytes(text(TWO_TYPES))
    done = cli("convert", source, tmp_path / target, *options)
    assert done.returncode == 2
    assert b"for --to DIALECT only" in done.stderr
    assert not (tmp_path / target).exists()


def test_crowds_and_dialect_options_reach_formats(cli: Cli, tmp_path: Path) -> None:
    source, yolo = tmp_path / "in.json", tmp_path / "yolo"
    source.write_bytes(text(TWO_TYPES))
    assert cli("convert", source, yolo, "--to", "yolo", "--coerce-ids").returncode == 0
    for options in (("--to", "official", "--indent", 1), ("--to", "rle", "--crowd", 0)):
        done = cli("convert", yolo, tmp_path / "back.json", *options)
        assert done.returncode == 0, done.stderr
        back = (tmp_path / "back.json").read_text()
        assert [one["iscrowd"] for one in json.loads(back)["annotations"]] == [0, 0]
        assert ("\n" in back.strip()) == ("official" in options)


@pytest.mark.parametrize("option", [("--runs", "rows"), ("--fit-sizes",)])
@pytest.mark.parametrize("way", ["rle", "official", "clean", "folder", "official folder", "npz"])
def test_runs_are_mended_once_whatever_is_written(
    cli: Cli, tmp_path: Path, option: tuple[str, ...], way: str
) -> None:
    pixels = (np.random.default_rng(5).random((6, 7)) < 0.5).astype(np.uint8)
    if option == ("--fit-sizes",):
        (meant,) = RleArray.encode(np.pad(pixels, ((0, 1), (0, 0)))[None]).to_coco("list")
    else:  # the runs of the mirror image
        (turned,) = RleArray.encode(pixels.T[None]).to_coco("list")
        meant = {"size": [6, 7], "counts": turned["counts"]}
    row = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": meant}
    image = {"id": 1, "height": 6, "width": 7, "file_name": "a.png"}
    source = tmp_path / "in" / "a.json"
    source.parent.mkdir()
    source.write_bytes(
        text({"images": [image], "annotations": [row], "categories": [{"id": 1, "name": "x"}]})
    )
    target = tmp_path / "out.npz" if way == "npz" else tmp_path / "out.json"
    options = {"clean": ("--to", "rle", "--min-area", 1), "npz": ("--to", "npz")}.get(
        way, ("--to", way.split()[0] if way != "folder" else "rle")
    )
    if "folder" in way:
        done = cli("convert", source.parent, tmp_path / "out", *options, *option)
        target = tmp_path / "out" / "a.json"
    else:
        done = cli("convert", source, target, *options, *option)
    assert done.returncode == 0, done.stderr
    if way == "npz":
        back = tmp_path / "back.json"
        assert cli("convert", target, back, "--to", "rle").returncode == 0
        target = back
    assert (read(target).masks().masks.decode()[0] == pixels).all()


SMALL = {"size": [10, 15], "counts": [0, 50, 100]}


@pytest.mark.parametrize("to", ["official", "encord", "hasty"])
def test_rows_left_out_of_many_files_are_exit_code_1(cli: Cli, tmp_path: Path, to: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.json").write_bytes(text(document(row())))
    (folder / "bad.json").write_bytes(text(document(row(segmentation=SMALL), row(2))))
    told = b"bad.json: row 0, id 1: its mask is of 10 x 15"
    options = ("--to", to, "--on-error", "skip", "--jobs", 2)
    done = cli("convert", folder, f"{tmp_path / 'out'}/", *options)
    assert done.returncode == 1
    assert told in done.stderr
    assert b"3 annotations" not in done.stderr
    assert all(line.startswith(b"cocodec: ") for line in done.stderr.splitlines())
    assert len(json.loads((tmp_path / "out" / "bad.json").read_bytes())["annotations"]) == 1
    done = cli("convert", folder, f"{tmp_path / 'quiet'}/", *options, "-q")
    assert done.returncode == 1
    assert told in done.stderr


def test_what_many_files_cannot_say_is_told(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.json", "b.json"):
        (folder / name).write_bytes(text(document(row(score=0.5))))
    done = cli("convert", folder, f"{tmp_path / 'out'}/", "--to", "hasty")
    assert b"cocodec: not carried: annotation score: 2" in done.stderr.splitlines()
    done = cli("convert", folder, f"{tmp_path / 'quiet'}/", "--to", "hasty", "-q")
    assert done.stderr.count(b"not carried: annotation score: 1") == 2


@pytest.mark.parametrize("said", [("--to", "official"), ("--dialect", "official")])
def test_formats_become_dialects_as_files_of_coco_do(
    cli: Cli, tmp_path: Path, said: tuple[str, str]
) -> None:
    source, folder, target = tmp_path / "in.json", tmp_path / "set", tmp_path / "out.json"
    source.write_bytes(text(document(row(), row(2))))
    assert cli("convert", source, folder, "--to", "labelme").returncode == 0
    done = cli("convert", folder, target, *said, "--masks", "rle")
    assert done.returncode == 0
    assert b"cocodec: changed: rings made RLE: 2" in done.stderr
    rows = json.loads(target.read_bytes())["annotations"]
    assert [one["segmentation"] for one in rows] == [RLE, RLE]
    done = cli("convert", folder, target, *said, "--split")
    assert done.returncode == 2
    assert b"--split is for files of COCO" in done.stderr


def test_what_a_dialect_cannot_say_of_a_format_is_told(cli: Cli, tmp_path: Path) -> None:
    source, folder, target = tmp_path / "in.json", tmp_path / "set.xml", tmp_path / "out.json"
    source.write_bytes(text(document(row(attributes={"shade": "dark"}))))
    assert cli("convert", source, folder, "--to", "cvat-xml").returncode == 0
    done = cli("convert", folder, target, "--to", "hasty", "-q")
    assert b"not carried" in done.stderr
    done = cli("convert", folder, target, "--to", "hasty", "-q", "--strict")
    assert done.returncode == 1


@pytest.mark.parametrize("to", ["yolo", "labelme", "cvat"])
def test_two_names_are_refused(cli: Cli, source: Path, to: str) -> None:
    done = cli("convert", source, source.with_name("out"), "--to", to, "--dialect", "official")
    assert done.returncode == 2
    assert f"--to {to} and --dialect official: say one".encode() in done.stderr
