"""What a dialect is: its name, its habits, and the clues that give it away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cocodec.dialects.evidence import Evidence

__all__ = ["Clue", "Dialect", "Match", "best_match", "keys", "order", "root_keys", "value"]


@dataclass(frozen=True)
class Clue:
    """One observation that speaks for a dialect.

    Attributes
    ----------
    says : str
        The observation in a few words, for the reason of a match.
    seen : callable
        Whether a file shows it.
    weight : int
        How much it tells; a dialect needs 4 in all.
    """

    says: str
    seen: Callable[[Evidence], bool]
    weight: int = 2


@dataclass(frozen=True)
class Dialect:
    """How one tool writes COCO.

    Attributes
    ----------
    name : str
        As it is spelled in ``dialect="..."`` and ``--dialect``.
    title : str
        The tool.
    page : str
        Where its format is described: a page, or the writing source file.
    reads : str
        What is read from it beyond masks, boxes and categories.
    normal : tuple of str
        What differs from the official format and is no fault here.
    usual : set of str
        Of what `info` notes of a file, what is no oddity here: "repeated ids" of annotations,
        "unlisted categories".
    clues : tuple of Clue
        What gives it away.
    rings : {"union", "holes", "separate"}
        What the tool means by several rings in one annotation. COCO unites them.
    corners : bool
        Whether the tool writes a rectangle as ``[x1, y1, x2, y2]`` in the place of a ring.
    writable : tuple of str
        Names of what can be written in it on request.
    """

    name: str
    title: str
    page: str
    reads: str
    normal: tuple[str, ...]
    clues: tuple[Clue, ...] = ()
    rings: str = "union"
    corners: bool = False
    writable: tuple[str, ...] = ()
    usual: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Match:
    """The dialect of a file, and why it is taken for it.

    Attributes
    ----------
    dialect : Dialect
    reason : str
        The clues that were seen.
    variant : str
        What of COCO the annotations are: ``"instances"``, ``"keypoints"``, ``"captions"``,
        ``"panoptic"``, ``"labels"``, ``"image_info"``, ``"results"``, ``"stuff"``, ``"video"``;
        empty where nobody looked.
    """

    dialect: Dialect
    reason: str
    variant: str

    @property
    def name(self) -> str:
        """The dialect's name."""
        return self.dialect.name

    @property
    def title(self) -> str:
        """The tool's name."""
        return self.dialect.title

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})"


ENOUGH = 4


def best_match(dialects: Iterable[Dialect], evidence: Evidence) -> tuple[Dialect, str] | None:
    """Return the dialect that most speaks for and its clues; None if none has enough."""
    best: tuple[int, Dialect, list[Clue]] | None = None
    for dialect in dialects:
        seen = [clue for clue in dialect.clues if clue.seen(evidence)]
        score = sum(clue.weight for clue in seen)
        if score >= ENOUGH and (best is None or score > best[0]):
            best = (score, dialect, seen)
    if best is None:
        return None
    return best[1], ", ".join(clue.says for clue in best[2])


def keys(table: str, *names: str, weight: int = 2, says: str | None = None) -> Clue:
    """Some row of a table (``"annotations"``, ...) has all of these keys."""
    text = says or f"{table[:-1] if table != 'categories' else 'category'} {' and '.join(names)}"
    wanted = set(names)
    return Clue(text, lambda found: any(wanted <= row.keys() for row in found.rows(table)), weight)


def root_keys(*names: str, weight: int = 2, says: str | None = None) -> Clue:
    """The root has all of these keys."""
    wanted = set(names)
    text = says or f"root {' and '.join(names)}"
    return Clue(text, lambda found: wanted <= set(found.root_keys), weight)


def order(table: str, *names: str, weight: int = 2, says: str | None = None) -> Clue:
    """Every row of a table (or ``"root"``) has these keys in this order; others may follow."""
    text = says or f"{table} keys in the order {', '.join(names)}"

    def seen(found: Evidence) -> bool:
        if table == "root":
            return tuple(found.root_keys[: len(names)]) == names
        rows = found.rows(table)
        return bool(rows) and all(tuple(row)[: len(names)] == names for row in rows)

    return Clue(text, seen, weight)


def value(
    table: str, key: str, test: Callable[[object], bool], says: str, *, weight: int = 2
) -> Clue:
    """Every row of a table (or ``"info"``) has a key, and its value passes a test."""

    def seen(found: Evidence) -> bool:
        rows = [found.info] if table == "info" else found.rows(table)
        return bool(rows) and all(key in row and test(row[key]) for row in rows)

    return Clue(says, seen, weight)
