"""The command `shard`: a document split into many."""

from __future__ import annotations

import argparse

from cocodec.bulk.shards import shard
from cocodec.cli.arguments import add_quiet, positive
from cocodec.cli.terminal import OK, hush, progress_bar, say
from cocodec.errors import how_many

DESCRIPTION = "Split a COCO document into shards, each a document with some of the images."
EXAMPLES = """
cocodec shard instances.json shards/ --images-per-shard 1000
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what `shard` takes."""
    command.add_argument("input", metavar="FILE", help="document to read")
    command.add_argument("output", metavar="OUT_DIR", help="folder to make")
    command.add_argument("--images-per-shard", type=positive, required=True, metavar="N")
    add_quiet(command, "no progress, no line")


def run(arguments: argparse.Namespace) -> int:
    """Split, and say into how many."""
    with progress_bar(quiet=arguments.quiet) as progress:
        index = shard(
            arguments.input,
            arguments.output,
            images_per_shard=arguments.images_per_shard,
            progress=progress,
        )
        (hush if arguments.quiet else say)(how_many(len(index.shards), "shard"))
    return OK
