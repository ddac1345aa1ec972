"""The commands that change values: remap, strip, set."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec

from cocodec.cli.reshape import add_in_out, expression, new_command, read_input, write_output
from cocodec.errors import DocumentError
from cocodec.reshaping.columns import set_columns, strip
from cocodec.reshaping.relabelling import remap

__all__ = ["add_reshape_columns"]

_TABLES = ("images", "annotations", "categories", "licenses")


def add_reshape_columns(commands: Any) -> None:
    """Add the commands of this file."""
    command = new_command(
        commands,
        "remap",
        _remap,
        "rename, renumber, unite and leave out categories",
        "Annotations follow; only values that change are written. OUT appears whole or not at all.",
    )
    add_in_out(command)
    command.add_argument(
        "--mapping",
        metavar="FILE",
        help="a JSON object from names or ids of categories to a new name (a string), a new id (a "
        "number), an object of new values, or null: leave it out with its annotations",
    )
    command.add_argument(
        "--only-mapped", action="store_true", help="leave out categories that it does not name"
    )
    command.add_argument(
        "--names-to-ids",
        action="store_true",
        help="annotations that name their category by its name get its id",
    )
    command = new_command(
        commands,
        "strip",
        _strip,
        "take keys out of rows",
        "Everything else stays the same bytes. OUT appears whole or not at all.",
    )
    add_in_out(command)
    command.add_argument(
        "keys", metavar="KEY", nargs="+", help="such as score, or attributes.occluded"
    )
    _add_rows(command)
    command = new_command(
        commands,
        "set",
        _set,
        "write values into rows",
        "Values that are there already stay as they are spelled. OUT appears whole or not at all.",
    )
    add_in_out(command)
    command.add_argument(
        "values",
        metavar="KEY=VALUE",
        nargs="+",
        type=_assignment,
        help="a value is an expression: iscrowd=0, note=\"'seen'\", 'area=bbox[2] * bbox[3]'",
    )
    _add_rows(command)


def _add_rows(command: Any) -> None:
    command.add_argument("--table", choices=_TABLES, default="annotations")
    command.add_argument(
        "--where", type=expression, metavar="EXPRESSION", help="rows for which it holds"
    )


def _assignment(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no KEY=VALUE")
    return key.strip(), expression(value)


def _remap(arguments: argparse.Namespace) -> int:
    mapping: Any = {}
    if arguments.mapping is not None:
        try:
            mapping = msgspec.json.decode(Path(arguments.mapping).read_bytes())
        except msgspec.DecodeError as error:
            raise DocumentError(f"{arguments.mapping}: {error}") from None
        if not isinstance(mapping, dict):
            raise DocumentError(f"{arguments.mapping}: expected a JSON object, old name to new")
    document = read_input(arguments, arguments.input)
    found = remap(
        document,
        mapping,
        names_to_id=arguments.names_to_ids,
        only_mapped=arguments.only_mapped,
        digits=True,
    )
    return write_output(arguments, found, document)


def _strip(arguments: argparse.Namespace) -> int:
    document = read_input(arguments, arguments.input)
    found = strip(document, arguments.keys, table=arguments.table, where=arguments.where)
    return write_output(arguments, found, document)


def _set(arguments: argparse.Namespace) -> int:
    document = read_input(arguments, arguments.input)
    found = set_columns(
        document, dict(arguments.values), table=arguments.table, where=arguments.where
    )
    return write_output(arguments, found, document)
