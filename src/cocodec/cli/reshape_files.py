"""The commands that make one file of several, or several of one: merge, split, sample."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from cocodec.cli.reshape import (
    add_in_out,
    counted,
    expression,
    new_command,
    read_input,
    say,
    target_of,
    usage_errors,
    write_output,
)
from cocodec.documents.document import Document
from cocodec.files.output import new_folder, open_whole
from cocodec.reshaping.merging import merge
from cocodec.reshaping.splitting import sample, split

__all__ = ["add_reshape_files"]

_NAMES = {2: ["train", "val"], 3: ["train", "val", "test"]}


def add_reshape_files(commands: Any) -> None:
    """Add the commands of this file."""
    _add_merge(commands)
    _add_split(commands)
    _add_sample(commands)


# ---------------------------------------------------------------- merge


def _add_merge(commands: Any) -> None:
    command = new_command(
        commands,
        "merge",
        _merge,
        "put documents together",
        "The rows of several files, and of all parts of each, in one document. Rows stay the same "
        "bytes but for ids that change; categories of one name are one. Ids that are others now "
        "are written to OUT.ids.json, or where --id-map says. OUT appears whole or not at all.",
    )
    command.add_argument("input", metavar="IN", nargs="+", help="files to read")
    command.add_argument("output", metavar="OUT", help="file to write; - is the standard output")
    command.add_argument(
        "--on-conflict",
        choices=("error", "reindex"),
        default="error",
        help="what it means that two rows have one id: no output and exit code 1 (default), or "
        "that the later one gets a new id",
    )
    command.add_argument(
        "--order",
        choices=("given", "id"),
        default="given",
        help="file by file (default), or images and annotations sorted by id",
    )
    command.add_argument("--id-map", metavar="FILE", help="where old and new ids are written")


def _merge(arguments: argparse.Namespace) -> int:
    sources: list[Any] = []
    for name in arguments.input:
        plain = arguments.unzip_limit is None and name != "-"
        sources.append(name if plain else read_input(arguments, name))
    merged = merge(sources, on_conflict=arguments.on_conflict, order=arguments.order)
    merged.document.write(target_of(arguments.output))
    path = arguments.id_map
    if path is None and merged.id_map and arguments.output != "-":
        path = f"{arguments.output}.ids.json"
    if path is not None:
        with open_whole(path) as stream:
            stream.write(json.dumps(merged.id_map, ensure_ascii=False).encode())
    for note in merged.notes:
        say(arguments, note)
    changed = sum(map(len, merged.id_map.values()))
    told = f", {changed:,} ids changed" + (f" ({path})" if path else "") if changed else ""
    say(arguments, f"{len(arguments.input)} files: {counted(merged.document)}{told}")
    return 0


# ---------------------------------------------------------------- split and sample


def _add_split(commands: Any) -> None:
    command = new_command(
        commands,
        "split",
        _split,
        "deal the images of a document out to several",
        "Each has some of the images, their annotations, and all of the rest; rows stay the same "
        "bytes. OUT_DIR must not exist, or be empty; it appears whole or not at all.",
    )
    command.add_argument("input", metavar="IN", help="file to read; - is the standard input")
    command.add_argument("output", metavar="OUT_DIR", help="folder to write")
    how = command.add_mutually_exclusive_group(required=True)
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
    command.add_argument(
        "--names",
        nargs="+",
        metavar="NAME",
        help="of the files (default: train val, train val test, or 1 2 3 ...)",
    )
    _add_chance(command)
    command.add_argument(
        "--no-shuffle", action="store_true", help="the first images go to the first file, and so on"
    )


def _add_sample(commands: Any) -> None:
    command = new_command(
        commands,
        "sample",
        _sample,
        "take some images by chance, with their annotations",
        "Rows stay the same bytes, in their order. OUT appears whole or not at all.",
    )
    add_in_out(command)
    how = command.add_mutually_exclusive_group(required=True)
    how.add_argument("--count", type=int, metavar="N", help="how many images")
    how.add_argument("--fraction", type=float, metavar="F", help="how much of the images")
    _add_chance(command)


def _add_chance(command: Any) -> None:
    command.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another seed, another choice (default 0)"
    )
    command.add_argument(
        "--stratify",
        action="store_true",
        help="give each its share of the annotations of every category",
    )
    command.add_argument(
        "--group-by",
        type=expression,
        metavar="KEY",
        help="images with the same value of this key, such as video_id, stay together",
    )


def _number_or_rest(text: str) -> int | None:
    return None if text == "rest" else int(text)


def _split(arguments: argparse.Namespace) -> int:
    many = len(arguments.fractions or arguments.counts)
    names = arguments.names or _NAMES.get(many, [str(number + 1) for number in range(many)])
    unsafe = [name for name in names if not name or set(name) & set("/\\\0") or name[0] == "."]
    if len(names) != many or len(set(names)) < many or unsafe:
        print(
            f"cocodec: --names are {' '.join(names)}, expected {many} different file names",
            file=sys.stderr,
        )
        return 2
    document = read_input(arguments, arguments.input)
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
        say(arguments, f"{name}{_suffix(document)}: {counted(part)}")
    return 0


def _suffix(document: Document) -> str:
    return {"zip": ".zip", "lines": ".jsonl"}.get(document.layout, ".json")


def _sample(arguments: argparse.Namespace) -> int:
    document = read_input(arguments, arguments.input)
    with usage_errors():
        found = sample(
            document,
            count=arguments.count,
            fraction=arguments.fraction,
            seed=arguments.seed,
            stratify=arguments.stratify,
            group_by=arguments.group_by,
        )
    return write_output(arguments, found, document)
