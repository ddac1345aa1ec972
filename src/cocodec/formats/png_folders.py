"""What the formats that are folders of PNGs share: their files, names of classes, pixels."""

from __future__ import annotations

import os
from pathlib import Path

from cocodec.errors import DocumentError
from cocodec.formats.builder import load_json
from cocodec.formats.folders import files_below, read_text

__all__ = ["class_names", "png_files"]

_LISTS = ("labels.txt", "classes.txt", "class_names.txt")
_LONGEST = 1 << 22


def png_files(path: Path) -> list[Path]:
    """The file, or the PNGs of a folder and below."""
    found = [path] if path.is_file() else files_below(path, [".png"])
    if not found:
        raise DocumentError(f"{path}: there is no PNG")
    return found


def class_names(path: Path) -> dict[int, str]:
    """Names of values, from classes.json (value: name), or a list with a name a line."""
    folder = path if path.is_dir() else path.parent
    if (folder / "classes.json").is_file():
        value = load_json(folder / "classes.json")
        if not isinstance(value, dict):
            raise DocumentError(f"{folder / 'classes.json'}: expected an object of names by value")
        try:
            return {int(key): str(name) for key, name in value.items()}
        except ValueError as error:
            raise DocumentError(f"{folder / 'classes.json'}: {error}") from None
    for name in _LISTS:
        file = folder / name
        if file.is_file():
            lines = read_text(file, _LONGEST).decode("utf-8", "replace").splitlines()
            return {k: os.fspath(line.strip()) for k, line in enumerate(lines) if line.strip()}
    return {}
