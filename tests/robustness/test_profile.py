"""One Hypothesis profile for all tests, whichever file is run alone."""

from __future__ import annotations

from hypothesis import settings


def test_no_deadline_by_default():
    # This file imports nothing of ours that could load a profile: tests/conftest.py has.
    assert settings().deadline is None
    assert settings().max_examples >= 100
