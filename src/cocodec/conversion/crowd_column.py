"""`iscrowd` set anew before masks are spelled another way."""

from __future__ import annotations

from cocodec.dialects.common_form import require_crowd_source
from cocodec.dialects.rows import crowd_of
from cocodec.documents.crowds import unclear
from cocodec.documents.document import Document
from cocodec.errors import DocumentError

__all__ = ["set_crowds"]


def set_crowds(document: Document, source: str) -> None:
    """Set `iscrowd` of all annotations; see `DialectOptions.crowd` for where it comes from.

    Raises
    ------
    DocumentError
        For a value that says neither yes nor no; names the row.
    ValueError
        For an unknown source.
    """
    require_crowd_source(source)
    rows = document.annotations
    flags: list[int] = []
    for number, row in enumerate(rows):
        crowd = crowd_of(row, source) if isinstance(row, dict) else 0
        if crowd is None:
            key = source.partition(":")[2] or "iscrowd"
            found = row.get(key, (row.get("attributes") or {}).get(key))
            raise DocumentError(unclear(found, key), table="annotations", row=number)
        flags.append(crowd)
    rows.set_column("iscrowd", flags)
