"""The commands that move images and all that is on them: crop, tile, resize, flip and so on."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from cocodec.cli.reshape import add_in_out, new_command, read_input, usage_errors, write_output
from cocodec.documents.document import Document
from cocodec.reshaping.geometry import crop, flip, pad, resize, rotate90
from cocodec.reshaping.tiling import tile, untile

__all__ = ["add_reshape_geometry"]

_MORE = (
    "Masks, rings, boxes, keypoints, areas and the sizes of images move together; rows on which "
    "nothing changes stay the same bytes. OUT appears whole or not at all."
)


def add_reshape_geometry(commands: Any) -> None:
    """Add the commands of this file."""
    command = _add(commands, "crop", "cut the same box out of every image", _crop)
    command.add_argument(
        "--box", type=int, nargs=4, required=True, metavar=("X", "Y", "WIDTH", "HEIGHT")
    )
    _add_visible(command)
    command = _add(commands, "pad", "add pixels around every image", _pad)
    for side in ("left", "top", "right", "bottom"):
        command.add_argument(f"--{side}", type=int, default=0, metavar="PIXELS")
    command = _add(commands, "flip", "mirror every image", _flip)
    command.add_argument(
        "--direction",
        choices=("horizontal", "vertical"),
        default="horizontal",
        help="left becomes right (default), or top becomes bottom",
    )
    command = _add(commands, "rotate90", "turn every image", _rotate90)
    command.add_argument(
        "--times",
        type=int,
        default=1,
        metavar="K",
        help="how many times 90 degrees, counterclockwise; -1 is clockwise (default 1)",
    )
    command = _add(commands, "resize", "scale every image", _resize, rings=False)
    how = command.add_mutually_exclusive_group(required=True)
    how.add_argument("--size", type=int, nargs=2, metavar=("WIDTH", "HEIGHT"))
    how.add_argument("--scale", type=float, metavar="FACTOR")
    how.add_argument("--longest", type=int, metavar="PIXELS", help="of the longer side")
    command = _add(commands, "tile", "cut every image into tiles", _tile)
    command.add_argument("--size", type=int, nargs=2, required=True, metavar=("WIDTH", "HEIGHT"))
    command.add_argument(
        "--overlap", type=int, default=0, metavar="PIXELS", help="what neighbours share"
    )
    _add_visible(command)
    command.add_argument(
        "--drop-empty-images", action="store_true", help="leave out tiles without annotations"
    )
    command = _add(commands, "untile", "put tiles together again", _untile, rings=False)


def _add(
    commands: Any, name: str, help: str, run: Callable[..., Document], *, rings: bool = True
) -> Any:
    def carry_out(arguments: argparse.Namespace) -> int:
        document = read_input(arguments, arguments.input)
        options: dict[str, Any] = {"threads": arguments.threads}
        if name != "untile":
            options["image_folders"] = arguments.images
        if rings:
            options["rings"] = arguments.rings
        with usage_errors():
            found = run(document, arguments, options)
        return write_output(arguments, found, document)

    command = new_command(commands, name, carry_out, help, _MORE)
    add_in_out(command)
    if name != "untile":
        command.add_argument(
            "--images",
            nargs=2,
            metavar=("DIR", "NEW_DIR"),
            help="write the image files too: where they lie, and a new folder for the moved ones",
        )
    if rings:
        command.add_argument(
            "--rings",
            choices=("exact", "vertices"),
            default="exact",
            help="rings whose moved points are drawn as another mask than the moved one are traced "
            "from it (default), or left",
        )
    return command


def _add_visible(command: Any) -> None:
    command.add_argument(
        "--min-visible",
        type=float,
        default=0.0,
        metavar="FRACTION",
        help="how much of an annotation must be left (default: a pixel)",
    )


def _crop(document: Document, arguments: argparse.Namespace, options: dict[str, Any]) -> Document:
    return crop(document, arguments.box, min_visible=arguments.min_visible, **options)


def _pad(document: Document, arguments: argparse.Namespace, options: dict[str, Any]) -> Document:
    sides = [getattr(arguments, side) for side in ("left", "top", "right", "bottom")]
    return pad(document, *sides, **options)


def _flip(document: Document, arguments: argparse.Namespace, options: dict[str, Any]) -> Document:
    return flip(document, arguments.direction, **options)


def _rotate90(
    document: Document, arguments: argparse.Namespace, options: dict[str, Any]
) -> Document:
    return rotate90(document, arguments.times, **options)


def _resize(document: Document, arguments: argparse.Namespace, options: dict[str, Any]) -> Document:
    return resize(
        document,
        size=arguments.size,
        scale=arguments.scale,
        longest=arguments.longest,
        **options,
    )


def _tile(document: Document, arguments: argparse.Namespace, options: dict[str, Any]) -> Document:
    return tile(
        document,
        arguments.size,
        overlap=arguments.overlap,
        min_visible=arguments.min_visible,
        drop_empty_images=arguments.drop_empty_images,
        **options,
    )


def _untile(document: Document, arguments: argparse.Namespace, options: dict[str, Any]) -> Document:
    return untile(document, **options)
