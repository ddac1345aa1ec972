"""`merge`: the rows of several documents in one, ids kept unless two rows would share one.

Rows are copied as they are spelled. All rows of all documents are looked through at once, so the
cost is that of the rows, however many documents there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.arranging import adopt, adopt_field, arrange, part_alone
from cocodec.documents.document import Document
from cocodec.documents.json_values import MISSING
from cocodec.documents.parts import TABLES
from cocodec.documents.places import Places, decode_all
from cocodec.documents.table import Table
from cocodec.errors import DocumentError
from cocodec.files.sources import name_of
from cocodec.reshaping.naming import FreshIds
from cocodec.reshaping.opening import Input, looked_at
from cocodec.signatures import names_arguments

__all__ = ["Merged", "OnConflict", "merge"]

OnConflict = Literal["error", "reindex"]

_WHERE = {"images": "image_id", "categories": "category_id"}
# Lists that are no tables: by which key which tables refer to their items.
_LISTS = {
    "videos": ("video_id", ("images", "annotations")),
    "tracks": ("track_id", ("annotations",)),
}
_Moved: TypeAlias = "dict[tuple[int, str], Any]"  # new ids by document and old id


class Merged(NamedTuple):
    """What `merge` makes.

    Attributes
    ----------
    document : Document
    id_map : dict of str to list of dict
        Of each table, the ids that are others now: ``{"source", "old", "new"}``.
    notes : list of str
        What the documents say differently, so that not all of it could be kept; and what could not
        be sorted.

    Examples
    --------
    >>> cocodec.merge([document]).document
    <Document: 2 images, 3 annotations, 2 categories>
    """

    document: Document
    id_map: dict[str, list[dict[str, Any]]]
    notes: list[str]


@names_arguments
def merge(
    sources: Iterable[Input],
    *,
    on_conflict: OnConflict = "error",
    order: Literal["given", "id"] = "given",
) -> Merged:
    """Put documents together: of several files, and of all parts of each.

    Rows stay the same bytes but for ids that change; they come document by document. Images,
    annotations and licences with the same id that say the same are one. Categories of one name are
    one, that of the first document; annotations follow. Root keys are the first's, and those of the
    others that it does not have; lists of other keys are joined. Of ``videos`` and ``tracks`` it is
    known what refers to them by ``video_id`` and ``track_id``, and that follows too.

    Parameters
    ----------
    sources : iterable of paths, bytes, binary files and Documents
        All documents, or all results.
    on_conflict : {"error", "reindex"}
        What it means that two different rows have one id: nothing is made, or the later row gets a
        new id, and what refers to it follows.
    order : {"given", "id"}
        "id" sorts images and annotations by their ids, where all are integers; a note says where
        they are not. So what `split` has dealt out comes back as it was, byte for byte, if its
        images and its annotations were in the order of their ids. With "given" it does if `split`
        did not shuffle and the annotations were in the order of their images.

    Returns
    -------
    Merged

    Raises
    ------
    DocumentError
        If a file cannot be read; with ``on_conflict="error"``, names the first two rows that are
        in conflict.

    Examples
    --------
    >>> import cocodec
    >>> a = cocodec.Document.from_rows(images=[{"id": 1, "file_name": "a.jpg"}])
    >>> b = cocodec.Document.from_rows(images=[{"id": 1, "file_name": "b.jpg"}])
    >>> merged = merge([a, b], on_conflict="reindex")
    >>> merged.document.images[:], merged.id_map["images"]
    ([{'id': 1, 'file_name': 'a.jpg'}, {'id': 2, 'file_name': 'b.jpg'}], \
[{'source': 'document 1', 'old': 1, 'new': 2}])
    """
    if on_conflict not in ("error", "reindex"):
        raise ValueError(f"on_conflict is {on_conflict!r}, expected 'error' or 'reindex'")
    if order not in ("given", "id"):
        raise ValueError(f"order is {order!r}, expected 'given' or 'id'")
    labels, documents = _parts(sources)
    work = _Merging(labels, documents, on_conflict)
    work.run()
    if order == "id":
        for table in (work.document.images, work.document.annotations):
            if not _sort(table):
                work.notes.append(
                    f"{table.name}: not all ids are whole numbers, so the rows are in the order "
                    "of the files"
                )
    return Merged(work.document, work.id_map, work.notes)


def _parts(sources: Iterable[Input]) -> tuple[list[str], list[Document]]:
    """Take every part as a document of its own, and name it for people."""
    labels, documents = [], []
    for number, source in enumerate(sources):
        whole = looked_at(source)
        name = None if isinstance(source, Document) else name_of(source)
        label = name or f"document {number}"
        for part in whole.parts:
            alone = part_alone(whole, part.number)
            places = [label, part.name] if part.name else [label]
            if part.name is None and len(whole.parts) > 1:
                places.append(f"document {part.number}")
            labels.append(", ".join(places))
            documents.append(alone)
    if not documents:
        raise DocumentError("there is nothing to merge")
    roots = [document.parts[0].root for document in documents]
    for label, root in zip(labels, roots, strict=True):
        if root == "annotation":
            raise DocumentError(f"{label} is a single annotation, expected a document or results")
        if root != roots[0]:
            what = {"results": "a list of results"}
            raise DocumentError(
                f"{label} is {what.get(root, 'a document')}, {labels[0]} is "
                f"{what.get(roots[0], 'a document')}: documents merge with documents, results "
                "with results"
            )
    for label, document in zip(labels, documents, strict=True):
        if document.images.is_single(0):
            raise DocumentError(f"{label} has one image and no list of images, and cannot grow")
    return labels, documents


def _sort(table: Table) -> bool:
    """Sort rows by their ids; False, and nothing done, where these are not all integers."""
    ids = table.column("id")
    if len(ids) > 0 and ids.dtype == np.int64:
        arrange(table, np.argsort(ids, kind="stable"))
    return len(ids) == 0 or ids.dtype == np.int64


@dataclass
class _Joined:
    """The rows of one table of all documents, one behind the other.

    Attributes
    ----------
    places : Places
        Where all rows lie.
    owner : (n,) array of int64
        The document of each.
    starts : (documents + 1,) array of int64
        Where each document's rows start.
    codes : (n,) array of int64
        A number for each id; -1 where there is none that could clash.
    ids : list
        The id of each row.
    first : (n,) array of int64
        The first row with the same id, in whichever document.
    new : dict of int to object
        The new ids of rows that get one.
    same_as : dict of int to int
        Rows that are left out, and the row of an earlier document that says the same.
    """

    places: Places
    owner: NDArray[np.int64]
    starts: NDArray[np.int64]
    codes: NDArray[np.int64]
    ids: list[Any]
    first: NDArray[np.int64]
    new: dict[int, Any] = field(default_factory=dict)
    same_as: dict[int, int] = field(default_factory=dict)
    twins: dict[tuple[int, bytes], int] | None = None  # of repeated rows, made when needed

    def clashing(self) -> NDArray[np.int64]:
        """Rows with an id that an earlier document has."""
        there = self.codes >= 0
        earlier = self.owner[self.first] < self.owner
        return np.flatnonzero(there & earlier)

    def twin_of(self, row: int) -> int | None:
        """Find another row of an earlier document that says the same under the same id.

        The first document with an id settles what it means, and its rows stay as they are. So
        only a file in which the id comes twice has such, besides the first row.
        """
        if self.twins is None:
            repeated = (self.codes >= 0) & (self.owner[self.first] == self.owner)
            repeated &= self.first != np.arange(len(self.first))
            self.twins = {}
            for other in np.flatnonzero(repeated).tolist():
                self.twins.setdefault((int(self.codes[other]), _spell(self, other)), other)
        if not self.twins:
            return None
        return self.twins.get((int(self.codes[row]), _spell(self, row)))

    def decode(self, row: int) -> Any:
        return decode_all(self.places.text(row))

    def id_of(self, row: int) -> Any:
        """The id that a row has in the end."""
        row = self.same_as.get(row, row)
        return self.new.get(row, self.ids[row])


class _Merging:
    """One merge, table by table: first what is referred to, then what refers."""

    def __init__(self, labels: list[str], documents: list[Document], on_conflict: str) -> None:
        self._labels, self._documents = labels, documents
        self._reindexes = on_conflict == "reindex"
        self.document = part_alone(documents[0], 0)
        self.id_map: dict[str, list[dict[str, Any]]] = {}
        self.notes: list[str] = []
        self._tables = {name: _join_rows(documents, name) for name in TABLES}
        self._at: dict[str, NDArray[np.int64]] = {}  # where each row is in the end
        self._image_of = np.zeros(0, np.int64)  # of each annotation, -1 where there is none
        self._lists: dict[str, list[Any]] = {}  # `_LISTS` of all documents, with their new ids

    def run(self) -> None:
        self._unify_categories()
        moved: dict[str, _Moved] = {"category_id": self._moved_ids("categories")}
        listed = []
        for list_key, (own, names) in _LISTS.items():
            moved[own] = self._settle_list(list_key, moved)
            listed += [(name, own, *self._followers(name, own, moved[own])) for name in names]
        followed = {
            name: {int(row) for one in listed if one[0] == name for row in one[2]}
            for name in ("images", "annotations")
        }
        self._settle("licenses", lambda row: True)
        self._settle("images", lambda row: row not in followed["images"])
        references = {
            "images": self._references("image_rows", "images"),
            "categories": self._references("category_rows", "categories"),
        }
        # An annotation is the same only if what it refers to is the same, by the same id.
        for rows, _ in references.values():
            followed["annotations"].update(rows.tolist())
        self._settle(
            "annotations", lambda row: row not in followed["annotations"] and self._is_told(row)
        )
        licensed = self._followers("images", "license", self._moved_ids("licenses"))
        for name in TABLES:
            self._write(name)
        for name, (rows, ids) in references.items():
            self._refer("annotations", _WHERE[name], rows, ids)
        self._refer("images", "license", *licensed)
        for name, key, rows, ids in listed:
            self._refer(name, key, rows, ids)
        if self.document.parts[0].root == "document":
            self._merge_fields()

    # ------------------------------------------------------------ ids

    def _settle(self, name: str, may_be_same: Callable[[int], bool]) -> None:
        """Find rows that are one, and new ids for those that are two with one id."""
        table = self._tables[name]
        clashing = table.clashing()
        if len(clashing) == 0:
            return
        alike = table.places.take(clashing).same_texts(table.places.take(table.first[clashing]))
        fresh = FreshIds(table.ids)
        seen: dict[tuple[int, bytes], int] = {}
        given: dict[tuple[int, int], Any] = {}
        for row, is_alike in zip(clashing.tolist(), alike.tolist(), strict=True):
            first = int(table.first[row])
            if may_be_same(row) and (is_alike or _spell(table, row) == _spell(table, first)):
                table.same_as[row] = first
                continue
            twin = table.twin_of(row) if may_be_same(row) else None
            if twin is not None:
                table.same_as[row] = twin
                continue
            if not self._reindexes:
                raise DocumentError(self._conflict(name, first, row))
            key = (int(table.codes[row]), _spell(table, row)) if name != "annotations" else None
            if key is not None and key in seen and table.owner[seen[key]] < table.owner[row]:
                table.same_as[row] = seen[key]
                continue
            # Rows of one document that shared an id go on sharing one.
            own = (int(table.owner[row]), int(table.codes[row]))
            if own not in given:
                given[own] = fresh.next(table.ids[row])
            table.new[row] = given[own]
            if key is not None:
                seen.setdefault(key, row)

    def _conflict(self, name: str, first: int, row: int) -> str:
        table = self._tables[name]
        ones = []
        for one in (first, row):
            owner = int(table.owner[one])
            value = table.decode(one)
            told = [value.get(key) for key in ("file_name", "name") if isinstance(value, dict)]
            shown = "".join(f", {text!r}" for text in told if isinstance(text, str))
            ones.append(f"{self._labels[owner]} (row {one - int(table.starts[owner])}{shown})")
        return (
            f"{name}: id {table.ids[row]!r} is in {ones[0]} and, of another one, in {ones[1]}; "
            "nothing was made (on_conflict 'reindex' gives the later ones new ids)"
        )

    def _is_told(self, row: int) -> bool:
        """Whether an annotation has an image: without, two that look alike may be two."""
        return bool(self._image_of[row] >= 0)

    def _unify_categories(self) -> None:
        """Make categories of one name one; those with an id of another name get a new one."""
        table = self._tables["categories"]
        rows = [table.decode(row) for row in range(len(table.ids))]
        names: dict[str, int] = {}
        kept: dict[int, int] = {}  # by the codes of ids
        fresh = FreshIds(table.ids)
        for number in range(len(self._documents)):
            here = range(int(table.starts[number]), int(table.starts[number + 1]))
            for row in here:
                other = _twin(rows, row, kept.get(int(table.codes[row])), names)
                if other is not None:
                    table.same_as[row] = other
                    self._note_category(rows, row, other)
                elif int(table.codes[row]) in kept and number > 0:
                    first = kept[int(table.codes[row])]
                    if not self._reindexes:
                        raise DocumentError(self._conflict("categories", first, row))
                    table.new[row] = fresh.next(table.ids[row])
            for row in here:
                if row not in table.same_as:
                    name = rows[row].get("name") if isinstance(rows[row], dict) else None
                    if isinstance(name, str):
                        names.setdefault(name, row)
                    if table.codes[row] >= 0 and row not in table.new:
                        kept.setdefault(int(table.codes[row]), row)

    def _note_category(self, rows: Sequence[Any], row: int, other: int) -> None:
        mine = {key: value for key, value in rows[row].items() if key != "id"}
        first = {key: value for key, value in rows[other].items() if key != "id"}
        if mine != first:
            owner = int(self._tables["categories"].owner[row])
            self.notes.append(
                f"{self._labels[owner]}: category {mine.get('name')!r} is not told as in "
                "the first document that has it, which counts"
            )

    # ------------------------------------------------------------ references

    def _references(self, join: str, name: str) -> tuple[NDArray[np.int64], list[Any]]:
        """Which annotations refer to rows by an id that is another now, and the new ids."""
        table, annotations = self._tables[name], self._tables["annotations"]
        found = [getattr(document, join)() for document in self._documents]
        target = np.concatenate(found) if found else np.zeros(0, np.int64)
        target = np.where(target >= 0, target + table.starts[annotations.owner], -1)
        if name == "images":
            self._image_of = target
        changed = np.zeros(len(table.ids) + 1, bool)  # the last stands for -1
        for row in [*table.new, *table.same_as]:
            changed[row] = not _equal_ids(table.id_of(row), table.ids[row])
        rows = np.flatnonzero(changed[target])
        return rows, [table.id_of(row) for row in target[rows].tolist()]

    def _moved_ids(self, name: str) -> _Moved:
        """Rows of a table whose id is another now."""
        table = self._tables[name]
        return {
            (int(table.owner[row]), _key_of(table.ids[row])): table.id_of(row)
            for row in [*table.new, *table.same_as]
            if not _equal_ids(table.id_of(row), table.ids[row])
        }

    def _settle_list(self, key: str, followed: dict[str, _Moved]) -> _Moved:
        """Find new ids for the items of a list that is no table: those of another item's id.

        `followed`: by the keys with which items refer to others, what has another id now.
        """
        lists = [
            _with_ids(_list_of(document, key), number, followed)
            for number, document in enumerate(self._documents)
        ]
        items = [(number, item) for number, one in enumerate(lists) for item in _named(one)]
        fresh = FreshIds([item["id"] for _, item in items])
        firsts: dict[str, tuple[int, bytes]] = {}
        given: dict[tuple[str, bytes], Any] = {}
        moved: _Moved = {}
        for number, item in items:
            name, text = _key_of(item["id"]), msgspec.json.encode(item, order="sorted")
            owner, first = firsts.setdefault(name, (number, text))
            if owner == number or first == text:
                continue
            if not self._reindexes:
                raise DocumentError(
                    f"{key!r} has another item with id {item['id']!r} than the documents before; "
                    "nothing was made (on_conflict 'reindex' gives it a new id)",
                    file=self._labels[number],
                )
            if (name, text) not in given:
                given[name, text] = fresh.next(item["id"])
            new = moved[number, name] = given[name, text]
            told = {"source": self._labels[number], "old": item["id"], "new": new}
            self.id_map.setdefault(key, []).append(told)
        self._lists[key] = [
            _with_ids(one, number, {"id": moved}) for number, one in enumerate(lists)
        ]
        return moved

    def _followers(self, name: str, key: str, moved: _Moved) -> tuple[NDArray[np.int64], list[Any]]:
        """Which rows of a table refer by a key to what has another id now, and the new ids."""
        rows, ids = [], []
        starts = self._tables[name].starts
        for number in sorted({number for number, _ in moved}):
            column = getattr(self._documents[number], name).column(key, missing=None).tolist()
            for row, value in enumerate(column, int(starts[number])):
                if value is not None and (number, _key_of(value)) in moved:
                    rows.append(row)
                    ids.append(moved[number, _key_of(value)])
        return np.array(rows, np.int64), ids

    # ------------------------------------------------------------ writing

    def _write(self, name: str) -> None:
        """Take in the rows of the later documents, and write new ids."""
        table = self._tables[name]
        count = len(getattr(self._documents[0], name))
        stays = np.ones(len(table.ids), bool)
        stays[list(table.same_as)] = False
        self._at[name] = np.cumsum(stays) - 1
        stays[:count] = False
        rows = np.flatnonzero(stays)
        target = getattr(self.document, name)
        if len(rows) > 0:
            adopt(target, table.places.take(rows))
        if table.new:
            numbers = list(table.new)
            target.set_column("id", [table.new[row] for row in numbers], self._at[name][numbers])
        changed = [
            {"source": self._labels[int(table.owner[row])], "old": table.ids[row], "new": new}
            for row in sorted([*table.new, *table.same_as])
            if not _equal_ids(new := table.id_of(row), table.ids[row])
        ]
        if changed:
            self.id_map[name] = changed

    def _refer(self, name: str, key: str, rows: NDArray[np.int64], ids: list[Any]) -> None:
        left_out = self._tables[name].same_as
        pairs = [(r, i) for r, i in zip(rows.tolist(), ids, strict=True) if r not in left_out]
        if pairs:
            numbers = self._at[name][[row for row, _ in pairs]]
            getattr(self.document, name).set_column(key, [new for _, new in pairs], numbers)

    def _merge_fields(self) -> None:
        """Root keys: the first's, those that only others have, and lists joined."""
        for number, document in enumerate(self._documents[1:], 1):
            fields = document.fields(0)
            for key, value in fields.items():
                if key in _LISTS and isinstance(value, list):
                    value = self._lists[key][number]
                own = self.document.field(key)
                if own is MISSING and value == fields[key]:
                    text = document._field_text(key, 0)
                    adopt_field(self.document, key, text or b"null")
                elif own is MISSING:
                    self.document.set_field(key, value)
                elif not _same_json(own, value):
                    self._join_field(key, own, value, self._labels[number])

    def _join_field(self, key: str, own: Any, value: Any, label: str) -> None:
        if isinstance(own, list) and isinstance(value, list):
            known = {msgspec.json.encode(item) for item in own}
            added = [item for item in value if msgspec.json.encode(item) not in known]
            ids = {_key_of(item.get("id")) for item in own if isinstance(item, dict)}
            twice = [
                item["id"]
                for item in added
                if isinstance(item, dict) and item.get("id") is not None
                if _key_of(item["id"]) in ids
            ]
            if twice:
                raise DocumentError(
                    f"{label}: {key!r} has another item with id {twice[0]!r} than the documents "
                    "before; nothing was made (what refers to it is not known here)"
                )
            self.document.set_field(key, [*own, *added])
        else:
            self.notes.append(
                f"{label}: {key!r} is another than the first document's, which counts"
            )


