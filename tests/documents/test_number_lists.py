"""Numbers and lists of numbers: how they are spelled, and their very text again."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cocodec
import cocodec._core as _core
from cocodec.documents.places import Places
from reference.numbers import NONE, ODD, spelling

numbers = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-9999, 9999).map(lambda n: f"{n / 100:.2f}"),
    st.sampled_from(
        [
            "-0",
            "-0.0",
            "0.0",
            "1e5",
            "1E+5",
            "1.50",
            "0.00001",
            "1e-05",
            "1e16",
            "9007199254740992",
            "9007199254740993",
            "1e400",
            "123456789012345.6",
        ]
    ),
)
commas = st.sampled_from([",", ", ", " ,", ",\n"])


@st.composite
def number_texts(draw: st.DrawFn, depth: int) -> str:
    if depth == 0:
        return draw(numbers)
    comma = draw(commas)
    items = draw(
        st.lists(number_texts(depth - draw(st.sampled_from([1, 1, 1, depth]))), max_size=4)
    )
    return "[" + comma.join(items) + "]"


def rows_of(texts: list[str]) -> _core.Rows:
    data = [text.encode() for text in texts]
    ends = np.cumsum([len(text) for text in data])
    spans = np.stack([ends - [len(text) for text in data], ends], axis=1)
    return Places([b"".join(data)], np.zeros(len(data), np.int32), spans).rows()


@pytest.mark.parametrize("depth", [0, 1, 2])
@given(st.data())
def test_spellings_are_the_reference_s(depth: int, data: st.DataObject) -> None:
    texts = data.draw(st.lists(number_texts(depth), min_size=1, max_size=6))
    values, lists, rows, found = _core.read_numbers(rows_of(texts), depth)
    assert found.tolist() == [spelling(text, depth) for text in texts]
    text, spans = _core.print_numbers(
        values, lists if depth > 0 else None, rows if depth > 1 else None, found
    )
    for given_text, kind, (begin, end) in zip(texts, found, spans.tolist(), strict=True):
        printed = text[begin:end].decode() if begin >= 0 else ""
        if kind == NONE:
            assert begin == -1
        elif kind == ODD:
            assert json.loads(printed) == json.loads(given_text)
        else:
            assert printed == given_text.replace(" ", "")


def test_numbers_that_are_none_are_not_printed() -> None:
    for bad in (math.nan, math.inf):
        with pytest.raises(cocodec.DocumentError, match="row 0 has NaN"):
            _core.print_numbers(np.array([bad]), None, None, np.array([1], np.uint8))
