"""The command `info`: what is in a document, or in many."""

from __future__ import annotations

import argparse
import json
import os

from cocodec.cli import many_files
from cocodec.cli.arguments import add_many_files, add_threads, add_unzip_limit
from cocodec.cli.terminal import BAD_DATA, OK, UsageError, input_of, progress_bar, say
from cocodec.errors import CocodecError
from cocodec.inspection.info import describe

DESCRIPTION = (
    "Count the images, categories and annotations of a COCO document by kind, and name what is "
    "odd. Many files become one table. Exit code 1 if a segmentation cannot be read."
)
EXAMPLES = """
cocodec info instances.json
cocodec info --json export.zip
cocodec info exports/
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what `info` takes."""
    command.add_argument(
        "input", metavar="FILE", nargs="+", help="file to read; - is the standard input"
    )
    command.add_argument(
        "--json", action="store_true", help="one JSON object a file instead of a table"
    )
    add_threads(command)
    add_unzip_limit(command)
    add_many_files(command)


def run(arguments: argparse.Namespace) -> int:
    """Describe, and print; of what is no COCO, say which format it is."""
    try:
        return _run(arguments)
    except (CocodecError, FileNotFoundError):
        _refuse_format(arguments.input[0])
        raise


def _refuse_format(name: str) -> None:
    from cocodec.formats import detect_format  # for what went wrong alone

    found = detect_format(name) if os.path.exists(name) else None
    if found is not None:
        raise UsageError(
            f"{name} is {found[0].name}, and info reads COCO: cocodec convert {name} OUT.json "
            "--to rle makes a COCO document of it"
        )


def _run(arguments: argparse.Namespace) -> int:
    if many_files.is_many(arguments.input):
        with progress_bar() as progress:
            code, lines = many_files.describe(arguments, say, progress)
        print("".join(f"{line}\n" for line in lines), end="")
        return code
    if arguments.cluster:
        raise UsageError("--cluster is for many files")
    found = describe(
        input_of(arguments.input[0]),
        threads=arguments.threads,
        unzip_limit=arguments.unzip_limit,
    )
    print(json.dumps(found.as_dict()) if arguments.json else found)
    return BAD_DATA if found.bad else OK
