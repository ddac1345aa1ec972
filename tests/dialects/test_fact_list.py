"""Every fact of the tools' pages has a test: `facts.md` says which, and leaves none out."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = HERE.parent
NO_TEST = "no test: "
CODE = {"2": "CVAT's code", "3": "Encord's code"}  # chapters of the design's page
OPENING, CLOSING = "([{", ")]}"


def facts() -> dict[str, dict[str, str]]:
    """By tool: each fact, and the tests that hold it, or why there is none."""
    out: dict[str, dict[str, str]] = {}
    for line in (HERE / "facts.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            tool = line.removeprefix("## ")
            out[tool] = {}
        elif line.startswith("- "):
            fact, held, by = line.removeprefix("- ").partition(" :: ")
            assert held, f"it has no test, and no reason for that: {fact}"
            assert fact not in out[tool], f"it is there twice: {fact}"
            out[tool][fact] = by
    return out


def names_of_tests() -> set[str]:
    """The names of the tests of what facts are about."""
    names = set()
    for folder in ("dialects", "groups"):
        for path in (TESTS / folder).glob("test_*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return names


def test_every_fact_has_a_test_that_is_there() -> None:
    known = names_of_tests()
    for tool, own in facts().items():
        for fact, by in own.items():
            if by.startswith(NO_TEST):
                assert len(by) > len(NO_TEST) + 20, f"{tool}, {fact}: no reason"
                continue
            for name in by.split(", "):
                assert name in known, f"{tool}, {fact}: there is no {name}"


def test_few_facts_have_no_test() -> None:
    """And none of those that tell what is in a file."""
    without = {
        tool: [fact for fact, by in own.items() if by.startswith(NO_TEST)]
        for tool, own in facts().items()
    }
    assert {tool for tool, own in without.items() if own} <= set(CODE.values())
    assert sum(map(len, without.values())) <= 20


def sentences(text: str) -> Iterator[str]:
    """A cell or a paragraph, cut at full stops and semicolons that stand in no brackets."""
    text = re.sub(r"\*\*|\s*\[(run|doc|code|code\+real output)\]", "", text)
    depth = begin = 0
    for i, char in enumerate(f"{text}."):
        depth += (char in OPENING) - (char in CLOSING)
        abbreviated = text[:i].endswith(("incl", "i.e"))
        if char in ".;" and depth == 0 and not text[i + 1 : i + 2].strip() and not abbreviated:
            sentence = " ".join(text[begin:i].split())
            begin = i + 1
            if sentence.strip("–"):
                yield sentence


def page_facts(page: str) -> dict[str, list[str]]:
    """The facts of the design's page, by tool."""
    table = page[page.index("### 1b") : page.index("Seed contradictions")]
    lines = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    (_, *heads), _, *rows = [[cell.strip() for cell in line] for line in lines]
    out: dict[str, list[str]] = {}
    for i, head in enumerate(heads, 1):
        tool = re.split(r"[ /]", head)[0]
        out[tool] = [f"{row[0]}: {one}" for row in rows for one in sentences(row[i])]
    for number, tool in CODE.items():
        chapter = page[page.index(f"\n## {number}.") + 1 :]
        _, *paragraphs = chapter[: chapter.index("\n## ")].splitlines()
        lines_ = (paragraph.removeprefix("- ") for paragraph in paragraphs)
        out[tool] = [one for line in lines_ for one in sentences(line)]
    return out


def test_no_sentence_of_the_design_is_left_out() -> None:
    shared = Path(os.environ.get("COCODEC_SHARED", TESTS.parents[1] / "shared"))
    page = shared / "design" / "dialects.md"
    if not page.is_file():
        pytest.skip("the design's page is not at hand")
    listed = {tool: [*own] for tool, own in facts().items()}
    assert listed == page_facts(page.read_text(encoding="utf-8"))
