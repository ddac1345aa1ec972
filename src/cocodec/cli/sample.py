"""The command `sample`: some images by chance."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import (
    add_chance,
    add_common,
    add_in_out,
    chance_columns,
    each_file,
    input_in_place,
    usage_errors,
    write_output,
)
from cocodec.reshaping.splitting import sample

DESCRIPTION = (
    "Take some images by chance, with their annotations. Rows stay the same bytes, in their order. "
    "OUT appears whole or not at all."
)
EXAMPLES = """
cocodec sample IN.json OUT.json --count 100 --seed 7
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_in_out(parser)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--count", type=int, metavar="N", help="how many images")
    how.add_argument("--fraction", type=float, metavar="F", help="how much of the images")
    add_chance(parser)
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    with usage_errors():
        return each_file(arguments, _sample)


def _sample(arguments: argparse.Namespace) -> int:
    document = input_in_place(arguments, chance_columns(arguments))
    found = sample(
        document,
        count=arguments.count,
        fraction=arguments.fraction,
        seed=arguments.seed,
        stratify=arguments.stratify,
        group_by=arguments.group_by,
    )
    return write_output(arguments, found, document)
