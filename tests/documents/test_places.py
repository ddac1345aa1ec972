"""Where values lie, and whether they are spelled the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec.documents.places import Places
from cocodec.errors import CocodecError

pieces = st.lists(st.one_of(st.none(), st.sampled_from([b"", b"1", b"12", b"[1]"])), max_size=9)


def places_of(values: list[bytes | None], first: bytes) -> Places:
    """Lay values into two texts, every other one into the second."""
    texts = [bytearray(first), bytearray()]
    spans = np.full((len(values), 2), -1, np.int64)
    for i, value in enumerate(values):
        if value is not None:
            text = texts[i % 2]
            spans[i] = len(text), len(text) + len(value)
            text += value + b","
    which = np.arange(len(values), dtype=np.int32) % 2
    return Places([bytes(text) for text in texts], which, spans)


@given(pieces, pieces, st.sampled_from([b"", b"0000"]))
def test_texts_are_compared_byte_by_byte(
    a: list[bytes | None], b: list[bytes | None], first: bytes
) -> None:
    b = (b + a)[: len(a)]
    found = places_of(a, b"").same_texts(places_of(b, first))
    assert found.tolist() == [(x or b"") == (y or b"") for x, y in zip(a, b, strict=True)]


def test_as_many_are_compared_as_there_are() -> None:
    with pytest.raises(CocodecError, match="b has length 1, expected 2"):
        places_of([b"1", b"2"], b"").same_texts(places_of([b"1"], b""))


@given(pieces, st.data())
def test_some_are_pointed_at_other_texts(values: list[bytes | None], data: st.DataObject) -> None:
    flags = np.array([data.draw(st.booleans()) for _ in values], bool)
    new = [data.draw(st.sampled_from([b"", b"7", b"[70]"])) for _ in range(int(flags.sum()))]
    places = places_of(values, b"0000")
    before = (list(places.texts), places.which.copy(), places.spans.copy())
    out = places.overlaid(flags, places_of([*new], b"1"))
    left = iter(new)
    expected = [next(left) if flag else value for flag, value in zip(flags, values, strict=True)]
    assert [bytes(out.text(i)) for i in range(len(out))] == [value or b"" for value in expected]
    assert places.texts == before[0]
    assert (places.which == before[1]).all()
    assert (places.spans == before[2]).all()
    places.put(flags, places_of([*new], b"1"))
    assert out.same_texts(places).all()


def test_what_is_nowhere_is_woven_of_others() -> None:
    out = Places.nowhere(5)
    assert (out.spans < 0).all()
    out.put(slice(0, None, 2), places_of([b"a", b"b", b"c"], b""))
    out.put(slice(1, None, 2), places_of([b"1", b"2"], b"0"))
    text, spans = out.joined()
    assert text == b"a1b2c"
    assert [text[begin:end] for begin, end in spans.tolist()] == [b"a", b"1", b"b", b"2", b"c"]


def test_nothing_is_joined_to_nothing() -> None:
    text, spans = Places.nowhere(0).joined()
    assert (text, spans.shape) == (b"", (0, 2))
