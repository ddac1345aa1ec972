"""Shards: each a document with its images and their annotations; together, the bytes they were."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cocodec.bulk.shard_files  # noqa: F401 - patched below, by its name
import cocodec.documents.stream
from cocodec import DocumentError, bulk, convert, read
from cocodec.bulk.shards import INDEX, join, shard
from cocodec.files.temporaries import beside

Cli = Callable[..., Any]


def texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def expected_shards(document: dict[str, Any], per_shard: int) -> list[dict[str, Any]]:
    """The specification: what each shard says."""
    images = document.get("images") or []
    groups = [images[i : i + per_shard] for i in range(0, len(images), per_shard)] or [[]]
    home: dict[Any, int] = {}
    for number, group in enumerate(groups):
        for image in group:
            home.setdefault(image.get("id"), number)
    home.pop(None, None)
    rows: list[list[Any]] = [[] for _ in groups]
    for row in document.get("annotations") or []:
        id_ = row.get("image_id")
        number = home.get(id_) if isinstance(id_, (int, float, str)) else None
        rows[len(groups) - 1 if number is None else number].append(row)
    others = {k: v for k, v in document.items() if k not in ("images", "annotations")}
    return [
        {"images": group, **others, "annotations": own}
        for group, own in zip(groups, rows, strict=True)
    ]


def check_round_trip(text: bytes, folder: Path, per_shard: int) -> None:
    source, shards, target = folder / "whole.json", folder / "shards", folder / "again.json"
    source.write_bytes(text)
    shard(source, shards, images_per_shard=per_shard)
    names = sorted(path.name for path in shards.glob("shard-*.json"))
    found = [json.loads((shards / name).read_bytes()) for name in names]
    assert found == expected_shards(json.loads(text.decode("utf-8-sig")), per_shard)
    assert join(shards, target) is True
    assert target.read_bytes() == text


ids = st.one_of(st.integers(0, 6), st.sampled_from(["a", "é", "1", 2.5, None]))
images = st.lists(st.fixed_dictionaries({"id": ids}, optional={"height": st.integers(1, 9)}))
annotations = st.lists(
    st.fixed_dictionaries({"id": ids}, optional={"image_id": ids, "text": st.text(max_size=3)})
)
documents = st.fixed_dictionaries(
    {"images": images, "annotations": annotations},
    optional={"info": st.text(max_size=4), "categories": st.lists(st.just({"id": 1}))},
)


@settings(max_examples=60)
@given(
    document=documents,
    order=st.permutations(["images", "annotations", "info", "categories"]),
    style=st.tuples(st.sampled_from([None, 0, 3]), st.booleans()),
    per_shard=st.integers(1, 4),
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    document: dict[str, Any],
    order: list[str],
    style: tuple[int | None, bool],
    per_shard: int,
) -> None:
    ordered = {key: document[key] for key in order if key in document}
    text = json.dumps(ordered, indent=style[0], ensure_ascii=style[1]).encode()
    check_round_trip(text, tmp_path_factory.mktemp("shards"), per_shard)


@pytest.mark.parametrize(
    "text",
    [
        b'\xef\xbb\xbf {"annotations" : [ ] }\r\n',
        b'{"images": [{"id": 1} , {"id":2},\n\n{"id":1}], "annotations": null}',
        b'{"annotations": [{"image_id": [1]}, {"image_id": {"a": 1}},{}], "images": [{"id": 1}]}',
        b'{"images":[{"id":1.0},{"id":true}],"annotations":[{"image_id":1},\t{"image_id":1.0}]}',
        b'{"images": [], "annotations": [{"image_id": 7, "text": "\\ud83d\\ude00"}]}',
    ],
)
def test_odd_texts(tmp_path: Path, text: bytes) -> None:
    check_round_trip(text, tmp_path, 1)


def test_small_windows(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches end anywhere, files are written in many turns and read in turns."""

    class Stream(cocodec.documents.stream.RecordStream):
        def __init__(self, stream: Any, *, window: int = 700, check: bool = True) -> None:
            super().__init__(stream, window=window, check=check)

    monkeypatch.setattr("cocodec.bulk.shards.RecordStream", Stream)
    monkeypatch.setattr("cocodec.bulk.shard_files.RecordStream", Stream)
    monkeypatch.setattr("cocodec.bulk.shard_files._HELD", 5000)
    monkeypatch.setattr("cocodec.bulk.shard_files._OPEN", 3)
    monkeypatch.setattr("cocodec.bulk.shards._PIECE", 1000)
    check_round_trip(sample.read_bytes(), tmp_path, 7)


