"""An extension module in C, found and built by CMake against the installed wheel."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cocodec
from cocodec import RleArray

HERE = Path(__file__).resolve().parent

PIXELS = np.zeros((3, 5, 7), np.uint8)
PIXELS[0, 1:4, 2:5] = 1
PIXELS[1, 0:2, 0:3] = 255
PIXELS[2, 4, 6] = 9

MERGE = f"""
import {{0}} as consumer
pixels = bytes.fromhex({PIXELS.tobytes().hex()!r})
print(consumer.merged(pixels, 3, 5, 7))
"""


@pytest.fixture(scope="module")
def modules(
    installation: Path, cmake: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    root = tmp_path_factory.mktemp("c_module")
    header = (installation / "include" / "cocodec" / "cocodec.h").read_text(encoding="utf-8")
    future = root / "future" / "cocodec"
    future.mkdir(parents=True)
    longer = header.replace("} cocodec_api;", "    int32_t (*later)(void);\n} cocodec_api;")
    assert longer != header
    (future / "cocodec.h").write_text(longer, encoding="utf-8")
    imports = (installation / "include" / "cocodec" / "import.h").read_text(encoding="utf-8")
    (future / "import.h").write_text(imports, encoding="utf-8")
    cmake(
        HERE / "c_module",
        root / "build",
        cocodec_DIR=cocodec.get_cmake_dir(),
        Python_EXECUTABLE=Path(sys.executable).as_posix(),
        CONSUMER_PREVIOUS=(HERE / "previous").as_posix(),
        CONSUMER_FUTURE=(root / "future").as_posix(),
    )
    return root / "build" / "modules"


@pytest.mark.parametrize("name", ["consumer", "consumer_previous"])
def test_it_computes_what_python_computes(
    name: str, modules: Path, python: Callable[..., str]
) -> None:
    union = RleArray.encode(PIXELS).union()
    expected = (union.to_coco("bytes")[0]["counts"], int(union.area()[0]))
    assert python(MERGE.format(name), modules).strip() == repr(expected)


def test_operations(modules: Path, python: Callable[..., str]) -> None:
    mask = np.zeros((9, 12), np.uint8)
    mask[1, 1] = mask[6, 2:5] = mask[4:8, 9] = 1
    code = f"""
import operations
labels = bytearray({mask.size})
print(operations.parts(bytes.fromhex({mask.tobytes().hex()!r}), 9, 12, labels))
print(labels.hex())
"""
    parts = RleArray.encode(mask).dilate(3).connected_components()
    points = sum(len(ring) // 2 for rings in parts.masks.to_polygons() for ring in rings)
    first, second = python(code, modules).splitlines()
    assert first == repr((parts.parent.tolist(), points))
    assert bytes.fromhex(second) == parts.masks.to_label_map([1, 2, 3], dtype=np.uint8).tobytes()


def test_an_error_comes_back_as_words(modules: Path, python: Callable[..., str]) -> None:
    code = """
import consumer
try:
    consumer.merged(b"", 1, -1, 0)
except ValueError as error:
    print(error)
"""
    assert python(code, modules).startswith("bad_size: size is [-1, 0]")


def test_a_consumer_of_the_first_table_runs(modules: Path, python: Callable[..., str]) -> None:
    """Its table is no longer than ours, and starts like ours."""
    code = "import consumer, consumer_previous as old; print(*consumer.table(), *old.table())"
    version, library, ours, old_version, old_library, old = map(int, python(code, modules).split())
    assert (version, library) == (old_version, old_library)
    assert version == 1
    assert old < ours == library


def test_a_consumer_that_needs_more_is_told_so(modules: Path, python: Callable[..., str]) -> None:
    code = """
try:
    import consumer_future
except ImportError as error:
    print(error)
"""
    pattern = r"cocodec is too old: its C interface has (\d+) bytes, this module needs (\d+)\n"
    match = re.fullmatch(pattern, python(code, modules))
    assert match
    assert int(match[1]) < int(match[2])


def test_the_table_is_found_before_anything_is_used() -> None:
    """What PyCapsule_Import does: the package is imported, then asked for names, one by one."""
    code = "import cocodec; print(type(cocodec._core._C_API).__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "PyCapsule\n"
