"""The rows of a panoptic document: an image, where its PNG lies, and what its segments say."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import DocumentError, located, shown
from cocodec.files.archive import Archive
from cocodec.files.folder_names import inside
from cocodec.files.limits import limit, raise_it
from cocodec.files.png import MAX_LABEL, read_png
from cocodec.files.zip_directory import Member
from cocodec.masks.rle_array import RleArray

__all__ = ["Folder", "Packed", "PanopticRow", "folder_of", "read_row", "read_segments"]

_BYTES, _MORE = 4, 1 << 20  # of a pixel that is not packed, and of all else in a PNG


class Picture(NamedTuple):
    """The PNG of one image: what messages call it, and its path, or the member of a zip it is."""

    name: str
    path: Path | None
    packed: tuple[Archive, Member] | None = None

    def read(self, size: tuple[int, int] | None) -> NDArray[np.uint8]:
        """Read it, (h, w, 3); see `read_png`."""
        if self.packed is None:
            assert self.path is not None
            return read_png(self.path, size)
        archive, member = self.packed
        most = _BYTES * limit("pixels") + _MORE
        if member.unpacked > most:
            raise DocumentError(
                f"{self.name}: a PNG of {member.unpacked:,} bytes, more than {most:,} "
                f"{raise_it('pixels')}"
            )
        return read_png(archive.read(member, most), size, self.name)


class Folder:
    """PNGs that lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: Any) -> Picture:
        """Where a PNG of this name lies; names that lead out of the folder are refused."""
        path = inside(self._folder, name)
        return Picture(os.fspath(path), path)


class Packed:
    """PNGs that lie in the zip that the document of a member names them in.

    As the tools pack them: in the folder that is called like the document, beside it, or below
    another folder if only one member has that name.
    """

    def __init__(self, archive: Archive, document: str) -> None:
        self._archive = archive
        self._members = {member.name: member for member in archive.members}
        beside, _, _ = document.rpartition("/")
        stem = document.removesuffix(".json")
        self._folders = (stem, beside, PurePosixPath(stem).name, "")

    def find(self, name: Any) -> Picture:
        """The member of this name; refused where there is none."""
        inside(Path(), name)
        for folder in self._folders:
            member = self._members.get(f"{folder}/{name}" if folder else name)
            if member is not None:
                return Picture(member.name, None, (self._archive, member))
        ends = [known for known in self._members if known.endswith(f"/{name}")]
        if len(ends) == 1:
            return Picture(ends[0], None, (self._archive, self._members[ends[0]]))
        found = f"{len(ends)} of them" if ends else "no such member"
        raise DocumentError(f"the PNG {name!r} is looked for in the zip: {found}")


class PanopticRow(NamedTuple):
    """One image: its row, what that says, its segments and their ids, and its PNG."""

    row: int
    said: dict[str, Any]
    segments: list[dict[str, Any]]
    ids: list[int]
    picture: Picture

    def read_labels(self, size: tuple[int, int] | None) -> NDArray[np.uint8]:
        """Read the PNG, (h, w, 3); see `read_png`."""
        return self.picture.read(size)


def folder_of(source: Any, folder: str | os.PathLike[str] | None, option: str) -> Path:
    """Return where the PNGs lie: by default in the folder that is called like the file."""
    if folder is not None:
        return Path(folder)
    if isinstance(source, (str, os.PathLike)):
        return Path(source).with_suffix("")
    raise ValueError(f"{option} must be given where the source is not a path")


def read_row(said: Any, row: int, folder: Path | Folder | Packed) -> PanopticRow:
    """Check an annotation of a panoptic document.

    Raises
    ------
    DocumentError
        If it has no list of segments, a segment no id or another's, or if the PNG's name leads out
        of the folder.
    """
    segments = said.get("segments_info") if isinstance(said, dict) else None
    if not isinstance(segments, list):
        raise _wrong(row, "no list of segments_info, so this is not panoptic")
    pictures = Folder(folder) if isinstance(folder, Path) else folder
    with located(table="annotations", row=row):
        picture = pictures.find(said.get("file_name"))
    ids = [_stated_id(row, i, segment) for i, segment in enumerate(segments)]
    if twice := [number for number, times in Counter(ids).items() if times > 1]:
        raise _wrong(row, f"segments_info has twice {', '.join(map(str, sorted(twice)[:8]))}")
    return PanopticRow(row, said, segments, ids, picture)


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


def read_segments(row: PanopticRow, size: tuple[int, int] | None) -> list[dict[str, Any]]:
    """The annotations of one image, in the order of its segments."""
    masks, ids = RleArray.from_label_map(row.read_labels(size), threads=1)
    _require_same(row, set(row.ids), set(ids.tolist()))
    masks = masks[np.searchsorted(ids, np.array(row.ids, np.int64))]
    spelled = zip(masks.to_coco(), masks.area().tolist(), masks.bbox().tolist(), strict=True)
    rows = []
    for segment, number, (rle, area, bbox) in zip(row.segments, row.ids, spelled, strict=True):
        said = {key: value for key, value in segment.items() if key != "id"}
        given = {"area": area, "bbox": [int(v) for v in bbox], "iscrowd": 0}
        new = {"image_id": row.said.get("image_id"), "category_id": None, "segmentation": rle}
        rows.append({**new, **given, **said, "segment_id": number})
        if "category_id" not in said:
            del rows[-1]["category_id"]
    return rows


def _require_same(row: PanopticRow, stated: set[int], painted: set[int]) -> None:
    if missing := stated - painted:
        raise _wrong(row.row, f"no pixel of {row.picture.name} has the segment {_listed(missing)}")
    if strange := painted - stated:
        reason = f"segments_info lacks {_listed(strange)}, which pixels of {row.picture.name} have"
        raise _wrong(row.row, reason)


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)[:8])) + ", ..." * (len(numbers) > 8)
