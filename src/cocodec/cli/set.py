"""The command `set`: values written into rows."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import (
    add_common,
    add_in_out,
    add_rows,
    columns_of,
    each_file,
    expression,
    input_in_place,
    write_output,
)
from cocodec.reshaping.columns import set_columns

DESCRIPTION = (
    "Write values into rows. Values that are there already stay as they are spelled. OUT appears "
    "whole or not at all."
)
EXAMPLES = """
cocodec set IN.json OUT.json iscrowd=0
cocodec set IN.json OUT.json 'area=bbox[2] * bbox[3]' --where 'area == null'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_in_out(parser)
    parser.add_argument(
        "values",
        metavar="KEY=VALUE",
        nargs="+",
        type=_assignment,
        help="a value is an expression: iscrowd=0, note=\"'seen'\", 'area=bbox[2] * bbox[3]'",
    )
    add_rows(parser)
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return each_file(arguments, _set)


def _set(arguments: argparse.Namespace) -> int:
    document = input_in_place(arguments, _columns(arguments))
    values = dict(arguments.values)
    found = set_columns(document, values, table=arguments.table, where=arguments.where)
    return write_output(arguments, found, document)


def _columns(arguments: argparse.Namespace) -> set[str]:
    """Which keys of annotations are looked at."""
    if arguments.table != "annotations":
        return set()
    values = dict(arguments.values)
    return {key.partition(".")[0] for key in values} | columns_of(arguments.where, *values.values())


def _assignment(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no KEY=VALUE")
    return key.strip(), expression(value)
