"""Images and categories of all parts in one list each, and finding them by what rows call them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from cocodec.dialects.common_form import SUBSET_KEYS, Canon, PlainPart, Row, Work
from cocodec.dialects.ids import Numbers
from cocodec.dialects.report import Place
from cocodec.dialects.rows import kind_of_row, numbers
from cocodec.documents.references import Ids, identity

__all__ = [
    "LARGEST",
    "Categories",
    "Images",
    "Names",
    "merge_categories",
    "merge_images",
    "note_id",
    "subsets_of_names",
]


LARGEST = 1 << 63  # from here on an id is no integer to tools with numbers of 64 bits


class Images:
    """Finds images."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.only: dict[int, int] = {}  # part -> its one image
        self.by_name: dict[int, dict[str, int]] = {}  # part -> file_name -> image

    def find(self, part: int, row: Row, coerce: bool) -> int | None:
        """The image of a row.

        A row without image_id is found by its file_name, as in detectron2's results; a row that
        names none belongs to the only one of its part.
        """
        if "image_id" not in row:
            name = row.get("file_name")
            if isinstance(name, str):
                return self.by_name.get(part, {}).get(name)
            return self.only.get(part)
        return self.ids.find(part, row.get("image_id"), coerce)


class Categories:
    """Finds categories, and makes those that rows name but nobody lists."""

    def __init__(self, canon: Canon, fresh: Numbers, work: Work) -> None:
        self.ids = Ids()
        self.by_name: dict[str, int] = {}
        self._canon, self._fresh, self._work = canon, fresh, work

    def find(self, part: int, row: Row, place: Place) -> Any:
        """The id of a row's category."""
        value = row.get("category_id")
        index = self.ids.find(part, value, self._work.options.coerce_ids)
        if index is None and isinstance(value, str):
            index = self.by_name.get(value)
        if index is None:
            index = self._make((part, value), _name_of_category(row), place)
            self.ids.add(part, value, index)
        return self._canon.categories[index]["id"]

    def listed(self, part: int, value: Any) -> int | None:
        """The id of a category that is called so; None where nobody lists it."""
        index = self.ids.find(part, value, False)
        return None if index is None else int(self._canon.categories[index]["id"])

    def _make(self, called: tuple[int, Any], name: str, place: Place) -> int:
        part, value = called
        if name in self.by_name and not isinstance(value, (int, float)):
            return self.by_name[name]
        twin = self.ids.find(part, value, True)
        number = self._fresh.give(value)
        self._canon.categories.append({"id": number, "name": name, "supercategory": ""})
        if number != value:
            note_id(self._canon, "categories", place, (value, number))
        what = "no category: 'object' made" if value is None else "categories made that none lists"
        if twin is not None:
            kinds = ("texts", "numbers") if isinstance(value, str) else ("numbers", "texts")
            what += f" ({kinds[0]}; {kinds[1]} like them are listed, --coerce-ids takes those)"
        self._work.report.change(what, place)
        self.by_name.setdefault(name, len(self._canon.categories) - 1)
        return len(self._canon.categories) - 1


def _name_of_category(row: Row) -> str:
    """What a category that nobody lists is called; results of SAHI say it."""
    value, said = row.get("category_id"), row.get("category_name")
    if isinstance(said, str):
        return said
    return "object" if value is None else str(value)


class Names:
    """What rows call images and categories -> what these are now."""

    def __init__(self, images: Images, categories: Categories) -> None:
        self._images, self._categories = images, categories
        # Of each part, what was found of ids that are integers.
        self._image_of: dict[int, dict[int, int]] = {}
        self._category_of: dict[int, dict[int, Any]] = {}

    def image(self, part: int, row: Row, coerce: bool) -> int | None:
        """The index of a row's image; None if it has none."""
        value = row.get("image_id")
        if type(value) is not int:
            return self._images.find(part, row, coerce)
        known = self._image_of.setdefault(part, {})
        found = known.get(value)
        if found is None and (found := self._images.find(part, row, coerce)) is not None:
            known[value] = found
        return found

    def listed_category(self, part: int, value: Any) -> int | None:
        """The id of a category that the part lists; None if it does not."""
        return self._categories.listed(part, value)

    def category(self, part: int, row: Row, place: Place) -> Any:
        """The id of a row's category, made if need be."""
        value = row.get("category_id")
        if type(value) is not int:
            return self._categories.find(part, row, place)
        known = self._category_of.setdefault(part, {})
        found = known.get(value)
        if found is None:
            found = known[value] = self._categories.find(part, row, place)
        return found


def merge_images(parts: Sequence[PlainPart], canon: Canon, work: Work) -> Images:
    """Put the images of all parts into `canon`, those of parts that share them once."""
    for part in parts:
        if "images" not in part.tables:
            _make_images(part, work)
    wanted = [_id_of_image(row) for part in parts for row in part.rows("images")]
    fresh = Numbers(wanted, keep=not work.options.reindex)
    images = Images()
    shared: dict[Hashable, tuple[int, int]] = {}
    for number, part in enumerate(parts):
        rows = part.rows("images")
        by_name = images.by_name[number] = {}
        for i, row in enumerate(rows):
            was, file_name = _id_of_image(row), row.get("file_name")
            called = _called(row, part) if len(parts) > 1 else ()
            others = (shared[one] for one in called if one in shared)
            index = next((k for owner, k in others if owner != number), -1)
            if index < 0:
                canon.subsets.append(_subset_of(row, part))
                index = _take_image(row, fresh, (part, i), (canon, work))
                shared.update(dict.fromkeys(called, (number, index)))
            else:
                _merge(canon.images[index], row, "image", work)
            images.ids.add(number, was, index)
            if isinstance(file_name, str):
                by_name[file_name] = index
        if len(rows) == 1 and not part.made_images:
            images.only[number] = index
    return images


