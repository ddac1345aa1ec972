"""The pictures in a zip: those of images that are left out go with them."""

from __future__ import annotations

from collections.abc import Iterable

from cocodec.dialects.reading import task_and_subset
from cocodec.documents.document import Document

__all__ = ["file_names", "leave_out_pictures"]

Named = set[tuple[int, str]]  # parts, and the file names that rows of theirs have


def file_names(document: Document) -> Named:
    """Return the files that images, and panoptic annotations, name; of a zip alone."""
    found: Named = set()
    if document.layout != "zip":
        return found
    for table in (document.images, document.annotations):
        names = table.column("file_name", missing=None).tolist()
        parts = table.part.tolist()
        found.update((p, name) for p, name in zip(parts, names, strict=True) if _is_name(name))
    return found


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def leave_out_pictures(document: Document, before: Named) -> None:
    """Leave out the pictures that only rows named which have gone; `before`: as it was then.

    A picture that a row which is left could mean stays.
    """
    if not before:
        return
    left = file_names(document)
    gone = before - left
    if gone:
        pictures = _Pictures(document)
        document._left_out |= pictures.of(gone) - pictures.of(left)


class _Pictures:
    """The members of a zip that are no documents, by all ends of their paths."""

    def __init__(self, document: Document) -> None:
        archive = document._file.archive
        assert archive is not None
        texts = {*document._file.members, *document._file.left_alone}
        names = [member.name for member in archive.members]
        self._names = {name for name in names if name not in texts and name[-1:] != "/"}
        self._by_end: dict[str, list[str]] = {}
        for name in sorted(self._names):
            folders = name.split("/")
            for i in range(len(folders)):
                self._by_end.setdefault("/".join(folders[i:]), []).append(name)
        self._homes = [part.name or "" for part in document.parts]

    def of(self, named: Iterable[tuple[int, str]]) -> set[str]:
        """Return the members that files could be which parts name."""
        return {member for part, name in named for member in self._meant(self._homes[part], name)}

    def _meant(self, home: str, name: str) -> list[str]:
        """The pictures that a document, the member `home`, can mean by a name."""
        plain = name.replace("\\", "/")
        while plain.startswith("./"):
            plain = plain[2:]
        beside = "/".join(filter(None, [home.rpartition("/")[0], plain]))
        if beside in self._names:
            return [beside]
        found = self._by_end.get(plain, [])
        if not found:  # the zip has the picture without its folders
            found = self._by_end.get(plain.rpartition("/")[2], [])
            return found if len(found) == 1 else []
        # In the same top folders, and in one that is called like the subset, where there are such.
        nearest = max(_shared(home, one) for one in found)
        found = [one for one in found if _shared(home, one) == nearest]
        subset = task_and_subset(home[max(home.rfind("annotations/"), 0) :])[1]
        return [one for one in found if subset in one.split("/")[:-1]] or found


def _shared(a: str, b: str) -> int:
    """How many folders two paths have in common, from the top."""
    count = 0
    for one, other in zip(a.split("/")[:-1], b.split("/")[:-1], strict=False):
        if one != other:
            break
        count += 1
    return count
