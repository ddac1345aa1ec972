"""The exceptions of cocodec: all ValueErrors, so that code written for pycocotools catches them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

__all__ = [
    "CocodecError",
    "DocumentError",
    "PolygonError",
    "RefusedRow",
    "RleError",
    "describe_refused",
    "how_many",
    "in_line",
    "located",
    "name_alike",
    "shortened",
    "shown",
]

_LONGEST = 4000  # characters of a message; what is wrong may quote a file of any size
_TAIL = 600
_ALIKE = 3  # refused rows of one kind that get a line each
_VARIABLE = r"\d+(?:\.\d+)?|\"[^\"]*\"|'[^']*'"  # what differs in one kind of reason


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

    Examples
    --------
    >>> issubclass(cocodec.DocumentError, cocodec.CocodecError)
    True
    """

    code: str | None = None
    item: int | None = None
    offset: int | None = None

    def __str__(self) -> str:
        return shortened(super().__str__())


class RleError(CocodecError):
    """Runs, counts strings or sizes that do not describe a mask.

    Examples
    --------
    >>> issubclass(cocodec.RleError, ValueError)
    True
    """


class PolygonError(CocodecError):
    """Rings or boxes that cannot be rasterised.

    Examples
    --------
    >>> issubclass(cocodec.PolygonError, ValueError)
    True
    """


class DocumentError(CocodecError):
    """A COCO document, or a part of one, that cannot be read.

    Its text is all that is known of the place, and the reason.

    Parameters
    ----------
    reason : str
        What was found, and what was expected.
    file, part, row, id, key
        The attributes of these names.

    Attributes
    ----------
    file : str or None
        The file that it is about.
    part : tuple of str
        Where in the file: the member of an archive, the number of a document; the outermost first.
    table : str or None
        The list that `row` is of.
    row : int or None
        The row, counted in all parts together.
    id : object
        The row's id; None where it has none, or it is not known.
    key : str or None
        The key of the row, or of the root, whose value is meant.

    Examples
    --------
    >>> str(cocodec.DocumentError('no such key', row=3, id=7))
    'row 3, id 7: no such key'
    """

    def __init__(
        self,
        reason: str = "",
        *,
        file: str | os.PathLike[str] | None = None,
        part: str | None = None,
        table: str | None = None,
        row: int | None = None,
        id: Any = None,
        key: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.file = None if file is None else os.fspath(file)
        self.part: tuple[str, ...] = () if part is None else (part,)
        self.table, self.row, self.id, self.key = table, row, id, key

    @property
    def reason(self) -> str:
        """What is wrong, without the place.

        Examples
        --------
        >>> cocodec.DocumentError('no such key', row=3).reason
        'no such key'
        """
        return shortened(ValueError.__str__(self))

    def __str__(self) -> str:
        places = [self.file, *self.part, self._in_part()]
        return shortened(": ".join([*filter(None, places), self.reason]))

    def _in_part(self) -> str:
        row = None if self.row is None else f"row {self.row}"
        id_ = None if self.id is None else f"id {shown(self.id)}"
        key = None if self.key is None else f"key {shown(self.key)}"
        return ", ".join(filter(None, [self.table, row, id_, key]))


@contextlib.contextmanager
def located(
    *,
    file: str | None = None,
    part: str | None = None,
    table: str | None = None,
    row: int | None = None,
) -> Iterator[None]:
    """Let a DocumentError that passes know in which file, part of it, or row it was raised.

    What it knows already stays; parts are told from the inside out.
    """
    try:
        yield
    except DocumentError as error:
        if error.file is None:
            error.file = file
        if error.row is None and row is not None:
            error.table, error.row = table, int(row)
        if part is not None:
            error.part = (part, *error.part)
        raise


def shown(value: Any, limit: int = 60) -> str:
    """Spell a value of a file for a message, however long it is."""
    if isinstance(value, (str, bytes)) and len(value) > limit:
        value = value[:limit]  # the repr of a long one would be made whole
        return f"{value!r}..."
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."


def shortened(text: str) -> str:
    """A message of at most some 4000 characters: what it quotes may be of any length."""
    if len(text) <= _LONGEST:
        return text
    left_out = len(text) - _LONGEST
    return f"{text[: _LONGEST - _TAIL]} ... ({left_out:,} characters) ... {text[-_TAIL:]}"


def in_line(text: str) -> str:
    """Return a text that fits into a line beside others."""
    return text if len(text) <= 60 else text[:57] + "..."


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

    Examples
    --------
    >>> str(cocodec.RefusedRow(3, '7', 'counts is null'))
    'row 3, id 7: counts is null'
    """

    row: int
    id: str | None
    reason: str
    where: str = ""

    @property
    def place(self) -> str:
        """Where it is, as messages name it.

        Examples
        --------
        >>> cocodec.RefusedRow(3, '7', 'counts is null').place
        'row 3, id 7'
        """
        shown = "" if self.id is None else f", id {in_line(self.id)}"
        return f"{self.where or f'row {self.row}'}{shown}"

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def how_many(count: int, one: str, more: str | None = None) -> str:
    """Say how many there are of something; `more`: its plural, where it is not `one` and an s.

    >>> how_many(1, "image"), how_many(1234, "category", "categories")
    ('1 image', '1,234 categories')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def describe_refused(rows: Sequence[RefusedRow], limit: int | None = None) -> str:
    """Name refused rows, one a line; of more than a few of one kind the first, and how many.

    `limit`: how many lines at most.

    >>> rows = [RefusedRow(i, None, f"there is no image {i}") for i in range(49)]
    >>> print(describe_refused(rows))
    49 annotations are refused:
      row 0: there is no image 0 (and 48 more rows like it)
    """
    first = f"{how_many(len(rows), 'annotation is', 'annotations are')} refused:"
    lines = name_alike([(row.place, row.reason) for row in rows], limit)
    return "\n".join([first, *(f"  {line}" for line in lines)])


def name_alike(rows: Sequence[tuple[str, str]], limit: int | None = None) -> list[str]:
    """Name rows that are wrong, given as their places and reasons; see `describe_refused`."""
    import re  # most who import this never fail

    kinds: dict[str, list[tuple[str, str]]] = {}
    for place, reason in rows:
        kinds.setdefault(re.sub(_VARIABLE, "", reason), []).append((place, reason))
    lines = []
    for alike in kinds.values():
        if len(alike) > _ALIKE:
            more = f" (and {len(alike) - 1:,} more rows like it)"
            lines.append((": ".join(alike[0]) + more, len(alike)))
        else:
            lines += [(": ".join(one), 1) for one in alike]
    left = sum(count for _, count in lines[limit:]) if limit is not None else 0
    named = [line for line, _ in lines[:limit]]
    return [*named, f"... and {left:,} more"] if left else named
