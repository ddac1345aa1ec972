"""The command `split`: the images of a document dealt out to several."""

from __future__ import annotations

import argparse

from cocodec.cli.reshaping import (
    add_chance,
    add_common,
    chance_columns,
    counted,
    input_in_place,
    remark,
    usage_errors,
)
from cocodec.cli.terminal import OK, UsageError
from cocodec.documents.document import Document
from cocodec.errors import located
from cocodec.files.output import new_folder
from cocodec.reshaping.splitting import split

DESCRIPTION = (
    "Deal the images of a document out to several. Each has some of the images, their "
    "annotations, and all of the rest; rows stay the same bytes. OUT_DIR must not exist, or be "
    "empty; it appears whole or not at all."
)
EXAMPLES = """
cocodec split IN.json OUT_DIR --fractions 0.8 0.2
cocodec split IN.json OUT_DIR --counts rest 500 500 --stratify --group-by video_id
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    parser.add_argument("output", metavar="OUT_DIR", help="folder to write")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--fractions",
        nargs="+",
        type=float,
        metavar="F",
        help="how much of the images each gets; together 1",
    )
    how.add_argument(
        "--counts",
        nargs="+",
        type=_number_or_rest,
        metavar="N",
        help="how many images each gets; one may be 'rest'",
    )
    parser.add_argument(
        "--names",
        nargs="+",
        metavar="NAME",
        help="of the files (default: train val, train val test, or 1 2 3 ...)",
    )
    add_chance(parser)
    parser.add_argument(
        "--no-shuffle", action="store_true", help="the first images go to the first file, and so on"
    )

    add_common(parser)


_NAMES = {2: ["train", "val"], 3: ["train", "val", "test"]}


def _number_or_rest(text: str) -> int | None:
    return None if text == "rest" else int(text)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    many = len(arguments.fractions or arguments.counts)
    names = arguments.names or _NAMES.get(many, [str(number + 1) for number in range(many)])
    unsafe = [name for name in names if not name or set(name) & set("/\\\0") or name[0] == "."]
    if len(names) != many or len(set(names)) < many or unsafe:
        raise UsageError(f"--names are {' '.join(names)}, expected {many} different file names")
    with located(file=arguments.input):
        return _write(arguments, names)


def _write(arguments: argparse.Namespace, names: list[str]) -> int:
    document = input_in_place(arguments, chance_columns(arguments))
    with usage_errors():
        parts = split(
            document,
            fractions=arguments.fractions,
            counts=arguments.counts,
            seed=arguments.seed,
            stratify=arguments.stratify,
            group_by=arguments.group_by,
            shuffle=not arguments.no_shuffle,
        )
    with new_folder(arguments.output) as folder:
        for name, part in zip(names, parts, strict=True):
            part.write(folder / f"{name}{_suffix(document)}")
    for name, part in zip(names, parts, strict=True):
        remark(arguments, f"{name}{_suffix(document)}: {counted(part)}")
    return OK


def _suffix(document: Document) -> str:
    return {"zip": ".zip", "lines": ".jsonl"}.get(document.layout, ".json")
