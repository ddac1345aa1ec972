"""The command `draw`: images with their annotations, a picture each or on sheets."""

from __future__ import annotations

import argparse
import re
from typing import get_args

from cocodec.cli.arguments import positive
from cocodec.cli.reshaping import add_common, read_input, remark, usage_errors
from cocodec.cli.subset import add_choice, choice_of
from cocodec.cli.terminal import BAD_DATA, OK, input_of, say_all
from cocodec.documents.document import read
from cocodec.drawing.folders import PictureFormat, draw_images
from cocodec.drawing.overlays import Coloring

DESCRIPTION = (
    "Draw every image with its annotations: masks, edges, boxes, keypoints, names, scores; crowds "
    "are hatched. Without --images the ground is grey. OUT_DIR appears whole or not at all. What "
    "cannot be drawn is told in a sentence each, and the exit code is 1 then. Needs Pillow."
)
EXAMPLES = """
cocodec draw instances.json drawn/ --images images/
cocodec draw instances.json drawn/ --only 'category.name == "cat" and area > 1000'
cocodec draw instances.json sheets/ --images images/ --sheet 6x4
cocodec draw instances.json drawn/ --results results.json --color score
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    parser.add_argument("output", metavar="OUT_DIR", help="folder to make")
    parser.add_argument("--images", metavar="DIR", help="where the image files lie")
    parser.add_argument(
        "--results", metavar="DT", help="draw these results, over white edges of what IN has"
    )
    parser.add_argument(
        "--color",
        choices=get_args(Coloring),
        default="category",
        help="what a colour stands for (category)",
    )
    parser.add_argument(
        "--alpha", type=float, default=0.5, metavar="A", help="0 (outlines only) to 1; default 0.5"
    )
    for name, what in (("edges", "edges"), ("boxes", "boxes"), ("labels", "names and scores")):
        parser.add_argument(f"--no-{name}", action="store_true", help=f"leave out {what}")
    parser.add_argument(
        "--max-side", type=positive, metavar="PIXELS", help="draw larger images smaller"
    )
    parser.add_argument(
        "--sheet",
        type=_sheet,
        metavar="6x4",
        help="contact sheets of so many columns and rows; --max-side is that of a cell (320)",
    )
    parser.add_argument(
        "--format", choices=get_args(PictureFormat), default="png", help="of the pictures (png)"
    )
    parser.add_argument(
        "--font", metavar="FILE", help="a font file, for letters other than Western Europe's"
    )
    add_choice(parser, "--only")
    add_common(parser)


def _sheet(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,3})x([1-9]\d{0,3})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no sheet; expected one like 6x4")
    return int(match[1]), int(match[2])


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    with usage_errors():
        document = read_input(arguments, arguments.input)
        results = None
        if arguments.results is not None:
            results = read(input_of(arguments.results), unzip_limit=arguments.unzip_limit)
        problems = draw_images(
            document,
            arguments.output,
            images=arguments.images,
            results=results,
            choice=choice_of(arguments),
            format=arguments.format,
            sheet=arguments.sheet,
            threads=arguments.threads,
            color=arguments.color,
            alpha=arguments.alpha,
            edges=not arguments.no_edges,
            boxes=not arguments.no_boxes,
            labels=not arguments.no_labels,
            max_side=arguments.max_side,
            font=arguments.font,
        )
    say_all(problems, BAD_DATA)
    remark(arguments, f"drawn: {arguments.output}")
    return BAD_DATA if problems else OK
