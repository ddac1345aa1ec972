"""The examples in the docstrings of operations say what comes out."""

from __future__ import annotations

import doctest

from cocodec.masks import operations
from support.examples import namespace


def test_examples():
    results = doctest.testmod(operations, extraglobs=namespace())
    assert results.attempted > 5
    assert results.failed == 0
