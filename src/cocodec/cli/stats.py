"""The command `stats`: what is in a document, category by category."""

from __future__ import annotations

import argparse
import json
import os

from cocodec.bulk.many_files import one_line
from cocodec.bulk.tasks import find_files
from cocodec.cli.many_files import is_many
from cocodec.cli.reports import add_report, write_report
from cocodec.cli.reshaping import add_common, read_input
from cocodec.cli.terminal import BAD_DATA, OK, UsageError, complain
from cocodec.errors import CocodecError
from cocodec.files.remote import fetched
from cocodec.reshaping.counting import stats

DESCRIPTION = (
    "Count what is in a document, category by category: images, annotations, crowds, COCO's sizes, "
    "points of rings, runs of masks, overlaps."
)
EXAMPLES = """
cocodec stats IN.json
cocodec stats IN.json --json
cocodec stats IN.json --html stats.html
cocodec stats annotations/ --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "input",
        metavar="IN",
        nargs="+",
        help="file to read; - is the standard input; folders and patterns stand for their files",
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a file instead of a table"
    )
    add_report(parser)
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    if is_many(arguments.input):
        return _of_many(arguments)
    document = read_input(arguments, arguments.input[0])
    if arguments.html is not None:
        from cocodec.drawing.reports import stats_page

        title = os.path.basename(arguments.input[0])
        return write_report(
            arguments,
            lambda page: stats_page(document, title=title, page=page, threads=arguments.threads),
        )
    found = stats(document, threads=arguments.threads)
    print(json.dumps(found.as_dict(), ensure_ascii=False) if arguments.json else found)
    return OK


def _of_many(arguments: argparse.Namespace) -> int:
    """Count in several files, each for itself; what cannot be read is said, and others are."""
    if arguments.html is not None:
        raise UsageError("--html is for one file")
    code = OK
    for task in find_files(arguments.input):
        try:
            with fetched(task.source) as near:
                found = stats(read_input(arguments, near), threads=arguments.threads)
        except CocodecError as error:
            code = complain(one_line(task.source, error), BAD_DATA)
            continue
        if arguments.json:
            print(json.dumps({"file": task.source, **found.as_dict()}, ensure_ascii=False))
        else:
            print(f"{task.source}\n{found}\n")
    return code
