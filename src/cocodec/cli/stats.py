"""The command `stats`: what is in a document, category by category."""

from __future__ import annotations

import argparse
import json

from cocodec.cli.reshaping import add_common, read_input
from cocodec.cli.terminal import OK
from cocodec.reshaping.counting import stats

DESCRIPTION = (
    "Count what is in a document, category by category: images, annotations, crowds, COCO's sizes, "
    "points of rings, runs of masks, overlaps."
)
EXAMPLES = """
cocodec stats IN.json
cocodec stats IN.json --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    found = stats(read_input(arguments, arguments.input), threads=arguments.threads)
    print(json.dumps(found.as_dict(), ensure_ascii=False) if arguments.json else found)
    return OK
