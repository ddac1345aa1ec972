"""The command `eval`: its options, and the lines that it prints."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any, BinaryIO

from cocodec.evaluation import IOU_TYPES, PROTOCOLS, evaluate, make_parameters

__all__ = ["add_eval", "run_eval"]


def add_eval(commands: Any, count: Callable[[str], int]) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "eval",
        help="measure results against ground truth",
        description="Average precision and recall of COCO results, as pycocotools prints them.",
    )
    parser.add_argument("gt", metavar="GT", help="document to read; - is the standard input")
    parser.add_argument("dt", metavar="DT", help="results to read; - is the standard input")
    parser.add_argument(
        "--type",
        default="segm",
        choices=IOU_TYPES,
        help="what is compared (default segm)",
    )
    parser.add_argument(
        "--protocol",
        default="coco",
        choices=PROTOCOLS,
        help="whose rules hold (default coco)",
    )
    parser.add_argument(
        "--max-detections",
        type=count,
        nargs="+",
        metavar="N",
        help="in each category of an image (default 1 10 100; keypoints 20; lvis 300)",
    )
    parser.add_argument(
        "--no-categories", action="store_true", help="detections may match any category"
    )
    parser.add_argument("--per-category", action="store_true", help="a line for each category")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    return parser


def run_eval(arguments: argparse.Namespace, gt: str | BinaryIO, dt: str | BinaryIO) -> list[str]:
    """Evaluate; return what to print.

    Raises
    ------
    OSError
        If the options do not go together.
    """
    options = {
        "max_detections": arguments.max_detections,
        "use_categories": not arguments.no_categories,
    }
    try:
        make_parameters(arguments.type, arguments.protocol, **options)
    except ValueError as error:
        raise OSError(str(error)) from None
    result = evaluate(
        gt,
        dt,
        iou_type=arguments.type,
        protocol=arguments.protocol,
        threads=arguments.threads,
        **options,
    )
    if arguments.json:
        return [json.dumps(result.to_dict())]
    return [str(result), *([result.category_table()] if arguments.per_category else [])]
