"""JSON values of every kind, as Hypothesis draws them, and the styles in which files spell them."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import strategies as st

from cocodec import Document

BIG = 24057778806791742550516429517855579255991267211949624974827210018868072560176

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.just(BIG),
)
numbers = st.one_of(st.integers(-(2**54), 2**54), st.floats(-1e9, 1e9))
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=4,
)
STYLES: list[dict[str, Any]] = [
    {},
    {"separators": (",", ":")},
    {"indent": 2},
    {"indent": "\t", "ensure_ascii": False},
    {"separators": (" ,\r\n", " :  ")},
]


def written(document: Document) -> bytes:
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()
