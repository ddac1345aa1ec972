"""What an installation carries: the package, its types and its sample, and nothing of the build."""

from __future__ import annotations

import importlib.metadata
from pathlib import PurePosixPath

import pytest


@pytest.fixture(scope="module")
def installed() -> list[PurePosixPath]:
    try:
        files = importlib.metadata.files("cocodec")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("cocodec is on the path, but not installed")
    return [PurePosixPath(file.as_posix()) for file in files or []]


def test_types_and_data_are_there(installed: list[PurePosixPath]) -> None:
    names = {str(file) for file in installed}
    assert {"cocodec/py.typed", "cocodec/_core.pyi", "cocodec/data/sample.json"} <= names


def test_one_extension(installed: list[PurePosixPath]) -> None:
    assert len([f for f in installed if f.suffix in (".so", ".pyd")]) == 1


def test_nothing_else_is_there(installed: list[PurePosixPath]) -> None:
    heads = {file.parts[0] for file in installed if ".." not in file.parts}
    assert {h for h in heads if not h.endswith(".dist-info")} == {"cocodec"}
    assert [f for f in installed if f.suffix in (".a", ".cpp", ".o", ".lib")] == []
