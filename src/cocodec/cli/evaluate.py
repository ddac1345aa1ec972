"""The command `eval`: its options, and the lines that it prints."""

from __future__ import annotations

import argparse
import json

from cocodec.cli.arguments import add_threads, count
from cocodec.cli.terminal import OK, UsageError, input_of, say_all
from cocodec.evaluation import IOU_TYPES, PROTOCOLS, evaluate, make_parameters

DESCRIPTION = "Average precision and recall of COCO results, as pycocotools prints them."
EXAMPLES = """
cocodec eval instances.json results.json
cocodec eval instances.json results.json --type bbox --per-category
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `eval` takes."""
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
    parser.add_argument(
        "--sigmas",
        "--kpt-oks-sigmas",
        type=_numbers,
        metavar="S,S,...",
        help="how far off each keypoint may be (default those of COCO or CrowdPose)",
    )
    parser.add_argument("--coerce-ids", action="store_true", help='take "1" and 1 for the same id')
    parser.add_argument("--per-category", action="store_true", help="a line for each category")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    add_threads(parser)


def _numbers(text: str) -> list[float]:
    """Numbers with commas between them."""
    numbers = [float(number) for number in text.split(",")]
    if not all(0 < number < float("inf") for number in numbers):
        raise ValueError("sigmas are above 0")
    return numbers


_numbers.__name__ = "list of numbers"  # what argparse calls it


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, and print."""
    options = {
        "max_detections": arguments.max_detections,
        "use_categories": not arguments.no_categories,
        "sigmas": arguments.sigmas,
    }
    try:
        if arguments.sigmas is not None and arguments.type != "keypoints":
            raise ValueError("--sigmas are of keypoints: use --type keypoints")
        make_parameters(arguments.type, arguments.protocol, **options)
    except ValueError as error:
        raise UsageError(str(error)) from None
    result = evaluate(
        input_of(arguments.gt),
        input_of(arguments.dt),
        iou_type=arguments.type,
        protocol=arguments.protocol,
        threads=arguments.threads,
        coerce_ids=arguments.coerce_ids,
        **options,
    )
    say_all((f"warning: {line}" for line in result.warnings), OK)
    if arguments.json:
        print(json.dumps(result.to_dict()))
        return OK
    print(result)
    if arguments.per_category:
        print(result.category_table())
    return OK
