"""The part of `convert` that makes documents columns, and columns documents."""

from __future__ import annotations

import argparse
import os

from cocodec.cli import dialects
from cocodec.cli.arguments import count
from cocodec.cli.terminal import OK, UsageError, complain, input_of, output_of
from cocodec.errors import how_many

__all__ = ["add_arguments", "is_columns", "run"]

_SUFFIXES = (".parquet", ".arrow", ".feather", ".ipc")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what only columns take."""
    command.add_argument(
        "--images-per-file",
        type=count,
        metavar="N",
        help="columns: OUT is a folder of files with N images each, and their annotations",
    )


def is_columns(arguments: argparse.Namespace) -> bool:
    """Whether a command line means columns: a file's name says so, or a folder without `--to`."""
    if len(arguments.input) > 1:
        return False
    names = (arguments.input[0], arguments.output)
    if arguments.images_per_file is not None or any(name.endswith(_SUFFIXES) for name in names):
        return True
    is_folder = any(name.endswith("/") or os.path.isdir(name) for name in names)
    return is_folder and arguments.to is None


def run(arguments: argparse.Namespace) -> int:
    """Convert, and say how many annotations."""
    if arguments.to is not None:
        raise UsageError("--to spells masks in JSON: convert columns without it")
    dialects.refuse_options(arguments, also=("images",), but=())
    try:
        from cocodec.arrow import convert_columns
    except ImportError as error:
        raise UsageError(str(error)) from None
    document = convert_columns(
        input_of(arguments.input[0]),
        output_of(arguments.output),
        images_per_file=arguments.images_per_file,
        threads=arguments.threads,
    )
    if not arguments.quiet:
        complain(f"{how_many(len(document.annotations), 'annotation')} converted", OK)
    return OK