def _list_of(document: Document, key: str) -> list[Any]:
    value = document.field(key, None) if document.parts[0].root == "document" else None
    return value if isinstance(value, list) else []


def _named(items: list[Any]) -> list[dict[str, Any]]:
    """Items with an id."""
    return [one for one in items if isinstance(one, dict) and one.get("id") is not None]


def _with_ids(items: list[Any], number: int, followed: dict[str, _Moved]) -> list[Any]:
    """Items of a document, with the new ids of what they are or refer to."""
    out = []
    for item in items:
        new = {
            key: moved[number, _key_of(item[key])]
            for key, moved in followed.items()
            if isinstance(item, dict) and (number, _key_of(item.get(key))) in moved
        }
        out.append({**item, **new} if new else item)
    return out


def _join_rows(documents: Sequence[Document], name: str) -> _Joined:
    texts: list[Any] = []
    which, spans, id_which, id_spans, ids = [], [], [], [], []
    for document in documents:
        table = getattr(document, name)
        places = table.places()
        _, (at,) = table.find(["id"])
        offset = np.int32(len(texts))
        which.append(places.which + offset)
        id_which.append(at.which + offset)
        spans.append(places.spans)
        id_spans.append(at.spans)
        texts += places.texts
        ids += table.column("id", missing=None).tolist()
    owner = np.repeat(np.arange(len(documents)), [len(one) for one in which])
    starts = np.cumsum([0, *map(len, which)])
    places = Places(texts, np.concatenate(which), np.concatenate(spans))
    found = Places(texts, np.concatenate(id_which), np.concatenate(id_spans))
    return _Joined(places, owner, starts, *_coded(found, ids))


