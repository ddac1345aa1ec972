"""What a conversion leaves for the way back to the dialect that a file is of, and gives back there.

Old ids, subsets, tasks, and answers that came twice: in an official file under the root key
"cocodec", of any target in TARGET.ids.json, which is read again where it lies beside a source.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from cocodec.dialects import SUBSET_KEYS, Canon, Work, subsets_of_names
from cocodec.dialects.names import LARGEST
from cocodec.documents.references import identity
from cocodec.errors import DocumentError

__all__ = [
    "DATA",
    "Files",
    "Ids",
    "Written",
    "beyond_official",
    "goes_back",
    "keep",
    "name_apart",
    "name_subsets",
    "read_sidecar",
    "restore_ids",
    "sidecar_path",
]

Ids = Literal["file", "sidecar", "drop"]
Files = list[tuple[str, Any]]  # names, and the roots of their JSON, or the bytes of a picture
Mark = dict[str, Any]

_TABLES = ("images", "categories", "annotations")
_SAID = (
    "dialect",
    "source",
    "subsets",
    "file_names",
    "boxes",
    "repeats",
    "tasks",
    "numberings",
    "documents",
)  # beside the ids
DATA = ("subsets", "file_names", "boxes", "repeats", "tasks", "numberings", "documents")
_PLAIN = ("instances",)  # the task of an object that says nothing more
_NUMBERED = ("cvat", "encord")  # whose tools take no ids but integers


class Written(NamedTuple):
    """What is to be written of some parts.

    Attributes
    ----------
    name : str or None
        The first part's.
    files : list of (str, JSON value)
    ids : dict of str to list
        Per table, which ids changed.
    mark : dict
        What else the way back needs.
    """

    name: str | None
    files: Files
    ids: dict[str, list[Any]]
    mark: Mark


def beyond_official(canon: Canon) -> Mark:
    """What official words cannot say and the way back needs."""
    out: Mark = {}
    if set(canon.subsets) - {"default"}:
        subsets: dict[str, list[int]] = {}
        for image, subset in zip(canon.images, canon.subsets, strict=True):
            subsets.setdefault(subset, []).append(image["id"])
        out["subsets"] = subsets
    if canon.renamed:
        out["file_names"] = [{"was": was, "id": number} for number, was in canon.renamed.items()]
    if canon.documents:
        ways = dict.fromkeys(one.categories for one in canon.documents)
        order = {way: n for n, way in enumerate(ways)}
        out["numberings"] = [[{"was": was, "id": now} for was, now in way] for way in order]
        out["documents"] = [
            {"images": one.images, "categories": order[one.categories]} for one in canon.documents
        ]
    if canon.repeats:
        out["repeats"] = [list(one) for one in sorted(canon.repeats)]
    tasks: dict[str, list[int]] = {}
    odd = [
        i
        for i, (own, kind) in enumerate(zip(canon.tasks, canon.kinds, strict=True))
        if own and kind == "instance" and (own != _PLAIN or not canon.annotations.plain[i])
    ]
    for i in odd:
        row = canon.annotations[i]
        if canon.tasks[i] != (_task_of_object(row),):
            for task in canon.tasks[i]:
                tasks.setdefault(task, []).append(row["id"])
    return {**out, **({"tasks": tasks} if tasks else {})}


def name_apart(canon: Canon, work: Work) -> None:
    """Images of one name in two subsets get their subset's folder before it, in which tools look.

    What they were called stays known, for the way back.
    """
    owners = subsets_of_names(canon)
    seen: set[str] = set()
    for image, subset in zip(canon.images, canon.subsets, strict=True):
        name = str(image["file_name"])
        if len(owners[name]) > 1 and f"{subset}/{name}" not in owners:
            canon.renamed[image["id"]] = name
            image["file_name"] = f"{subset}/{name}"
            work.report.change("file_names that two subsets have given the subset's folder")
        elif name in seen:
            work.report.note(f"several images are called {name!r}: one file cannot be all of them")
        seen.add(name)


def _task_of_object(row: dict[str, Any]) -> str:
    return "person_keypoints" if row.get("keypoints") else "instances"


def name_subsets(canon: Canon, to: str, ids: Ids | None, work: Work) -> None:
    """Write subsets where the target can say them: "cvat" in names, root documents at images.

    What cannot, loses them, but for the file beside it.
    """
    if to == "cvat" or not set(canon.subsets) - {"default"}:
        return
    for image, subset in zip(canon.images, canon.subsets, strict=True):
        if to not in ("official", "hasty"):
            for key in SUBSET_KEYS:
                image.pop(key, None)
        elif subset not in [image.get(key) for key in SUBSET_KEYS]:
            image["subset"] = subset
    if to not in ("official", "hasty") and ids != "sidecar":
        work.report.lose("subsets: " + ", ".join(dict.fromkeys(canon.subsets)))


# ---------------------------------------------------------------- keeping


def keep(written: Sequence[Written], ids: Ids | None, to: str) -> Mark:
    """Put the old ids into the official files; returns what belongs beside them."""
    ids = ids or ("file" if to == "official" else "drop")
    beside: Mark = {}
    for one in written:
        if ids == "drop" and to == "official":
            for _, other in one.files:
                other.pop("cocodec", None)
        if one.ids and ids == "file":
            root = one.files[0][1]
            root["cocodec"] = _with_ids(root.get("cocodec", {}), one.ids)
        elif ids == "sidecar":
            for key in ("source", *DATA):
                if key in one.mark:
                    beside.setdefault(key, one.mark[key])
            for table, changed in one.ids.items():
                beside.setdefault(table, []).extend(changed)
    return beside


def _with_ids(mark: Mark, ids: dict[str, list[Any]]) -> Mark:
    said: Mark = {key: mark[key] for key in _SAID if key in mark}
    before = {key: mark[key] for key in ("ids", "before") if key in mark}
    return {**said, "ids": ids, **({"before": before} if before else {})}


def sidecar_path(target: str) -> str:
    """Where the old ids of a file are kept beside it."""
    return f"{target}.ids.json"


def read_sidecar(source: Any) -> Mark:
    """What lies beside a source, as the root key "cocodec" of a file would say it.

    Raises
    ------
    DocumentError
        If it is no JSON object of such ids.
    """
    if not isinstance(source, (str, os.PathLike)):
        return {}
    path = Path(sidecar_path(os.fspath(source)))
    if not path.is_file():
        return {}
    try:
        said = msgspec.json.decode(path.read_bytes())
    except msgspec.DecodeError as error:
        raise DocumentError(
            f"{path}: old ids are read from here, but it is no JSON: {error}"
        ) from None
    if not isinstance(said, dict):
        raise DocumentError(f"{path}: old ids are read from here, but it is no JSON object")
    mark: Mark = {key: said[key] for key in ("source", *DATA) if key in said}
    return {**mark, "ids": {table: said[table] for table in _TABLES if table in said}}


# ---------------------------------------------------------------- giving back


def goes_back(mark: Mark, to: str) -> bool:
    """Whether a document that says this of former conversions returns to the dialect it is of."""
    return bool(mark.get("source") == to.removesuffix("-list"))


def restore_ids(files: Files, mark: Mark, canon: Canon, to: str) -> int:
    """Give the rows the ids that they had, for `goes_back` says that they may have them.

    Parameters
    ----------
    files : list of (str, JSON value)
    mark : dict
        What the source says of former conversions.
    canon : Canon
        Its `ids` are those that this conversion has changed.
    to : str
        The target's dialect.

    Returns
    -------
    int
        How many ids are the old ones again.
    """
    dialect = to.removesuffix("-list")
    was = {table: _old_ids(table, mark, canon.ids) for table in _TABLES}
    if dialect == "trainingdata":
        was["categories"] = {}  # it has names in their place
    if dialect in _NUMBERED:
        was = {
            table: {new: old for new, old in changes.items() if _takes(dialect, table, old.id)}
            for table, changes in was.items()
        }
    roots = [root for _, whole in files for root in (whole if isinstance(whole, list) else [whole])]
    done = 0
    for number, root in enumerate(roots):
        if isinstance(root, dict):
            own = _own_numbers(canon, number) if to == "encord-list" else None
            done += _restore(root, was if own is None else {**was, "categories": own})
    return done


def _own_numbers(canon: Canon, number: int) -> dict[int, _Old] | None:
    """How a document of a list numbers its categories; None if it is as all of them do."""
    if number >= len(canon.documents):
        return None
    return {
        now: _Old(was, None) for was, now in canon.documents[number].categories if type(was) is int
    }


def _takes(dialect: str, table: str, id_: Any) -> bool:
    """Whether a tool that counts takes an id: datumaro has 64 bits, 0 is no label and no group."""
    if type(id_) is not int or dialect != "cvat":
        return type(id_) is int
    return (-LARGEST if table == "images" else 1) <= id_ < LARGEST


class _Old(NamedTuple):
    """An id as it was, and the part that it was of, where there were several."""

    id: Any
    part: str | None


def _old_ids(table: str, mark: Mark, now: dict[str, list[Any]]) -> dict[int, _Old]:
    """New id -> the one that the first of a chain of files had."""
    chain = [now.get(table)]
    level: Any = mark
    while isinstance(level, dict):
        ids = level.get("ids")
        chain.append(ids.get(table) if isinstance(ids, dict) else None)
        level = level.get("before")
    known: dict[int, _Old] = {}
    for changes in reversed(chain):
        former = dict(known)
        for change in changes if isinstance(changes, list) else []:
            if not isinstance(change, dict) or type(change.get("id")) is not int:
                continue
            old, part = change.get("was"), change.get("part")
            if old is None:
                known.pop(change["id"], None)  # it had none
            elif type(old) is int and old in former and part is None:
                known[change["id"]] = former[old]
            else:
                known[change["id"]] = _Old(old, part if isinstance(part, str) else None)
    return known


def _restore(root: dict[str, Any], was: dict[str, dict[int, _Old]]) -> int:
    images = _unambiguous(root["images"], was["images"], False)
    categories = _unambiguous(root.get("categories") or [], was["categories"], False)
    annotations = _unambiguous(root["annotations"], was["annotations"], True)
    done = 0
    for row in root["images"]:
        done += _put(row, "id", images)
    if categories and root.get("categories"):
        root["categories"] = [dict(row) for row in root["categories"]]  # several roots may share it
    for row in root.get("categories") or []:
        done += _put(row, "id", categories)
    for row in root["annotations"]:
        _put(row, "image_id", images)
        _put(row, "category_id", categories)
        done += _put(row, "id", annotations)
        for segment in row.get("segments_info") or []:
            _put(segment, "category_id", categories)
    return done


def _put(row: dict[str, Any], key: str, old: dict[int, _Old]) -> int:
    found = old.get(row[key]) if type(row.get(key)) is int else None
    if found is None:
        return 0
    row[key] = found.id
    return 1


def _unambiguous(
    rows: Iterable[dict[str, Any]], old: dict[int, _Old], may_repeat: bool
) -> dict[int, _Old]:
    """The old ids, if they tell the rows of this file apart; none of them if they do not.

    Annotations that had one id in one and the same document may have it again: nothing refers to
    them. Those of several documents may not, where they are in one now.
    """
    ids = [row["id"] for row in rows if type(row.get("id")) is int]
    if may_repeat and all(old[i].part is None for i in ids if i in old):
        return old
    again: set[Hashable] = {identity(old[i].id if i in old else i) for i in ids}
    return old if len(again) == len(ids) else {}
