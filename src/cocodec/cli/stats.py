"""The command `stats`: what is in a document, category by category."""

from __future__ import annotations

import argparse
import json
import os

from cocodec.cli.reports import add_report, write_report
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
cocodec stats IN.json --html stats.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    add_report(parser)
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    document = read_input(arguments, arguments.input)
    if arguments.html is not None:
        from cocodec.drawing.reports import stats_page

        title = os.path.basename(arguments.input)
        return write_report(
            arguments,
            lambda page: stats_page(document, title=title, page=page, threads=arguments.threads),
        )
    found = stats(document, threads=arguments.threads)
    print(json.dumps(found.as_dict(), ensure_ascii=False) if arguments.json else found)
    return OK
