"""The command `strip`: keys taken out of rows."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import (
    add_common,
    add_in_out,
    add_rows,
    columns_of,
    each_file,
    input_in_place,
    write_output,
)
from cocodec.reshaping.columns import strip

DESCRIPTION = (
    "Take keys out of rows. Everything else stays the same bytes. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec strip IN.json OUT.json segmentation attributes.occluded
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_in_out(parser)
    parser.add_argument(
        "keys", metavar="KEY", nargs="+", help="such as score, or attributes.occluded"
    )
    add_rows(parser)
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return each_file(arguments, _strip)


def _strip(arguments: argparse.Namespace) -> int:
    looked_at = columns_of(arguments.where) if arguments.table == "annotations" else ()
    document = input_in_place(arguments, looked_at)
    found = strip(document, arguments.keys, table=arguments.table, where=arguments.where)
    return write_output(arguments, found, document)
