"""Names that a file gives to other files: which of them stay in their folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cocodec.errors import DocumentError, shown

__all__ = ["ABSOLUTE", "OUTSIDE", "inside", "safe_name", "why_unsafe", "with_slashes"]

# What is wrong with a name.
ABSOLUTE, OUTSIDE = "is an absolute path", "leads out of its folder (..)"

_DRIVE = re.compile(r"[A-Za-z]:")
_SEPARATOR = re.compile(r"[/\\]")
_BACKSLASHES = re.compile(r"\\+")


def why_unsafe(name: str) -> str | None:
    """Say what is wrong with a name that could lead out of its folder, on any system; or None."""
    if not name or "\0" in name:
        return "is empty or has a NUL"
    if name[0] in "/\\" or _DRIVE.match(name):
        return ABSOLUTE
    if ".." in _SEPARATOR.split(name):
        return OUTSIDE
    return None


def safe_name(name: Any) -> str:
    """Return the name of a file in a folder or below; whoever knows the place adds it to errors.

    Raises
    ------
    DocumentError
        For a name that leads out of the folder, or is none.
    """
    if not isinstance(name, str):
        raise DocumentError(f"the file name is {shown(name)}, expected a string")
    reason = why_unsafe(name)
    if reason is not None:
        raise DocumentError(f"the file name {shown(name)} {reason}")
    return name


def inside(folder: Path, name: Any) -> Path:
    """Where a file of this name lies in a folder; a path of Windows is found with slashes too.

    Raises
    ------
    DocumentError
        For a name that leads out of the folder, or is none; whoever knows the place adds it.
    """
    safe = safe_name(name)
    path = folder / safe
    if "\\" in safe and not path.exists() and (other := folder / with_slashes(safe)).exists():
        return other
    return path


def with_slashes(name: str) -> str:
    """Spell a path of Windows as all systems read it; backslashes may have been escaped twice.

    >>> with_slashes("train" + 2 * chr(92) + "a.jpg")
    'train/a.jpg'
    """
    return _BACKSLASHES.sub("/", name)
