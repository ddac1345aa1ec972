"""The part of `convert` that makes documents columns, and columns documents."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import BinaryIO

__all__ = ["add_columns_arguments", "convert_to_columns", "is_columns"]

_SUFFIXES = (".parquet", ".arrow", ".feather", ".ipc")


def add_columns_arguments(command: argparse.ArgumentParser, count: Callable[[str], int]) -> None:
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
    return is_folder and arguments.to is None and arguments.dialect is None


def convert_to_columns(
    arguments: argparse.Namespace, source: str | BinaryIO, target: str | BinaryIO
) -> list[str]:
    """Convert; return the lines to print.

    Raises
    ------
    OSError
        If pyarrow is missing, or the options do not go together.
    """
    if arguments.to is not None:
        raise OSError("--to spells masks in JSON: convert columns without it")
    try:
        from cocodec.arrow import convert_columns
    except ImportError as error:
        raise OSError(str(error)) from None
    document = convert_columns(
        source, target, images_per_file=arguments.images_per_file, threads=arguments.threads
    )
    return [f"{len(document.annotations)} annotations converted"]
