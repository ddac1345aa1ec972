"""The command `convert`: which way a conversion goes; each way has a file of its own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise

from cocodec.cli import cleaning, columns, dialects, formats, many_files
from cocodec.cli.arguments import add_many_files, add_quiet, add_threads, add_unzip_limit, pixels
from cocodec.cli.terminal import (
    BAD_DATA,
    OK,
    UsageError,
    complain,
    input_of,
    output_of,
    progress_bar,
    say,
    say_all,
)
from cocodec.conversion.mask_spelling import SPELLINGS, RefusedError, convert
from cocodec.dialects import WRITERS

DESCRIPTION = (
    "Write a COCO document, a list of them or of results, or a zip of such files, with every mask "
    "as run lengths or as polygons. Everything else stays as it is, byte for byte. OUT appears "
    "whole or not at all. Of several files, a folder or a pattern, OUT is a folder, in which they "
    "lie as they did; several files become one data set where --to is a dialect and OUT a file. "
    "Where IN or OUT is a *.parquet or *.arrow file, or a folder of them, the document becomes "
    "columns, or is made of them, as it was. --to NAME --help says what there is for one NAME."
)
# Everything that --to can name: a format is one more line here, and one in `run`.
TARGETS = (*SPELLINGS, *WRITERS, *formats.FORMATS)

EXAMPLES = """
cocodec convert instances.json rle.json --to rle
cocodec convert masks.json polygons.json --to polygons
cocodec convert exports/ converted/ --to rle --jobs 4
cocodec convert cvat.zip official.json --to official --masks rle
cocodec convert train.json val.json both.json --to official
cocodec convert instances.json instances.parquet
cocodec convert instances.json OUT_DIR --to yolo --rule coco
cocodec convert yolo_dir instances.json --to polygons
"""


def add_arguments(command: argparse.ArgumentParser, topic: str | None = None) -> None:
    """Add what `convert` takes; with a `topic`, one of `TARGETS`, what it takes for that."""
    command.add_argument(
        "input", metavar="IN", nargs="+", help="what to read; - is the standard input"
    )
    command.add_argument("output", metavar="OUT", help="what to write; - is the standard output")
    command.add_argument(
        "--to",
        choices=TARGETS,
        metavar="NAME",
        help="what to write, needed unless IN is a format, or IN or OUT is columns. Masks spelled "
        f"another way, all else as it is: {', '.join(SPELLINGS)}. Another tool's dialect: "
        f"{', '.join(WRITERS)}. A format that is not COCO: {', '.join(formats.FORMATS)}"
        if topic is None
        else argparse.SUPPRESS,
    )
    command.add_argument(
        "--on-error",
        default="fail",
        choices=("fail", "skip"),
        help="what a wrong annotation means: no output and exit code 1 (default), or that it is "
        "named and stays as it is (exit code 0), or of a dialect is left out (exit code 1)",
    )
    add_quiet(command)
    if topic is None:
        add_threads(command)
        add_unzip_limit(command)
    if topic in (None, *SPELLINGS):
        _add_polygons(command)
        cleaning.add_arguments(command)
    if topic in (None, *WRITERS):
        dialects.add_arguments(command, topic)
    if topic in (None, *formats.FORMATS):
        formats.add_arguments(command, topic)
    if topic is not None:
        return
    columns.add_arguments(command)
    add_many_files(command)
    command.add_argument(
        "--resume",
        action="store_true",
        help="many files: leave those that a former run has finished",
    )


def help_topic(words: Sequence[str]) -> str | None:
    """The NAME that help is asked about: of ``--to NAME --help``, in any order; None of all."""
    if not {"-h", "--help"} & set(words):
        return None
    found = [after for flag, after in pairwise(words) if flag in ("--to", "--dialect")]
    found += [word.partition("=")[2] for word in words if word.startswith(("--to=", "--dialect="))]
    return found[-1] if found and found[-1] in TARGETS else None


def describe_topic(topic: str) -> str:
    """What converting to this does, in a sentence or two."""
    if topic in SPELLINGS:
        how = {"rle": "compressed run lengths", "rle-list": "lists of run lengths"}
        return (
            f"Write a COCO document with every mask as {how.get(topic, 'polygons')}. Everything "
            "else stays as it is, byte for byte."
        )
    if topic in WRITERS:
        return (
            f"Write a COCO document as {topic} has it. Standard error lists what is changed, what "
            "cannot be said there, and what is refused. Several files become one data set."
        )
    return f"Write a COCO document as {topic}, which is not COCO."


def _add_polygons(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("--to polygons")
    group.add_argument(
        "--tolerance",
        type=pixels,
        default=0.0,
        metavar="T",
        help="fewer points, off by up to T pixels (default 0: the same mask, bit for bit); what is "
        "lost is printed",
    )
    group.add_argument(
        "--holes",
        default="bridge",
        choices=("bridge", "separate", "drop", "error"),
        help="holes are joined to the ring around them (default), rings of their own (which COCO's "
        "rule fills), filled, or refused",
    )


def run(arguments: argparse.Namespace) -> int:
    """Convert, by the way that the names of the files and the options ask for."""
    with cleaning.cleaned(arguments) as settled:
        return _run(settled)


def _run(arguments: argparse.Namespace) -> int:
    dialects.settle(arguments)
    if formats.is_format(arguments):
        return formats.run(arguments)
    if columns.is_columns(arguments):
        return columns.run(arguments)
    if arguments.to in WRITERS:
        return dialects.run(arguments)
    dialects.refuse_options(arguments, also=("images",))
    if arguments.to is None:
        raise UsageError(f"say what to write: --to NAME, one of {', '.join(TARGETS)}")
    if many_files.is_many(arguments.input, arguments.output):
        with progress_bar(quiet=arguments.quiet) as progress:
            first = dialects.first_changes(arguments)
            return many_files.convert(arguments, say, progress, more=first)
    if arguments.resume or arguments.cluster:
        raise UsageError("--resume and --cluster are for many files and a folder")
    return _one_file(arguments)


def _one_file(arguments: argparse.Namespace) -> int:
    try:
        with progress_bar(quiet=arguments.quiet) as progress:
            report = convert(
                input_of(arguments.input[0]),
                output_of(arguments.output),
                to=arguments.to,
                tolerance=arguments.tolerance,
                holes=arguments.holes,
                on_error=arguments.on_error,
                threads=arguments.threads,
                progress=progress,
                unzip_limit=arguments.unzip_limit,
                **dialects.first_changes(arguments),
            )
    except RefusedError as error:
        complain(error.report.describe_refused(), BAD_DATA)
        return complain("nothing was written (--on-error skip leaves them as they are)", BAD_DATA)
    if report.refused:
        complain(report.describe_refused(), OK)
    if not arguments.quiet:
        complain(str(report), OK)
        say_all((f"warning: {line}" for line in report.warnings), OK)
    return OK
