"""The part of the command line that writes dialects: its arguments, and printing the report."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any, get_args, get_origin, get_type_hints

from cocodec import bulk
from cocodec.cli import many_files
from cocodec.cli.terminal import (
    BAD_DATA,
    FAILED,
    OK,
    UsageError,
    input_of,
    output_of,
    progress_bar,
    say,
    say_all,
)
from cocodec.conversion.dialect import DialectError, convert_dialect
from cocodec.conversion.mask_spelling import SPELLINGS
from cocodec.dialects import TASKS, WRITERS, DialectOptions, DialectReport
from cocodec.dialects.common_form import require_crowd_source
from cocodec.errors import CocodecError

__all__ = [
    "add_arguments",
    "code_of",
    "first_changes",
    "lines_of",
    "options_of",
    "refuse_options",
    "run",
    "settle",
]

_HELP = {
    "boxes": "objects that are a box only: given its ring (default), or left without a mask",
    "rings": "what several rings of an annotation mean (default: COCO's union)",
    "broken_rings": "rings with half a point: without that (default), or left out",
    "crowd": "where iscrowd comes from: field (default), rle (what is RLE), attribute "
    "(attributes.is_crowd), attribute:NAME (a key of the row or its attributes), 0 (none is one)",
    "attributes": "leave attributes, lift them to the row, or lower the row's keys into them",
    "image_rows": "where answers about images go",
    "area": "keep (default: missing ones are filled in), or compute anew",
    "bbox": "keep (default: missing ones are filled in), or compute anew",
    "unite_parts": "rows of one id, image and category (TrainingData's parts) made one object",
    "mask_keys": "keys that have the mask in place of segmentation, with commas between",
    "tasks": "which tasks the zip has, with commas between: " + ", ".join(TASKS),
    "coerce_ids": 'take "1" and 1 for the same id; also where --to spells masks only',
    "runs": "which way the counts of RLE in IN go: down the columns (default), or along the rows",
    "fit_sizes": "cut RLE of another size than its image to that, or add background",
    "reindex": "number everything from 1 on",
    "digits": "round coordinates to that many decimals",
    "ensure_ascii": "escape what is not ASCII",
    "sort_keys": "sort the keys of all objects",
    "indent": "indent the JSON by that many spaces",
}


_FOR_ALL = ("crowd", "coerce_ids", "runs", "fit_sizes")  # options that need no dialect
_FOR_ONE = {"boxes": "official", "tasks": "cvat"}  # options that belong to one NAME


def add_arguments(command: argparse.ArgumentParser, topic: str | None = None) -> None:
    """Add what `convert --dialect` takes; with a `topic`, what that dialect takes."""
    group = command.add_argument_group(
        f"--to {', '.join(WRITERS) if topic is None else topic}",
        "The document is written as another tool writes it.",
    )
    group.add_argument(
        "--masks",
        choices=SPELLINGS,
        help="how masks are spelled (default: as they are), where the dialect leaves a choice",
    )
    same = "the same as --to" if topic is None else argparse.SUPPRESS
    group.add_argument("--dialect", choices=tuple(WRITERS), help=same)
    group.add_argument(
        "--from",
        dest="source_dialect",
        default="auto",
        metavar="NAME",
        help="the dialect of IN (default: looked at; `info` says which and why)",
    )
    group.add_argument(
        "--images",
        metavar="FOLDER",
        help="images, for the zip for CVAT, and for sizes that IN lacks",
    )
    group.add_argument(
        "--ids",
        choices=("file", "sidecar", "drop"),
        help="where the old ids are kept (default: in the file for official, else nowhere)",
    )
    kinds = get_type_hints(DialectOptions)
    for name in _HELP:
        if name not in _FOR_ONE:
            _add_option(group, name, kinds[name])
    for one in ("official", "cvat"):
        if topic not in (None, one):
            continue
        own = command.add_argument_group(f"--to {one} only")
        if one == "official":
            own.add_argument(
                "--split", action="store_true", help="OUT is a folder, one file a part"
            )
        for name, whose in _FOR_ONE.items():
            if whose == one:
                _add_option(own, name, kinds[name])


def _keys(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def _crowd_source(text: str) -> str:
    try:
        require_crowd_source(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _add_option(group: Any, name: str, kind: Any) -> None:
    flag, text = "--" + name.replace("_", "-"), _HELP[name]
    if get_origin(kind) is not None and all(isinstance(c, str) for c in get_args(kind)):
        group.add_argument(flag, choices=get_args(kind), help=text)
    elif name == "tasks":
        group.add_argument(flag, type=_words, metavar="TASK,...", help=text)
    elif name == "mask_keys":
        group.add_argument(flag, type=_keys, metavar="KEY,...", help=text)
    elif kind is bool:
        group.add_argument(flag, action="store_true", default=None, help=text)
    elif kind is str:
        group.add_argument(flag, metavar="SOURCE", type=_crowd_source, help=text)
    else:
        group.add_argument(flag, type=int, metavar="N", help=text)


def _words(text: str) -> tuple[str, ...]:
    """Words with commas between them."""
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if not words or set(words) - set(TASKS):
        raise argparse.ArgumentTypeError(f"{text!r}, expected some of {', '.join(TASKS)}")
    return words


def run(arguments: argparse.Namespace) -> int:
    """Convert, and print the report.

    Several files become one data set if OUT is a file, and each its own if that is a folder.
    """
    many = many_files.is_many(arguments.input, arguments.output)
    if many and not arguments.split and _is_folder(arguments.output):
        return _convert_each(arguments)
    if arguments.resume or arguments.cluster:
        raise UsageError("--resume and --cluster are for many files and a folder")
    code, lines = _convert(arguments)
    return say_all(lines, code)


def settle(arguments: argparse.Namespace) -> None:
    """Bring `--to`, `--dialect` and `--masks` into one form: `to` names what is written."""
    if arguments.dialect is not None:
        if arguments.to in SPELLINGS:  # as it was said before there was --masks
            if arguments.masks not in (None, arguments.to):
                raise UsageError(f"--to {arguments.to} and --masks {arguments.masks}: say one")
            arguments.masks, arguments.to = arguments.to, None
        if arguments.to not in (None, arguments.dialect):
            raise UsageError(f"--to {arguments.to} and --dialect {arguments.dialect}: say one")
        arguments.to, arguments.dialect = arguments.dialect, None
    if arguments.to not in WRITERS:
        if arguments.masks is not None:
            raise UsageError("--masks is for --to DIALECT; of anything else --to spells the masks")
    elif arguments.tolerance or arguments.holes != "bridge":
        raise UsageError("--tolerance and --holes are for --to polygons, not for a dialect")


def refuse_options(
    arguments: argparse.Namespace, also: Sequence[str] = (), but: Sequence[str] = _FOR_ALL
) -> None:
    """Refuse what is for a dialect where none is written, `also` these, and not `but` these."""
    names = [name for name in (*_HELP, *also, "ids") if name not in but]
    chosen = [name for name in names if getattr(arguments, name) is not None]
    chosen += ["split"] * arguments.split
    if chosen:
        flags = ", ".join("--" + name.replace("_", "-") for name in chosen)
        raise UsageError(f"{flags}: for --to DIALECT only, without it nothing else is changed")


def options_of(arguments: argparse.Namespace) -> DialectOptions:
    """What the command line asks of a dialect."""
    chosen = {
        name: getattr(arguments, name) for name in _HELP if getattr(arguments, name) is not None
    }
    return DialectOptions(threads=arguments.threads, **chosen)


def first_changes(arguments: argparse.Namespace) -> dict[str, Any]:
    """What is asked to be changed of any document, whatever is written: those of `_FOR_ALL`."""
    values = {name: getattr(arguments, name) for name in _FOR_ALL}
    return {name: value for name, value in values.items() if value is not None}


def _is_folder(output: str) -> bool:
    named = "." in os.path.basename(output)
    return output.endswith(("/", os.sep)) or os.path.isdir(output) or not named


def _convert_each(arguments: argparse.Namespace) -> int:
    options = {
        **{"to": arguments.to, "masks": arguments.masks, "on_error": arguments.on_error},
        **{"ids": arguments.ids, "images": arguments.images, "options": options_of(arguments)},
        **{"unzip_limit": arguments.unzip_limit, "dialect": arguments.source_dialect},
    }
    with progress_bar(quiet=arguments.quiet) as progress:
        return many_files.convert(arguments, say, progress, options)


def _sources(arguments: argparse.Namespace) -> Any:
    """The one file, or several."""
    inputs = arguments.input
    if len(inputs) > 1 or os.path.isdir(inputs[0]) or bulk.is_many(inputs):
        return [task.source for task in bulk.find_files(inputs)]
    return input_of(inputs[0])


def _convert(arguments: argparse.Namespace) -> tuple[int, list[str]]:
    """Convert; return the exit code, 1 if rows are refused, and the lines to print."""
    try:
        report = convert_dialect(
            _sources(arguments),
            output_of(arguments.output),
            to=arguments.to,
            masks=arguments.masks,
            dialect=arguments.source_dialect,
            on_error=arguments.on_error,
            split=arguments.split,
            images=arguments.images,
            ids=arguments.ids,
            options=options_of(arguments),
            unzip_limit=arguments.unzip_limit,
        )
    except DialectError as error:
        nothing = "nothing was written (--on-error skip leaves these rows out)"
        return BAD_DATA, [*error.report.lines()[1:], nothing]
    except CocodecError:
        raise
    except ValueError as error:
        return FAILED, [str(error)]  # a wrong name or choice
    return code_of(report), lines_of(report, quiet=arguments.quiet)


def code_of(report: DialectReport) -> int:
    """The exit code: 1 if rows were left out."""
    return BAD_DATA if report.refused else OK


def lines_of(report: DialectReport, *, quiet: bool) -> list[str]:
    """What is printed: with `quiet`, only what is missing in the target."""
    wanted = ("refused", "not carried") if quiet else ("",)
    return [line for line in report.lines() if line.startswith(wanted)]