def test_real_documents(dialects: Path, tmp_path: Path) -> None:
    checked = 0
    for path in sorted(dialects.rglob("*.json")):
        if path.stat().st_size > 3 << 20:
            continue
        shards, target = tmp_path / str(checked), tmp_path / "again.json"
        try:
            document = read(path)
            if len(document.parts) != 1 or document.parts[0].root != "document":
                continue
            shard(path, shards, images_per_shard=3)
        except DocumentError:
            continue
        assert join(shards, target) is True
        assert target.read_bytes() == path.read_bytes()
        checked += 1
    assert checked > 10


def test_converted_in_between(sample: Path, tmp_path: Path) -> None:
    shard(sample, tmp_path / "a", images_per_shard=13)
    report = bulk.convert([tmp_path / "a"], tmp_path / "b", jobs=1, to="rle-list")
    assert report.failed == []
    assert join(tmp_path / "b", tmp_path / "joined.json") is False
    convert(sample, tmp_path / "whole.json", to="rle-list")
    assert (tmp_path / "joined.json").read_bytes() == (tmp_path / "whole.json").read_bytes()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'[{"image_id": 1, "segmentation": []}]', "expected a document"),
        (b'{"image_id": 1, "segmentation": []}', "expected a document"),
        (b'{"image": {"id": 1}, "annotations": []}', "expected a document"),
        (b'{"annotations": []}\n{"annotations": []}', "many documents"),
        (b'[{"annotations": []}]', "many documents"),
        (b'{"annotations": [}', "not valid JSON"),
        (b'{"annotations": [{}], "images": [{"id": 1} {"id": 2}]}', "not valid JSON"),
        (b'{"things": []}', "'things'"),
        (b"", "the file is empty"),
    ],
)
def test_what_cannot_be_split(tmp_path: Path, text: bytes, why: str) -> None:
    source = tmp_path / "a.json"
    source.write_bytes(text)
    with pytest.raises(DocumentError, match=why) as caught:
        shard(source, tmp_path / "out", images_per_shard=2)
    assert str(caught.value).startswith(f"{source}: ")
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_folder_with_something_in_it_stays(sample: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(FileExistsError):
        shard(sample, tmp_path, images_per_shard=2)
    with pytest.raises(ValueError, match="at least 1"):
        shard(sample, tmp_path / "out", images_per_shard=0)
    assert os.listdir(tmp_path) == ["mine"]


def test_leftovers_of_a_killed_run_go(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        mine = beside(tmp_path / "out", is_folder=True).name
    left = tmp_path / mine.replace(f".{os.getpid()}-", f".{gone.pid}-")
    monkeypatch.setattr("cocodec.files.temporaries._swept", set())
    left.mkdir()
    (left / "shard-00000.json").write_text("{")
    (tmp_path / "out").mkdir()
    shard(sample, tmp_path / "out", images_per_shard=50)
    assert os.listdir(tmp_path) == ["out"]
    assert sorted(os.listdir(tmp_path / "out")) == ["shard-00000.json", "shard-00001.json", INDEX]


def test_damage_is_found(sample: Path, tmp_path: Path) -> None:
    shard(sample, tmp_path / "a", images_per_shard=20)
    target = tmp_path / "joined.json"

    def joined(name: str, change: Callable[[bytes], bytes]) -> str:
        shutil.rmtree(tmp_path / "b", ignore_errors=True)
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        path = tmp_path / "b" / name
        path.write_bytes(change(path.read_bytes()))
        with pytest.raises(DocumentError) as caught:
            join(tmp_path / "b", target)
        assert not target.exists()
        return str(caught.value)

    assert "not valid JSON" in joined("shard-00001.json", lambda text: text[:-9])

    def without_image(text: bytes) -> bytes:
        document = json.loads(text)
        document["images"].pop()
        return json.dumps(document).encode()

    assert "19 images, expected 20" in joined("shard-00002.json", without_image)
    assert "not the index" in joined(INDEX, lambda text: text[:-9])
    assert "format" in joined(INDEX, lambda text: text.replace(b"shards 1", b"shards 9", 1))
    assert "not what was split" in joined(
        INDEX,
        lambda text: (
            text.replace(b'", "', b'",  "', 1)
            if b'", "' in text
            else text.replace(b"info", b"inf0", 1)
        ),
    )


def test_commands(cli: Cli, sample: Path, tmp_path: Path) -> None:
    run = cli("shard", sample, tmp_path / "out", "--images-per-shard", 25)
    assert (run.returncode, run.stderr) == (0, b"cocodec: 3 shards\n")
    run = cli("join", tmp_path / "out", tmp_path / "again.json", "-q")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    assert (tmp_path / "again.json").read_bytes() == sample.read_bytes()
    assert cli("shard", sample, tmp_path / "out", "--images-per-shard", 25).returncode == 2
    assert cli("shard", sample, tmp_path / "new", "--images-per-shard", 0).returncode == 2
    assert cli("join", tmp_path, tmp_path / "again.json").returncode == 2
