"""`split` and `sample`: images dealt out by chance, but evenly, and never a group torn apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.arranging import copy_document
from cocodec.documents.document import Document
from cocodec.errors import DocumentError
from cocodec.reshaping.evaluating import evaluate
from cocodec.reshaping.opening import Input, looked_at
from cocodec.reshaping.selecting import keep_rows
from cocodec.signatures import names_arguments

__all__ = ["sample", "split"]

_LARGEST_SEED = 2**32 - 1
_ROUNDING = 1e-9  # what the sum of fractions may be off by


@names_arguments
def split(
    source: Input,
    *,
    fractions: Sequence[float] | None = None,
    counts: Sequence[int | None] | None = None,
    seed: int = 0,
    stratify: bool = False,
    group_by: str | None = None,
    shuffle: bool = True,
) -> list[Document]:
    """Deal the images of a document out to several, with their annotations.

    Rows stay the same bytes, in the same order, and each document has all of the rest: categories,
    info, everything else; of a zip, the pictures of its own images. The same seed gives the same
    documents everywhere. Annotations of images that are not listed go to the last one.

    Parameters
    ----------
    source : path, bytes, binary file or Document
    fractions : sequence of float, optional
        How much of the images each gets; together 1.
    counts : sequence of int, optional
        How many images each gets; one may be None, and gets the rest.
    seed : int
        0 to 2**32 - 1.
    stratify : bool
        Give each its share of the annotations of every category, the rarest first.
    group_by : str, optional
        An expression over the keys of an image, such as ``video_id``: images for which it has the
        same value stay together. Those for which it is null are dealt out one by one.
    shuffle : bool
        False: the first images go to the first document, and so on.

    Returns
    -------
    list of Document
        In the order of `fractions` or `counts`. With groups, as close to these as groups allow.

    Raises
    ------
    DocumentError
        If the file cannot be read, or has no images.
    ValueError
        If `fractions` or `counts` are not those of the images; for a seed that is none.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(images=[{"id": i} for i in range(10)])
    >>> [len(part.images) for part in split(document, fractions=[0.8, 0.2])]
    [8, 2]
    """
    document = looked_at(source)
    targets = _targets(len(document.images), fractions, counts)
    dealt = _deal(document, targets, _Wish(seed, stratify, group_by, shuffle))
    rows = document.image_rows()
    where = np.full(len(rows), len(targets) - 1)
    if len(dealt) > 0:
        where = np.where(rows >= 0, dealt[rows], where)
    out = []
    for number in range(len(targets)):
        one = copy_document(document)
        keep_rows(one, where == number, dealt == number, (False, False))
        out.append(one)
    return out


@names_arguments
def sample(
    source: Input,
    *,
    count: int | None = None,
    fraction: float | None = None,
    seed: int = 0,
    stratify: bool = False,
    group_by: str | None = None,
) -> Document:
    """Take some images by chance, with their annotations; arguments as for `split`.

    Parameters
    ----------
    count : int, optional
        How many images.
    fraction : float, optional
        How much of the images, 0 to 1.

    Examples
    --------
    >>> cocodec.sample(document, count=1)
    <Document: 1 image, 1 annotation, 2 categories>
    """
    document = looked_at(source)
    if (count is None) == (fraction is None):
        raise ValueError("give a count or a fraction")
    total = len(document.images)
    if fraction is not None:
        if not 0 <= fraction <= 1:
            raise ValueError(f"the fraction is {fraction}, expected 0 to 1")
        count = math.floor(fraction * total + 0.5)
    if count is None or not 0 <= count <= total:
        raise ValueError(f"the count is {count}, but there are {total} images")
    targets = _targets(total, None, [count, None])
    dealt = _deal(document, targets, _Wish(seed, stratify, group_by, True))
    one = copy_document(document)
    rows = document.image_rows()
    flags = (rows >= 0) & (dealt[rows] == 0) if total else np.zeros(len(rows), bool)
    keep_rows(one, flags, dealt == 0, (False, False))
    return one


@dataclass(frozen=True)
class _Wish:
    """How images are dealt out; see `split`."""

    seed: int
    stratify: bool
    group_by: str | None
    shuffle: bool


def _targets(
    total: int, fractions: Sequence[float] | None, counts: Sequence[int | None] | None
) -> NDArray[np.int64]:
    """How many images each is to have."""
    if (fractions is None) == (counts is None):
        raise ValueError("give fractions or counts")
    if counts is not None:
        return _counted(total, list(counts))
    given = [float(fraction) for fraction in fractions or ()]
    if not given or not all(0 <= fraction <= 1 for fraction in given):
        raise ValueError(f"fractions are {given}, expected numbers from 0 to 1")
    if abs(sum(given) - 1) > _ROUNDING:
        raise ValueError(f"fractions are {sum(given):g} in all, expected 1")
    exact = np.array(given) * total
    out = np.floor(exact + _ROUNDING).astype(np.int64)
    largest = np.argsort(-(exact - out), kind="stable")
    out[largest[: total - int(out.sum())]] += 1
    return out


def _counted(total: int, counts: list[int | None]) -> NDArray[np.int64]:
    known = sum(count for count in counts if count is not None)
    if counts.count(None) > 1 or any(count is not None and count < 0 for count in counts):
        raise ValueError(f"counts are {counts}, expected numbers, and one rest at most")
    if known > total or (known < total and None not in counts):
        raise ValueError(f"counts are {known} in all, but there are {total} images")
    return np.array([total - known if count is None else count for count in counts], np.int64)


def _deal(document: Document, targets: NDArray[np.int64], wish: _Wish) -> NDArray[np.int64]:
    """Return which of the targets each image goes to."""
    if not 0 <= wish.seed <= _LARGEST_SEED:
        raise ValueError(f"the seed is {wish.seed}, expected 0 to {_LARGEST_SEED}")
    count = len(document.images)
    if count == 0 and len(document.annotations) > 0:
        raise DocumentError("the file has no images to deal out")
    units = np.arange(count) if wish.group_by is None else _groups(document, wish.group_by)
    sizes = np.bincount(units, minlength=0)
    # numpy's frozen generator: the same numbers in every version.
    chance = np.random.RandomState(wish.seed)
    order = chance.permutation(len(sizes)) if wish.shuffle else np.arange(len(sizes))
    if wish.stratify:
        found = _Stratifying(document, units, sizes, targets).run(order.tolist())
    elif wish.group_by is None:
        found = np.empty(count, np.int64)
        found[order] = np.repeat(np.arange(len(targets)), targets)
    else:
        found = _filled(sizes, targets, order)
    return found[units]


def _groups(document: Document, group_by: str) -> NDArray[np.int64]:
    """Number the groups of images, in the order in which they first come."""
    numbers: dict[str, int] = {}
    values = evaluate(document, "images", group_by).tolist()
    names = [f"alone {i}" if value is None else f"= {value!r}" for i, value in enumerate(values)]
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)


def _filled(
    sizes: NDArray[np.int64], targets: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Deal out groups: the largest first, each to where most is missing."""
    out = np.empty(len(sizes), np.int64)
    left = targets.tolist()
    largest = order[np.argsort(-sizes[order], kind="stable")]
    for unit, size in zip(largest.tolist(), sizes[largest].tolist(), strict=True):
        number = left.index(max(left))
        out[unit] = number
        left[number] -= size
    return out


