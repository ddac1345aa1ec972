"""What code of our own hands to the core is checked there as well."""

from __future__ import annotations

import numpy as np
import pytest

import cocodec._core as core

TEXT = b"[1, 2]"
SPANS = np.array([[1, 2], [4, 5]])
IDS = core.Rows([TEXT], np.zeros(2, "i4"), SPANS)


def test_part_numbers_of_an_index_are_checked():
    with pytest.raises(ValueError, match="part is -4, expected 0 or more"):
        core.IdIndex(IDS, np.array([0, -4], "i4"))
    index = core.IdIndex(IDS, np.array([0, 1], "i4"))
    with pytest.raises(ValueError, match="part is -1, expected 0 or more"):
        index.match(IDS, np.array([-1, 0], "i4"))
    assert index.match(IDS, np.array([0, 1], "i4")).tolist() == [0, 1]


@pytest.mark.parametrize("verbatim_from", [-1, 3, 2**40])
def test_where_values_are_spliced_in_as_they_are_is_checked(verbatim_from):
    row = core.Rows([b'{"a": 1}'], np.zeros(1, "i4"), np.array([[0, 8]]))
    places = np.array([[[0, 2]]])
    with pytest.raises(ValueError, match=f"from byte {verbatim_from} on, their text has 2"):
        core.edit_records(row, ["a"], [(b"17", verbatim_from)], places)
    for good in (0, 2):
        assert core.edit_records(row, ["a"], [(b"17", good)], places)[0] == [b'{"a": 17}']
