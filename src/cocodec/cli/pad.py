"""The command `pad`: pixels added around every image."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import add_moving, run_moving
from cocodec.reshaping.geometry import pad

DESCRIPTION = (
    "Add pixels around every image. "
    "Masks, rings, boxes, keypoints, areas and the sizes of images move together; rows on which "
    "nothing changes stay the same bytes. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec pad IN.json OUT.json --right 16 --bottom 16
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    for side in ("left", "top", "right", "bottom"):
        parser.add_argument(f"--{side}", type=int, default=0, metavar="PIXELS")
    add_moving(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return run_moving(
        arguments,
        pad,
        **{side: getattr(arguments, side) for side in ("left", "top", "right", "bottom")},
    )
