"""The rows of a panoptic document: an image, where its PNG lies, and what its segments say."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import DocumentError, shown
from cocodec.files.png import MAX_LABEL, inside, read_png

__all__ = ["PanopticRow", "folder_of", "read_row"]


class PanopticRow(NamedTuple):
    """One image: its row, what that says, its segments and their ids, and where the PNG lies."""

    row: int
    said: dict[str, Any]
    segments: list[dict[str, Any]]
    ids: list[int]
    path: Path

    def read_labels(self, size: tuple[int, int] | None) -> NDArray[np.uint8]:
        """Read the PNG, (h, w, 3); see `read_png`."""
        return read_png(self.path, size)


def folder_of(source: Any, folder: str | os.PathLike[str] | None, option: str) -> Path:
    """Return where the PNGs lie: by default in the folder that is called like the file."""
    if folder is not None:
        return Path(folder)
    if isinstance(source, (str, os.PathLike)):
        return Path(source).with_suffix("")
    raise ValueError(f"{option} must be given where the source is not a path")


def read_row(said: Any, row: int, folder: Path) -> PanopticRow:
    """Check an annotation of a panoptic document.

    Raises
    ------
    DocumentError
        If it has no list of segments, a segment no id or another's, or if the PNG's name leads out
        of the folder.
    """
    what = f"annotations, row {row}"
    segments = said.get("segments_info") if isinstance(said, dict) else None
    if not isinstance(segments, list):
        raise _wrong(row, "no list of segments_info, so this is not panoptic")
    path = inside(folder, said.get("file_name"), what)
    ids = [_stated_id(row, i, segment) for i, segment in enumerate(segments)]
    if twice := [number for number, times in Counter(ids).items() if times > 1]:
        raise _wrong(row, f"segments_info has twice {', '.join(map(str, sorted(twice)[:8]))}")
    return PanopticRow(row, said, segments, ids, path)


def _stated_id(row: int, index: int, segment: Any) -> int:
    number = segment.get("id") if isinstance(segment, dict) else None
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= MAX_LABEL:
        return number
    raise _wrong(
        row,
        f"segment {index} has the id {shown(number)}, expected an integer from 1 to {MAX_LABEL}",
    )


def _wrong(row: int, reason: str) -> DocumentError:
    return DocumentError(reason, table="annotations", row=row)
