"""Annotation formats that are not COCO, each in a module of its name: read to documents, written.

``cocodec.formats.NAME.read(path) -> Document`` and ``.write(document, path) -> FormatReport``; the
registry knows all names and tells from a path which one it is.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cocodec.formats.registry import FORMATS, Format, detect_format
from cocodec.formats.report import FormatReport

__all__ = ["FORMATS", "Format", "FormatReport", "detect_format"]


def __getattr__(name: str) -> Any:
    known = FORMATS.get(name.replace("_", "-"))
    if known is not None:
        return import_module(known.module)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
