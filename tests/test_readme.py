"""Every Python and every `cocodec` example of the README runs as it stands there."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NO_ARROW = importlib.util.find_spec("pyarrow") is None
COLUMNS = re.compile(r"\.parquet\b|columns/")
SAMPLE = ROOT / "src" / "cocodec" / "data" / "sample.json"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_there_are_examples() -> None:
    assert blocks("python")
    assert any(line.startswith("cocodec ") for block in blocks("sh") for line in block.splitlines())


@pytest.mark.parametrize("code", blocks("python"))
def test_python_example(code: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_shell_examples(tmp_path: Path) -> None:
    """In order, in one folder that holds the sample: later lines read what earlier ones wrote."""
    shutil.copy(SAMPLE, tmp_path / "sample.json")
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    for line in lines:
        if not line.startswith("cocodec ") or (NO_ARROW and COLUMNS.search(line)):
            continue
        run = subprocess.run(
            [sys.executable, "-m", "cocodec", *shlex.split(line)[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, f"{line}\n{run.stderr}"


@pytest.mark.parametrize("name", ["main", "test"])
def test_commands_are_marked(name: str) -> None:
    """.ci/run takes the two commands out of the README by these markers."""
    pattern = rf"<!-- ci: {name} -->\n```sh\n(.+)\n```"
    assert len(re.findall(pattern, README)) == 1


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert [t for t in targets if not (ROOT / t).exists()] == []


def test_cpp_example_is_the_one_that_is_built() -> None:
    """The C++ tests build and run cpp/examples/counts.cpp; its first line says what it is."""
    program = (ROOT / "cpp" / "examples" / "counts.cpp").read_text(encoding="utf-8")
    assert blocks("cpp") == [program.split("\n", 1)[1]]
