"""The command `crop`: the same box cut out of every image."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import add_moving, add_visible, run_moving
from cocodec.reshaping.geometry import crop

DESCRIPTION = (
    "Cut the same box out of every image. "
    "Masks, rings, boxes, keypoints, areas and the sizes of images move together; rows on which "
    "nothing changes stay the same bytes. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec crop IN.json OUT.json --box 0 0 512 512
cocodec crop IN.json OUT.json --box 0 0 512 512 --images DIR NEW_DIR
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--box", type=int, nargs=4, required=True, metavar=("X", "Y", "WIDTH", "HEIGHT")
    )
    add_visible(parser)
    add_moving(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return run_moving(arguments, crop, box=arguments.box, min_visible=arguments.min_visible)
