"""What the commands that reshape documents have in common: options, reading, writing, sayings."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cocodec.bulk.many_files import one_line
from cocodec.bulk.tasks import find_files
from cocodec.cli.arguments import add_quiet, add_threads, add_unzip_limit
from cocodec.cli.many_files import is_many
from cocodec.cli.terminal import (
    BAD_DATA,
    OK,
    UsageError,
    complain,
    input_of,
    output_of,
    progress_bar,
    say,
)
from cocodec.documents.document import Document, read
from cocodec.documents.in_place import read_in_place
from cocodec.errors import CocodecError, DocumentError, how_many, located
from cocodec.files.remote import fetched, sent
from cocodec.reshaping.expressions import ExpressionError, column_paths, parse

__all__ = [
    "TABLES",
    "add_chance",
    "add_common",
    "add_in_out",
    "add_moving",
    "add_rows",
    "add_visible",
    "chance_columns",
    "columns_of",
    "counted",
    "each_file",
    "expression",
    "input_in_place",
    "read_input",
    "remark",
    "run_moving",
    "usage_errors",
    "write_output",
]

TABLES = ("images", "annotations", "categories", "licenses")


def add_in_out(parser: argparse.ArgumentParser) -> None:
    """Add the two files that most commands take."""
    parser.add_argument(
        "input",
        metavar="IN",
        help="file to read; - is the standard input; a folder or a pattern stands for its files",
    )
    parser.add_argument(
        "output",
        metavar="OUT",
        help="file to write; - is the standard output; of several files, a folder",
    )


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add what all of them take."""
    add_threads(parser)
    add_unzip_limit(parser)
    add_quiet(parser, "no closing line")


def add_rows(parser: argparse.ArgumentParser) -> None:
    """Add which rows a command is about."""
    parser.add_argument(
        "--table", choices=TABLES, default="annotations", help="of which list (annotations)"
    )
    parser.add_argument(
        "--where", type=expression, metavar="EXPRESSION", help="rows for which it holds"
    )


def add_chance(parser: argparse.ArgumentParser) -> None:
    """Add how images are dealt out."""
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another seed, another choice (default 0)"
    )
    parser.add_argument(
        "--stratify",
        action="store_true",
        help="give each its share of the annotations of every category",
    )
    parser.add_argument(
        "--group-by",
        type=expression,
        metavar="KEY",
        help="images with the same value of this key, such as video_id, stay together",
    )


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
        raise UsageError(str(error)) from None


def read_input(arguments: argparse.Namespace, name: str) -> Document:
    """Read a file; - is the standard input."""
    return read(input_of(name), unzip_limit=arguments.unzip_limit)


def input_in_place(arguments: argparse.Namespace, columns: Iterable[str] = ()) -> Document:
    """Read IN; if it is long its text stays there. `columns`: as for `read_in_place`."""
    source, limit = input_of(arguments.input), arguments.unzip_limit
    return read_in_place(source, columns=sorted(set(columns)), unzip_limit=limit)


def chance_columns(arguments: argparse.Namespace) -> list[str]:
    """Return the keys of annotations that what `add_chance` adds asks for."""
    return ["image_id", "category_id"] if arguments.stratify else ["image_id"]


def columns_of(*expressions: str | None) -> set[str]:
    """Return the keys of annotations that expressions over these ask for."""
    paths = [path for text in expressions if text is not None for path in column_paths(parse(text))]
    joined = {"image": "image_id", "category": "category_id"}
    return {joined.get(path[0], path[0]) if len(path) == 2 else path[0] for path in paths}


def remark(arguments: argparse.Namespace, message: str) -> None:
    """Say something for people, unless they asked for quiet."""
    if not arguments.quiet:
        complain(message, OK)


def counted(document: Document) -> str:
    """Say how much is in a document."""
    images = how_many(len(document.images), "image")
    return f"{images}, {how_many(len(document.annotations), 'annotation')}"


def each_file(arguments: argparse.Namespace, carry_out: Callable[[argparse.Namespace], int]) -> int:
    """Carry a command out: if IN is a folder or a pattern, of all its files, into the folder OUT.

    What cannot be done of one file is said, and the others are done; returns the exit code.
    """
    if not is_many([arguments.input], arguments.output):
        with located(file=arguments.input):
            return carry_out(arguments)
    if getattr(arguments, "images", None) is not None:
        raise UsageError("--images is for one file: of several, the new folder would be the same")
    tasks = find_files([arguments.input], arguments.output)
    total, done, code = sum(task.size for task in tasks), 0, OK
    with progress_bar(quiet=arguments.quiet) as progress:
        for task in tasks:
            with fetched(task.source) as near, sent(task.target) as target:
                own = {"input": near, "output": target, "label": f"{task.source}: "}
                try:
                    done_one = carry_out(argparse.Namespace(**{**vars(arguments), **own}))
                except CocodecError as error:
                    say(one_line(task.source, error))
                    done_one = BAD_DATA
            code = max(code, done_one)
            done += task.size
            progress(done, total)
    return code


def write_output(
    arguments: argparse.Namespace, document: Document, before: Document, *, anew: bool = False
) -> int:
    """Write the document and say how much of what there was is in it.

    `anew`: its images are not some of those that there were, but made of them.
    """
    document.write(output_of(arguments.output))
    label = getattr(arguments, "label", "")  # which of several files it is
    told = []
    for name in ("images", "annotations"):
        new, old = len(getattr(document, name)), len(getattr(before, name))
        told.append(f"{old:,} {name} are {new:,} now" if anew else f"{new:,} of {old:,} {name}")
    remark(arguments, label + ", ".join(told))
    return OK


# ---------------------------------------------------------------- commands that move images


def add_moving(parser: argparse.ArgumentParser, *, rings: bool = True, images: bool = True) -> None:
    """Add what the commands that move images take."""
    add_in_out(parser)
    if images:
        parser.add_argument(
            "--images",
            nargs=2,
            metavar=("DIR", "NEW_DIR"),
            help="write the image files too: where they lie, and a new folder for the moved ones",
        )
    if rings:
        parser.add_argument(
            "--rings",
            choices=("exact", "vertices"),
            default="exact",
            help="rings whose moved points are drawn as another mask than the moved one are traced "
            "from it (default), or left",
        )
    add_common(parser)


def add_visible(parser: argparse.ArgumentParser) -> None:
    """Add how much of an annotation must be left."""
    parser.add_argument(
        "--min-visible",
        type=float,
        default=0.0,
        metavar="FRACTION",
        help="how much of an annotation must be left (default: a pixel)",
    )


def run_moving(
    arguments: argparse.Namespace,
    move: Callable[..., Document],
    *,
    anew: bool = False,
    **given: Any,
) -> int:
    """Read, move and write a document; options that were added are handed on.

    `anew`: as for `write_output`.
    """
    options: dict[str, Any] = {"threads": arguments.threads, **given}
    if "images" in arguments:
        options["image_folders"] = arguments.images
    if "rings" in arguments:
        options["rings"] = arguments.rings

    def carry_out(one: argparse.Namespace) -> int:
        document = read_input(one, one.input)
        alone = int((document.image_rows() < 0).sum())
        if alone > 0:
            name = how_many(alone, "annotation names", "annotations name")
            stay = "stays as it is" if alone == 1 else "stay as they are"
            say = f"{name} no image of the file, and {stay}"
            remark(one, getattr(one, "label", "") + say)
        return write_output(one, move(document, **options), document, anew=anew)

    with usage_errors():
        return each_file(arguments, carry_out)
