"""Guided fuzzing of what reads files in Python: zips, documents through every door, formats.

An answer, or an error of ours. COCODEC_FUZZ_SECONDS says how long each target takes (1; the nightly
run takes 300); `-s` shows executions and lines reached. What is found becomes a line of FOUND.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cocodec
from cocodec import CocodecError
from cocodec.formats import FORMATS
from support.faults import sound, spelled
from support.format_documents import document
from support.guided import explore

SECONDS = float(os.environ.get("COCODEC_FUZZ_SECONDS", "1"))
FOUND: dict[str, list[bytes]] = {}
NAMES = {
    **{"cvat-xml": "a.xml", "label-studio": "a.json", "via": "a.json", "mots": "a.txt"},
    **{"npz": "a.npz", "kaggle": "a.csv"},
}


def guided(name: str, run: Callable[[bytes], object], seeds: list[bytes]) -> None:
    """Explore, and say how far it went."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = explore(run, [*seeds, *FOUND.get(name, [])], SECONDS)
    print(f"{name}: {made.executions} executions, {made.lines} lines, {made.kept} kept")
    assert made.lines > 10


def texts() -> list[bytes]:
    small = spelled(sound())
    cut = json.loads(small)
    cut["annotations"] = cut["annotations"][:2]
    one = {"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [1, 1, 5, 5]}
    image = {"image": {"image_id": 1, "width": 9, "height": 9}, "annotations": []}
    return [json.dumps(value).encode() for value in (cut, [one], image, [cut, cut])]


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def doors(data: bytes) -> list[Callable[[], object]]:
    def convert(to: Any) -> object:
        return cocodec.convert(data, io.BytesIO(), to=to, on_error="skip", threads=1)

    return [
        lambda: cocodec.read(data).masks(threads=1),
        lambda: cocodec.check(data, threads=1),
        lambda: convert("rle"),
        lambda: convert("polygons"),
        lambda: convert("official"),
        lambda: convert("cvat"),
        lambda: cocodec.stats(cocodec.read(data)),
        lambda: cocodec.read(data).recompute(area="pixels"),
    ]


def through_all(data: bytes) -> None:
    for door in doors(data):
        with contextlib.suppress(CocodecError):
            door()


def read_and_written(data: bytes) -> None:
    """What is read is written as it was; a zip, as a zip that reads the same."""
    through_all(data)
    try:
        found = cocodec.read(data)
    except CocodecError:
        return
    out = io.BytesIO()
    found.write(out)
    again = cocodec.read(out.getvalue())
    assert len(again.annotations) == len(found.annotations)
    assert len(again.images) == len(found.images)
    if not data.startswith(b"PK"):
        assert out.getvalue() == data


def test_documents() -> None:
    guided("documents", read_and_written, texts())


def test_zips() -> None:
    small = texts()
    seeds = [zipped({"annotations/a.json": small[0]}, method) for method in (0, 8)]
    seeds.append(zipped({"a.json": small[1], "images/a.jpg": b"x", "b/c.json": small[0]}))
    guided("zips", read_and_written, seeds)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "createml"])
def test_formats(name: str, tmp_path: Path) -> None:
    """The largest files of a data set of the format, changed one at a time; a byte says which."""
    pytest.importorskip("PIL.Image")
    target = tmp_path / NAMES.get(name, "out")
    module = FORMATS[name].load()
    module.write(document(), target)
    files = [target] if target.is_file() else [p for p in target.rglob("*") if p.is_file()]
    files = sorted(files, key=lambda path: (-path.stat().st_size, path))[:3]
    whole = [file.read_bytes() for file in files]

    def run(data: bytes) -> None:
        which = data[0] % len(files) if data else 0
        files[which].write_bytes(data[1:])
        try:
            with contextlib.suppress(CocodecError, OSError):
                module.read(target)
        finally:
            files[which].write_bytes(whole[which])

    guided(name, run, [bytes([i]) + data for i, data in enumerate(whole)])
