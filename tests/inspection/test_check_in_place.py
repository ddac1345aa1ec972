"""A long file that is checked where it lies: the findings and repairs of one that is read whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cocodec
from cocodec import DocumentError
from cocodec.bulk import check_files as bulk
from cocodec.bulk.check_files import check_one
from cocodec.documents import in_place, places
from cocodec.documents.document import Document
from cocodec.files.file_text import FileText
from support.faults import FAULTS, Fault, sound, spelled


def outcome(path: Path, out: Path, options: dict[str, Any]) -> list[Any]:
    """What is found, what is repaired, and what is written."""
    found: list[Any] = []
    for fix in (None, out):
        one = check_one(str(path), None if fix is None else str(fix), **options)
        told = [finding.as_dict() for finding in one.findings]
        found += [told, str(one.findings), [*map(str, one.changes)], one.names]
    return [*found, out.read_bytes()]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_every_fault_is_found_and_mended_alike(
    fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = {"ground_truth": spelled(sound())} if "ground_truth" in fault.options else {}
    options = {**fault.options, **truth}
    opened: list[Document] = []

    def spied(source: Any, **given: Any) -> Document:
        opened.append(in_place.read_in_place(source, **given))
        return opened[-1]

    for document in fault.documents():
        path = tmp_path / "in.json"
        path.write_bytes(spelled(document))
        near = outcome(path, tmp_path / "near.json", options)
        with monkeypatch.context() as patch:
            patch.setattr(bulk, "read_in_place", spied)
            for module in (in_place, places):
                patch.setattr(module, "_WINDOW", 120)
            assert outcome(path, tmp_path / "far.json", options) == near
    assert any(isinstance(document._file.source, FileText) for document in opened)


def test_real_files(dialects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = 0
    for path in sorted(dialects.rglob("*.json"))[::4]:
        try:
            near = outcome(path, tmp_path / "near.json", {})
        except DocumentError:
            continue
        with monkeypatch.context() as patch:
            for module in (in_place, places):
                patch.setattr(module, "_WINDOW", 20_000)
            assert outcome(path, tmp_path / "far.json", {}) == near
        checked += 1
    assert checked > 5


def test_a_file_may_be_mended_where_it_lies(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "in.json"
    root = sound()
    root["annotations"][0]["iscrowd"] = "0"
    path.write_bytes(spelled(root))
    check_one(str(path), str(tmp_path / "out.json"))
    for module in (in_place, places):
        monkeypatch.setattr(module, "_WINDOW", 120)
    check_one(str(path), str(path))
    assert path.read_bytes() == (tmp_path / "out.json").read_bytes()


def test_copies_that_lie_far_apart(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "in.json"
    root = sound()
    rows = [dict(row, id=100 + i) for i, row in enumerate(root["annotations"] * 4)]
    root["annotations"] = rows
    path.write_bytes(spelled(root))
    near = str(cocodec.check(path))
    assert "annotation-duplicate" in near
    for window in (150, 600, 2000):
        for module in (in_place, places):
            monkeypatch.setattr(module, "_WINDOW", window)
        assert str(cocodec.check(path)) == near


PEAK = """
import re, sys
import cocodec
assert cocodec.check(sys.argv[1]).checked == int(sys.argv[2])
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


@pytest.mark.skipif("COCODEC_SANITIZED" in os.environ, reason="sanitizers take memory themselves")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_memory_is_less_than_one_and_a_half_times_the_file(tmp_path: Path) -> None:
    """Of short rows, boxes alone; between two sizes, and so without Python itself."""

    def peak(rows: int) -> tuple[int, int]:
        annotations = [
            {
                "id": i + 1,
                "image_id": i // 10,
                "category_id": 1,
                "bbox": [10.5, 20, 20 - i % 9, 20.5],
                "area": (20 - i % 9) * 20.5,
                "iscrowd": 0,
            }
            for i in range(rows)
        ]
        images = [
            {"id": i, "file_name": f"{i:06}.jpg", "width": 99, "height": 99}
            for i in range(rows // 10 + 1)
        ]
        root = {
            "images": images,
            "annotations": annotations,
            "categories": [{"id": 1, "name": "cat"}],
        }
        path = tmp_path / "in.json"
        path.write_text(json.dumps(root))
        run = [sys.executable, "-c", PEAK, str(path), str(rows)]
        made = subprocess.run(run, capture_output=True)
        assert made.returncode == 0, made.stderr
        return int(made.stdout) * 1024, path.stat().st_size

    few, many = peak(60_000), peak(240_000)
    assert many[0] - few[0] < 1.5 * (many[1] - few[1])


def test_the_public_function_leaves_it_there(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(spelled(sound()))
    expected = str(cocodec.check(path))
    for module in (in_place, places):
        monkeypatch.setattr(module, "_WINDOW", 120)
    assert str(cocodec.check(path)) == expected