def _called(row: Row, part: PlainPart) -> Sequence[Hashable]:
    """What an image is known by among parts that share theirs, the most telling first.

    Several may be called alike: then their subsets and ids tell them apart.
    """
    was = _id_of_image(row)
    name = (part.sharing, identity(row.get("file_name") or was))
    subset = _subset_of(row, part)
    return (*name, subset, identity(was)), (*name, subset), name


def _take_image(
    row: Row, fresh: Numbers, at: tuple[PlainPart, int], where: tuple[Canon, Work]
) -> int:
    (part, i), (canon, work) = at, where
    was = _id_of_image(row)
    number = fresh.give(was)
    if number != was or isinstance(was, (bool, float)):
        place = part.place("images", i)
        note_id(canon, "images", place, (was, number))
        work.report.change("image ids made unique integers", place)
    if "id" in row:
        row["id"] = number
    else:
        row = {"id": number, **row}
    canon.images.append(row)
    return len(canon.images) - 1


def subsets_of_names(canon: Canon) -> dict[str, set[str]]:
    """Of each file_name, the subsets that have an image of it."""
    owners: dict[str, set[str]] = {}
    for image, subset in zip(canon.images, canon.subsets, strict=True):
        owners.setdefault(str(image.get("file_name")), set()).add(subset)
    return owners


def _subset_of(image: Row, part: PlainPart) -> str:
    """What an image says of itself, or what an earlier conversion kept of it, or its part's."""
    for key in SUBSET_KEYS:
        if isinstance(image.get(key), str) and image[key]:
            return str(image[key])
    number = image.get("id")
    return part.subsets.get(number, part.subset) if isinstance(number, int) else part.subset


def _id_of_image(row: Row) -> Any:
    return row["id"] if "id" in row else row.get("image_id")


def _make_images(part: PlainPart, work: Work) -> None:
    """Rows without images: what they name are the images; masks say how large these are."""
    made: dict[Hashable, Row] = {}
    named = 0
    for row in part.rows("annotations"):
        was, name = row.get("image_id"), row.get("file_name")
        if "image_id" in row:
            image = made.setdefault(identity(was), {"id": was, "file_name": ""})
        elif isinstance(name, str):
            named += ("name", name) not in made
            image = made.setdefault(("name", name), {"file_name": name})
        else:
            continue
        value = row.get("segmentation")
        size = numbers(value.get("size"), 2) if isinstance(value, dict) else None
        if size is not None and "height" not in image:
            image.update(height=size[0], width=size[1])
    part.tables["images"] = list(made.values())
    part.made_images = True
    if named:
        work.report.change("images made from the file_names of rows", None, named)
    if len(made) > named:
        work.report.change("images made from the image_ids of rows", None, len(made) - named)


def merge_categories(parts: Sequence[PlainPart], canon: Canon, work: Work) -> Categories:
    """Put the categories of all parts into `canon`; those of one name in several parts once."""
    wanted = [row.get("id") for part in parts for row in part.rows("categories")]
    for part in parts:
        rows = part.annotations()
        wanted += rows.plain_values("categories").tolist()
        wanted += [
            row.get("category_id") for _, row in rows.decoded() if kind_of_row(row) != "caption"
        ]
    fresh = Numbers(wanted, keep=not work.options.reindex)
    categories = Categories(canon, fresh, work)
    for number, part in enumerate(parts):
        before = dict(categories.by_name)
        own: dict[int, Row] = {}
        for i, row in enumerate(part.rows("categories")):
            was, name = row.get("id"), row.get("name")
            same = categories.ids.find(number, was, False)
            if same is not None and own.get(same) == row:
                place = part.place("categories", i)
                work.report.change("categories listed twice, row by row the same, made one", place)
                continue
            given = dict(row)
            index = before.get(name) if isinstance(name, str) else None
            if index is None:
                index = _take_category(row, fresh, part.place("categories", i), (canon, work))
                categories.by_name.setdefault(canon.categories[index]["name"], index)
            else:
                _merge(canon.categories[index], row, "category", work)
            categories.ids.add(number, was, index)
            own[index] = given
    return categories


def _merge(kept: Row, row: Row, what: str, work: Work) -> None:
    """Add to a row what another part says of the same; where they differ, the first one holds."""
    work.report.change(f"rows of one {what} in several parts put together")
    for key, value in row.items():
        if key not in kept:
            kept[key] = value
        elif key != "id" and kept[key] != value:
            work.report.lose(f"{what} {key} of another part")


def _take_category(row: Row, fresh: Numbers, place: Place, where: tuple[Canon, Work]) -> int:
    canon, work = where
    was = row.get("id")
    number = fresh.give(was)
    if number != was or isinstance(was, (bool, float)):
        note_id(canon, "categories", place, (was, number))
        work.report.change("category ids made unique integers", place)
    row = {**row, "id": number} if "id" in row else {"id": number, **row}
    if not isinstance(row.get("name"), str):
        row["name"] = str(row.get("name", number))
        work.report.change("category names made strings", place)
    row.setdefault("supercategory", "")
    canon.categories.append(row)
    return len(canon.categories) - 1


def note_id(canon: Canon, table: str, place: Place, ids: tuple[Any, int]) -> None:
    """Keep an old id and the new one, in the order of the rows."""
    entry: Row = {} if place.part is None else {"part": place.part}
    if place.table == table:  # not so of a category that a row of annotations names
        entry["row"] = place.row
    canon.ids.setdefault(table, []).append({**entry, "was": ids[0], "id": ids[1]})
