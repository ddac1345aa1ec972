"""The command `untile`: tiles put together again."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import add_moving, run_moving
from cocodec.reshaping.tiling import untile

DESCRIPTION = (
    "Put tiles together again. "
    "Masks, rings, boxes, keypoints, areas and the sizes of images move together; rows on which "
    "nothing changes stay the same bytes. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec untile TILES.json OUT.json
cocodec untile TILES.json OUT.json --images tiles/ images/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_moving(parser, rings=False)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return run_moving(arguments, untile, anew=True)
