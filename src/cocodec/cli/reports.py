"""What the commands that write a page of numbers have in common."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from cocodec.cli.terminal import OK, UsageError, output_of
from cocodec.files.output import open_whole

__all__ = ["add_report", "write_report"]


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add ``--html`` and ``--view``."""
    group = parser.add_argument_group("a page instead")
    group.add_argument("--html", metavar="PAGE", help="write charts and tables to an HTML file")
    group.add_argument(
        "--view", metavar="PAGE", help="link images into this page, which cocodec view has written"
    )


def write_report(arguments: argparse.Namespace, page: Callable[[str], str]) -> int:
    """Write a page; `page` is given the address that images are linked into, or ""."""
    from cocodec.drawing.reports import page_address

    address = ""
    if arguments.view is not None:
        if arguments.html == "-":
            raise UsageError("--view is told as seen from the page; give --html a file")
        address = page_address(arguments.view, arguments.html)
    text = page(address)
    with open_whole(output_of(arguments.html)) as stream:
        stream.write(text.encode())
    return OK
