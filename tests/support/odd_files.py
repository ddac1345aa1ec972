"""Files that are COCO, nearly COCO, or only look like it: what tells them apart is their keys."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

KEYS = (
    *("images", "annotations", "categories", "licenses", "image", "segmentation"),
    *("documents", "results", "image_id", "bbox", "info", "videos", "table", "None", ""),
)
SCALARS = ("null", "0", "-1.5e3", "true", '""', '"annotations"', '"\u00f6\\"]}"', '"\\\\"')


def odd_file(rng: random.Random) -> bytes:
    """Make one; about half of them are COCO."""
    make = rng.choice((_document, _document, _documents, _lines, _results, _annotation, _value))
    text = make(rng)
    if rng.random() < 0.1:
        cut = rng.randrange(len(text) + 1)
        text = rng.choice((text[:cut], text[:cut] + rng.choice("{}[],:1 ") + text[cut:]))
    bom = "\ufeff" if rng.random() < 0.1 else ""
    return (bom + _space(rng) + text + _space(rng)).encode()


def _space(rng: random.Random) -> str:
    return rng.choice(("", "", "", " ", "\n", "\r\n\t  "))


def _joined(rng: random.Random, items: list[str], ends: str) -> str:
    comma = [_space(rng) + "," + _space(rng) for _ in items[1:]]
    inner = "".join(a + b for a, b in zip(items, [*comma, ""], strict=False))
    return ends[0] + _space(rng) + inner + _space(rng) + ends[1]


def _key(rng: random.Random, key: str) -> str:
    if key and rng.random() < 0.05:
        return f'"\\u{ord(key[0]):04x}{key[1:]}"'
    return json.dumps(key)


def _object(rng: random.Random, members: list[tuple[str, str]]) -> str:
    return _joined(rng, [f"{_key(rng, k)}{_space(rng)}:{_space(rng)}{v}" for k, v in members], "{}")


def _list(rng: random.Random, make: Callable[[random.Random], str], most: int = 4) -> str:
    return _joined(rng, [make(rng) for _ in range(rng.randrange(most))], "[]")


def _row(rng: random.Random) -> str:
    ids = [("id", str(rng.randrange(5))), ("image_id", str(rng.randrange(5)))]
    ring = rng.choice(("null", "[]", "[[1, 1, 5, 1, 5, 5]]", "[[[1, 1], [5, 1], [5, 5]]]", "7"))
    members = [*ids, ("segmentation", ring), ("height", "6"), ("width", "7")]
    return _object(rng, rng.sample(members, rng.randrange(1, 6)))


def _anything(rng: random.Random) -> str:
    return rng.choice((_scalar, _row, _row, _any_list, _document))(rng)


def _scalar(rng: random.Random) -> str:
    return rng.choice(SCALARS)


def _any_list(rng: random.Random) -> str:
    return _list(rng, rng.choice((_row, _row, _scalar, _anything)), 3)


def _table(rng: random.Random) -> str:
    return _list(rng, _row if rng.random() < 0.9 else _anything)


def _document(rng: random.Random) -> str:
    keys = rng.choices(KEYS, k=rng.randrange(4))
    keys += [key for key in KEYS[:3] if rng.random() < 0.7]
    if rng.random() < 0.95:
        keys = list(dict.fromkeys(keys))
    rng.shuffle(keys)
    table = {*KEYS[:4]} if rng.random() < 0.9 else set[str]()
    return _object(rng, [(k, _table(rng) if k in table else _anything(rng)) for k in keys])


def _documents(rng: random.Random) -> str:
    return _list(rng, _document if rng.random() < 0.9 else _anything)


def _lines(rng: random.Random) -> str:
    make = rng.choice((_document, _row, _row, _anything))
    return rng.choice(("\n", "\n", "", " \r\n\n")).join(make(rng) for _ in range(rng.randrange(4)))


def _results(rng: random.Random) -> str:
    return _list(rng, _row if rng.random() < 0.9 else _anything)


def _annotation(rng: random.Random) -> str:
    return _object(rng, [(key, _anything(rng)) for key in rng.sample(KEYS, rng.randrange(1, 4))])


def _value(rng: random.Random) -> str:
    return _anything(rng)
