"""The command `tile`: every image cut into tiles."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import add_moving, add_visible, run_moving
from cocodec.reshaping.tiling import tile

DESCRIPTION = (
    "Cut every image into tiles. "
    "Masks, rings, boxes, keypoints, areas and the sizes of images move together; rows on which "
    "nothing changes stay the same bytes. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec tile IN.json OUT.json --size 640 640 --overlap 64 --min-visible 0.2
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--size", type=int, nargs=2, required=True, metavar=("WIDTH", "HEIGHT"))
    parser.add_argument(
        "--overlap", type=int, default=0, metavar="PIXELS", help="what neighbours share"
    )
    add_visible(parser)
    parser.add_argument(
        "--drop-empty-images", action="store_true", help="leave out tiles without annotations"
    )
    add_moving(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return run_moving(
        arguments,
        tile,
        anew=True,
        size=arguments.size,
        overlap=arguments.overlap,
        min_visible=arguments.min_visible,
        drop_empty_images=arguments.drop_empty_images,
    )
