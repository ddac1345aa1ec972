"""Writes the pages that repeat what the code says: commands, formats, dialects, rules, errors, API.

    python docs/generate.py

Nothing in docs/generated is written by hand, so none of it can be out of date.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from carried import Carried, carried_by_dialect, carried_by_format

if TYPE_CHECKING:
    from cocodec.dialects.dialect import Dialect

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
GENERATED = DOCS / "generated"
# The public modules, each with a page of its own.
MODULES = (
    "cocodec",
    "cocodec.arrow",
    "cocodec.bulk",
    "cocodec.drawing",
    "cocodec.evaluation",
    "cocodec.formats",
    "cocodec.groups",
    "cocodec.reshaping",
)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [list(head)]
    cells += [[], *map(list, rows)]
    cells[1] = ["---"] * len(cells[0])
    lines = []
    for row in cells:
        joined = " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row)
        lines.append(f"| {joined} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    from cocodec.cli.commands import COMMANDS, parser_of

    os.environ["COLUMNS"] = "98"  # as argparse breaks the lines, on every machine
    text = "# Commands\n\n`cocodec COMMAND --help` prints what stands here.\n"
    for name, (_, what) in COMMANDS.items():
        text += f"\n## {name}\n\nTo {what}.\n\n```text\n{parser_of(name).format_help()}```\n"
    return text


def report_list(lines: Iterable[str]) -> str:
    """The lines of a report, in which one annotation stands for each thing that gets lost."""
    return "".join(f"- {line}\n" for line in lines) or "- nothing\n"


def carried_table(carried: dict[str, Carried]) -> str:
    things = list(next(iter(carried.values())).cells)
    rows = [[f"`{name}`", *(found.cells[one] for one in things)] for name, found in carried.items()]
    return table(["written as", *things], rows)


def formats() -> dict[str, str]:
    from cocodec.formats import FORMATS

    loaded = {name: form.load() for name, form in FORMATS.items()}
    written = {n: carried_by_format(n) for n, module in loaded.items() if hasattr(module, "write")}
    rows = [
        [f"[`{name}`](formats/{name}.md)", form.title, "yes", "yes" if name in written else "no"]
        for name, form in FORMATS.items()
    ]
    text = "# Table of formats\n\n"
    text += table(["name", "what it is", "read", "written"], rows)
    text += "\n## What each carries\n\n" + MEASURED + carried_table(written)
    text += toctree(f"formats/{name}" for name in FORMATS)
    pages = {"formats.md": text}
    for name, form in FORMATS.items():
        found = written.get(name)
        pages[f"formats/{name}.md"] = format_page(name, form.title, loaded[name], found)
    return pages


def format_page(name: str, title: str, module: Any, found: Carried | None) -> str:
    doc = inspect.cleandoc(module.__doc__ or "").replace("``", "`")
    text = f"# {name}\n\n{title}.\n\n{doc}\n\n## Read\n\n```text\n"
    text += f"cocodec convert IN OUT.json --from {name} --to polygons\n```\n\n"
    text += function(f"{module.__name__}.read")
    if found is not None:
        text += "\n## Written\n\n```text\n"
        text += f"cocodec convert IN.json OUT --to {name}\n```\n\n"
        text += function(f"{module.__name__}.write")
        text += "\n## Lost\n\nThe report on [one document with everything](../formats.md):\n\n"
        text += report_list(found.lines)
    return text


def dialects() -> dict[str, str]:
    from cocodec.dialects import DIALECTS

    names = [name for d in DIALECTS.values() for name in d.writable if name != "official"]
    written = {name: carried_by_dialect(name) for name in names}
    rows = [
        [f"[`{d.name}`](dialects/{d.name}.md)", d.title, d.reads, ", ".join(d.writable)]
        for d in DIALECTS.values()
    ]
    head = ["name", "tool", "read beyond masks, boxes, categories", "written as"]
    text = "# Table of dialects\n\n" + table(head, rows)
    text += "\n## What each carries\n\n" + MEASURED + carried_table(written)
    text += toctree(f"dialects/{name}" for name in DIALECTS)
    pages = {"dialects.md": text}
    for name, dialect in DIALECTS.items():
        found = {one: written[one] for one in dialect.writable if one in written}
        pages[f"dialects/{name}.md"] = dialect_page(dialect, found)
    return pages


RINGS = {
    "union": "Several rings of an annotation are united, as COCO says.",
    "holes": "A ring inside another one is a hole.",
    "separate": "Rings are outer ones and holes, told apart by their direction.",
}


def dialect_page(dialect: Dialect, written: dict[str, Carried]) -> str:
    text = f"# {dialect.title}\n\n`--from {dialect.name}`. "
    text += f"Its format is described in: {dialect.page}.\n"
    text += f"\n## Read\n\nBeyond masks, boxes and categories: {dialect.reads}.\n"
    text += f"{RINGS[dialect.rings]}\n"
    if dialect.corners:
        text += (
            "A rectangle may stand as its corners, `[x1, y1, x2, y2]`, where a ring should be.\n"
        )
    text += "\nIts habits, which are no faults here:\n\n" + report_list(dialect.normal)
    text += "\n## How it is recognised\n\nThese speak for it, and 4 points are enough:\n\n"
    text += report_list(f"{clue.says} ({clue.weight})" for clue in dialect.clues)
    for name, found in written.items():
        text += f"\n## Written: `--to {name}`\n\nThe report on "
        text += "[one document with everything](../dialects.md):\n\n" + report_list(found.lines)
    return text


MEASURED = """One document is written and read back: it has an annotation for each thing that a
format may be unable to say. The table says what came back; the report names the rest.

