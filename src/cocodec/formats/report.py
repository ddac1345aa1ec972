"""What a format could not carry, counted and listed: nothing is lost without being named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cocodec.errors import how_many

__all__ = ["FormatReport"]

_NAMED = 10  # places of one kind that the report spells out
_LONGEST = 200  # characters of a place


@dataclass
class FormatReport:
    """What became of a data set on its way from a format, or to one.

    Attributes
    ----------
    format : str
        The format's name.
    images, objects : int
        How many were read or written.
    losses : dict of str to list of str
        What the format could not carry, or what in it could not be read, and where: rows with
        their ids, or files with lines.
    notes : dict of str to list of str
        What was changed without a loss, such as holes that are bridged.

    Examples
    --------
    >>> from cocodec.formats import FormatReport
    >>> FormatReport('yolo').is_lossless
    True
    """

    format: str
    images: int = 0
    objects: int = 0
    losses: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_lossless(self) -> bool:
        """Whether everything was carried over.

        Examples
        --------
        >>> from cocodec.formats import FormatReport
        >>> FormatReport('yolo').is_lossless
        True
        """
        return not any(self.losses.values())

    def lose(self, what: str, places: Iterable[str]) -> None:
        """Count a loss; `places` says where.

        Examples
        --------
        >>> from cocodec.formats import FormatReport
        >>> report = FormatReport('yolo')
        >>> report.lose('scores', ['row 1'])
        >>> report.is_lossless
        False
        """
        found = list(places)
        if found:
            self.losses.setdefault(what, []).extend(found)

    def note(self, what: str, places: Iterable[str]) -> None:
        """Count a change without a loss; `places` says where.

        Examples
        --------
        >>> from cocodec.formats import FormatReport
        >>> report = FormatReport('yolo')
        >>> report.note('names made up', ['row 1'])
        >>> report.is_lossless
        True
        """
        found = list(places)
        if found:
            self.notes.setdefault(what, []).extend(found)

    def lines(self, limit: int = _NAMED) -> list[str]:
        """Say it in lines: the sum, then each loss with its first places, then the notes.

        Examples
        --------
        >>> from cocodec.formats import FormatReport
        >>> FormatReport('yolo').lines()
        ['yolo: 0 images, 0 objects']
        """
        text = [
            f"{self.format}: {how_many(self.images, 'image')}, {how_many(self.objects, 'object')}"
        ]
        for title, kinds in (("lost", self.losses), ("changed without a loss", self.notes)):
            for what, places in kinds.items():
                more = f", ... and {len(places) - limit} more" if len(places) > limit else ""
                named = ", ".join(map(_brief, places[:limit]))
                text.append(f"{title}: {_brief(what)}: {len(places)} ({named}{more})")
        return text

    def __str__(self) -> str:
        return "\n".join(self.lines())


def _brief(text: str) -> str:
    """A place or a kind of loss may quote a file, of any length."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
