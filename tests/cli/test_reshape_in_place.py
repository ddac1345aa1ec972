"""Commands that leave a long file where it is write and say what they do of one read whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cocodec.cli import main
from cocodec.cli import reshaping as common
from cocodec.documents import in_place, places
from cocodec.documents.document import Document
from cocodec.files.file_text import FileText

COMMANDS: list[list[str]] = [
    ["subset", "--category", "person", "bear"],
    ["subset", "--category", "persn"],
    ["subset", "--category", "person", "--drop-empty-images", "--drop-unused-categories"],
    ["subset", "--min-area", "900", "--size", "medium", "large"],
    ["subset", "--crowd", "no"],
    ["subset", "--where", "area / image.width > 3 and category.name != 'bear' and bbox[0] > 1"],
    ["subset", "--where", "nonsense.a == null or id % 2 == 0", "--where-image", "width >= 500"],
    ["subset", "--where", "area + file_name > 'a'"],
    ["subset", "--image", "000000000001", "000000000005.jpg"],
    ["split", "--fractions", "0.7", "0.3", "--stratify"],
    ["split", "--counts", "2", "rest", "--group-by", "width", "--seed", "4"],
    ["sample", "--count", "3"],
    ["sample", "--count", "3000"],
    ["strip", "segmentation", "area"],
    ["strip", "nonsense"],
    ["strip", "attributes.x", "--where", "area > 100"],
    ["strip", "license", "--table", "images"],
    ["set", "area=bbox[2] * bbox[3]", "score=0.5", "--where", "area < 5000"],
    ["set", "attributes.x=1", "attributes.y='a'", "attributes=null", "b=id"],
    ["set", "date_captured='today'", "--table", "images"],
    ["remap", "--mapping", "map.json"],
    ["remap", "--names-to-ids"],
]


@pytest.fixture(autouse=True)
def inputs(tmp_path: Path, maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents of several spellings, in a folder that one works in."""
    root = maker.make_document(8, 4, 1)
    root["annotations"][5]["attributes"] = {"x": 1, "z": None}
    root["strange"] = {"annotations": [1, 2]}
    order = ["annotations", "strange", "categories", "images", *root]
    moved = {key: root[key] for key in order}
    monkeypatch.chdir(tmp_path)
    Path("plain.json").write_text(json.dumps(root))
    Path("spaced.json").write_text(json.dumps(moved, indent=1), "utf-8-sig")
    Path("dense.json").write_text(json.dumps(moved, separators=(",", ":"), ensure_ascii=False))
    Path("results.json").write_text(json.dumps(root["annotations"]))
    Path("list.json").write_text(json.dumps([root, moved]))
    Path("cut.json").write_text(json.dumps(root)[:-3])
    Path("twice.json").write_text(json.dumps(root)[:-1] + ', "images": []}')
    Path("map.json").write_text('{"person": "human", "bear": null, "tree": 77}')


def outcome(command: list[str], source: str, capsys: Any) -> tuple[Any, ...]:
    """The exit code, what is said, and all that is written."""
    name, *options = command
    out = Path("out")
    code = main([name, source, str(out), *options])
    told = capsys.readouterr()
    files = sorted(out.iterdir()) if out.is_dir() else [out] if out.exists() else []
    written = [(file.name, file.read_bytes()) for file in files]
    for file in files:
        file.unlink()
    if out.is_dir():
        out.rmdir()
    return code, told.out, told.err, written


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_both_ways_are_one(
    command: list[str], capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Document] = []

    def spied(*given: Any, **options: Any) -> Document:
        opened.append(in_place.read_in_place(*given, **options))
        return opened[-1]

    monkeypatch.setattr(common, "read_in_place", spied)
    for source in sorted(str(path) for path in Path().glob("*.json") if path.name != "map.json"):
        with monkeypatch.context() as patch:
            for module in (in_place, places):
                patch.setattr(module, "_WINDOW", 3000)
            opened.clear()
            far = outcome(command, source, capsys)
        stays = [isinstance(document._file.source, FileText) for document in opened]
        assert stays == {"cut.json": [], "twice.json": [], "list.json": [False]}.get(source, [True])
        assert far == outcome(command, source, capsys), source
        if source in ("cut.json", "twice.json"):
            assert far[0] != 0
            assert far[3] == []


def test_several_files_and_the_standard_input(capsys: Any, monkeypatch: Any) -> None:
    Path("in").mkdir()
    for name in ("plain", "cut", "results"):
        Path(f"{name}.json").rename(f"in/{name}.json")
    command = ["subset", "--where", "area > 2000"]
    near = outcome(command, "in", capsys)
    for module in (in_place, places):
        monkeypatch.setattr(module, "_WINDOW", 3000)
    assert outcome(command, "in", capsys) == near
    assert [name for name, _ in near[3]] == ["plain.json", "results.json"]
    with open("in/plain.json", "rb") as stream:
        monkeypatch.setattr("sys.stdin", stream_of(stream))
        piped = outcome(command, "-", capsys)
    assert piped[3][0][1] == near[3][0][1]


def stream_of(stream: Any) -> Any:
    """What stands for the standard input."""

    class Input:
        buffer = stream

    return Input()
