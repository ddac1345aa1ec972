"""Keys that come again in their JSON object: slow, simple, from the places of all values."""

from __future__ import annotations

import json

from support.json_places import STRING, places


def repeated_keys(text: str) -> list[tuple[int, int]]:
    """Where they lie, quotes included, in characters: the outermost first, then in their order."""
    found: list[tuple[int, int, int]] = []
    objects: dict[int, tuple[int, int]] = {}
    for path, begin, end in places(text):
        if text[begin] == "{":
            objects[begin] = (end, len(path))
    for begin, (end, depth) in objects.items():
        seen: set[str] = set()
        at = begin + 1
        while (at := _skip(text, at)) < end - 1:
            match = STRING.match(text, at)
            assert match is not None
            key = json.loads(match[0])
            if key in seen:
                found.append((depth, at, match.end()))
            seen.add(key)
            at = _behind(text, text.index(":", match.end()) + 1)
    return [(begin, end) for _, begin, end in sorted(found)]


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\r\n,":
        at += 1
    return at


def _behind(text: str, at: int) -> int:
    """Where the value ends that starts at or behind `at`."""
    at = _skip(text, at)
    _, end = json.JSONDecoder().raw_decode(text, at)
    return end
