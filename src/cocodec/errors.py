"""The exceptions of cocodec: all ValueErrors, so that code written for pycocotools catches them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = [
    "CocodecError",
    "DocumentError",
    "PolygonError",
    "RefusedRow",
    "RleError",
    "describe_refused",
]


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


class RefusedRow(NamedTuple):
    """An annotation whose mask cannot be read.

    Attributes
    ----------
    row : int
        Its index among the annotations of all parts of the file.
    id : str or None
        Its id as the file spells it.
    reason : str
        What is wrong.
    where : str
        In a file of many parts, the name or number of the part and the row there.
    """

    row: int
    id: str | None
    reason: str
    where: str = ""

    def __str__(self) -> str:
        shown = "" if self.id is None else f", id {_shortened(self.id)}"
        return f"{self.where or f'row {self.row}'}{shown}: {self.reason}"


def describe_refused(rows: Sequence[RefusedRow], limit: int | None = None) -> str:
    """Name refused rows, one a line: all of them, or the first `limit`."""
    lines = [f"{len(rows)} annotations are refused:"]
    lines[0] = lines[0].replace("1 annotations are", "1 annotation is", len(rows) == 1)
    lines += [f"  {row}" for row in rows[:limit]]
    if len(rows) >= len(lines):
        lines.append(f"  ... and {len(rows) - len(lines) + 1} more")
    return "\n".join(lines)


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
