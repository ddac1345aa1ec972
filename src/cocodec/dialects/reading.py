"""A Document -> what is looked at to tell its dialect, and its parts as plain objects."""

from __future__ import annotations

import re
from typing import Any

import cocodec._core as _core
from cocodec.dialects.common_form import TASKS, PlainPart, Row
from cocodec.dialects.evidence import Evidence, sample_rows
from cocodec.dialects.kept_rings import Texts
from cocodec.dialects.plain_rows import Annotations, read_annotations
from cocodec.documents.document import Document
from cocodec.documents.places import decode_all, decode_places
from cocodec.errors import DocumentError, shown

__all__ = ["TASKS", "evidence_of", "read_parts", "task_and_subset"]

_TABLES = ("images", "annotations", "categories", "licenses")

_SUBSETS = ("train", "val", "valid", "validation", "test", "train2017", "val2017", "test2017")
_TASK_FILE = re.compile(rf"(?:.*/)?({'|'.join(TASKS)})_([^/]+)\.json$")


def evidence_of(document: Document) -> Evidence:
    """Look at the first part's root, and at a few rows of every table."""
    tables = {}
    for name in _TABLES:
        table = getattr(document, name)
        rows = decode_places(table.places(sample_rows(len(table))))
        tables[name] = [row for row in rows if isinstance(row, dict)]
    # To be looked at: a number that no double holds is no reason to refuse the file.
    texts = (document._field_text(key, 0) for key in ("info", "cocodec"))
    info, mark = (decode_all(text or b"null") for text in texts)
    return Evidence(
        root=document.root,
        names=tuple(part.name for part in document.parts if part.name is not None),
        root_keys=_root_keys(document, 0),
        info=info if isinstance(info, dict) else {},
        tables=tables,
        mark=mark if isinstance(mark, dict) else {},
    )


def read_parts(
    document: Document, texts: Texts | None = None, *, columns: bool = False
) -> list[PlainPart]:
    """Decode a whole document; with `texts`, all but the rings that can be kept as they are.

    With `columns`, plain annotations are not decoded at all.

    Raises
    ------
    DocumentError
        If a row of a table is no object.
    """
    parts = []
    labels = document._file.labels()
    top = _own_folder([part.name for part in document.parts if part.name is not None])
    for number, part in enumerate(document.parts):
        task, subset = task_and_subset(part.name and part.name.removeprefix(top))
        plain = PlainPart(labels[number] or None, subset, task, fields=part.fields)
        plain.sharing = _sharing(part.name, subset) if document.layout == "zip" else str(number)
        plain.start = part.rows("annotations").start
        listed = {*_root_keys(document, number)} if part.root == "document" else {"annotations"}
        for name in _TABLES:
            rows = part.rows(name)
            if len(rows) > 0 or name in listed:
                kept = texts if name == "annotations" else None
                if columns and kept is not None:
                    records = document._file.parts[number].records()
                    plain.tables[name] = _annotations(document, rows, kept, records)
                else:
                    plain.tables[name] = _rows(document, name, rows, kept)
        plain.is_listed = document.layout == "list"
        plain.one_image = "image" in listed and "images" not in listed
        parts.append(plain)
    return parts


def _sharing(member: str | None, subset: str) -> str:
    """Members of one folder are tasks of the same images, subset by subset."""
    return f"{(member or '').rpartition('/')[0]}: {subset}"


def _own_folder(members: list[str]) -> str:
    """The zip's own top folder, in which all lies and which says nothing; "" if there is none."""
    tops = {name.split("/")[0] if "/" in name else "" for name in members}
    if len(tops) != 1 or (top := tops.pop()).lower() in ("", "annotations", *_SUBSETS):
        return ""
    return f"{top}/"


def _root_keys(document: Document, part: int) -> tuple[str, ...]:
    """The keys of a part as it was read, tables included, in the file's order."""
    return tuple(document._file.parts[part].fields)


def task_and_subset(member: str | None) -> tuple[str | None, str]:
    """Read a member's name: ``annotations/instances_train.json`` is ("instances", "train")."""
    if member is None:
        return None, "default"
    found = _TASK_FILE.match(member)
    if found is not None:
        return found[1], found[2]
    folders = member.split("/")[:-1]
    return None, folders[-1] if folders and folders[-1] != "annotations" else "default"


def _rows(document: Document, name: str, where: range, texts: Texts | None) -> list[Row]:
    table = getattr(document, name)
    rows: list[Any] = table[where.start : where.stop] if texts is None else texts.read(table, where)
    for i, row in enumerate(rows):
        _require_object(row, i, name, where)
    return rows


def _annotations(
    document: Document, where: range, texts: Texts, records: _core.Records
) -> Annotations:
    rows = read_annotations(document.annotations, where, texts, records)
    for i, row in rows.decoded():
        _require_object(row, i, "annotations", where)
    return rows


def _require_object(row: Any, i: int, name: str, where: range) -> None:
    if isinstance(row, dict):
        return
    reason = f"is {shown(row)}, expected an object"
    if isinstance(row, str) and name == "categories":
        reason += f': {{"id": {i + 1}, "name": "{row}"}}, ...'
    raise DocumentError(reason, table=name, row=where.start + i)
