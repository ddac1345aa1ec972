"""What an installation carries: the package, its types, what others build with; no leftovers."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"

# What CMake installs beside the Python files.
FOR_EMBEDDERS = {
    "cocodec/include/cocodec/cocodec.h",
    "cocodec/include/cocodec/import.h",
    "cocodec/cmake/cocodecConfig.cmake",
    "cocodec/cmake/cocodecConfigVersion.cmake",
}


@pytest.fixture(scope="module")
def installed() -> set[PurePosixPath]:
    try:
        files = importlib.metadata.files("cocodec")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("cocodec is on the path, but not installed")
    paths = {PurePosixPath(file.as_posix()) for file in files or []}
    if PurePosixPath("cocodec/__init__.py") not in paths:
        pytest.skip("cocodec is installed to be edited, not as a wheel")
    return {path for path in paths if "__pycache__" not in path.parts}


def test_what_must_be_there(installed: set[PurePosixPath]) -> None:
    names = {str(file) for file in installed}
    types = {"cocodec/py.typed", "cocodec/_core.pyi", "cocodec/__init__.pxd"}
    types |= {"cocodec/cython.pxd", "cocodec/cython.pyi"}
    assert types | {"cocodec/data/sample.json"} | FOR_EMBEDDERS <= names


def test_the_extensions(installed: set[PurePosixPath]) -> None:
    names = sorted(f.name.split(".")[0] for f in installed if f.suffix in (".so", ".pyd"))
    assert names == ["_core", "cython"]


def test_nothing_else_is_there(installed: set[PurePosixPath]) -> None:
    """The package's own files, the extensions, what embedders need, and the metadata."""
    ours = {p.relative_to(SOURCE).as_posix() for p in (SOURCE / "cocodec").rglob("*")}
    strangers = [
        str(file)
        for file in installed
        if str(file) not in ours | FOR_EMBEDDERS
        and not (file.name.startswith(("_core.", "cython.")) and file.suffix in (".so", ".pyd"))
        and not file.parts[0].endswith(".dist-info")
        and ".." not in file.parts  # the command, in the environment's bin
    ]
    assert strangers == []


def test_smoke(tmp_path: Path) -> None:
    """The script that is run on every wheel that is released."""
    script = SOURCE.parent / "tests" / "smoke.py"
    run = subprocess.run([sys.executable, str(script)], cwd=tmp_path, check=False)
    assert run.returncode == 0
