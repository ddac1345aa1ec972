"""The command `rotate90`: every image turned."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import add_moving, run_moving
from cocodec.reshaping.geometry import rotate90

DESCRIPTION = (
    "Turn every image by 90 degrees, once or more. "
    "Masks, rings, boxes, keypoints, areas and the sizes of images move together; rows on which "
    "nothing changes stay the same bytes. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec rotate90 IN.json OUT.json --times -1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--times",
        type=int,
        default=1,
        metavar="K",
        help="how many times 90 degrees, counterclockwise; -1 is clockwise (default 1)",
    )
    add_moving(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return run_moving(arguments, rotate90, k=arguments.times)
