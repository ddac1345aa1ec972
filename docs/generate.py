"""Writes the pages that repeat what the code says: commands, formats, dialects, rules, errors, API.

    python docs/generate.py

Nothing in docs/generated is written by hand, so none of it can be out of date.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
GENERATED = DOCS / "generated"
# The public modules, each with a page of its own.
MODULES = (
    "cocodec",
    "cocodec.arrow",
    "cocodec.bulk",
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


def formats() -> str:
    from cocodec.formats import FORMATS

    def can(name: str, does: str) -> str:
        return "yes" if hasattr(FORMATS[name].load(), does) else "no"

    rows = [
        [f"`{name}`", form.title, can(name, "read"), can(name, "write")]
        for name, form in FORMATS.items()
    ]
    text = "# Formats that are not COCO\n\n"
    text += table(["name", "what it is", "read", "written"], rows)
    for name, form in FORMATS.items():
        doc = inspect.cleandoc(form.load().__doc__ or "")
        text += f"\n## {name}\n\n{form.title}.\n\n```text\n{doc}\n```\n"
    return text


def dialects() -> str:
    from cocodec.dialects import DIALECTS

    rows = [
        [f"`{d.name}`", d.title, d.reads, "; ".join(d.normal), ", ".join(d.writable)]
        for d in DIALECTS.values()
    ]
    head = ["name", "tool", "read beyond masks, boxes, categories", "its own way", "written as"]
    return "# Table of dialects\n\n" + table(head, rows)


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
    GENERATED.mkdir(exist_ok=True)
    pages = {
        "commands.md": commands(),
        "formats.md": formats(),
        "dialects.md": dialects(),
        "rules.md": rules(),
        "errors.md": error_codes(),
        "c.md": c_header(),
        **{f"{name}.rst": module_page(name) for name in MODULES},
    }
    for name, text in pages.items():
        path = GENERATED / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
