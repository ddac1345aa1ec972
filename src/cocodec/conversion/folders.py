"""Parts that become one data set: which folder the pictures of each lie in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cocodec.dialects.common_form import PlainPart, Work
from cocodec.documents.document import Document

__all__ = ["Home", "homes_of", "keep_folders"]

_NO_FOLDERS = ("", ".", "annotations")  # which say nothing of the pictures


class Home(NamedTuple):
    """Where a part lies: its folder, and whether a picture of this name lies there too."""

    folder: str
    has: Callable[[str], bool]


def homes_of(document: Document, path: str | os.PathLike[str] | None) -> Iterator[Home]:
    """Where each part of a document lies; `path`: its file, where it is one of several."""
    archive = document._file.archive
    names = frozenset(member.name for member in archive.members) if archive else frozenset()
    own = None if path is None else os.path.dirname(os.path.abspath(path))
    above = "" if own is None else own.replace(os.sep, "/")
    for part in document.parts:
        inner = (part.name or "").rpartition("/")[0] if archive else ""
        folder = "/".join(filter(None, [above, inner]))
        if archive is not None:
            yield Home(folder, lambda name, inner=inner: f"{inner}/{name}" in names)  # type: ignore[misc]
        else:
            yield Home(folder, lambda name, own=own: _is_file(own, name))  # type: ignore[misc]


def _is_file(folder: str | None, name: str) -> bool:
    return folder is not None and "\0" not in name and os.path.isfile(os.path.join(folder, name))


def keep_folders(parts: Sequence[PlainPart], homes: Sequence[Home], work: Work) -> None:
    """Write the folder of a part into the `file_name` of its images, where that tells them apart.

    That is where the zip, or the folder, has the picture there, and where two parts have different
    pictures of one name. Those of different subsets that still share one are told apart later.
    """
    owners: dict[str, set[str | None]] = {}
    for part in parts:
        for name in _names(part):
            owners.setdefault(name, set()).add(part.sharing)
    homes = _below_common(homes)
    for part, home in zip(parts, homes, strict=True):
        repeated = [name for name in _names(part) if len(owners[name]) > 1]
        folder = "" if home.folder.rpartition("/")[2] in _NO_FOLDERS else home.folder
        if not folder or not (repeated or any(map(home.has, _names(part)))):
            continue
        for i, row in enumerate(part.rows("images")):
            if isinstance(row.get("file_name"), str):
                row["file_name"] = f"{folder}/{row['file_name']}"
                place = part.place("images", i)
                work.report.change("file_names given the folder of their part", place)
        for _, row in part.annotations().decoded():
            if "image_id" not in row and isinstance(row.get("file_name"), str):
                row["file_name"] = f"{folder}/{row['file_name']}"


def _below_common(homes: Sequence[Home]) -> list[Home]:
    """The same without the folder that all of them are in, where these are paths."""
    folders = [home.folder for home in homes]
    if not all(os.path.isabs(folder) for folder in folders):
        return list(homes)
    try:
        common = os.path.commonpath(folders)
    except ValueError:  # on two drives
        return list(homes)
    return [
        home._replace(folder=os.path.relpath(home.folder, common).replace(os.sep, "/"))
        for home in homes
    ]


def _names(part: PlainPart) -> Iterator[str]:
    for row in part.rows("images"):
        if isinstance(row.get("file_name"), str) and row["file_name"]:
            yield row["file_name"]
