"""The command `subset`: a part of a document."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from cocodec.cli.reshaping import (
    add_common,
    add_in_out,
    columns_of,
    each_file,
    expression,
    input_in_place,
    write_output,
)
from cocodec.errors import DocumentError
from cocodec.reshaping.measuring import SIZES
from cocodec.reshaping.selecting import subset

DESCRIPTION = (
    "Take a part of a document. Conditions are joined by and. Rows that are kept stay the same "
    "bytes, and so does everything else of the file; images without annotations, and categories, "
    "are kept unless asked otherwise. From a zip, pictures of images that go are left out too. OUT "
    "appears whole or not at all. Of a long JSON file the text is not held in memory; it must not "
    "change meanwhile."
)
EXAMPLES = """
cocodec subset IN.json OUT.json --category cat dog
cocodec subset IN.json OUT.json --images-from val.txt --drop-unused-categories
cocodec subset IN.json OUT.json --where 'score > 0.5 and not iscrowd and image.width >= 640'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_in_out(parser)
    add_choice(parser)
    parser.add_argument(
        "--drop-empty-images", action="store_true", help="leave out images without annotations"
    )
    parser.add_argument(
        "--drop-unused-categories",
        action="store_true",
        help="leave out categories without annotations",
    )
    add_common(parser)


def add_choice(parser: argparse.ArgumentParser, *where: str) -> None:
    """Add which images and annotations a command is about; `where`: other names of ``--where``."""
    parser.add_argument(
        "--image",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="these images: file names (the folder and the suffix may be left out) or ids",
    )
    parser.add_argument(
        "--images-from",
        metavar="FILE",
        help="the images that a file lists, one a line; - is the standard input",
    )
    parser.add_argument(
        "--category",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="annotations of these categories: names or ids",
    )
    parser.add_argument("--min-area", type=float, metavar="PIXELS", help="smallest area")
    parser.add_argument("--max-area", type=float, metavar="PIXELS", help="largest area")
    parser.add_argument(
        "--size",
        nargs="+",
        choices=SIZES,
        help="COCO's sizes: below 32 x 32 pixels, below 96 x 96, and others",
    )
    parser.add_argument("--crowd", choices=("yes", "no"), help="crowds alone, or none")
    parser.add_argument(
        "--where",
        *where,
        type=expression,
        metavar="EXPRESSION",
        help="annotations for which it holds, such as 'score > 0.5 and category.name != \"cat\"'; "
        "image.KEY and category.KEY are the image's and the category's",
    )
    parser.add_argument(
        "--where-image",
        type=expression,
        metavar="EXPRESSION",
        help="images for which it holds, such as 'width >= 640'",
    )


def choice_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what was chosen, as `cocodec.subset` takes it."""
    images = arguments.image
    if arguments.images_from is not None:
        images = [*(images or []), *_lines(arguments.images_from)]
    limits = (arguments.min_area, arguments.max_area)
    found = {
        "images": images,
        "categories": arguments.category,
        "area": None if limits == (None, None) else limits,
        "sizes": arguments.size,
        "crowd": None if arguments.crowd is None else arguments.crowd == "yes",
        "where": arguments.where,
        "where_image": arguments.where_image,
    }
    told = {name: value for name, value in found.items() if value is not None}
    return {**told, "digits": True} if told else {}


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return each_file(arguments, _subset)


def _subset(arguments: argparse.Namespace) -> int:
    choice = choice_of(arguments)
    document = input_in_place(arguments, _columns(arguments))
    found = subset(
        document,
        **choice,
        drop_empty_images=arguments.drop_empty_images,
        drop_unused_categories=arguments.drop_unused_categories,
        threads=arguments.threads,
    )
    return write_output(arguments, found, document)


def _columns(arguments: argparse.Namespace) -> set[str]:
    """Which keys of annotations are looked at."""
    found = columns_of(arguments.where)
    by_image = arguments.image or arguments.images_from or arguments.where_image
    if by_image or arguments.drop_empty_images:
        found.add("image_id")
    if arguments.category or arguments.drop_unused_categories:
        found.add("category_id")
    if (arguments.min_area, arguments.max_area, arguments.size) != (None, None, None):
        found |= {"area", "bbox"}
    if arguments.crowd:
        found |= {"iscrowd", "is_crowd", "attributes"}
    return found


def _lines(name: str) -> list[str]:
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"byte {error.start} is not UTF-8", file=name) from None
    return [line.strip() for line in text.splitlines() if line.strip()]
