"""`diff`: what is in one document and not in the other, shape by shape."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.json_values import MISSING
from cocodec.documents.table import Table
from cocodec.reshaping.naming import ids_of
from cocodec.reshaping.opening import Input, looked_at
from cocodec.reshaping.shapes import (
    MASK,
    NOTHING,
    Pairs,
    Shapes,
    mixed_bits,
    read_shapes,
    rows_together,
    shared_within,
)
from cocodec.signatures import names_arguments

__all__ = ["AnnotationChanges", "Difference", "RowChanges", "diff"]

_CHUNK = 4096  # rows that are decoded in one go
_REFERS = {"image_id", "category_id"}
_SHAPE = {"segmentation", "bbox", "area"}


@dataclass
class RowChanges:
    """What became of the rows of a table.

    Attributes
    ----------
    added, removed : list of dict
        ``{"id", "name"}`` of rows of the second document, or the first.
    changed : list of dict
        ``{"id", "name", "keys"}`` of rows that are in both; the keys whose values differ.
    same : int
        How many rows are in both, and the same.
    """

    added: list[dict[str, Any]] = field(default_factory=list)
    removed: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    same: int = 0


@dataclass
class AnnotationChanges(RowChanges):
    """What became of the annotations: each of a row tells its image, category, row and id.

    Attributes
    ----------
    moved : list of dict
        Those whose shape is another: ``iou``, ``gained`` and ``lost`` pixels, ``keys`` that differ
        besides.
    relabelled : list of dict
        Those of the same image and of another category: as `moved`, and ``other_category``.
    """

    moved: list[dict[str, Any]] = field(default_factory=list)
    relabelled: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Difference:
    """What two documents do not have in common; true if there is anything.

    Attributes
    ----------
    images, categories : RowChanges
    annotations : AnnotationChanges
    fields : list of str
        Root keys that differ.

    Examples
    --------
    >>> cocodec.diff(document, document).annotations.same
    3
    """

    images: RowChanges
    categories: RowChanges
    annotations: AnnotationChanges
    fields: list[str]

    def __bool__(self) -> bool:
        tables: list[RowChanges] = [self.images, self.categories, self.annotations]
        rows = any(one.added or one.removed or one.changed for one in tables)
        shapes = bool(self.annotations.moved) or bool(self.annotations.relabelled)
        return rows or shapes or bool(self.fields)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON has it.

        Examples
        --------
        >>> sorted(cocodec.diff(document, document).as_dict())[:2]
        ['annotations', 'categories']
        """
        return {"differs": bool(self), **asdict(self)}

    @names_arguments
    def text(self, limit: int | None = 20) -> str:
        """Return lines for people; of each kind of change the first `limit`.

        Examples
        --------
        >>> print(cocodec.diff(document, document).text().splitlines()[0])
        images:      0 added, 0 removed, 0 changed, 2 the same
        """
        lines = []
        for name in ("images", "categories", "annotations"):
            one: RowChanges = getattr(self, name)
            shapes = one if isinstance(one, AnnotationChanges) else AnnotationChanges()
            moved, relabelled = shapes.moved, shapes.relabelled
            told = f", {len(moved):,} moved" if shapes is one else ""
            told += f", {len(relabelled):,} of another category" if relabelled else ""
            lines.append(
                f"{name + ':':13}{len(one.added):,} added, {len(one.removed):,} removed{told}, "
                f"{len(one.changed):,} changed, {one.same:,} the same"
            )
            kinds = [("+", one.added), ("-", one.removed), ("~", moved), ("=", relabelled)]
            kinds += [("*", one.changed)]
            for sign, rows in kinds:
                lines += [f"  {sign} {_told(row)}" for row in rows[:limit]]
                if limit is not None and len(rows) > limit:
                    lines.append(f"  {sign} ... and {len(rows) - limit:,} more")
        if self.fields:
            lines.append(f"root keys that differ: {', '.join(self.fields)}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()


def _told(row: dict[str, Any]) -> str:
    if "image" not in row:
        keys = f": {', '.join(row['keys'])}" if "keys" in row else ""
        return f"id {row['id']!r}, {row['name']!r}{keys}"
    ids = f"id {row['id']!r}"
    if row.get("other_id", row["id"]) != row["id"]:
        ids += f" -> {row['other_id']!r}"
    category = repr(row["category"])
    if "other_category" in row:
        category += f" -> {row['other_category']!r}"
    out = f"{row['image']!r}, {category}, row {row['row']}, {ids}"
    if "iou" in row:
        out += f": IoU {row['iou']:.4f}, {row['gained']:,g} px gained, {row['lost']:,g} px lost"
    if row.get("keys"):
        out += f": {', '.join(row['keys'])}"
    return out


@names_arguments
def diff(
    first: Input,
    second: Input,
    *,
    min_iou: float = 0.5,
    ignore: Collection[str] = (),
    threads: int = 0,
) -> Difference:
    """Compare two documents by what they say, not by how it is spelled.

    Images are the same by ``file_name`` where all have one and none twice, else by ``id``;
    categories likewise by ``name``. Annotations are matched within an image and a category: equal
    masks first, then the pairs with the highest IoU; what is left is matched within an image alone,
    as of another category. How a mask is spelled (rings, RLE), the order of rows and keys, and
    numbers like 1 and 1.0 make no difference. Of a document of many parts and one that has not as
    many, such as a zip and what it was merged to, a row that several parts list counts once.

    Parameters
    ----------
    first, second : path, bytes, binary file or Document
    min_iou : float
        From which on two annotations are one that has moved; above 0.
    ignore : collection of str
        Keys of rows, and of the root, that do not count.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    Difference
        False if nothing differs.

    Raises
    ------
    DocumentError
        If a file cannot be read.

    Examples
    --------
    >>> import cocodec
    >>> a = cocodec.Document.from_rows(images=[{"id": 1, "file_name": "a.jpg"}])
    >>> b = cocodec.Document.from_rows(images=[{"id": 9, "file_name": "a.jpg"}])
    >>> diff(a, b).images.changed
    [{'id': 1, 'name': 'a.jpg', 'keys': ['id']}]
    >>> bool(diff(a, b, ignore=["id"]))
    False
    """
    if not 0 < min_iou <= 1:
        raise ValueError(f"min_iou is {min_iou}, expected a number above 0 and up to 1")
    a, b = looked_at(first), looked_at(second)
    ignored = set(ignore)
    united = len(a.parts) != len(b.parts)
    images, image_match = _compare_rows(a.images, b.images, "file_name", ignored, united=united)
    categories, category_match = _compare_rows(
        a.categories, b.categories, "name", ignored, united=united
    )
    annotations = _Annotations(a, b, ignored)
    annotations.match(_cells(a, b, image_match, category_match), min_iou, threads)
    return Difference(images, categories, annotations.told(), _fields(a, b, ignored))


def _fields(a: Document, b: Document, ignored: set[str]) -> list[str]:
    """Root keys, and licences, that differ; of documents of many parts, those of any."""
    told = [[one.fields(number) for number in range(len(one.parts))] for one in (a, b)]
    names = list(dict.fromkeys(key for fields in told for one in fields for key in one))
    if len(told[0]) == len(told[1]):
        pairs = list(zip(*told, strict=True))
        out = [
            name
            for name in names
            if not all(_alike(one.get(name), two.get(name)) for one, two in pairs)
        ]
        same_licences = _alike(a.licenses[:], b.licenses[:])
    else:  # what several parts say counts once
        values = [[one[name] for one in fields if name in one] for name in names for fields in told]
        out = [name for i, name in enumerate(names) if not _say_alike(*values[2 * i : 2 * i + 2])]
        same_licences = _say_alike(a.licenses[:], b.licenses[:])
    if not same_licences and "licenses" not in out:
        out.append("licenses")
    return [name for name in out if name not in ignored]


def _say_alike(ones: list[Any], others: list[Any]) -> bool:
    """Whether two lists have the same values, however often."""
    return all(
        any(_alike(one, other) for other in there)
        for here, there in ((ones, others), (others, ones))
        for one in here
    )


# ---------------------------------------------------------------- images and categories


class _Match(NamedTuple):
    """Which rows of two tables are one for those who refer to them: rows of the first table.

    Attributes
    ----------
    first : (n,) array of int64
        Of each row of the first table, the first row with the same name or id.
    second : (m,) array of int64
        The same of each row of the second table; -1 where there is none.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]


def _compare_rows(
    a: Table, b: Table, key: str, ignored: set[str], *, united: bool
) -> tuple[RowChanges, _Match]:
    """Match rows by name or id; returns what became of them, and what referring to them means.

    `united`: the documents have not the same parts, so that all parts are taken together, and what
    several of them list is one row.
    """
    keys_a, keys_b = _keys(a, b, key, united=united)
    index = {name: row for row, name in reversed(list(enumerate(keys_a)))}
    first = np.array([index[name] for name in keys_a], np.int64)
    match = np.array([index.get(name, -1) for name in keys_b], np.int64)
    is_unique = len(index) == len(keys_a) and len(set(keys_b)) == len(keys_b)
    rows_a, rows_b = (
        _told_once(t, k) if united else np.arange(len(k)) for t, k in ((a, keys_a), (b, keys_b))
    )
    pairs = match if is_unique else _one_to_one((a, keys_a, rows_a), (b, keys_b, rows_b))
    out = RowChanges()
    out.added = [_named(b, row, key) for row in rows_b[pairs[rows_b] < 0].tolist()]
    out.removed = [_named(a, row, key) for row in np.setdiff1d(rows_a, pairs).tolist()]
    both = rows_b[pairs[rows_b] >= 0]
    changes = _changed_keys((a, pairs[both]), (b, both), ignored)
    for row, keys in zip(pairs[both].tolist(), changes, strict=True):
        if keys:
            out.changed.append({**_named(a, row, key), "keys": keys})
    out.same = len(both) - len(out.changed)
    return out, _Match(first, match)


def _keys(a: Table, b: Table, key: str, *, united: bool) -> tuple[list[Any], list[Any]]:
    """What rows go by: their names, or else their parts and ids."""
    names = [table.column(key, missing=None).tolist() for table in (a, b)]
    parts = [table.part.tolist() if united else [0] * len(table) for table in (a, b)]
    if all(_are_names(*one) for one in zip(names, parts, strict=True)):
        return names[0], names[1]
    if united:
        return [*map(repr, ids_of(a))], [*map(repr, ids_of(b))]
    found = ([*map(repr, zip(t.part.tolist(), ids_of(t), strict=True))] for t in (a, b))
    return next(found), next(found)


def _told_once(table: Table, keys: list[Any]) -> NDArray[np.int64]:
    """Rows without those whose key an earlier part has."""
    parts: dict[Any, int] = {}
    own = [
        parts.setdefault(key, part) == part
        for key, part in zip(keys, table.part.tolist(), strict=True)
    ]
    return np.flatnonzero(np.array(own, bool))


_Keyed: TypeAlias = "tuple[Table, list[Any], NDArray[np.int64]]"


def _one_to_one(a: _Keyed, b: _Keyed) -> NDArray[np.int64]:
    """Match rows whose keys may repeat, each once: those that say the same, then in their order."""
    out = np.full(len(b[1]), -1, np.int64)
    told = [
        [(key, json.dumps(row, sort_keys=True)) for key, row in zip(keys, table, strict=True)]
        for table, keys, _ in (a, b)
    ]
    taken: set[int] = set()
    for ones, others in (told, (a[1], b[1])):
        free: dict[Any, deque[int]] = {}
        for row in a[2].tolist():
            if row not in taken:
                free.setdefault(ones[row], deque()).append(row)
        for row in b[2].tolist():
            if out[row] < 0 and free.get(others[row]):
                out[row] = free[others[row]].popleft()
        taken.update(out[out >= 0].tolist())
    return out


def _are_names(values: list[Any], parts: list[int]) -> bool:
    """Whether all are names, and no part has one twice."""
    named = all(isinstance(value, str) for value in values)
    return named and len(set(zip(values, parts, strict=True))) == len(values)


def _named(table: Table, row: int, key: str) -> dict[str, Any]:
    value = table[row]
    found = value if isinstance(value, dict) else {}
    return {"id": found.get("id"), "name": found.get(key)}


def _changed_keys(
    a: tuple[Table, NDArray[np.int64]], b: tuple[Table, NDArray[np.int64]], ignored: set[str]
) -> Iterable[list[str]]:
    """Yield, for each pair of rows, the keys whose values differ; equal bytes are not decoded."""
    for begin in range(0, len(a[1]), _CHUNK):
        one, two = a[1][begin : begin + _CHUNK], b[1][begin : begin + _CHUNK]
        places, others = a[0].places(one), b[0].places(two)
        same = [places.text(i) == others.text(i) for i in range(len(one))]
        differing = np.flatnonzero(~np.array(same, bool))
        decoded = zip(a[0][one[differing]], b[0][two[differing]], strict=True)
        for is_same in same:
            yield [] if is_same else _differing(*next(decoded), ignored)


def _differing(a: Any, b: Any, ignored: set[str]) -> list[str]:
    if not isinstance(a, dict) or not isinstance(b, dict):
        return [] if _alike(a, b) else ["(all)"]
    keys = [key for key in {**a, **b} if key not in ignored]
    return [key for key in keys if not _alike(a.get(key, MISSING), b.get(key, MISSING))]


def _alike(a: Any, b: Any) -> bool:
    """The same value: 1 and 1.0 are, 1 and true are not; the order of keys does not count."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_alike(value, b[key]) for key, value in a.items())
    return bool(a == b)


# ---------------------------------------------------------------- annotations


class _Cells(NamedTuple):
    """Numbers for what annotations refer to, the same in both documents.

    Attributes
    ----------
    a, b : array of int64
        One for the image and the category of each annotation.
    images : two arrays of int64
        One for its image alone.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    images: tuple[NDArray[np.int64], NDArray[np.int64]]


def _cells(
    a: Document,
    b: Document,
    image_match: _Match,
    category_match: _Match,
) -> _Cells:
    images = _codes(a, b, (a.image_rows(), b.image_rows()), image_match, "image_id")
    categories = _codes(a, b, (a.category_rows(), b.category_rows()), category_match, "category_id")
    width = 1 + max((int(one.max(initial=0)) for one in categories), default=0)
    return _Cells(images[0] * width + categories[0], images[1] * width + categories[1], images)


def _codes(
    a: Document,
    b: Document,
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    match: _Match,
    key: str,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number what annotations refer to; what is not listed, by its id."""
    listed = len(a.images if key == "image_id" else a.categories)
    codes_a, codes_b = rows[0].copy(), rows[1].copy()
    there_a, there_b = codes_a >= 0, codes_b >= 0
    codes_a[there_a] = match.first[codes_a[there_a]]
    others = np.where(match.second >= 0, match.second, listed + np.arange(len(match.second)))
    codes_b[there_b] = others[codes_b[there_b]]
    beyond = listed + len(match.second)
    numbers: dict[str, int] = {}
    for document, codes in ((a, codes_a), (b, codes_b)):
        lost = np.flatnonzero(codes < 0)
        values = document.annotations.column(key, lost, missing=None).tolist()
        codes[lost] = [beyond + numbers.setdefault(repr(v), len(numbers)) for v in values]
    return codes_a, codes_b


class _Nearest(NamedTuple):
    """Pairs of annotations that are like each other, but not the same.

    Attributes
    ----------
    pairs : (k, 2) array of int64
    values : (k, 3) array of float64
        IoU, pixels gained, pixels lost.
    """

    pairs: NDArray[np.int64]
    values: NDArray[np.float64]

    @staticmethod
    def none() -> _Nearest:
        return _Nearest(np.zeros((0, 2), np.int64), np.zeros((0, 3)))

    @staticmethod
    def joined(found: list[_Nearest]) -> _Nearest:
        return _Nearest(*(np.concatenate(one) for one in zip(*found, strict=True)))


def _nearest(shapes: tuple[Shapes, Shapes], found: Pairs, min_iou: float) -> _Nearest:
    """Choose pairs, those of the highest IoU first; each annotation once."""
    a, b = shapes
    iou = found.iou(a, b)
    best = np.flatnonzero(iou >= min_iou)
    best = best[np.lexsort((found.second[best], found.first[best], -iou[best]))]
    taken_a, taken_b = np.zeros(len(a.kinds), bool), np.zeros(len(b.kinds), bool)
    chosen = []
    for pair, one, two in zip(
        best.tolist(), found.first[best].tolist(), found.second[best].tolist(), strict=True
    ):
        if not taken_a[one] and not taken_b[two]:
            taken_a[one] = taken_b[two] = True
            chosen.append(pair)
    picked = np.array(chosen, np.int64)
    first, second, shared = found.first[picked], found.second[picked], found.shared[picked]
    values = np.stack([iou[picked], b.areas[second] - shared, a.areas[first] - shared], axis=1)
    return _Nearest(np.stack([first, second], axis=1).reshape(-1, 2), values.reshape(-1, 3))


_Numbers: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"
_Hashes: TypeAlias = "tuple[NDArray[np.uint64], NDArray[np.uint64]]"


def _of_rows(pairs: NDArray[np.int64], rows: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    """Pairs of numbers of some rows, as pairs of these rows."""
    return np.stack([rows[0][pairs[:, 0]], rows[1][pairs[:, 1]]], axis=1)


def _match(
    shapes: tuple[Shapes, Shapes],
    cells: _Numbers,
    images: _Numbers,
    ids: _Hashes,
    *,
    min_iou: float,
    threads: int,
) -> tuple[list[NDArray[np.int64]], _Nearest, _Nearest]:
    """Match annotations of some images: pairs that are the same, moved, of another category."""
    a, b = shapes
    hashes = [_cell_hashes(*one) for one in zip(shapes, cells, ids, strict=True)]
    free_a, free_b = np.arange(len(a.kinds)), np.arange(len(b.kinds))
    same = []
    # Of several equal shapes those with the same id belong together.
    for keys in ([h ^ i for h, i in zip(hashes, ids, strict=True)], hashes):
        free = free_a, free_b
        pairs = _match_equal(cells, shapes, (keys[0][free_a], keys[1][free_b]), free, threads)
        free_a = np.setdiff1d(free_a, pairs[:, 0])
        free_b = np.setdiff1d(free_b, pairs[:, 1])
        same.append(pairs)
    found = shared_within(a, b, cells, (free_a, free_b), threads=threads)
    moved = _nearest(shapes, found, min_iou)
    free_a = np.setdiff1d(free_a, moved.pairs[:, 0])
    free_b = np.setdiff1d(free_b, moved.pairs[:, 1])
    found = shared_within(a, b, images, (free_a, free_b), threads=threads)
    return same, moved, _nearest(shapes, found, min_iou)


def _match_equal(
    cells: _Numbers, shapes: tuple[Shapes, Shapes], keys: _Hashes, free: _Numbers, threads: int
) -> NDArray[np.int64]:
    """Match equal shapes of a cell in their order; returns pairs, shape (k, 2)."""
    a, b = shapes
    _, at_a, at_b = np.intersect1d(_ranked(keys[0]), _ranked(keys[1]), return_indices=True)
    in_a, in_b = free[0][at_a], free[1][at_b]
    # That the hashes are equal is a good guess; that the shapes are, is looked up.
    sure = (cells[0][in_a] == cells[1][in_b]) & (a.kinds[in_a] == b.kinds[in_b])
    sure &= (a.kinds[in_a] != MASK) | (a.masks.sizes[in_a] == b.masks.sizes[in_b]).all(axis=1)
    in_a, in_b = in_a[sure], in_b[sure]
    masked = a.kinds[in_a] == MASK
    equal = (a.boxes[in_a] == b.boxes[in_b]).all(axis=1)
    one, two = a.masks[in_a[masked]], b.masks[in_b[masked]]
    other = _core.pairwise(one._runs, two._runs, "symmetric_difference", threads)
    equal[masked] = _core.area(other) == 0
    pairs = np.stack([in_a[equal], in_b[equal]], axis=1)
    return pairs[np.argsort(pairs[:, 0], kind="stable")]


def _cell_hashes(
    shapes: Shapes, cells: NDArray[np.int64], ids: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Hash shapes and cells; annotations without a shape go by their ids."""
    hashes = shapes.hashes()
    bare = shapes.kinds == NOTHING
    hashes[bare] = ids[bare]
    return mixed_bits(hashes + mixed_bits(cells.astype(np.uint64)))


class _Annotations:
    """The matching of all annotations, image by image, and what is told of it."""

    def __init__(self, a: Document, b: Document, ignored: set[str]) -> None:
        self._a, self._b, self._ignored = a, b, ignored
        # Pairs of rows; the lists start with none.
        self._same: list[NDArray[np.int64]] = [np.zeros((0, 2), np.int64)]
        self._moved, self._relabelled = [_Nearest.none()], [_Nearest.none()]
        self._ids = _id_hashes(a), _id_hashes(b)

    def match(self, cells: _Cells, min_iou: float, threads: int) -> None:
        for rows in rows_together(*cells.images):
            a, b = (
                read_shapes(one, some, threads=threads)
                for one, some in zip((self._a, self._b), rows, strict=True)
            )
            own = (cells.a[rows[0]], cells.b[rows[1]])
            images = (cells.images[0][rows[0]], cells.images[1][rows[1]])
            ids = (self._ids[0][rows[0]], self._ids[1][rows[1]])
            found = _match((a, b), own, images, ids, min_iou=min_iou, threads=threads)
            self._same += [_of_rows(pairs, rows) for pairs in found[0]]
            for all_found, one in zip((self._moved, self._relabelled), found[1:], strict=True):
                all_found.append(one._replace(pairs=_of_rows(one.pairs, rows)))

    def told(self) -> AnnotationChanges:
        out = AnnotationChanges()
        same = np.concatenate(self._same)
        same = same[np.argsort(same[:, 0], kind="stable")]
        names = _Names(self._a), _Names(self._b)
        moved, relabelled = _Nearest.joined(self._moved), _Nearest.joined(self._relabelled)
        matched_a, matched_b = np.concatenate([same, moved.pairs, relabelled.pairs]).T
        gone = np.setdiff1d(np.arange(len(self._a.annotations)), matched_a)
        new = np.setdiff1d(np.arange(len(self._b.annotations)), matched_b)
        out.removed = [names[0].of(row) for row in gone.tolist()]
        out.added = [names[1].of(row) for row in new.tolist()]
        ignored = {*self._ignored, *_REFERS, "segmentation"}
        for pair, keys in zip(same.tolist(), self._keys_of(same, ignored), strict=True):
            if keys:
                out.changed.append({**self._both(names, pair), "keys": keys})
        out.same = len(same) - len(out.changed)
        ignored |= _SHAPE
        for found, rows in ((moved, out.moved), (relabelled, out.relabelled)):
            changes = self._keys_of(found.pairs, ignored)
            for pair, values, keys in zip(
                found.pairs.tolist(), found.values.tolist(), changes, strict=True
            ):
                told = dict(zip(("iou", "gained", "lost"), values, strict=True))
                rows.append({**self._both(names, pair), **told, "keys": keys})
                if rows is out.relabelled:
                    rows[-1]["other_category"] = names[1].of(pair[1])["category"]
            rows.sort(key=lambda row: row["row"])
        return out

    def _keys_of(self, pairs: NDArray[np.int64], ignored: set[str]) -> Iterable[list[str]]:
        one, two = self._a.annotations, self._b.annotations
        return _changed_keys((one, pairs[:, 0]), (two, pairs[:, 1]), ignored)

    def _both(self, names: tuple[_Names, _Names], pair: list[int]) -> dict[str, Any]:
        other = names[1].of(pair[1])
        return {**names[0].of(pair[0]), "other_row": other["row"], "other_id": other["id"]}


def _id_hashes(document: Document) -> NDArray[np.uint64]:
    ids = document.annotations.column("id", missing=None)
    if ids.dtype == np.int64:
        return mixed_bits(ids.astype(np.uint64))
    mask = 2**64 - 1
    numbers = [value if type(value) is int else hash(repr(value)) for value in ids.tolist()]
    return mixed_bits(np.array([number & mask for number in numbers], np.uint64))


def _ranked(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Make equal keys differ by how many equal ones came before."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    fresh = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    starts = np.repeat(fresh, np.diff(np.append(fresh, len(keys))))
    rank = np.empty(len(keys), np.uint64)
    rank[order] = (np.arange(len(keys)) - starts).astype(np.uint64)
    return keys * np.uint64(0x9E3779B97F4A7C15) + rank


class _Names:
    """What people call the image and the category of an annotation."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._images, self._categories = document.image_rows(), document.category_rows()

    def of(self, row: int) -> dict[str, Any]:
        document = self._document
        value = document.annotations[row]
        own = value if isinstance(value, dict) else {}
        image, category = int(self._images[row]), int(self._categories[row])
        named = document.images[image].get("file_name") if image >= 0 else None
        called = document.categories[category].get("name") if category >= 0 else None
        return {
            "image": own.get("image_id") if named is None else named,
            "category": own.get("category_id") if called is None else called,
            "row": row,
            "id": own.get("id"),
        }
