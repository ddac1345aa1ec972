"""What is packed: the same bytes twice, all Python files, and no wheel without them.

The wheels here are built without CMake: what is asked is what goes into them beside the extension.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EPOCH = "1700000000"
BUILD = """
import sys
from scikit_build_core.build import build_sdist, build_wheel
print(build_sdist(sys.argv[1]))
print(build_wheel(sys.argv[1], {"wheel.cmake": "false"}))
"""
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")


def copied(folder: Path) -> Path:
    for name in ("pyproject.toml", "README.md", "LICENSE", "CMakeLists.txt"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "src", folder / "src", ignore=LEFT_OUT)
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("generated"))
    (folder / "cpp").mkdir()
    (folder / "cpp" / "CMakeLists.txt").touch()
    return folder


def packed(folder: Path) -> dict[str, Path]:
    pytest.importorskip("scikit_build_core")
    copied(folder)
    run = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder / "dist")],
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},  # as .github/workflows/wheels.yml does
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return {path.suffix: path for path in (folder / "dist").iterdir()}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Path]]:
    return [packed(tmp_path_factory.mktemp(name)) for name in ("one", "another")]


def test_releases_are_dated_like_this() -> None:
    workflow = ROOT / ".github" / "workflows" / "wheels.yml"
    if not workflow.exists():
        pytest.skip("the sdist has no workflows")
    assert f'SOURCE_DATE_EPOCH: "{EPOCH}"' in workflow.read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", [".gz", ".whl"])
def test_the_same_bytes_twice(twice: list[dict[str, Path]], suffix: str) -> None:
    one, another = (found[suffix].read_bytes() for found in twice)
    assert one == another


def test_every_python_file_is_in_the_wheel(twice: list[dict[str, Path]]) -> None:
    package = ROOT / "src" / "cocodec"
    ours = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.suffix in (".py", ".pyi", ".pxd", ".typed", ".json", ".js", ".css", ".html")
    }
    assert len(ours) > 100
    with zipfile.ZipFile(twice[0][".whl"]) as wheel:
        assert ours <= set(wheel.namelist())


def test_the_sdist_has_what_a_build_needs(twice: list[dict[str, Path]]) -> None:
    with tarfile.open(twice[0][".gz"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "CMakeLists.txt", "README.md", "src/cocodec/__init__.py"} <= names
    assert not any(name.startswith(("build/", "dist/", "docs/generated/")) for name in names)


def test_a_tree_without_the_package_is_not_built(tmp_path: Path) -> None:
    cmake = shutil.which("cmake")
    if cmake is None:
        pytest.skip("no cmake")
    copied(tmp_path)
    (tmp_path / "src" / "cocodec").rename(tmp_path / "src" / "renamed")
    run = subprocess.run(
        [cmake, "-S", str(tmp_path), "-B", str(tmp_path / "build")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "the wheel would have no Python files" in " ".join(run.stderr.split())
