"""The way of `convert` from and to formats that are not COCO."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cocodec.cli.terminal import BAD_DATA, OK, UsageError, input_of, output_of, say_all
from cocodec.documents.document import Document, read
from cocodec.formats.registry import FORMATS, Format, detect_format
from cocodec.formats.report import FormatReport

__all__ = ["FORMATS", "add_arguments", "is_format", "run"]

_OPTIONS = ("task", "rule", "rows", "subset", "images", "order", "corners")


# Options of one format: its name, the option, its choices, and what it says.
_OF_ONE = (
    ("yolo", "rule", ("opencv", "coco"), "whose filling of a ring gives the mask: a trainer's "
     "(default), or COCO's"),
    ("yolo", "rows", ("polygons", "rle"), "rings (default), or rows of run lengths"),
    ("yolo", "task", ("segment", "detect", "pose", "obb"), "what a row is (default segment)"),
    ("kaggle", "order", ("columns", "rows"), "the order of pixels (default columns)"),
    ("voc", "corners", ("as-tools", "voc2012"), "corners copied as tools do (default), or from 1 "
     "and both ends inside, as the original files have them"),
)  # fmt: skip


def add_arguments(command: argparse.ArgumentParser, topic: str | None = None) -> None:
    """Add what conversions from and to formats take; with a `topic`, what that format takes."""
    names = ", ".join(FORMATS) if topic is None else topic
    group = command.add_argument_group(
        "formats that are not COCO" if topic is None else f"--to {topic}",
        ("They are: " if topic is None else "Also of --from ")
        + f"{names}. --from names the format of IN, if its name and content do not tell; "
        "--images the folder of its images, for their sizes.",
    )
    group.add_argument("--subset", metavar="NAME", help="the split to read, or to write")
    group.add_argument(
        "--strict",
        action="store_true",
        help="exit code 1 if the format could not carry everything",
    )
    if topic is not None:
        group.add_argument("--from", metavar="NAME", help="the format or dialect of IN")
        group.add_argument("--images", metavar="FOLDER", help="the images, for their sizes")
    for one in dict.fromkeys(entry[0] for entry in _OF_ONE):
        if topic in (None, one):
            own = command.add_argument_group(f"--to {one}, or IN is {one}")
            for name, option, choices, text in _OF_ONE:
                if name == one:
                    own.add_argument(f"--{option}", choices=choices, help=text)


def is_format(arguments: argparse.Namespace) -> bool:
    """Whether the command line asks for a format, or its input is one."""
    if arguments.dialect is not None and arguments.to not in FORMATS:
        return False
    if arguments.source_dialect in FORMATS or arguments.to in FORMATS:
        return True
    if len(arguments.input) > 1 or arguments.input[0] == "-":
        return False
    return detect_format(arguments.input[0]) is not None


def run(arguments: argparse.Namespace) -> int:
    """Convert every input; many of them to folders or files of their names below OUT."""
    many = len(arguments.input) > 1
    code = OK
    for name in arguments.input:
        output = arguments.output
        if many:
            Path(output).mkdir(parents=True, exist_ok=True)
            suffix = ".json" if arguments.to not in FORMATS else ""
            output = os.path.join(output, Path(name).stem + suffix)
        reports = _convert(name, output, arguments)
        lines = [line for report in reports for line in report.lines()]
        if not arguments.quiet:
            say_all(lines, OK)
        if arguments.strict and not all(report.is_lossless for report in reports):
            code = BAD_DATA
    return code


def _convert(name: str, output: str, arguments: argparse.Namespace) -> list[FormatReport]:
    source = _source(name, arguments)
    target = FORMATS.get(arguments.to)
    used: set[str] = set()
    reports = []
    if source is None:
        document = read(input_of(name), unzip_limit=arguments.unzip_limit)
    else:
        report = FormatReport(source.name)
        module = source.load()
        document = module.read(name, report=report, **_options(module.read, arguments, used))
        reports.append(report)
    if target is not None:
        module = target.load()
        options = _options(module.write, arguments, used)
        _refuse_unused(arguments, used)
        reports.append(module.write(document, output, **options))
        return reports
    _refuse_unused(arguments, used)
    _write_coco(document, output, arguments)
    return reports


def _source(name: str, arguments: argparse.Namespace) -> Format | None:
    if arguments.source_dialect in FORMATS:
        return FORMATS[arguments.source_dialect]
    if name == "-":
        return None
    found = detect_format(name)
    return None if found is None else found[0]


def _options(
    function: Callable[..., Any], arguments: argparse.Namespace, used: set[str]
) -> dict[str, Any]:
    """The options of the command line that a reader or writer takes."""
    code = function.__code__
    taken = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found = {}
    for option in (*_OPTIONS, "threads"):
        value = getattr(arguments, option, None)
        if value is not None and option in taken:
            found[option] = value
            used.add(option)
    return found


def _refuse_unused(arguments: argparse.Namespace, used: set[str]) -> None:
    for option in _OPTIONS:
        if getattr(arguments, option, None) is not None and option not in used:
            raise UsageError(f"--{option} means nothing for this conversion")


def _write_coco(document: Document, output: str, arguments: argparse.Namespace) -> None:
    if arguments.to is None:
        document.write(output_of(output))
        return
    from cocodec.conversion.mask_spelling import convert

    convert(
        b"".join(document.render_source()),
        output_of(output),
        to=arguments.to,
        tolerance=arguments.tolerance,
        holes=arguments.holes,
        on_error=arguments.on_error,
        threads=arguments.threads,
    )
