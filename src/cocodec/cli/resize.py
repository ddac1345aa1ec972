"""The command `resize`: every image scaled."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import add_moving, run_moving
from cocodec.reshaping.geometry import resize

DESCRIPTION = (
    "Scale every image. "
    "Masks, rings, boxes, keypoints, areas and the sizes of images move together; rows on which "
    "nothing changes stay the same bytes. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec resize IN.json OUT.json --longest 1024
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--size", type=int, nargs=2, metavar=("WIDTH", "HEIGHT"))
    how.add_argument("--scale", type=float, metavar="FACTOR")
    how.add_argument("--longest", type=int, metavar="PIXELS", help="of the longer side")
    add_moving(parser, rings=False)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return run_moving(
        arguments, resize, size=arguments.size, scale=arguments.scale, longest=arguments.longest
    )
