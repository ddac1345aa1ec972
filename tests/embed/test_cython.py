"""Extensions in Cython, by setuptools and by scikit-build-core, built on the installed wheel."""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cocodec import RleArray

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def by_setuptools(installation: Path, run: Callable[..., str], tmp_path_factory) -> Path:
    pytest.importorskip("Cython")
    pytest.importorskip("setuptools")
    root = tmp_path_factory.mktemp("setuptools")
    project, modules = root / "project", root / "modules"
    shutil.copytree(HERE / "cython_setuptools", project)
    run(sys.executable, "setup.py", "-q", "build_ext", "--build-lib", modules, cwd=project)
    return modules


@pytest.fixture(scope="module")
def by_skbuild(installation: Path, run: Callable[..., str], tmp_path_factory) -> Path:
    pytest.importorskip("Cython")
    pytest.importorskip("scikit_build_core")
    root = tmp_path_factory.mktemp("skbuild")
    project, modules = root / "project", root / "modules"
    shutil.copytree(HERE / "cython_skbuild", project)
    # The hook that pip calls.
    hook = f"from scikit_build_core.build import build_wheel; build_wheel({str(root)!r})"
    run(sys.executable, "-c", hook, cwd=project)
    (wheel,) = root.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(modules)
    return modules


BOXES = [[1.0, 1.0, 4.0, 3.0], [2.0, 0.0, 5.0, 4.5], [0.0, 0.0, 0.0, 0.0]]


def test_from_names(by_setuptools: Path, python: Callable[..., str]) -> None:
    code = f"""
import numpy as np, consumer
print(consumer.measured(np.array({BOXES}), 8, 9))
try:
    consumer.measured(np.array([[0.0, np.nan, 1.0, 1.0]]), 8, 9)
except ValueError as error:
    print(error)
"""
    masks = RleArray.from_boxes(np.array(BOXES), (8, 9))
    expected = (masks.area().tolist(), masks.iou(masks[0])[:, 0].tolist())
    first, second = python(code, by_setuptools).splitlines()
    assert first == repr(expected)
    assert second.startswith("bad_coordinate: ")


def test_from_the_module(by_skbuild: Path, python: Callable[..., str]) -> None:
    mask = RleArray.encode(np.eye(6, dtype=bool))
    text, other = (m.to_coco("bytes")[0]["counts"] for m in (mask, ~mask))
    code = f"""
import consumer
print(consumer.complemented({text!r}, 6, 6))
try:
    consumer.complemented({text!r}, 6, 7)
except ValueError as error:
    print(error)
"""
    first, second = python(code, by_skbuild).splitlines()
    assert first == repr(other)
    assert second == "bad_sum: runs cover 36 of 42 pixels"


def words(text: str, start: str, end: str) -> list[str]:
    """The identifiers between two lines, comments left out."""
    (body,) = re.findall(rf"{re.escape(start)}(.*?){re.escape(end)}", text, re.S)
    body = re.sub(r"//.*|#.*|/\*.*?\*/", "", body)
    return [w for w in re.findall(r"\w+", body) if w not in ("noexcept", "nogil", "void")]


def test_the_declarations_mirror_the_header() -> None:
    """Same enumerators, members and parameters, in the same order."""
    header = (ROOT / "cpp/include/cocodec/cocodec.h").read_text(encoding="utf-8")
    declared = (ROOT / "src/cocodec/__init__.pxd").read_text(encoding="utf-8")
    names = re.findall(r"^typedef (?:struct|enum) (\w+) \{", header, re.M)
    assert names == re.findall(r"^    ctypedef (?:struct|enum) (\w+):", declared, re.M)
    for name in names:
        kind = "enum" if f"typedef enum {name} " in header else "struct"
        ours = words(header, f"typedef {kind} {name} {{", f"}} {name};")
        theirs = words(declared, f"ctypedef {kind} {name}:", "\n\n")
        if kind == "enum":
            ours = [w for w in ours if not w.isdigit()]
        if name == "cocodec_box":  # one declaration there, four here
            theirs = [w for i, w in enumerate(theirs) if w != "double" or i == 0]
        if "mask_stride" in ours:
            at = theirs.index("mask_stride") + 1
            assert theirs[at : at + 4] == ["int64_t", "row_stride", "int64_t", "column_stride"]
            del theirs[at + 2], theirs[at]
        assert theirs == ours, name
