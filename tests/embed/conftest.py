"""What is built on an installed cocodec: the installation, the tools, and how to run them.

The installation is that of the interpreter which runs the tests, and it has to be a real one: a
wheel's files, not a folder on the path. Everything is built in temporary folders; nothing is
downloaded.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cocodec

EMBED = Path(__file__).resolve().parent
Run = Callable[..., str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if EMBED in item.path.parents and "run" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.builds)


@pytest.fixture(scope="session")
def installation() -> Path:
    """Folder of the installed package."""
    package = Path(cocodec.__file__).parent
    try:
        files = importlib.metadata.files("cocodec") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    if not any(Path(str(file.locate())) == package / "__init__.py" for file in files):
        pytest.skip("cocodec is on the path, but not installed as a wheel")
    return package


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command away from the source tree; return what it printed."""
    if not any(shutil.which(name) for name in ("cmake", "cmake.exe")):
        pytest.skip("no cmake")
    if os.name != "nt" and not any(shutil.which(name) for name in ("c++", "g++", "clang++")):
        pytest.skip("no compiler")

    def run(*command: object, cwd: Path, path: Path | None = None) -> str:
        environment = {**os.environ, "PYTHONPATH": str(path) if path else ""}
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run


@pytest.fixture(scope="session")
def cmake(run: Run) -> Callable[..., None]:
    """Configure a project, build it and, if asked, install it."""

    def cmake(source: Path, build: Path, **options: object) -> None:
        build.mkdir()
        kind = str(options.setdefault("CMAKE_BUILD_TYPE", "Release"))
        defined = [f"-D{name}={value}" for name, value in options.items()]
        # Ninja needs a compiler on the path; Visual Studio is found without one.
        if os.name != "nt" and shutil.which("ninja"):
            defined.append("-GNinja")
        run("cmake", "-S", source, "-B", ".", *defined, cwd=build)
        run("cmake", "--build", ".", "--config", kind, "--parallel", "2", cwd=build)
        if "CMAKE_INSTALL_PREFIX" in options:
            run("cmake", "--install", ".", "--config", kind, cwd=build)

    return cmake


@pytest.fixture(scope="session")
def python(run: Run) -> Callable[..., str]:
    """Run Python code with the modules of a folder; warnings are errors."""

    def python(code: str, modules: Path) -> str:
        return run(sys.executable, "-W", "error", "-c", code, cwd=modules, path=modules)

    return python


@pytest.fixture(scope="session")
def symbols() -> Callable[[Path], list[str]]:
    """The names, demangled, that a library shows to whoever loads it."""
    nm = shutil.which("nm")
    if not sys.platform.startswith("linux") or nm is None:
        pytest.skip("no nm, or not Linux")

    def symbols(library: Path) -> list[str]:
        command = [nm, "--dynamic", "--defined-only", "--demangle", str(library)]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return [line.split(maxsplit=2)[2] for line in listed.splitlines()]

    return symbols
