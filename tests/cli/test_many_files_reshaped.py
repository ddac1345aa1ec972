"""The commands that reshape, over folders: every file for itself, into a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cocodec.reshaping import crop, flip, strip, subset
from support.faults import sound, spelled

Cli = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two documents, one of them deeper, and a file that is none."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.json").write_bytes(spelled(sound()))
    other = sound()
    other["annotations"] = other["annotations"][:2]
    (tmp_path / "in" / "deep" / "b.json").write_bytes(spelled(other))
    return tmp_path


def bytes_of(document: Any) -> bytes:
    return b"".join(document.render(0))


@pytest.mark.parametrize(
    "command, change",
    [
        (["subset", "--where", "area > 200"], lambda d: subset(d, where="area > 200")),
        (["strip", "area"], lambda d: strip(d, ["area"])),
        (["flip"], flip),
        (["crop", "--box", "5", "5", "40", "40"], lambda d: crop(d, [5, 5, 40, 40])),
    ],
)
def test_every_file_of_a_folder(cli: Cli, folder: Path, command: Any, change: Any) -> None:
    name, *options = command
    keys = [options.pop(0)] if name == "strip" else []
    done = cli(name, folder / "in", folder / "out", *keys, *options)
    assert done.returncode == 0, done
    for path in ("a.json", "deep/b.json"):
        assert (folder / "out" / path).read_bytes() == bytes_of(change(folder / "in" / path))
    lines = done.stderr.decode().splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        str(folder / "in" / path) for path in ("a.json", "deep/b.json")
    ]


def test_a_file_that_is_none_stops_no_other(cli: Cli, folder: Path) -> None:
    (folder / "in" / "0.json").write_bytes(b"{")
    done = cli("flip", folder / "in", folder / "out")
    assert done.returncode == 1
    assert b"0.json" in done.stderr
    assert not (folder / "out" / "0.json").exists()
    assert (folder / "out" / "deep" / "b.json").exists()
    done = cli("flip", folder / "in", folder / "out", "--images", folder, folder / "new")
    assert (done.returncode, b"--images is for one file" in done.stderr) == (2, True)
    done = cli("stats", folder / "in", "--json")
    assert done.returncode == 1
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(Path(one["file"]).name, one["annotations"]) for one in found] == [
        ("a.json", 5),
        ("b.json", 2),
    ]
    assert cli("stats", folder / "in", "--html", folder / "x.html").returncode == 2


def test_a_folder_is_merged(cli: Cli, folder: Path) -> None:
    assert (
        cli("split", folder / "in" / "a.json", folder / "parts", "--counts", "1", "1").returncode
        == 0
    )
    out = folder / "parts" / "all.json"
    assert cli("merge", folder / "parts", out, "--order", "id").returncode == 0
    first = out.read_bytes()
    assert json.loads(first)["images"] == sound()["images"]
    # The file itself is no part of what it is made of.
    assert cli("merge", folder / "parts", out, "--order", "id").returncode == 0
    assert out.read_bytes() == first
