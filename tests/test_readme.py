"""Every Python and every `cocodec` example of the README and of docs/ runs as it stands there."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    )
    if "generated" not in path.parts
}
SCRIPTS = sorted((ROOT / "docs" / "examples").glob("*.py"))
EXTRAS = {
    extra: importlib.util.find_spec(module) is not None for extra, module in (("arrow", "pyarrow"),)
}
COLUMNS = re.compile(r"\.parquet\b|columns/")
SAMPLE = ROOT / "src" / "cocodec" / "data" / "sample.json"


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[str]:
    lines = [line for block in blocks("sh", text) for line in block.splitlines()]
    return [line for line in lines if line.startswith("cocodec ")]


PYTHON = [
    pytest.param(code, id=f"{page}:{i}")
    for page, text in PAGES.items()
    for i, code in enumerate(blocks("python", text))
]


def run_python(arguments: list[str], folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_there_are_examples() -> None:
    assert blocks("python", README)
    assert commands(README)
    assert len(README.splitlines()) <= 150
    assert len(SCRIPTS) == 10


def needed(code: str) -> list[str]:
    """Libraries that an example names in its first line: `# needs: torch, torchvision`."""
    found = re.match(r"# needs: (.+)\n", code)
    return found[1].split(", ") if found else []


@pytest.mark.parametrize("code", PYTHON)
def test_python_example(code: str, tmp_path: Path) -> None:
    missing = [name for name in needed(code) if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    run_python(["-c", code], tmp_path)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script(script: Path, tmp_path: Path) -> None:
    run_python([str(script)], tmp_path)
    assert f"examples/{script.name}" in PAGES["docs/examples.md"]


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if commands(text)])
def test_shell_examples(page: str, tmp_path: Path) -> None:
    """In order, in one folder that holds the sample: later lines read what earlier ones wrote.

    A line ends well, or as the comment behind it says: `# exit code 1: ...`.
    """
    shutil.copy(SAMPLE, tmp_path / "sample.json")
    for line in commands(PAGES[page]):
        if not EXTRAS["arrow"] and COLUMNS.search(line):
            continue
        said = re.search(r"# exit code (\d+)", line)
        run = subprocess.run(
            [sys.executable, "-m", "cocodec", *shlex.split(line, comments=True)[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == (int(said[1]) if said else 0), f"{line}\n{run.stderr}"


def test_sql_example(tmp_path: Path) -> None:
    """The query runs on the folder that the page's own commands make of the sample."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    if not EXTRAS["arrow"]:
        pytest.skip("pyarrow is not installed")
    page = PAGES["docs/howto/columns.md"]
    (made,) = (line for line in commands(page) if " columns/ " in line)
    (query,) = blocks("sql", page)
    folder = tmp_path / "columns"
    words = [str(SAMPLE), str(folder), *shlex.split(made)[4:]]
    run_python(["-m", "cocodec", "convert", *words], tmp_path)
    with duckdb.connect() as connection:
        rows = connection.execute(query.replace("columns/", f"{folder.as_posix()}/")).fetchall()
    assert rows
    assert all(len(row) == 3 for row in rows)


@pytest.mark.parametrize("page", PAGES)
def test_variables_exist(page: str) -> None:
    """What a page tells to set, something reads."""
    named = set(re.findall(r"\bCOCODEC_[A-Z_]+\b", PAGES[page]))
    if not named:
        return
    folders = [ROOT / name for name in ("src", "cpp", "tests", "benchmarks", ".ci")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    others = [path for path in files if path.suffix not in (".md", ".pyc", ".so")]
    code = b"\n".join(path.read_bytes() for path in others if path != Path(__file__))
    assert {name for name in named if name.encode() not in code} == set()


@pytest.mark.parametrize("name", ["main", "test"])
def test_commands_are_marked(name: str) -> None:
    """.ci/run takes the two commands out of the README by these markers."""
    pattern = rf"<!-- ci: {name} -->\n```sh\n(.+)\n```"
    assert len(re.findall(pattern, README)) == 1


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGES[page])
    folder = (ROOT / page).parent
    missing = [t for t in targets if not (folder / t).exists() and "generated/" not in t]
    assert missing == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.startswith("docs/") and "index" not in p])
def test_every_page_is_in_the_index(page: str) -> None:
    name = page.removeprefix("docs/").removesuffix(".md")
    assert f"\n{name}\n" in PAGES["docs/index.md"]


def test_cpp_example_is_the_one_that_is_built() -> None:
    """The C++ tests build and run cpp/examples/counts.cpp; its first line says what it is."""
    program = (ROOT / "cpp" / "examples" / "counts.cpp").read_text(encoding="utf-8")
    assert blocks("cpp", PAGES["docs/howto/cpp.md"]) == [program.split("\n", 1)[1]]


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pictures_are_those_that_the_script_draws() -> None:
    """`python docs/pictures.py` draws them anew; each asserts that its mask comes back."""
    for name, draw in loaded(ROOT / "docs" / "pictures.py").PICTURES.items():
        assert (ROOT / "docs" / "pictures" / name).read_text(encoding="utf-8") == draw(), name


def test_the_chart_shows_the_kept_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m benchmarks --chart` draws it anew."""
    monkeypatch.syspath_prepend(str(ROOT))
    chart = importlib.import_module("benchmarks.chart")
    kept = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert chart.CHART.read_text(encoding="utf-8") == chart.chart(chart.ratios(kept))
