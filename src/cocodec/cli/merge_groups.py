"""The command `merge-groups`: crowd groups united."""

from __future__ import annotations

import argparse

from cocodec.cli.arguments import add_quiet, add_threads, add_unzip_limit
from cocodec.cli.terminal import OK, complain, input_of, output_of
from cocodec.documents.document import read
from cocodec.groups.merge import merge_groups

DESCRIPTION = (
    "Write a COCO document with the annotations of each group united in the row of the largest. "
    "Everything else stays as it is, byte for byte. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec merge-groups cvat.json merged.json
cocodec merge-groups cvat.json merged.json --by crowd --to rle-list
"""

_CHOICES = (
    ("by", ("group", "id", "crowd"), "attributes.group (default), equal ids, or all crowds"),
    ("leader", ("largest", "first"), "whose row stays (default largest)"),
    ("mode", ("guess", "mask", "polygons"), "what is written (default: as is_crowd says)"),
    ("boxes", ("exclude", "rasterize"), "whether boxes are part of masks (default exclude)"),
    ("bbox", ("members", "mask"), "of all members together (default), or of the mask"),
    ("singles", ("keep", "apply"), "whether rows of no group are written alike"),
    ("to", ("rle", "rle-list"), "masks as compressed strings (default) or lists of counts"),
)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what `merge-groups` takes."""
    command.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    command.add_argument("output", metavar="OUT", help="file to write; - is the standard output")
    for name, choices, text in _CHOICES:
        command.add_argument(f"--{name}", choices=choices, help=text)
    command.add_argument(
        "--cvat-strict",
        action="store_true",
        help="as CVAT does where its manual says otherwise: is_crowd 1 is no yes, rows of no group "
        "are written too, masks as lists",
    )
    command.add_argument(
        "--on-error",
        default="fail",
        choices=("fail", "skip"),
        help="what a group means that cannot be merged: no output and exit code 1 (default), or "
        "that it is named and stays as it is (exit code 0)",
    )
    command.add_argument("--coerce-ids", action="store_true", help='take "1" and 1 for the same id')
    add_quiet(command, "no closing line")
    add_threads(command)
    add_unzip_limit(command)


def run(arguments: argparse.Namespace) -> int:
    """Merge, write, and say what became of the groups."""
    given = {name: getattr(arguments, name) for name, _, _ in _CHOICES if getattr(arguments, name)}
    document = read(input_of(arguments.input), unzip_limit=arguments.unzip_limit)
    report = merge_groups(
        document,
        cvat_strict=arguments.cvat_strict,
        on_error="raise" if arguments.on_error == "fail" else "skip",
        coerce_ids=arguments.coerce_ids,
        threads=arguments.threads,
        **given,
    )
    document.write(output_of(arguments.output))
    if report.refused:
        complain(report.describe_refused(), OK)
    if not arguments.quiet:
        complain(str(report), OK)
    return OK
