"""One version number, written in pyproject.toml; everything else reports it."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import cocodec
from cocodec import _core

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def test_one_version() -> None:
    (declared,) = re.findall(r'^version = "(.+)"$', PYPROJECT.read_text(encoding="utf-8"), re.M)
    assert _core.__version__ == declared
    assert cocodec.__version__ == declared


def test_installed_metadata() -> None:
    assert importlib.metadata.version("cocodec") == cocodec.__version__
