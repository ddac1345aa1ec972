"""What every command takes: a file, or a document, which is left as it is."""

from __future__ import annotations

from typing import TypeAlias

from cocodec.documents.arranging import copy_document
from cocodec.documents.document import Document, read
from cocodec.documents.parts import Source

__all__ = ["Input", "looked_at", "opened"]

Input: TypeAlias = Source | Document


def opened(source: Input) -> Document:
    """Read a file, or copy a document, to be edited."""
    return copy_document(source) if isinstance(source, Document) else read(source)


def looked_at(source: Input) -> Document:
    """Read a file; a document is taken as it is, and not to be edited."""
    return source if isinstance(source, Document) else read(source)
