"""The part of the command line that writes dialects: its arguments, and printing the report."""

from __future__ import annotations

import argparse
import os
from typing import Any, get_args, get_origin, get_type_hints

from cocodec.cli.terminal import (
    BAD_DATA,
    FAILED,
    OK,
    UsageError,
    input_of,
    output_of,
    polite_kill,
    say_all,
)
from cocodec.conversion.dialect import DialectError, convert_dialect
from cocodec.dialects import WRITERS, DialectOptions, DialectReport
from cocodec.documents.document import read
from cocodec.errors import CocodecError

__all__ = ["add_arguments", "run"]

_HELP = {
    "boxes": "objects that are a box only: given its ring (default), or left without a mask",
    "rings": "what several rings of an annotation mean (default: COCO's union)",
    "broken_rings": "rings with half a point: without that (default), or left out",
    "crowd": "where iscrowd comes from (default: the field)",
    "attributes": "leave attributes, lift them to the row, or lower the row's keys into them",
    "image_rows": "where answers about images go",
    "area": "keep (default: missing ones are filled in), or compute anew",
    "bbox": "keep (default: missing ones are filled in), or compute anew",
    "coerce_ids": 'take "1" and 1 for the same id',
    "reindex": "number everything from 1 on",
    "digits": "round coordinates to that many decimals",
    "ensure_ascii": "escape what is not ASCII",
    "sort_keys": "sort the keys of all objects",
    "indent": "indent the JSON by that many spaces",
}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what `convert --dialect` takes."""
    group = command.add_argument_group(
        "dialects", "With --dialect the document is written as another tool writes it."
    )
    group.add_argument("--dialect", choices=tuple(WRITERS), help="the dialect to write")
    group.add_argument(
        "--from",
        dest="source_dialect",
        default="auto",
        metavar="NAME",
        help="the dialect of IN (default: looked at; `info` says which and why)",
    )
    group.add_argument("--split", action="store_true", help="OUT is a folder, one file a part")
    group.add_argument("--images", metavar="FOLDER", help="images to put into the zip for CVAT")
    group.add_argument(
        "--ids",
        choices=("file", "sidecar", "drop"),
        help="where the old ids are kept (default: in the file for official, else nowhere)",
    )
    for name, kind in get_type_hints(DialectOptions).items():
        if name in _HELP:
            _add_option(group, name, kind)


def _add_option(group: Any, name: str, kind: Any) -> None:
    flag, text = "--" + name.replace("_", "-"), _HELP[name]
    if get_origin(kind) is not None and all(isinstance(c, str) for c in get_args(kind)):
        group.add_argument(flag, choices=get_args(kind), help=text)
    elif kind is bool:
        group.add_argument(flag, action="store_true", default=None, help=text)
    else:
        group.add_argument(flag, type=int, metavar="N", help=text)


def run(arguments: argparse.Namespace) -> int:
    """Convert one file, whose parts become one data set, and print the report."""
    if len(arguments.input) > 1 or os.path.isdir(arguments.input[0]):
        raise UsageError("--dialect takes one file; its parts become one data set")
    with polite_kill():
        code, lines = _convert(arguments)
    return say_all(lines, code)


def _convert(arguments: argparse.Namespace) -> tuple[int, list[str]]:
    """Convert; return the exit code, 1 if rows are refused, and the lines to print."""
    chosen = {
        name: getattr(arguments, name) for name in _HELP if getattr(arguments, name) is not None
    }
    spelling: Any = arguments.to or "keep"
    try:
        dialect, limit = arguments.source_dialect, arguments.unzip_limit
        report = convert_dialect(
            read(input_of(arguments.input[0]), dialect=dialect, unzip_limit=limit),
            output_of(arguments.output),
            to=arguments.dialect,
            on_error=arguments.on_error,
            split=arguments.split,
            images=arguments.images,
            ids=arguments.ids,
            options=DialectOptions(segmentation=spelling, threads=arguments.threads, **chosen),
        )
    except DialectError as error:
        nothing = "nothing was written (--on-error skip leaves these rows out)"
        return BAD_DATA, [*error.report.lines()[1:], nothing]
    except CocodecError:
        raise
    except ValueError as error:
        return FAILED, [str(error)]  # a wrong name or choice
    return (BAD_DATA if report.refused else OK), _lines(report, arguments.quiet)


def _lines(report: DialectReport, quiet: bool) -> list[str]:
    """What is printed: with `quiet`, only what is missing in the target."""
    wanted = ("refused", "not carried") if quiet else ("",)
    return [line for line in report.lines() if line.startswith(wanted)]
