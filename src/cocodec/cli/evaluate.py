"""The command `eval`: its options, and the lines that it prints."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from cocodec.cli.arguments import add_threads, count
from cocodec.cli.reports import add_report, write_report
from cocodec.cli.terminal import OK, UsageError, complain, input_of, say_all
from cocodec.documents.document import read
from cocodec.errors import DocumentError
from cocodec.evaluation import IOU_TYPES, PROTOCOLS, evaluate, make_parameters
from cocodec.evaluation.result import Result

DESCRIPTION = "Average precision and recall of COCO results, as pycocotools prints them."
EXAMPLES = """
cocodec eval instances.json results.json
cocodec eval instances.json results.json --type bbox --per-category
cocodec eval instances.json results.json --html report.html
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
    add_report(parser)
    parser.add_argument(
        "--min-score",
        type=float,
        default=0.5,
        metavar="S",
        help="--html: from which score on results count for confusions and images (0.5)",
    )
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
    gt, dt = (_source(name, arguments) for name in (arguments.gt, arguments.dt))
    result = evaluate(
        gt,
        dt,
        iou_type=arguments.type,
        protocol=arguments.protocol,
        threads=arguments.threads,
        coerce_ids=arguments.coerce_ids,
        **options,
    )
    say_all((f"warning: {line}" for line in result.warnings), OK)
    if arguments.html is not None:
        return _write_page(arguments, result, gt, dt)
    if arguments.json:
        print(json.dumps(result.to_dict()))
        return OK
    print(result)
    if arguments.per_category:
        print(result.category_table())
    return OK


def _source(name: str, arguments: argparse.Namespace) -> Any:
    """Return what to read; a page needs it twice, and the standard input comes once."""
    source = input_of(name)
    return source if isinstance(source, str) or arguments.html is None else source.read()


def _write_page(arguments: argparse.Namespace, result: Result, gt: Any, dt: Any) -> int:
    from cocodec.drawing.reports import compare, evaluation_page

    compared = None
    if not arguments.coerce_ids:
        try:
            compared = compare(
                read(gt),
                dt,
                boxes=arguments.type in ("bbox", "keypoints"),
                min_score=arguments.min_score,
                threads=arguments.threads,
            )
        except DocumentError as error:
            complain(f"warning: the page has no confusions and images: {error}", OK)
    names = [os.path.basename(name) for name in (arguments.dt, arguments.gt)]
    title = f"{names[0]} against {names[1]}"
    return write_report(
        arguments, lambda page: evaluation_page(result, compared, title=title, page=page)
    )
