"""The Hypothesis profiles of all tests; tests/conftest.py loads one, once.

"ci" where the environment variable CI is set, else "dev"; HYPOTHESIS_PROFILE names another. None
has a deadline: how long an example takes says more of the machine than of the code.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def load() -> None:
    """Choose the profile."""
    register = settings.register_profile
    register("dev", deadline=None, max_examples=100, suppress_health_check=_QUIET)
    register("ci", settings.get_profile("dev"), derandomize=True)
    register("long", settings.get_profile("dev"), max_examples=5000)
    default = "ci" if os.environ.get("CI") else "dev"
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", default))
