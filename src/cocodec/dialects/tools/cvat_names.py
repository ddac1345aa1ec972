"""Names and numbers as CVAT's archives can have them: of subsets, files, categories and rows.

Datumaro, which reads these archives, takes an item's name from its file_name without the ending,
and an object's group from its id; labels are told apart by name.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.names import LARGEST
from cocodec.dialects.numbering import Free, number_large
from cocodec.dialects.report import Place
from cocodec.files.folder_names import why_unsafe, with_slashes

__all__ = ["fit_names", "item_name", "leads_elsewhere"]

_UNSAFE = re.compile(r"[^\w.\- ]+")  # what no name of a file should have
_DRIVE = re.compile(r"^[A-Za-z]:")


def fit_names(canon: Canon, work: Work) -> None:
    """Change the names and ids that datumaro refuses, or would take for another's."""
    number_large(canon, "images", work)
    _number_categories(canon, work)
    _number_annotations(canon, work)
    _name_categories(canon, work)
    _name_subsets(canon, work)
    _name_files(canon, work)


def _number_categories(canon: Canon, work: Work) -> None:
    """CVAT takes category 0 for no label, and counts from 1."""
    if all(0 < row["id"] < LARGEST for row in canon.categories):
        return
    new = {row["id"]: i for i, row in enumerate(canon.categories, 1)}
    for row in canon.categories:
        row["id"] = new[row["id"]]
    canon.annotations.renumber("categories", new)
    for _, row in canon.annotations.decoded():
        if row.get("category_id") in new:
            row["category_id"] = new[row["category_id"]]
    work.report.change("category ids counted from 1, 0 is no label in CVAT", None, len(new))
    for entry in canon.ids.setdefault("categories", []):
        entry["id"] = new.pop(entry["id"])
    canon.ids["categories"] += [{"was": was, "id": now} for was, now in new.items()]


def _number_annotations(canon: Canon, work: Work) -> None:
    """Datumaro takes the id for the group of an object's parts, and 0 for no group."""
    if all(0 < i < LARGEST for i in _ids_of(canon)):
        return
    ids = set(_ids_of(canon))
    highest = max((i for i in ids if i < LARGEST), default=0)
    fresh = max(highest, 0) if highest < LARGEST - len(canon.annotations) else None
    free = Free(ids)
    for i, row in canon.annotations.decoded():  # plain ones have a good id by now
        number = row.get("id")
        if not isinstance(number, int) or 0 < number < LARGEST:
            continue
        fresh = None if fresh is None else fresh + 1
        row["id"] = now = free.give() if fresh is None else fresh
        place = canon.places[i]
        entry: Row = {} if place.part is None else {"part": place.part}
        changes = canon.ids.setdefault("annotations", [])
        changes.append({**entry, "row": place.row, "was": number, "id": now})
        why = "below 1 numbered anew, 0 is no group" if number < 1 else "from 2^63 on numbered anew"
        work.report.change(f"annotation ids {why}", place)


def _ids_of(canon: Canon) -> Iterator[int]:
    yield from canon.annotations.plain_values("ids").tolist()
    for _, row in canon.annotations.decoded():
        if isinstance(row.get("id"), int):
            yield row["id"]


def _name_categories(canon: Canon, work: Work) -> None:
    taken = {row["name"] for row in canon.categories}
    seen: set[str] = set()
    for i, row in enumerate(canon.categories):
        place = Place(None, "categories", i, row["id"])
        if not row["name"]:
            row["name"] = f"category {row['id']}"
            work.report.change("categories without a name called by their ids", place)
        if row["name"] in seen:
            row["name"] = _another(row["name"], taken)
            work.report.change("categories of one name called apart", place)
        seen.add(row["name"])


def _another(name: str, taken: set[str]) -> str:
    """A name that nobody has, which is then taken."""
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    taken.add(f"{name}_{number}")
    return f"{name}_{number}"


def _name_subsets(canon: Canon, work: Work) -> None:
    """Subsets are parts of members' names, in which nothing may lead to another folder."""
    names: dict[str, str] = {}
    for subset in dict.fromkeys(canon.subsets):
        name = _UNSAFE.sub("_", subset).strip(". ") or "default"
        while name in names.values():
            name += "_2"
        names[subset] = name
        if name != subset:
            work.report.change(f"the subset {subset!r} called {name!r}, as files can be")
    canon.subsets = [names[subset] for subset in canon.subsets]


def _name_files(canon: Canon, work: Work) -> None:
    """Give every image a name inside its subset's folder that is its own, its ending aside.

    Of images whose names are the same nobody knows whose the picture is: none of them gets it.
    """
    named = [
        (subset, _inside(str(image["file_name"]), image["id"]))
        for image, subset in zip(canon.images, canon.subsets, strict=True)
    ]
    same = Counter(named)
    taken = {(subset, item_name(name)) for subset, name in named}
    seen: set[tuple[str, str]] = set()
    for i, (image, (subset, name)) in enumerate(zip(canon.images, named, strict=True)):
        was, place = str(image["file_name"]), Place(None, "images", i, image["id"])
        if name != was:
            work.report.change("file_names that lead elsewhere made names in a folder", place)
        several = same[subset, name] > 1
        if several or (subset, item_name(name)) in seen:
            end = name.removeprefix(item_name(name))
            name = f"{item_name(name)}_{image['id']}{end}"
            while (subset, item_name(name)) in taken:
                name = f"{item_name(name)}_{end}"
            taken.add((subset, item_name(name)))
            work.report.change(
                "file_names of one subset that are the same, their ending aside, called apart",
                place,
            )
        seen.add((subset, item_name(name)))
        if name != was:
            work.pictures[subset, name] = None if several else was
            image["file_name"] = name


def item_name(name: str) -> str:
    """What datumaro calls an image."""
    return posixpath.splitext(name)[0]


def leads_elsewhere(name: str) -> bool:
    """Whether a name is none of a file in a folder, on any system."""
    return "\\" in name or why_unsafe(name) is not None or bool({"", "."} & {*name.split("/")})


def _inside(name: str, number: int) -> str:
    """A name that does not lead out of a folder: its own, if it does not."""
    if not leads_elsewhere(name):
        return name
    spelled = _DRIVE.sub("", with_slashes(name))
    made = "/".join(part for part in spelled.split("/") if part not in ("", ".", ".."))
    made = made.replace("\0", "_")
    return f"{number}.jpg" if leads_elsewhere(made) else made
