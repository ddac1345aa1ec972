"""What "the same" means between pycocotools and the drop-in: everything a caller can see."""

from __future__ import annotations

from typing import Any

import numpy as np


def identical(got: Any, expected: Any) -> None:
    """Asserts equal types, values, dtypes, shapes, memory order, order of keys; all levels down."""
    assert type(got) is type(expected), (type(got), type(expected))
    if isinstance(expected, np.ndarray):
        assert got.dtype == expected.dtype
        assert got.shape == expected.shape
        for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE", "ALIGNED"):
            assert got.flags[flag] == expected.flags[flag], flag
        np.testing.assert_array_equal(got, expected, strict=True)
    elif isinstance(expected, dict):
        assert list(got) == list(expected)
        for key in expected:
            identical(got[key], expected[key])
    elif isinstance(expected, list):
        assert len(got) == len(expected)
        for mine, theirs in zip(got, expected, strict=True):
            identical(mine, theirs)
    else:
        assert got == expected
