"""The commands that reshape: what they write and say, their exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import read
from cocodec.cli import main
from cocodec.reshaping import crop, merge, sample, split, stats, subset
from support.reshaping_documents import bytes_of


def run(*arguments: Any) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def source(tmp_path: Path, maker: Any) -> Path:
    """A sound document."""
    root = maker.make_document(12, 5, 1)
    path = tmp_path / "in.json"
    path.write_text(json.dumps(root, ensure_ascii=False))
    document = read(path)
    document.remove([one.row for one in document.masks(on_error="skip").refused])
    document.remove(np.flatnonzero(document.image_rows() < 0))
    document.write(path)
    return path


def test_subset(source: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out.json"
    assert run("subset", source, out, "--category", "person", "bear", "--size", "large") == 0
    expected = subset(source, categories=["person", "bear"], sizes=["large"])
    assert out.read_bytes() == bytes_of(expected)
    assert "of 12 images" in capsys.readouterr().err
    names = [row["file_name"] for row in read(source).images][2:5]
    (tmp_path / "list.txt").write_text("\n".join([*names, ""]))
    assert run("subset", source, out, "--images-from", tmp_path / "list.txt", "-q") == 0
    assert out.read_bytes() == bytes_of(subset(source, images=names))
    assert capsys.readouterr().err == ""
    first = read(source).images[0]["id"]
    assert run("subset", source, out, "--image", first, "--crowd", "no", "--min-area", 5) == 0
    some = subset(source, images=[first], crowd=False, area=(5, None))
    assert out.read_bytes() == bytes_of(some)


def test_errors(source: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out.json"
    assert run("subset", source, out, "--category", "persn") == 1
    assert "did you mean 'person'?" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        run("subset", source, out, "--where", "area >")
    assert caught.value.code == 2
    assert "column 7: expected a value, found the end" in capsys.readouterr().err
    assert run("subset", source, out, "--where", "area > file_name + 1") == 0  # null: none
    assert run("subset", tmp_path / "none.json", out, "--crowd", "no") == 2
    out.unlink()
    assert run("split", source, tmp_path / "d", "--fractions", "0.5", "0.4") == 2
    assert run("split", source, tmp_path / "d", "--counts", "5", "5") == 2
    assert run("split", source, tmp_path / "d", "--counts", "5", "7", "--names", "a", "a") == 2
    assert run("crop", source, out, "--box", 0, 0, 0, 5) == 2
    assert run("merge", source, source, tmp_path / "x" / "y", "--on-conflict", "reindex") == 2
    assert not out.exists()
    assert not (tmp_path / "d").exists()


def test_split_and_merge(source: Path, tmp_path: Path, capsys: Any) -> None:
    folder, out = tmp_path / "parts", tmp_path / "out.json"
    options = ("--fractions", 0.75, 0.25, "--seed", 3, "--stratify")
    assert run("split", source, folder, *options) == 0
    parts = split(source, fractions=[0.75, 0.25], seed=3, stratify=True)
    assert sorted(path.name for path in folder.iterdir()) == ["train.json", "val.json"]
    for name, part in zip(("train", "val"), parts, strict=True):
        assert (folder / f"{name}.json").read_bytes() == bytes_of(part)
    assert "train.json: 9 images" in capsys.readouterr().err
    assert run("merge", folder / "train.json", folder / "val.json", out) == 0
    assert out.read_bytes() == bytes_of(merge(parts).document)
    assert not (tmp_path / "out.json.ids.json").exists()
    assert run("diff", source, out) == 0
    assert run("split", source, folder, *options) == 2  # there is something already
    assert run("split", source, tmp_path / "n", "--counts", 2, "rest", 3, 4) == 0
    assert sorted(path.stem for path in (tmp_path / "n").iterdir()) == ["1", "2", "3", "4"]
    assert len(read(tmp_path / "n" / "2.json").images) == 3
    assert run("sample", source, out, "--count", 4, "--seed", 2) == 0
    assert out.read_bytes() == bytes_of(sample(source, count=4, seed=2))


def test_new_ids_are_written(tmp_path: Path, capsys: Any) -> None:
    for name in "ab":
        root = {"images": [{"id": 1, "file_name": name}], "annotations": []}
        (tmp_path / name).write_text(json.dumps(root))
    out = tmp_path / "out.json"
    assert run("merge", tmp_path / "a", tmp_path / "b", out) == 1
    assert "id 1 is in" in capsys.readouterr().err
    assert not out.exists()
    assert run("merge", tmp_path / "a", tmp_path / "b", out, "--on-conflict", "reindex") == 0
    told = json.loads((tmp_path / "out.json.ids.json").read_text())
    assert told == {"images": [{"source": str(tmp_path / "b"), "old": 1, "new": 2}]}
    assert "1 id changed" in capsys.readouterr().err


def test_diff_and_stats(source: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out.json"
    assert run("set", source, out, "score=0.5", "--where", "iscrowd == 0", "-q") == 0
    assert run("diff", source, out, "--limit", 1) == 1
    assert capsys.readouterr().out.splitlines()[2].startswith("annotations: 0 added, 0 removed, 0")
    assert run("diff", source, out, "--ignore", "score") == 0
    assert run("strip", out, out, "score", "-q") == 0
    assert out.read_bytes() == source.read_bytes()
    assert run("diff", source, out, "--json") == 0
    text = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(text)["differs"] is False
    assert run("stats", source, "--json") == 0
    assert json.loads(capsys.readouterr().out) == stats(source).as_dict()
    assert run("stats", source) == 0
    assert capsys.readouterr().out == f"{stats(source)}\n"


def test_remap(source: Path, tmp_path: Path) -> None:
    out, mapping = tmp_path / "out.json", tmp_path / "map.json"
    mapping.write_text('{"person": "animal", "bear": "animal", "2": null}')
    assert run("remap", source, out, "--mapping", mapping) == 0
    names = read(out).categories.column("name").tolist()
    assert names[0] == "animal"
    assert not {"bear", "bicycle", "person"} & set(names)
    mapping.write_text("[]")
    assert run("remap", source, out, "--mapping", mapping) == 1
    mapping.write_text("{")
    assert run("remap", source, out, "--mapping", mapping) == 1
    assert run("remap", source, out, "--names-to-ids") == 0


def test_geometry(source: Path, tmp_path: Path) -> None:
    out, back = tmp_path / "out.json", tmp_path / "back.json"
    assert run("crop", source, out, "--box", 10, 10, 200, 300, "--min-visible", 0.2) == 0
    assert out.read_bytes() == bytes_of(crop(source, [10, 10, 200, 300], min_visible=0.2))
    for once, again in (
        (["flip", "--direction", "vertical"], ["flip", "--direction", "vertical"]),
        (["rotate90"], ["rotate90", "--times", "-1"]),
        (["tile", "--size", "256", "256", "--overlap", "32"], ["untile"]),
    ):
        assert run(once[0], source, out, *once[1:], "-q") == 0
        assert run(again[0], out, back, *again[1:], "-q") == 0
        before, after = read(source), read(back)
        ids = [repr(id_) for id_ in before.annotations.column("id").tolist()]
        found = before.masks(), after.masks()
        for j, id_ in enumerate(after.annotations.column("id").tolist()):
            i = ids.index(repr(id_))
            if ids.count(repr(id_)) == 1 and found[0].masks[i].area()[0] > 0:
                assert found[0].masks[i] == found[1].masks[j]
    assert run("pad", source, out, "--left", 3) == 0
    assert run("resize", source, out, "--longest", 100) == 0
    assert max(read(out).images.column("width")) == 100


def test_standard_streams(cli: Any, source: Path) -> None:
    done = cli("subset", "-", "-", "--crowd", "no", "-q", stdin=source.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == bytes_of(subset(source, crowd=False))


def test_what_is_on_no_image_is_told(tmp_path: Path, capsys: Any) -> None:
    path, out = tmp_path / "results.json", tmp_path / "out.json"
    path.write_text('[{"image_id": 1, "bbox": [0, 0, 3, 3], "score": 0.5}]')
    assert run("flip", path, out) == 0
    assert "1 annotation names no image of the file, and stays as it is" in capsys.readouterr().err
    assert out.read_bytes() == path.read_bytes()
    assert run("flip", path, out, "-q") == 0
    assert capsys.readouterr().err == ""


def test_tiles_are_counted_for_themselves(source: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out.json"
    assert run("tile", source, out, "--size", 100, 100) == 0
    many = read(out)
    told = f"12 images are {len(many.images):,} now, "
    assert told in capsys.readouterr().err
    assert run("merge", source, tmp_path / "one.json") == 0
    assert "1 file: 12 images" in capsys.readouterr().err


def test_the_file_and_the_row_are_named(tmp_path: Path, capsys: Any) -> None:
    path, out = tmp_path / "in.json", tmp_path / "out.json"
    path.write_text('{"images": [{"id": 71, "height": null}], "annotations": []}')
    assert run("flip", path, out) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"cocodec: {path}: images, row 0, id 71, key 'height': ")
    assert run("subset", path, out, "--category", "cat") == 1
    assert capsys.readouterr().err.startswith(f"cocodec: {path}: ")
    assert run("split", path, tmp_path / "d", "--fractions", 1, "--group-by", "id + 'a'") == 1
    assert capsys.readouterr().err.startswith(f"cocodec: {path}")
    assert not out.exists()
