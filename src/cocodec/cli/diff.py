"""The command `diff`: two documents compared."""

from __future__ import annotations

import argparse
import json

from cocodec.cli.reshaping import add_common, read_input
from cocodec.reshaping.comparing import diff

DESCRIPTION = (
    "Compare two documents by what they say. Images are the same by file name, categories by name, "
    "annotations by their masks. How something is spelled, and in which order, makes no "
    "difference. Exit code 0: nothing differs; 1: something does, or a file is bad; 2: could not "
    "be carried out."
)
EXAMPLES = """
cocodec diff before.json after.json
cocodec diff a.json b.json --ignore id --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("first", metavar="A", help="file to read; - is the standard input")
    parser.add_argument("second", metavar="B", help="file to read; - is the standard input")
    parser.add_argument(
        "--min-iou",
        type=_iou,
        default=0.5,
        metavar="IOU",
        help="from which on two annotations are one that has moved (default 0.5)",
    )
    parser.add_argument(
        "--ignore", nargs="+", default=[], metavar="KEY", help="keys that do not count, such as id"
    )
    parser.add_argument(
        "--limit",
        type=int,
        default=20,
        metavar="N",
        help="of each kind of change, name the first N (default 20; -1: all)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    documents = [read_input(arguments, name) for name in (arguments.first, arguments.second)]
    found = diff(
        documents[0],
        documents[1],
        min_iou=arguments.min_iou,
        ignore=arguments.ignore,
        threads=arguments.threads,
    )
    if arguments.json:
        print(json.dumps(found.as_dict(), ensure_ascii=False))
    elif not arguments.quiet:
        print(found.text(arguments.limit if arguments.limit >= 0 else None))
    return 1 if found else 0


def _iou(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise ValueError
    return value
