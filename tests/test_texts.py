"""What no compiler of ours reads: texts are whole, and settings of services parse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What git writes around two changes that meet, where somebody has to choose (seven = are a title).
MARKER = re.compile(rb"^(<{7}|>{7}) ", re.MULTILINE)
FOLDERS = (".ci", ".github", "benchmarks", "cpp", "docs", "src", "tests")


def texts() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file())
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def test_no_merge_is_left_unfinished() -> None:
    found = list(texts())
    assert len(found) > 500
    assert [path for path in found if MARKER.search(path.read_bytes())] == []


def test_yaml_is_yaml() -> None:
    yaml = pytest.importorskip("yaml")
    found = [path for path in texts() if path.suffix in {".yml", ".yaml", ".cff"}]
    if not (ROOT / ".github").is_dir():
        pytest.skip("an sdist has no settings of services")
    assert {path.name for path in found} >= {
        "nightly.yml",
        "test.yml",
        "wheels.yml",
        "CITATION.cff",
    }
    for path in found:
        assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict), path
