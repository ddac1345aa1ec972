"""The command `join`: shards put together again."""

from __future__ import annotations

import argparse
import os

from cocodec.bulk.shards import INDEX, join
from cocodec.cli.arguments import add_quiet
from cocodec.cli.terminal import OK, UsageError, hush, output_of, progress_bar, say

DESCRIPTION = (
    "Put shards together to the document that was split, byte for byte, or, if they were converted "
    "since, as it would be converted."
)
EXAMPLES = """
cocodec join shards/ instances.json
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what `join` takes."""
    command.add_argument("input", metavar="DIR", nargs="+", help="folder of shards")
    command.add_argument("output", metavar="FILE", help="file to write; - is the standard output")
    add_quiet(command, "no progress, no line")


def run(arguments: argparse.Namespace) -> int:
    """Join, and say whether the document is the one that was split."""
    folder = arguments.input[0]
    if len(arguments.input) > 1 or not os.path.isfile(os.path.join(folder, INDEX)):
        raise UsageError(
            f"{folder}: no shards here (a folder with {INDEX} has them); documents are put "
            "together by cocodec merge IN ... OUT, or cocodec convert IN ... OUT.json --to official"
        )
    with progress_bar(quiet=arguments.quiet) as progress:
        same = join(folder, output_of(arguments.output), progress=progress)
        told = (
            "the document that was split"
            if same
            else ("joined; shards were rewritten since the split")
        )
        (hush if arguments.quiet else say)(told)
    return OK
