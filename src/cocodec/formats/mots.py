"""MOTS and KITTI MOTS text: ``frame object class height width rle``, an object a line.

An object's number is class * 1000 + its number in the class; 10000 is what is to be ignored, which
is read as a crowd.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from cocodec.documents.document import Document
from cocodec.documents.progress import steps
from cocodec.errors import CocodecError, DocumentError
from cocodec.files.output import open_whole
from cocodec.formats.builder import Builder
from cocodec.formats.folders import files_below, first_file, read_text
from cocodec.formats.objects import Carries, open_objects, side_of
from cocodec.formats.report import FormatReport
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["detect", "read", "write"]

_NAMES = {1: "car", 2: "pedestrian", 10: "ignore"}
_IGNORED = 10000


def detect(path: Path) -> str | None:
    """Say why this is MOTS text, if it is."""
    path = first_file(path, ".txt")
    if not path.is_file() or path.suffix.lower() != ".txt":
        return None
    with open(path, "rb") as stream:
        fields = stream.readline(1 << 16).split()
    numbers = len(fields) == 6 and all(one.isdigit() for one in fields[:5])
    return "a line has five numbers and an RLE" if numbers else None


@names_arguments
def read(path: str | os.PathLike[str], *, report: FormatReport | None = None) -> Document:
    """Read a file, or all text files of a folder, each a video of its name.

    Raises
    ------
    DocumentError
        For lines that are none: names file and line.
    """
    report = FormatReport("mots") if report is None else report
    root = Path(path)
    files = [root] if root.is_file() else files_below(root, [".txt"])
    if not files:
        raise DocumentError(f"{root}: there is no text file")
    builder = Builder()
    for file in steps(files):
        frames: dict[int, tuple[int, tuple[int, int]]] = {}
        for number, line in enumerate(read_text(file).split(b"\n"), 1):
            if line.strip():
                _read_line(line, f"{file}, line {number}", file.stem, frames, builder)
    report.images, report.objects = len(builder.images), len(builder.rows)
    return builder.document()


def _read_line(
    line: bytes,
    what: str,
    video: str,
    frames: dict[int, tuple[int, tuple[int, int]]],
    builder: Builder,
) -> None:
    fields = line.split()
    good = len(fields) == 6 and all(one.isdigit() and len(one) < 16 for one in fields[:5])
    if not good:
        raise DocumentError(f"{what}: expected 'frame object class height width rle'")
    frame, object_id, class_id, height, width = map(int, fields[:5])
    size = (side_of(height, f"{what}: height"), side_of(width, f"{what}: width"))
    if frame not in frames:
        name = f"{video}/{frame:06d}.png"
        frames[frame] = (builder.image(name, size, frame=frame, video=video), size)
    image, known = frames[frame]
    if size != known:
        raise DocumentError(f"{what}: the size is {size}, before it was {known}")
    try:
        mask = RleArray.from_coco([fields[5]], [size])
    except CocodecError as error:
        raise DocumentError(f"{what}: {error}") from None
    more = {"iscrowd": 1} if object_id == _IGNORED else {}
    name = _NAMES.get(class_id, f"class_{class_id}")
    builder.object(image, name, segmentation=mask, track_id=object_id, **more)


@names_arguments
def write(document: Document, path: str | os.PathLike[str]) -> FormatReport:
    """Write one file; frames are ``frame`` of images, or their places.

    Returns
    -------
    FormatReport
    """
    objects, report = open_objects(
        document, "mots", Carries(keys=("track_id",), crowds=True, images=("frame", "video"))
    )
    frames = document.images.column("frame", missing=None).tolist()
    videos = {str(one) for one in document.images.column("video", missing=None).tolist()}
    tracks = document.annotations.column("track_id", objects.rows, missing=None).tolist()
    if len(videos) > 1:
        report.lose("which video a frame is of", sorted(videos))
    classes = {name: number for number, name in _NAMES.items()}
    crowd = objects.crowd()
    lines = []
    spelled = objects.masks.to_coco()
    for picture, chosen in objects.by_picture():
        whole = isinstance(frames[picture.row], int)
        frame = frames[picture.row] if whole else picture.row
        for number, k in enumerate(chosen.tolist()):
            name = objects.names[int(objects.category[k])]
            class_id = classes.get(name, int(objects.category[k]) + 1)
            if name.startswith("class_") and name[6:].isdigit():
                class_id = int(name[6:])
            track = tracks[k] if isinstance(tracks[k], int) else class_id * 1000 + number
            track = _IGNORED if crowd[k] else track
            height, width = spelled[k]["size"]
            counts = spelled[k]["counts"]
            lines.append(f"{frame} {track} {class_id} {height} {width} {counts}\n")
    named = [name in classes or name.startswith("class_") for name in objects.names]
    if named:
        unnamed = np.flatnonzero(~np.array(named, bool)[objects.category])
        report.lose("names of classes", objects.places(unnamed))
    with open_whole(path) as stream:
        stream.write("".join(lines).encode())
    return report
