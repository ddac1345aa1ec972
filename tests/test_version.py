"""One version number, written in pyproject.toml; everything else reports it."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest

import cocodec
import cocodec._core as _core

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = ROOT / "pyproject.toml"


def test_one_version() -> None:
    (declared,) = re.findall(r'^version = "(.+)"$', PYPROJECT.read_text(encoding="utf-8"), re.M)
    assert _core.__version__ == declared
    assert cocodec.__version__ == declared
    # cpp/ stands alone, so it has to say it once more.
    core = (ROOT / "cpp" / "CMakeLists.txt").read_text(encoding="utf-8")
    assert re.findall(r"^project\(cocodec_core VERSION (\S+)", core, re.M) == [declared]


def test_installed_metadata() -> None:
    try:
        installed = importlib.metadata.version("cocodec")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("cocodec is on the path, but not installed")
    assert installed == cocodec.__version__
