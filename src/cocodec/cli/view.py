"""The command `view`: a page to look at a document, one file, or served to this machine."""

from __future__ import annotations

import argparse
import os

from cocodec.cli.arguments import count
from cocodec.cli.reshaping import add_common, read_input, remark, usage_errors
from cocodec.cli.subset import add_choice, choice_of
from cocodec.cli.terminal import OK, UsageError, input_of, output_of, say_all
from cocodec.documents.document import read
from cocodec.drawing.pages import Viewer, write_page
from cocodec.drawing.server import page_server

DESCRIPTION = (
    "Write a page to look at a document: one HTML file that needs no server and no net. It shows "
    "masks to the pixel, filters, what check finds, and results beside ground truth with matches, "
    "misses and false alarms. --serve shows the same from a server on this machine, for documents "
    "that are too large for one file."
)
EXAMPLES = """
cocodec view instances.json --out page.html --images images/
cocodec view instances.json --out page.html --results results.json
cocodec view instances.json --serve --images images/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--out", "-o", metavar="PAGE", help="the page to write; - is the standard output"
    )
    where.add_argument(
        "--serve",
        nargs="?",
        type=count,
        const=0,
        metavar="PORT",
        help="serve it on 127.0.0.1 until Ctrl-C (a port that is free by default)",
    )
    parser.add_argument(
        "--images", metavar="DIR|URL", help="where the image files lie: a folder, or an address"
    )
    parser.add_argument("--results", metavar="DT", help="results to look at beside IN")
    parser.add_argument(
        "--link", action="store_true", help="refer to the files in DIR; the page does not hold them"
    )
    parser.add_argument("--title", help="of the page (the name of IN)")
    add_choice(parser, "--only")
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    title = arguments.title or os.path.basename(arguments.input)
    with usage_errors():
        document = read_input(arguments, arguments.input)
        results = None
        if arguments.results is not None:
            results = read(input_of(arguments.results), unzip_limit=arguments.unzip_limit)
        options = {"choice": choice_of(arguments), "threads": arguments.threads}
        if arguments.serve is not None:
            if arguments.link:
                raise UsageError("--link goes with --out")
            viewer = Viewer(document, results, **options)
            return _serve(arguments, viewer, title)
        problems = write_page(
            document,
            output_of(arguments.out),
            images=arguments.images,
            results=results,
            link=arguments.link,
            title=title,
            **options,
        )
    say_all((f"warning: {problem}" for problem in problems), OK)
    remark(arguments, f"written: {arguments.out}")
    return OK


def _serve(arguments: argparse.Namespace, viewer: Viewer, title: str) -> int:
    server = page_server(viewer, images=arguments.images, title=title, port=arguments.serve)
    print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        remark(arguments, "stopped")
    finally:
        server.server_close()
    return OK