def _coded(
    places: Places, ids: list[Any]
) -> tuple[NDArray[np.int64], list[Any], NDArray[np.int64]]:
    """Number the ids, and find the first row of each. Null and lists are no ids."""
    codes = np.full(len(ids), -1)
    first = np.arange(len(ids))
    usable = np.array([_is_id(value) for value in ids], bool)
    rows = np.flatnonzero(usable)
    if len(rows) == 0:
        return codes, ids, first
    # The index knows the last row of an id; read backwards, that is the first.
    backwards = rows[::-1]
    index = _core.IdIndex(places.take(backwards).rows(), None)
    last = index.match(places.take(rows).rows(), None)
    codes[rows] = first[rows] = backwards[last]
    return codes, ids, first


def _is_id(value: Any) -> bool:
    return isinstance(value, (int, str, float)) and not isinstance(value, bool)


def _key_of(value: Any) -> str:
    """1 and "1" are two, 1 and 1.0 are one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return repr(value)


def _equal_ids(a: Any, b: Any) -> bool:
    return _key_of(a) == _key_of(b)


def _twin(rows: Sequence[Any], row: int, by_id: int | None, names: dict[str, int]) -> int | None:
    """Which earlier category a row is: the same under the same id, or that of its name."""
    if by_id is not None and by_id != row and _same_json(rows[by_id], rows[row]):
        return by_id
    if not isinstance(rows[row], dict):
        return None
    name = rows[row].get("name")
    return names.get(name) if isinstance(name, str) else None


def _same_json(a: Any, b: Any) -> bool:
    return msgspec.json.encode(a, order="sorted") == msgspec.json.encode(b, order="sorted")


def _spell(table: _Joined, row: int) -> bytes:
    text = table.places.text(row)
    try:
        return msgspec.json.encode(msgspec.json.decode(text), order="sorted")
    except msgspec.DecodeError:  # numbers that no double holds: the same if they look the same
        return bytes(text)
