"""Fixtures that several tests share: real files, the sample document and its generator, the CLI."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import cocodec
from support import profiles

profiles.load()

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def dialects() -> Path:
    """Real annotation files by dialect, which are not part of the project."""
    shared = Path(os.environ.get("COCODEC_SHARED", ROOT.parent / "shared"))
    folder = shared / "data" / "dialects"
    if not folder.is_dir():
        pytest.skip(f"no real annotation files at {folder} (COCODEC_SHARED names their folder)")
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    """The sample document, as it is installed."""
    return Path(cocodec.__file__).parent / "data" / "sample.json"


@pytest.fixture(scope="session")
def maker() -> ModuleType:
    """benchmarks/make_document.py."""
    path = ROOT / "benchmarks" / "make_document.py"
    spec = importlib.util.spec_from_file_location("make_document", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Cli = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def cli() -> Cli:
    """Run ``cocodec ARGUMENTS`` in a process of its own."""

    def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-W", "error", "-m", "cocodec", *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)

    return run
