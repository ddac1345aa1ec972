"""The options of `convert` that clean masks before they are written."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cocodec.cli import dialects
from cocodec.cli.arguments import count, pixels
from cocodec.cli.many_files import is_many
from cocodec.cli.terminal import OK, UsageError, complain, input_of
from cocodec.conversion.cleaning import clean_masks
from cocodec.conversion.first_changes import FirstChanges
from cocodec.conversion.mask_spelling import SPELLINGS
from cocodec.documents.document import read

__all__ = ["add_arguments", "cleaned"]


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options, in a group of their own."""
    group = command.add_argument_group(
        "clean masks first",
        "Of one COCO file, in this order; what is lost is printed. Crowds, and masks that would "
        "lose every pixel, stay as they are.",
    )
    group.add_argument(
        "--fill-holes",
        nargs="?",
        const=-1,
        type=count,
        metavar="N",
        help="fill holes, all of them or those of at most N pixels",
    )
    group.add_argument(
        "--smooth",
        type=pixels,
        default=0.0,
        metavar="R",
        help="open and close with a disk of radius R pixels: thinner parts go, narrower gaps are "
        "filled",
    )
    group.add_argument(
        "--min-area",
        type=count,
        default=0,
        metavar="N",
        help="connected parts of fewer than N pixels go",
    )
    group.add_argument(
        "--keep-largest", action="store_true", help="only the largest connected part stays"
    )


@contextlib.contextmanager
def cleaned(arguments: argparse.Namespace) -> Iterator[argparse.Namespace]:
    """Clean the masks of the input, if that is asked for; the arguments then name what came out."""
    asked = (arguments.fill_holes, arguments.smooth, arguments.min_area, arguments.keep_largest)
    if asked == (None, 0, 0, False):
        yield arguments
        return
    if len(arguments.input) > 1 or is_many(arguments.input, arguments.output):
        raise UsageError("masks are cleaned of one COCO file at a time")
    (name,) = arguments.input
    document = read(input_of(name), unzip_limit=arguments.unzip_limit)
    # Before masks are cleaned they are to be what they are meant to be.
    first = {**dialects.first_changes(arguments), "crowd": None}  # which is set at the end
    FirstChanges(**first).make(document, arguments.threads)
    report = clean_masks(
        document,
        min_area=arguments.min_area,
        fill_holes={None: False, -1: True}.get(arguments.fill_holes, arguments.fill_holes),
        keep_largest=arguments.keep_largest,
        smooth=arguments.smooth,
        to=arguments.to if arguments.to in SPELLINGS else "rle",
        threads=arguments.threads,
    )
    if not arguments.quiet:
        complain(f"cleaned: {report}", OK)
    with tempfile.TemporaryDirectory() as folder:
        # By the name that it had: messages say it.
        path = Path(folder) / ("stdin.json" if name == "-" else Path(name).name)
        document.write(path)
        done = {"input": [str(path)], "runs": None, "fit_sizes": None}
        yield argparse.Namespace(**{**vars(arguments), **done})
