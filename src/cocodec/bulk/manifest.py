"""What a run over many files has finished, a line for each, so that a later run need not."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

import msgspec

from cocodec.files.remote import Fingerprint, is_address, join, read_bytes, write_bytes

__all__ = ["MANIFEST", "Entry", "Manifest"]

MANIFEST = ".cocodec-manifest.jsonl"

# An address cannot be appended to, so there the whole file is written anew, now and then.
_SECONDS = 30.0


@dataclass(frozen=True)
class Entry:
    """A finished file.

    Attributes
    ----------
    source : str
        Where it was read.
    source_is, target_is : Fingerprint
        Size and hash of what was read, and of what was written.
    target : str
        Where it was written, below the folder of the manifest, with slashes.
    options : dict
        What was asked for.
    """

    source: str
    source_is: Fingerprint
    target: str
    target_is: Fingerprint
    options: dict[str, Any]


class Manifest:
    """The entries of an output folder; the last one of a target counts.

    Lines that cannot be read, as a kill in the middle of one leaves them, do not count.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._path = join(folder, MANIFEST)
        text = read_bytes(self._path)
        self.entries: dict[str, Entry] = {}
        for line in text.splitlines():
            entry = _read(line)
            if entry is not None:
                self.entries[entry.target] = entry
        self._is_cut = not text.endswith(b"\n") and text != b""
        self._written = time.monotonic()

    def name_of(self, target: str) -> str:
        """Return a target's name in the manifest."""
        if is_address(target):
            return target[len(self._folder.rstrip("/")) + 1 :]
        return os.path.relpath(target, self._folder).replace(os.sep, "/")

    def add(self, entry: Entry) -> None:
        """Write down that a file is finished."""
        self.entries[entry.target] = entry
        if is_address(self._path):
            if time.monotonic() - self._written > _SECONDS:
                self.close()
            return
        os.makedirs(self._folder, exist_ok=True)
        line = msgspec.json.encode(entry) + b"\n"
        # One write without a buffer: an interrupt comes before the line or behind it.
        with open(self._path, "ab", buffering=0) as stream:
            stream.write(b"\n" + line if self._is_cut else line)
        self._is_cut = False

    def close(self) -> None:
        """Write what has not been written yet."""
        if is_address(self._path) and self.entries:
            lines = [msgspec.json.encode(entry) + b"\n" for entry in self.entries.values()]
            write_bytes(self._path, b"".join(lines))
            self._written = time.monotonic()


def _read(line: bytes) -> Entry | None:
    try:
        return msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
