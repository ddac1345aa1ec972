"""Giving ids: to annotations, and to what has one beyond 64 bits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from cocodec.dialects.common_form import Canon, Work
from cocodec.dialects.ids import Numbers
from cocodec.dialects.names import LARGEST, note_id

__all__ = ["Free", "number_annotations", "number_large"]

_ZERO = "an annotation has the id 0: COCOeval counts a match with it as none"


def number_annotations(canon: Canon, work: Work) -> None:
    """Give annotations ids that are unique integers; those that are such already stay."""
    if not work.options.reindex and _are_numbered(canon, work):
        return
    rows = canon.annotations
    wanted = rows.said_ids(range(len(rows)))
    fresh = Numbers(wanted, keep=not work.options.reindex)
    # Objects first: captions and labels beside them count by themselves, in files of their own.
    for i in sorted(range(len(wanted)), key=lambda i: canon.kinds[i] != "instance"):
        if canon.kinds[i] == "panoptic":
            continue
        was, place = wanted[i], canon.places[i]
        number = fresh.give(was)
        if number != was or isinstance(was, (bool, float)):
            what = "missing" if was is None else "repeated" if isinstance(was, int) else "other"
            work.report.change(f"annotation ids made unique integers ({what})", place)
            note_id(canon, "annotations", place, (was, number))
        rows.give_id(i, number)
        if number == 0:
            work.report.note(_ZERO)


def _are_numbered(canon: Canon, work: Work) -> bool:
    """Whether all ids are integers, of 64 bits, and none of them comes twice: then they stay."""
    ids = canon.annotations.ids()
    if ids is None:
        return False
    ids.sort()
    if (ids[1:] == ids[:-1]).any():
        return False
    if (ids == 0).any():
        work.report.note(_ZERO)
    return True


class Free:
    """Hands out the smallest numbers that nobody has."""

    def __init__(self, taken: Iterable[object]) -> None:
        self._taken, self._next = {*taken}, 0

    def give(self) -> int:
        """Return the next one, which is then taken."""
        self._next += 1
        while self._next in self._taken:
            self._next += 1
        return self._next


def number_large(canon: Canon, table: Literal["images", "categories"], work: Work) -> None:
    """Number images or categories anew whose ids are beyond 64 bits; they are kept in `canon.ids`.

    Datumaro takes no such id, and torchvision makes tensors of them.
    """
    rows = canon.images if table == "images" else canon.categories
    wrong = [row for row in rows if not -LARGEST <= row["id"] < LARGEST]
    if not wrong:
        return
    key, noun = ("image_id", "image") if table == "images" else ("category_id", "category")
    fresh = Free(row["id"] for row in rows)
    new = {row["id"]: fresh.give() for row in wrong}
    for row in wrong:
        row["id"] = new[row["id"]]
    canon.annotations.renumber("images" if table == "images" else "categories", new)
    for _, row in canon.annotations.decoded():
        for one in (row, *(row.get("segments_info") or ())):
            if key in one:
                one[key] = new.get(one[key], one[key])
    if table == "images":
        canon.sizes = {new.get(number, number): size for number, size in canon.sizes.items()}
    work.report.change(f"{noun} ids from 2^63 on numbered anew", None, len(new))
    changes = canon.ids.setdefault(table, [])
    changes += [{"was": was, "id": number} for was, number in new.items()]
