"""The commands that take documents apart and put them together: their options, what they say.

Each has a function that adds it, and one that runs it and returns the exit code.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from cocodec.documents.document import Document, read
from cocodec.errors import DocumentError
from cocodec.reshaping.expressions import ExpressionError, parse
from cocodec.reshaping.measuring import SIZES
from cocodec.reshaping.selecting import subset

__all__ = ["add_reshape"]

Run = Callable[[argparse.Namespace], int]


def add_reshape(commands: Any) -> None:
    """Add the commands of this file."""
    _add_subset(commands)


# ---------------------------------------------------------------- what they have in common


def new_command(commands: Any, name: str, run: Run, help: str, more: str = "") -> Any:
    """Add a command that reads documents, with the options that all of them have."""
    text = help[0].upper() + help[1:] + "." + (f" {more}" if more else "")
    command = commands.add_parser(name, help=help, description=text)
    command.add_argument(
        "--threads", type=_count, default=0, metavar="N", help="0 (default) is automatic, 1 none"
    )
    command.add_argument(
        "--unzip-limit",
        type=_count,
        metavar="BYTES",
        help="how much the JSON in a zip may unpack to (default: 200 times what is packed, within "
        "256 MiB and 4 GiB)",
    )
    command.add_argument("-q", "--quiet", action="store_true", help="no closing line")
    command.set_defaults(run=run)
    return command


def add_in_out(command: Any) -> None:
    """Add the two files that most commands take."""
    command.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    command.add_argument("output", metavar="OUT", help="file to write; - is the standard output")


def read_input(arguments: argparse.Namespace, name: str) -> Document:
    """Read a file; - is the standard input."""
    source: str | BinaryIO = sys.stdin.buffer if name == "-" else name
    return read(source, unzip_limit=arguments.unzip_limit)


def target_of(name: str) -> str | BinaryIO:
    """Return what to write to; - is the standard output."""
    return sys.stdout.buffer if name == "-" else name


def say(arguments: argparse.Namespace, message: str) -> None:
    """Say something for people, unless they asked for quiet."""
    if not arguments.quiet:
        print(f"cocodec: {message}", file=sys.stderr)


def counted(document: Document) -> str:
    """Say how much is in a document."""
    return f"{len(document.images):,} images, {len(document.annotations):,} annotations"


def write_output(arguments: argparse.Namespace, document: Document, before: Document) -> int:
    """Write the document and say how much of what there was is in it."""
    document.write(target_of(arguments.output))
    say(
        arguments,
        f"{len(document.images):,} of {len(before.images):,} images, "
        f"{len(document.annotations):,} of {len(before.annotations):,} annotations",
    )
    return 0


def expression(text: str) -> str:
    """Check an expression before any file is read."""
    try:
        parse(text)
    except ExpressionError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """Take options that do not go together, or not with the file, for a wrong command line."""
    try:
        yield
    except DocumentError:
        raise
    except ValueError as error:
        raise OSError(str(error)) from None


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError
    return value


# ---------------------------------------------------------------- subset


def _add_subset(commands: Any) -> None:
    command = new_command(
        commands,
        "subset",
        _subset,
        "take a part of a document",
        "Conditions are joined by and. Rows that are kept stay the same bytes, and so does "
        "everything else of the file; images without annotations, and categories, are kept unless "
        "asked otherwise. OUT appears whole or not at all.",
    )
    add_in_out(command)
    command.add_argument(
        "--image",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="these images: file names (the folder and the suffix may be left out) or ids",
    )
    command.add_argument(
        "--images-from",
        metavar="FILE",
        help="the images that a file lists, one a line; - is the standard input",
    )
    command.add_argument(
        "--category",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="annotations of these categories: names or ids",
    )
    command.add_argument("--min-area", type=float, metavar="PIXELS", help="smallest area")
    command.add_argument("--max-area", type=float, metavar="PIXELS", help="largest area")
    command.add_argument(
        "--size",
        nargs="+",
        choices=SIZES,
        help="COCO's sizes: below 32 x 32 pixels, below 96 x 96, and others",
    )
    command.add_argument("--crowd", choices=("yes", "no"), help="crowds alone, or none")
    command.add_argument(
        "--where",
        type=expression,
        metavar="EXPRESSION",
        help="annotations for which it holds, such as 'score > 0.5 and category.name != \"cat\"'; "
        "image.KEY and category.KEY are the image's and the category's",
    )
    command.add_argument(
        "--where-image",
        type=expression,
        metavar="EXPRESSION",
        help="images for which it holds, such as 'width >= 640'",
    )
    command.add_argument(
        "--drop-empty-images", action="store_true", help="leave out images without annotations"
    )
    command.add_argument(
        "--drop-unused-categories",
        action="store_true",
        help="leave out categories without annotations",
    )


def _subset(arguments: argparse.Namespace) -> int:
    images = arguments.image
    if arguments.images_from is not None:
        images = [*(images or []), *_lines(arguments.images_from)]
    document = read_input(arguments, arguments.input)
    limits = (arguments.min_area, arguments.max_area)
    found = subset(
        document,
        images=images,
        categories=arguments.category,
        area=None if limits == (None, None) else limits,
        sizes=arguments.size,
        crowd=None if arguments.crowd is None else arguments.crowd == "yes",
        where=arguments.where,
        where_image=arguments.where_image,
        drop_empty_images=arguments.drop_empty_images,
        drop_unused_categories=arguments.drop_unused_categories,
        digits=True,
        threads=arguments.threads,
    )
    return write_output(arguments, found, document)


def _lines(name: str) -> list[str]:
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name}: byte {error.start} is not UTF-8") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
