"""The command `remap`: categories renamed, renumbered, united, left out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec

from cocodec.cli.reshaping import add_common, add_in_out, each_file, input_in_place, write_output
from cocodec.errors import DocumentError
from cocodec.reshaping.relabelling import remap

DESCRIPTION = (
    "Rename, renumber, unite and leave out categories. Annotations follow; only values that change "
    "are written. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec remap IN.json OUT.json --mapping map.json
cocodec remap IN.json OUT.json --names-to-ids
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_in_out(parser)
    parser.add_argument(
        "--mapping",
        metavar="FILE",
        help="a JSON object from names or ids of categories to a new name (a string), a new id (a "
        "number), an object of new values, or null: leave it out with its annotations",
    )
    parser.add_argument(
        "--only-mapped", action="store_true", help="leave out categories that it does not name"
    )
    parser.add_argument(
        "--names-to-ids",
        action="store_true",
        help="annotations that name their category by its name get its id",
    )
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return each_file(arguments, _remap)


def _remap(arguments: argparse.Namespace) -> int:
    mapping: Any = {}
    if arguments.mapping is not None:
        try:
            mapping = msgspec.json.decode(Path(arguments.mapping).read_bytes())
        except msgspec.DecodeError as error:
            raise DocumentError(str(error), file=arguments.mapping) from None
        if not isinstance(mapping, dict):
            raise DocumentError("expected a JSON object, old name to new", file=arguments.mapping)
    document = input_in_place(arguments, ["category_id"])
    found = remap(
        document,
        mapping,
        names_to_id=arguments.names_to_ids,
        only_mapped=arguments.only_mapped,
        digits=True,
    )
    return write_output(arguments, found, document)
