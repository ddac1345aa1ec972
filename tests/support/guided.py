"""Guided fuzzing of Python code: inputs that reach new lines of cocodec are kept and changed.

As libFuzzer does it for the core (cpp/tests/fuzz), but by lines, which `sys.settrace` tells.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import cocodec

HOME = str(Path(cocodec.__file__).parent)
WORDS = (
    *(b"{}", b"[]", b"[[", b"null", b"true", b"-1", b"0", b"1e308", b"0.5", b'"', b"\\u0061"),
    *(b"4294967296", b"9007199254740993", b"NaN", b",", b":", b"\xff", b"\xc3\xa9", b"\0"),
    *(b'"id"', b'"segmentation"', b'"counts"', b'"size"', b'"images"', b'"annotations"'),
    *(b"../", b"\n", b"<a>", b"&lt;"),
)


class Explored(NamedTuple):
    """What an exploration has done."""

    executions: int
    lines: int
    kept: int


def explore(
    run: Callable[[bytes], object], seeds: Sequence[bytes], seconds: float, seed: int = 0
) -> Explored:
    """Call `run` with inputs made of `seeds`, for so long; what it raises goes on, with the input.

    The seeds come first, however long they take.
    """
    chance = random.Random(seed)
    seen: set[tuple[str, int]] = set()
    kept: list[bytes] = []
    end = time.monotonic() + seconds
    done = 0
    while done < len(seeds) or time.monotonic() < end:
        data = seeds[done] if done < len(seeds) else _changed(chance, kept)
        begin = time.monotonic()
        try:
            lines = _lines_of(run, data)
        except BaseException as error:
            raise AssertionError(f"{type(error).__name__}: {error}\nof {data!r}") from error
        assert time.monotonic() - begin < 60, data
        done += 1
        if not lines <= seen or len(kept) < len(seeds):
            seen |= lines
            kept.append(data)
    return Explored(done, len(seen), len(kept))


def _lines_of(run: Callable[[bytes], object], data: bytes) -> set[tuple[str, int]]:
    lines: set[tuple[str, int]] = set()

    def look(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(HOME):
            return None
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        run(data)
    finally:
        sys.settrace(before)
    return lines


def _changed(chance: random.Random, kept: Sequence[bytes]) -> bytes:
    data = bytearray(chance.choice(kept))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((1, 1, 2, 4, chance.randrange(1, 60)))
        kind = chance.randrange(7)
        if kind == 0:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = chance.choice(WORDS)
        elif kind == 4:
            data[at : at + length] = chance.choice(WORDS)
        elif kind == 5:  # a piece of its own, or of another, put here
            other = chance.choice((data, chance.choice(kept)))
            start = chance.randrange(len(other) + 1)
            data[at:at] = bytes(other[start : start + length])
        else:
            data[at : at + length] = bytes(chance.randrange(256) for _ in range(length))
    return bytes(data[:20_000])
