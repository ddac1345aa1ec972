"""The command `merge`: several documents in one."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from cocodec.bulk.tasks import find_files, is_many
from cocodec.cli.reshaping import add_common, counted, read_input, remark
from cocodec.cli.terminal import OK, output_of
from cocodec.errors import how_many
from cocodec.files.output import open_whole
from cocodec.reshaping.merging import merge

DESCRIPTION = (
    "Put documents together: the rows of several files, and of all parts of each, in one document. "
    "Rows stay the same bytes but for ids that change; categories of one name are one, and so are "
    "rows of one id that say the same. Ids that are others now are written to OUT.ids.json, or "
    "where --id-map says. OUT appears whole or not at all."
)
EXAMPLES = """
cocodec merge train.json val.json all.json
cocodec merge a.json b.zip all.json --on-conflict reindex
cocodec merge parts/ all.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "input",
        metavar="IN",
        nargs="+",
        help="files to read; folders and patterns stand for their files",
    )
    parser.add_argument("output", metavar="OUT", help="file to write; - is the standard output")
    parser.add_argument(
        "--on-conflict",
        choices=("error", "reindex"),
        default="error",
        help="what it means that two different rows have one id: no output and exit code 1 "
        "(default), or that the later one gets a new id",
    )
    parser.add_argument(
        "--order",
        choices=("given", "id"),
        default="given",
        help="file by file (default), or images and annotations sorted by id",
    )
    parser.add_argument("--id-map", metavar="FILE", help="where old and new ids are written")

    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out; return the exit code."""
    return _merge(arguments)


def _merge(arguments: argparse.Namespace) -> int:
    sources: list[Any] = []
    names = _names(arguments)
    for name in names:
        plain = arguments.unzip_limit is None and name != "-"
        sources.append(name if plain else read_input(arguments, name))
    merged = merge(sources, on_conflict=arguments.on_conflict, order=arguments.order)
    merged.document.write(output_of(arguments.output))
    path = arguments.id_map
    if path is None and merged.id_map and arguments.output != "-":
        path = f"{arguments.output}.ids.json"
    if path is not None:
        with open_whole(path) as stream:
            stream.write(json.dumps(merged.id_map, ensure_ascii=False).encode())
    for note in merged.notes:
        remark(arguments, note)
    changed = sum(map(len, merged.id_map.values()))
    where = f" ({path})" if path else ""
    told = f", {how_many(changed, 'id')} changed{where}" if changed else ""
    remark(arguments, f"{how_many(len(names), 'file')}: {counted(merged.document)}{told}")
    return OK


def _names(arguments: argparse.Namespace) -> list[str]:
    """The files that are meant; one that is written is not read, if it lies among them."""
    names = []
    for given in arguments.input:
        if given == "-" or not is_many([given]):
            names.append(given)
            continue
        found = [task.source for task in find_files([given])]
        own = os.path.realpath(arguments.output)
        names += [name for name in found if os.path.realpath(name) != own]
    return names
