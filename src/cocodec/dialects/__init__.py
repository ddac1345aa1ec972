"""The dialects of COCO: a registry, and telling which of them a file is written in.

One file for each dialect that needs code, none of which knows another; those that are read as COCO
with their habits known are lines of the table in `habits`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cocodec.dialects.canonical import canonical
from cocodec.dialects.common_form import (
    SUBSET_KEYS,
    TASKS,
    Canon,
    DialectOptions,
    PlainPart,
    Work,
)
from cocodec.dialects.dialect import Dialect, Match, best_match
from cocodec.dialects.images import find_picture
from cocodec.dialects.mask_form import spell_masks
from cocodec.dialects.names import subsets_of_names
from cocodec.dialects.obeying import broken_rule
from cocodec.dialects.reading import evidence_of, read_parts, task_and_subset
from cocodec.dialects.report import DialectReport, Finding, Place
from cocodec.dialects.tasks import expand_panoptic
from cocodec.dialects.tools import cvat, encord, hasty, official, trainingdata
from cocodec.dialects.tools.habits import HABITS
from cocodec.dialects.tools.official import BESIDE
from cocodec.dialects.video import FrameMasks, frame_masks
from cocodec.documents.dialect_names import Readable
from cocodec.documents.document import Document
from cocodec.signatures import names_arguments

__all__ = [
    "BESIDE",
    "DIALECTS",
    "SUBSET_KEYS",
    "TASKS",
    "WRITERS",
    "Canon",
    "Dialect",
    "DialectOptions",
    "DialectReport",
    "Finding",
    "FrameMasks",
    "Match",
    "Place",
    "PlainPart",
    "Work",
    "broken_rule",
    "canonical",
    "dialect_of",
    "expand_panoptic",
    "find_picture",
    "frame_masks",
    "named",
    "names",
    "read_parts",
    "sniff",
    "spell_masks",
    "subsets_of_names",
    "task_and_subset",
]

Writer = Callable[[Canon, Work], list[tuple[str, Any]]]

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        official.DIALECT,
        cvat.DIALECT,
        encord.DIALECT,
        hasty.DIALECT,
        trainingdata.DIALECT,
        *HABITS,
    )
}

# What a document can be written as: functions from the common form to files by name.
WRITERS: dict[str, Writer] = {
    "official": official.write,
    "cvat": cvat.write,
    "encord": encord.write,
    "encord-list": encord.write_list,
    "hasty": hasty.write,
    "trainingdata": trainingdata.write,
}


def names() -> tuple[str, ...]:
    """The names of all dialects that are known."""
    return tuple(DIALECTS)


def dialect_of(name: str) -> Dialect:
    """The dialect of a name.

    Raises
    ------
    ValueError
        If there is none; lists those that there are.
    """
    found = DIALECTS.get(name)
    if found is None:
        raise ValueError(f"dialect is {name!r}, expected one of: auto, {', '.join(DIALECTS)}")
    return found


def named(name: str) -> Match:
    """The dialect of a name, for a document that nobody looked at.

    Raises
    ------
    ValueError
        If there is none; lists those that there are.
    """
    return Match(dialect_of(name), "as asked", "")


@names_arguments
def sniff(document: Document, *, dialect: Readable | str = "auto") -> Match:
    """Tell the dialect of a document, and why.

    Looks at the root, at `info`, and at up to 64 rows of every table. A file that shows no tool's
    habits is official.

    Parameters
    ----------
    document : Document
    dialect : str
        A name overrides what is seen.

    Raises
    ------
    ValueError
        If there is no dialect of that name; lists those that there are.

    Examples
    --------
    >>> cocodec.sniff(document).name
    'official'
    """
    evidence = evidence_of(document)
    variant = official.variant_of(evidence)
    if dialect != "auto":
        return Match(dialect_of(dialect), "as asked", variant)
    found = best_match(DIALECTS.values(), evidence)
    if found is None:
        return Match(official.DIALECT, f"{variant}, no habit of another dialect", variant)
    return Match(found[0], found[1], variant)
