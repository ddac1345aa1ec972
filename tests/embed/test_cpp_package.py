"""cpp/ as another C++ project uses it: installed, or inside its tree; static and shared."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CPP = HERE.parents[1] / "cpp"

# A compiler that does not optimise and reads headers once takes a tenth of the time, and tells the
# same of packaging.
QUICK = {"CMAKE_BUILD_TYPE": "Debug", "COCODEC_BUILD_ONCE": "ON"}
if sys.platform != "win32":
    QUICK["CMAKE_CXX_FLAGS_DEBUG"] = "-O0"  # nor is anything debugged
PRINTED = """\
{"size": [6, 8], "counts": "633002N02N004"}, 22 pixels
{"size": [6, 8], "counts": "d0150`0"}, 2 pixels
"""
MEASURED = """\
21 pixels around 3, 2
15 pixels around 12, 9
3 of 3 pixels back
2 of 2 pixels back
"""
OURS = re.compile(r"(typeinfo (name )?for |vtable for )?cocodec(::|_)").match


def program(build: Path, name: str) -> Path:
    (path,) = (p for p in build.rglob(f"{name}*") if p.name in (name, f"{name}.exe"))
    return path


def test_a_program_on_the_installed_core(
    cmake: Callable[..., None], run: Callable[..., str], tmp_path: Path
) -> None:
    prefix = tmp_path / "prefix"
    options = {"CMAKE_INSTALL_PREFIX": prefix, "COCODEC_BUILD_TESTS": "OFF", **QUICK}
    cmake(CPP, tmp_path / "core", **options)
    headers = {path.name for path in (prefix / "include" / "cocodec").iterdir()}
    assert headers == {path.name for path in (CPP / "include" / "cocodec").iterdir()}
    cmake(CPP / "examples", tmp_path / "examples", CMAKE_PREFIX_PATH=prefix, **QUICK)
    assert run(program(tmp_path / "examples", "merge"), cwd=tmp_path) == PRINTED
    assert run(program(tmp_path / "examples", "counts"), cwd=tmp_path) == "01400000\n"
    assert run(program(tmp_path / "examples", "operations"), cwd=tmp_path) == MEASURED


@pytest.mark.skipif("sys.platform == 'win32'", reason="where the DLL lies, its user has to say")
def test_a_program_with_the_core_inside(
    cmake: Callable[..., None], run: Callable[..., str], tmp_path: Path, request
) -> None:
    options = {"COCODEC_CPP": CPP.as_posix(), "BUILD_SHARED_LIBS": "ON", **QUICK}
    cmake(HERE / "cpp_subdirectory", tmp_path / "build", **options)
    assert run(program(tmp_path / "build", "merge"), cwd=tmp_path) == PRINTED
    if sys.platform.startswith("linux"):
        (library,) = (tmp_path / "build").rglob("libcocodec_core.so")
        strangers = [name for name in request.getfixturevalue("symbols")(library) if not OURS(name)]
        assert strangers == []