class _Stratifying:
    """Iterative stratification (Sechidis, Tsoumakas and Vlahavas, 2011).

    Categories are taken one after the other, that of the fewest images first: its images go where
    most of its annotations are missing.
    """

    def __init__(
        self,
        document: Document,
        units: NDArray[np.int64],
        sizes: NDArray[np.int64],
        targets: NDArray[np.int64],
    ) -> None:
        self._sizes = sizes.tolist()
        self._left = targets.tolist()
        images, categories = document.image_rows(), _categories(document)
        there = (images >= 0) & (categories >= 0)
        kinds = int(categories.max(initial=-1)) + 1
        pairs = np.zeros(0, np.int64)
        if there.any():
            pairs = units[images[there]] * kinds + categories[there]
        found, counts = np.unique(pairs, return_counts=True)
        self._members: list[list[int]] = [[] for _ in range(kinds)]  # units of each category
        self._has: list[list[tuple[int, int]]] = [[] for _ in self._sizes]
        for pair, count in zip(found.tolist(), counts.tolist(), strict=True):
            unit, category = divmod(pair, kinds)
            self._members[category].append(unit)
            self._has[unit].append((category, count))
        totals = np.bincount(categories[there], minlength=kinds)
        shares = targets / max(int(targets.sum()), 1)
        self._wanted: list[list[float]] = np.outer(shares, totals).tolist()

    def run(self, order: list[int]) -> NDArray[np.int64]:
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        self._out = np.full(len(order), -1)
        waiting = np.array([len(members) for members in self._members], np.int64)
        while (waiting > 0).any():
            rarest = int(np.argmin(np.where(waiting > 0, waiting, np.iinfo(np.int64).max)))
            members = sorted(self._members[rarest], key=rank.__getitem__)
            for unit in members:
                if self._out[unit] < 0:
                    self._put(unit, [wanted[rarest] for wanted in self._wanted])
                    for category, _ in self._has[unit]:
                        waiting[category] -= 1
        for unit in order:
            if self._out[unit] < 0:
                self._put(unit, self._left)
        return self._out

    def _put(self, unit: int, wishes: Sequence[float]) -> None:
        size, left = self._sizes[unit], self._left
        roomy = [number for number in range(len(left)) if left[number] >= size]
        among = roomy or range(len(left))
        if not roomy:
            wishes = left
        number = max(among, key=lambda one: (wishes[one], left[one], -one))
        self._out[unit] = number
        left[number] -= size
        for category, count in self._has[unit]:
            self._wanted[number][category] -= count


def _categories(document: Document) -> NDArray[np.int64]:
    """Number the category of each annotation: those of one name, in whichever part, are one."""
    rows = document.category_rows()
    names = document.categories.column("name", missing=None).tolist()
    numbers: dict[str, int] = {}
    keys = [f"row {i}" if name is None else f"= {name!r}" for i, name in enumerate(names)]
    codes = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    if len(codes) == 0:
        return np.full(len(rows), -1)
    return np.where(rows >= 0, codes[rows], -1)
