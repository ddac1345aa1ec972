"""Whether somebody has put a method of their own in the place of one of ours."""

from __future__ import annotations

from typing import Any

__all__ = ["is_own"]

_PACKAGE = "cocodec.pycocotools."


def is_own(thing: Any, *names: str) -> bool:
    """Whether all these methods are this package's: not overridden, not patched, not set."""
    own = getattr(thing, "__dict__", {})
    return all(
        name not in own
        and getattr(getattr(type(thing), name, None), "__module__", "").startswith(_PACKAGE)
        for name in names
    )
