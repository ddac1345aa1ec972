"""Files of formats spoiled: values replaced by odd ones, fields exchanged, bytes turned round."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["spoiled"]

_VALUES: list[Any] = [
    None, True, -1, 0, 0.5, 1 << 20, 1 << 31, 1 << 63, 10**400, 1e308, "", "a", "5", "1_0", "nan",
    "\x00", "é", "../x", "a" * 3000, [], {}, [[]], [None], [1, 2, 3], [[1, 2]], {"a": 1},
]  # fmt: skip
_WORDS = ["", "nan", "inf", "-1", "0", "1e999", "9" * 30, "a", "é", "\x00", "1.5", "0x1", "1_0",
          "٣", "--", "../x", "65536", "1048577"]  # fmt: skip
_LITERALS = [b"1e400", b"-1e400", b"9" * 5000, b"NaN", b"01", b"1048576"]
_WITHOUT_WORDS = (".png", ".npz")


def spoiled(name: str, content: bytes, chance: random.Random) -> bytes:
    """A file's content with something wrong in it, by the kind of file that its name says."""
    if chance.random() < 0.2 or name.endswith(_WITHOUT_WORDS):
        return _bytes(content, chance)
    if name.endswith(".json"):
        return _json(content, chance)
    return _text(content.decode(), chance).encode("utf-8", "surrogatepass")


def _json(content: bytes, chance: random.Random) -> bytes:
    root = json.loads(content)
    *way, last = chance.choice(list(_paths(root))) or [None]
    if last is None:
        return json.dumps(chance.choice(_VALUES)).encode()
    holder = root
    for key in way:
        holder = holder[key]
    if chance.random() < 0.8:
        holder[last] = chance.choice(_VALUES)
    else:
        del holder[last]
    text = json.dumps(root).encode()
    numbers = list(re.finditer(rb"(?<=[ \[:])\d+", text))
    if numbers and chance.random() < 0.1:
        one = chance.choice(numbers)
        return text[: one.start()] + chance.choice(_LITERALS) + text[one.end() :]
    return text


def _paths(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    entries = value.items() if isinstance(value, dict) else ()
    entries = enumerate(value[:30]) if isinstance(value, list) else entries
    for key, one in entries:
        yield from _paths(one, (*way, key))


def _text(text: str, chance: random.Random) -> str:
    words = re.split(r"([^\w.+-]+)", text)
    for _ in range(chance.choice([1, 1, 2, 4])):
        at = chance.randrange(len(words))
        kind = chance.random()
        if kind < 0.6:
            words[at] = chance.choice(_WORDS)
        elif kind < 0.8:
            words[at] = ""
        else:
            words.insert(at, words[at])
    return "".join(words)


def _bytes(content: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return content[: chance.randrange(len(content) + 1)]
    out = bytearray(content)
    for _ in range(chance.choice([1, 3, 10])):
        if out:
            out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)
