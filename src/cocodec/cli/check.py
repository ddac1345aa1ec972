"""The command `check`: its options, and the lines that it prints."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from concurrent.futures import Executor
from typing import BinaryIO

from cocodec.bulk.check_files import Checked, check_files, check_one
from cocodec.cli import many_files
from cocodec.cli.arguments import add_many_files, add_quiet, add_threads, add_unzip_limit
from cocodec.cli.terminal import (
    BAD_DATA,
    FAILED,
    OK,
    Progress,
    UsageError,
    input_of,
    output_of,
    progress_bar,
    say_all,
)
from cocodec.inspection.batches import existing_folder
from cocodec.inspection.rule import Rule
from cocodec.inspection.rules import rules_as_dicts, rules_as_text, selected

DESCRIPTION = (
    "Check COCO documents or results: ids, references, sizes, masks, boxes, areas, flags, "
    "keypoints, duplicates. What is found is printed in groups, errors first. Exit code 1 where "
    "there is an error."
)
EXAMPLES = """
cocodec check instances.json
cocodec check instances.json --fix repaired.json
cocodec check exports/ --images images/ --ignore annotation-near
cocodec check results.json --results instances.json
cocodec check --list
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `check` takes."""
    parser.add_argument(
        "input", metavar="FILE", nargs="*", help="what to read; - is the standard input"
    )
    parser.add_argument(
        "--fix",
        metavar="OUT",
        help="write the document with what can safely be repaired, and print every change; of "
        "several files, OUT is a folder",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a file, not lines")
    parser.add_argument("--images", metavar="DIR", help="compare with the headers of image files")
    parser.add_argument(
        "--results", metavar="GT", help="FILE is results: GT has the images and categories of them"
    )
    parser.add_argument(
        "--select",
        metavar="CODES",
        action="append",
        default=[],
        help="only these rules, or topics, joined by commas; --fix also makes repairs on request",
    )
    parser.add_argument(
        "--ignore", metavar="CODES", action="append", default=[], help="not these rules"
    )
    parser.add_argument(
        "--near",
        type=_share,
        default=0.9,
        metavar="IOU",
        help="from which IoU on two masks of an image and category are near duplicates (0.9)",
    )
    parser.add_argument(
        "--list", action="store_true", help="print the rules (those selected), and check nothing"
    )
    add_quiet(parser, "no progress; errors only")
    add_threads(parser)
    add_unzip_limit(parser)
    add_many_files(parser)


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise ValueError
    return value


def run(arguments: argparse.Namespace) -> int:
    """Check, repair where asked to, and print what was found."""
    rules = _rules(arguments)
    if arguments.list:
        print(json.dumps(rules_as_dicts(rules)) if arguments.json else rules_as_text(rules))
        return OK
    if not arguments.input:
        raise UsageError("say which file (or --list for the rules)")
    with (
        many_files.executor_at(arguments.cluster) as executor,
        progress_bar(quiet=arguments.quiet) as progress,
    ):
        found = _check(arguments, progress, executor)
    code, lines, complaints = _said(found, arguments)
    # Lines go to the standard error where a document goes to the standard output.
    stream = sys.stderr if arguments.fix == "-" else sys.stdout
    print("".join(f"{line}\n" for line in lines), end="", file=stream)
    return say_all(complaints, code)


def _rules(arguments: argparse.Namespace) -> tuple[Rule, ...]:
    try:
        return selected(_codes(arguments.select), _codes(arguments.ignore))
    except ValueError as error:
        raise UsageError(str(error)) from None


def _check(
    arguments: argparse.Namespace, progress: Progress, executor: Executor | None
) -> list[Checked]:
    options = {
        "select": _codes(arguments.select),
        "ignore": _codes(arguments.ignore),
        "images": arguments.images,
        "ground_truth": arguments.results,
        "near": arguments.near,
        "unzip_limit": arguments.unzip_limit,
    }
    if arguments.images is not None:
        existing_folder(arguments.images)  # once, not for each of many files
    if arguments.threads:
        options["threads"] = arguments.threads
    if not many_files.is_many(arguments.input, arguments.fix or ""):
        source = input_of(arguments.input[0])
        target = None if arguments.fix is None else output_of(arguments.fix)
        counted = _in_bytes(progress, source)
        name = arguments.input[0]
        return [check_one(source, target, name=name, progress=counted, **options)]
    return check_files(
        arguments.input,
        arguments.fix,
        executor=executor,
        jobs=arguments.jobs,
        progress=progress,
        **options,
    )


def _in_bytes(progress: Progress, source: str | BinaryIO) -> Progress:
    """Show annotations that are done as bytes of their file, as other commands do."""
    size = os.path.getsize(source) if isinstance(source, str) and os.path.exists(source) else 0
    return lambda done, total: progress(size * done // max(total, 1), size)


def _codes(given: Iterable[str]) -> list[str]:
    return [code.strip() for codes in given for code in codes.split(",") if code.strip()]


def _said(found: list[Checked], arguments: argparse.Namespace) -> tuple[int, list[str], list[str]]:
    code, lines, complaints = OK, [], []
    for one in found:
        if one.findings is None:
            code = max(code, BAD_DATA if one.is_bad_data else FAILED)
            complaints.append(str(one.error))
            if arguments.json:
                lines.append(json.dumps({"file": one.source, "error": one.error}))
            continue
        if one.findings.errors:
            code = max(code, BAD_DATA)
        lines += _as_json(one) if arguments.json else _as_text(one, arguments)
    return code, lines, complaints


def _as_json(one: Checked) -> list[str]:
    assert one.findings is not None
    return [
        json.dumps({**one.findings.as_dict(), "changes": [vars(change) for change in one.changes]})
    ]


def _as_text(one: Checked, arguments: argparse.Namespace) -> list[str]:
    assert one.findings is not None
    if arguments.quiet:
        return [f"{one.source}: {error}" for error in one.findings.errors]
    changes = [f"{one.source}: changed {change}" for change in one.changes]
    count = len(changes)
    if arguments.fix is not None:
        changes.append(f"{one.source}: {count:,} change{'s' * (count != 1)}; after them:")
    return [*changes, str(one.findings)]
