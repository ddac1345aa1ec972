"""Files of formats made by hand, and what is read of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cocodec import Document
from cocodec.files.png import print_png
from cocodec.formats import FORMATS, FormatReport, detect_format

PICTURE = print_png(np.zeros((30, 40), np.uint8))  # an image of that height and width


def put(path: Path, content: str | bytes | list[Any] | dict[str, Any]) -> Path:
    """Write a file, in folders that are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, (list, dict)):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path, name: str, **options: Any) -> tuple[Document, FormatReport]:
    """What is read of a path, whose format is told from it."""
    found = detect_format(path)
    assert found is not None
    assert found[0].name == name
    report = FormatReport(name)
    return FORMATS[name].load().read(path, report=report, **options), report


def names(doc: Document) -> list[str]:
    """The names of the images."""
    return list(doc.images.column("file_name"))


def labels(doc: Document) -> list[str]:
    """The names of the categories of all annotations."""
    known = {row["id"]: row["name"] for row in doc.categories}
    return [known[row["category_id"]] for row in doc.annotations]
