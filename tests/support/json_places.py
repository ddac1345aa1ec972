"""Where the values of a JSON text lie: slow, simple, and nothing shared with what it is to test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

Path = tuple[object, ...]
STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
SCALAR = re.compile(r"[^\s,\]}]+")
SPACE = re.compile(r"\s*")


def places(text: str) -> Iterator[tuple[Path, int, int]]:
    """Yield every value's path (keys and indices), begin and end; inner ones first."""
    start = 1 if text.startswith("\ufeff") else 0
    yield from _walk(text, _skip(text, start), ())


def _skip(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    assert match is not None
    return match.end()


def _walk(text: str, begin: int, path: Path) -> Iterator[tuple[Path, int, int]]:
    if text[begin] not in "[{":
        match = (STRING if text[begin] == '"' else SCALAR).match(text, begin)
        assert match is not None
        yield path, begin, match.end()
        return
    at, index = _skip(text, begin + 1), 0
    while text[at] not in "]}":
        key: object = index
        if text[begin] == "{":
            match = STRING.match(text, at)
            assert match is not None
            key = json.loads(match[0])
            at = _skip(text, _skip(text, match.end()) + 1)
        end = at
        for inner in _walk(text, at, (*path, key)):
            yield inner
            end = inner[2]
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
        index += 1
    yield path, begin, at + 1


def blanked(text: str, masks_only: bool = False) -> str:
    """Put a hole where every annotation's segmentation is; of an RLE, only where its counts are."""
    found = list(places(text))
    rows = {path[:-1] for path, _, _ in found if path[-1:] == ("segmentation",)}
    holes = []
    for path, begin, end in found:
        inside = path[-1:] == ("counts",) and path[:-2] in rows and path[-2] == "segmentation"
        if inside and masks_only:
            holes.append((begin, end))
        if path[-1:] == ("segmentation",) and not (masks_only and text[begin] == "{"):
            holes.append((begin, end))
    for begin, end in sorted(holes, reverse=True):
        text = text[:begin] + "<mask>" + text[end:]
    return text
