"""The command `flip`: every image mirrored."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import add_moving, run_moving
from cocodec.reshaping.geometry import flip

DESCRIPTION = (
    "Mirror every image. "
    "Masks, rings, boxes, keypoints, areas and the sizes of images move together; rows on which "
    "nothing changes stay the same bytes. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec flip IN.json OUT.json --direction vertical
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--direction",
        choices=("horizontal", "vertical"),
        default="horizontal",
        help="left becomes right (default), or top becomes bottom",
    )
    add_moving(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return run_moving(arguments, flip, direction=arguments.direction)