"""


def function(full: str) -> str:
    return f"```{{eval-rst}}\n.. autofunction:: {full}\n```\n"


def toctree(pages: Iterable[str]) -> str:
    lines = "\n".join(pages)
    return f"\n```{{toctree}}\n:hidden:\n\n{lines}\n```\n"


def rules() -> str:
    from cocodec.inspection.rules import rules_as_markdown

    return "# Check rules\n\n`cocodec check --list` prints them.\n\n" + rules_as_markdown()


def error_codes() -> str:
    header = (ROOT / "cpp/include/cocodec/error.hpp").read_text(encoding="utf-8")
    found = re.findall(r"^    (\w+) = (\d+),\s*///< (.+)$", header, re.MULTILINE)
    rows = [[f"`{name}`", number, text] for name, number, text in found]
    text = "# Error codes\n\nAn error that the core found carries its code: "
    text += "`error.code` in Python, `cocodec::Error::code()` in C++, the status in C.\n\n"
    return text + table(["code", "number", "what is wrong"], rows)


def c_header() -> str:
    header = (ROOT / "cpp/include/cocodec/cocodec.h").read_text(encoding="utf-8")
    return f"# C interface\n\nThe whole header, which says it all:\n\n```c\n{header}```\n"


def module_page(name: str) -> str:
    module = importlib.import_module(name)
    text = f"{name}\n{'=' * len(name)}\n\n.. automodule:: {name}\n   :no-members:\n\n"
    for public in module.__all__:
        value = getattr(module, public)
        if name != "cocodec" and public in importlib.import_module("cocodec").__all__:
            text += f"``{public}`` is :obj:`cocodec.{public}`.\n\n"
            continue
        full = f"{name}.{public}"
        if inspect.isclass(value):
            text += f".. autoclass:: {full}\n   :members:\n\n"
        elif inspect.isroutine(value):
            text += f".. autofunction:: {full}\n\n"
        else:
            text += f".. autodata:: {full}\n   :no-value:\n\n"
    return text


def main() -> None:
    pages = {
        "commands.md": commands(),
        **formats(),
        **dialects(),
        "rules.md": rules(),
        "errors.md": error_codes(),
        "c.md": c_header(),
        **{f"{name}.rst": module_page(name) for name in MODULES},
    }
    for name, text in pages.items():
        path = GENERATED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
