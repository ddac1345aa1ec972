"""Parts of any dialect -> one data set in the official form: what all dialects are written from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cocodec.dialects.common_form import TASKS, Canon, ListedDocument, PlainPart, Work
from cocodec.dialects.common_masks import read_masks
from cocodec.dialects.common_rows import separate_rings, take_annotations
from cocodec.dialects.measures import fill_measures
from cocodec.dialects.names import (
    Names,
    merge_categories,
    merge_images,
)
from cocodec.dialects.numbering import number_annotations
from cocodec.dialects.object_parts import unite_parts
from cocodec.dialects.plain_rows import Annotations
from cocodec.dialects.rows import (
    rows_of,
)
from cocodec.dialects.tasks import unite_tasks
from cocodec.dialects.video import expand_videos

__all__ = ["canonical"]


def canonical(parts: Sequence[PlainPart], work: Work) -> Canon:
    """Bring a whole file into the common form. The rows of `parts` are used up.

    What is wrong is left out and refused in the report.
    """
    for part in parts:
        taken = expand_videos(part)
        if taken:
            work.report.change("annotations of videos made one a frame", None, taken)
    canon = Canon()
    for part in parts:
        _read_mark(part)
    _take_roots(parts, canon, work)
    names = Names(merge_images(parts, canon, work), merge_categories(parts, canon, work))
    for number, part in enumerate(parts):
        _read_repeats((number, part), names, canon)
    if "encord" in (work.report.source, canon.mark.get("source")):  # whose lists it may be again
        canon.documents = _listed_documents(parts, names, canon)
    canon.annotations = Annotations.concatenate(
        [take_annotations((n, part), names, canon, work) for n, part in enumerate(parts)]
        or [canon.annotations]
    )
    if work.options.rings == "separate":
        separate_rings(canon, work)
    read_masks(canon, work)
    if work.options.unite_parts:
        unite_parts(canon, work)
    unite_tasks(parts, canon, work)
    number_annotations(canon, work)
    fill_measures(canon, work)
    return canon


def _read_mark(part: PlainPart) -> None:
    """What a former conversion could not say in official words: subsets, tasks, file_names."""
    mark = part.fields.get("cocodec")
    if not isinstance(mark, dict):
        return
    was = {
        one["id"]: one["was"]
        for one in rows_of(mark.get("file_names"))
        if type(one.get("id")) is int and isinstance(one.get("was"), str)
    }
    for image in part.rows("images") if was else ():
        number, name = image.get("id"), image.get("file_name")
        if type(number) is int and number in was and str(name).endswith(f"/{was[number]}"):
            image["file_name"] = was[number]
    boxes = mark.get("boxes")
    part.boxes = {i for i in (boxes if isinstance(boxes, list) else ()) if type(i) is int}
    part.subsets = dict(_listed(mark.get("subsets")))
    for task, number in ((task, number) for number, task in _listed(mark.get("tasks"))):
        if task in TASKS:
            part.tasks[number] = (*part.tasks.get(number, ()), task)


def _listed(said: Any) -> Iterator[tuple[int, str]]:
    """The numbers below each name, one by one."""
    for name, numbers_ in said.items() if isinstance(said, dict) else ():
        for number in numbers_ if isinstance(numbers_, list) else ():
            if isinstance(number, int):
                yield number, name


def _read_repeats(where: tuple[int, PlainPart], names: Names, canon: Canon) -> None:
    """Answers that came twice: by a part's id of the image, and their name."""
    number, part = where
    mark = part.fields.get("cocodec")
    repeats = mark.get("repeats") if isinstance(mark, dict) else None
    for one in repeats if isinstance(repeats, list) else []:
        if isinstance(one, list) and len(one) == 2 and isinstance(one[1], str):
            image = names.image(number, {"image_id": one[0]}, False)
            if image is not None:
                canon.repeats.add((canon.images[image]["id"], one[1]))


def _listed_documents(
    parts: Sequence[PlainPart], names: Names, canon: Canon
) -> list[ListedDocument]:
    """The documents of a list, or those that an earlier conversion made one of.

    None where every document has one image, and all categories by the ids that they have now.
    """
    if len(parts) == 1:
        return _kept_documents(parts[0], names, canon)
    if not all(part.is_listed for part in parts):
        return []
    out = []
    for number, part in enumerate(parts):
        said = [row.get("id") for row in part.rows("categories")]
        found = ((was, names.listed_category(number, was)) for was in said)
        categories = tuple((was, now) for was, now in found if now is not None)
        said_now = [row.get("id") for row in part.rows("images")]
        own = [number for number in said_now if type(number) is int]
        if len(own) < len(said_now):
            return []
        out.append(ListedDocument(own, categories))
    every = tuple((row["id"], row["id"]) for row in canon.categories)
    if all(len(one.images) == 1 and one.categories == every for one in out):
        return []
    return out


def _kept_documents(part: PlainPart, names: Names, canon: Canon) -> list[ListedDocument]:
    mark = part.fields.get("cocodec")
    if not isinstance(mark, dict):
        return []
    numberings = mark.get("numberings")
    ways = [
        tuple(
            (one["was"], now)
            for one in rows_of(way)
            if "was" in one and (now := names.listed_category(0, one.get("id"))) is not None
        )
        for way in (numberings if isinstance(numberings, list) else [])
    ]
    out = []
    for one in rows_of(mark.get("documents")):
        said, way = one.get("images"), one.get("categories")
        if not isinstance(said, list) or type(way) is not int or not 0 <= way < len(ways):
            return []
        found = [names.image(0, {"image_id": i}, False) for i in said]
        out.append(
            ListedDocument([canon.images[i]["id"] for i in found if i is not None], ways[way])
        )
    return out


def _take_roots(parts: Sequence[PlainPart], canon: Canon, work: Work) -> None:
    """The root's own keys: those of the first part that has them."""
    for part in parts:
        for key, value in part.fields.items():
            if key in ("image", "images", "annotations", "categories", "licenses"):
                continue  # null, or SA-1B's single image
            if key == "cocodec" and isinstance(value, dict):
                if canon.mark and "ids" in value and value != canon.mark:
                    work.report.lose("old ids that an earlier conversion kept of another part")
                canon.mark = canon.mark or value
                continue
            before = canon.info if key == "info" else canon.fields.get(key)
            if key == "info" and not before:
                canon.info = value if isinstance(value, dict) else {}
            elif key != "info" and key not in canon.fields:
                canon.fields[key] = value
            elif before != value:
                work.report.lose(f"root {key} of another part")
        for row in part.rows("licenses"):
            if row not in canon.licenses:
                canon.licenses.append(row)
