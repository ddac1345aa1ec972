"""The examples in the docstrings of operations say what comes out."""

from __future__ import annotations

import doctest

from cocodec.masks import operations


def test_examples():
    results = doctest.testmod(operations)
    assert results.attempted > 5
    assert results.failed == 0
