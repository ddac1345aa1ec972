"""The exceptions of cocodec: all ValueErrors, so that code written for pycocotools catches them."""

from __future__ import annotations

__all__ = ["CocodecError", "DocumentError", "PolygonError", "RleError"]


class CocodecError(ValueError):
    """Input that cocodec refuses.

    Attributes
    ----------
    code : str or None
        Which kind of refusal, a name that does not change (``"bad_sum"``, ``"bad_counts"``, ...).
    item : int or None
        Index of the mask in the batch.
    offset : int or None
        Index inside the mask: of a run, a char of the counts string, or a coordinate. Of a file
        that is no JSON, the byte.
    """

    code: str | None = None
    item: int | None = None
    offset: int | None = None


class RleError(CocodecError):
    """Runs, counts strings or sizes that do not describe a mask."""


class PolygonError(CocodecError):
    """Rings or boxes that cannot be rasterised."""


class DocumentError(CocodecError):
    """A COCO document, or a part of one, that cannot be read."""
