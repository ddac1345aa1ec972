"""The commands that only look: diff and stats."""

from __future__ import annotations

import argparse
import json
from typing import Any

from cocodec.cli.reshape import new_command, read_input
from cocodec.reshaping.comparing import diff
from cocodec.reshaping.counting import stats

__all__ = ["add_reshape_looks"]


def add_reshape_looks(commands: Any) -> None:
    """Add the commands of this file."""
    command = new_command(
        commands,
        "diff",
        _diff,
        "compare two documents by what they say",
        "Images are the same by file name, categories by name, annotations by their masks. How "
        "something is spelled, and in which order, makes no difference. Exit code 0: nothing "
        "differs; 1: something does, or a file is bad; 2: could not be carried out.",
    )
    command.add_argument("first", metavar="A", help="file to read; - is the standard input")
    command.add_argument("second", metavar="B", help="file to read; - is the standard input")
    command.add_argument(
        "--min-iou",
        type=_iou,
        default=0.5,
        metavar="IOU",
        help="from which on two annotations are one that has moved (default 0.5)",
    )
    command.add_argument(
        "--ignore", nargs="+", default=[], metavar="KEY", help="keys that do not count, such as id"
    )
    command.add_argument(
        "--limit",
        type=int,
        default=20,
        metavar="N",
        help="of each kind of change, name the first N (default 20; -1: all)",
    )
    command.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    command = new_command(
        commands,
        "stats",
        _stats,
        "count what is in a document, category by category",
        "Images, annotations, crowds, COCO's sizes, points of rings, runs of masks, overlaps.",
    )
    command.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    command.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def _diff(arguments: argparse.Namespace) -> int:
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


def _stats(arguments: argparse.Namespace) -> int:
    found = stats(read_input(arguments, arguments.input), threads=arguments.threads)
    print(json.dumps(found.as_dict(), ensure_ascii=False) if arguments.json else found)
    return 0


def _iou(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise ValueError
    return value
