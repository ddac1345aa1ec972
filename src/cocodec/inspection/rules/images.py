"""Rules about images: their sizes, their names, and the files themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.json_values import JsonKind
from cocodec.files.folder_names import ABSOLUTE, OUTSIDE, why_unsafe, with_slashes
from cocodec.files.image_headers import ImageHeader, ImageHeaderError, read_image_size
from cocodec.inspection.batches import Batch, Inspection
from cocodec.inspection.rule import Edit, Hit, Removal, RowNumbers, Rule

__all__ = ["RULES", "file_names", "split_of"]

_SIDES = ("height", "width")
_TASK = re.compile(
    r"^(instances|person_keypoints|captions|panoptic|stuff|labels|image_info|lvis)(_|(?=\.))"
)


def _listed(inspection: Inspection) -> NDArray[np.bool_]:
    """Which images are objects of a document."""
    table = inspection.table("images")
    is_object = table._row_kinds() == JsonKind.OBJECT
    return np.asarray((inspection.roots[table.part] == "document") & is_object)


def find_missing_sizes(inspection: Inspection) -> Iterable[Hit]:
    """An image has a height and a width."""
    table = inspection.table("images")
    kinds, _ = table.find(_SIDES)
    for key, kind in zip(_SIDES, kinds, strict=True):
        missing = np.isin(kind, (JsonKind.MISSING, JsonKind.NULL)) & _listed(inspection)
        repair = _size_from_file if inspection.images_folder is not None else None
        message = f"the image has no {key}; --images DIR reads it from the file"
        yield Hit(message, np.flatnonzero(missing), key, "images", repair)


def find_mistyped_sizes(inspection: Inspection) -> Iterable[Hit]:
    """Height and width are whole numbers."""
    table = inspection.table("images")
    kinds, _ = table.find(_SIDES)
    for side, key in enumerate(_SIDES):
        there = ~np.isin(kinds[side], (JsonKind.MISSING, JsonKind.NULL))
        wrong = np.flatnonzero(there & np.isnan(inspection.image_sides[:, side]))
        spelled = inspection.values("images", key, wrong)
        numeric = np.array([_number_in(value) is not None for value in spelled], bool)
        said = f"{key} is a number spelled as text"
        yield Hit(said, wrong[numeric], key, "images", _number_of(key))
        yield Hit(f"{key} is no whole number", wrong[~numeric], key, "images")


def _number_in(value: Any) -> int | None:
    """The whole number that a text spells; None if it spells none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    return None


def _number_of(key: str) -> Any:
    def repair(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
        values = [_number_in(value) for value in inspection.values("images", key, rows)]
        return [Edit("images", rows, key, values)]

    return repair


def find_zero_sizes(inspection: Inspection) -> Iterable[Hit]:
    """An image has pixels."""
    for side, key in enumerate(_SIDES):
        rows = np.flatnonzero(inspection.image_sides[:, side] == 0)
        repair = _size_from_file if inspection.images_folder is not None else None
        yield Hit(f"{key} is 0", rows, key, "images", repair)


def find_swapped_sizes(inspection: Inspection) -> Iterable[Hit]:
    """Rings that leave an image and fit it when it is turned tell of a swapped size."""
    height, width = inspection.image_sides.T
    low, right = inspection.image_extent.T
    leaves = (low > height + 1) | (right > width + 1)
    fits = (low <= width + 1) & (right <= height + 1)
    message = "the image's rings leave it, and fit if height and width are exchanged"
    yield Hit(message, np.flatnonzero(leaves & fits), "width", "images")


def keep_extents(batch: Batch) -> Iterable[Hit]:
    """Note how far the rings of each image reach, for `find_swapped_sizes`."""
    has, _, boxes = batch.vertex
    has = has & (batch.image_rows[0] >= 0)
    if batch.inspection.ground_truth is None and has.any():
        image = batch.image_rows[0][has]
        with batch.inspection.lock:  # two batches may have rows of one image
            for side in (0, 1):
                ends = boxes[has, 1 - side] + boxes[has, 3 - side]
                np.maximum.at(batch.inspection.image_extent[:, side], image, ends)
    return ()


# ------------------------------------------------------------ names


def file_names(inspection: Inspection) -> tuple[RowNumbers, list[str]]:
    """Return the rows of images with a file name, and these."""
    table = inspection.table("images")
    rows = np.flatnonzero(table.kinds("file_name") == JsonKind.STRING)
    return rows, inspection.values("images", "file_name", rows)


def find_missing_names(inspection: Inspection) -> Iterable[Hit]:
    """An image says which file it is."""
    table = inspection.table("images")
    kinds, _ = table.find(["file_name", "coco_url", "file_names"])
    missing = _listed(inspection) & (kinds[0] == JsonKind.MISSING)
    missing &= (kinds[1] != JsonKind.STRING) & (kinds[2] == JsonKind.MISSING)
    yield Hit("the image has no file_name", np.flatnonzero(missing), "file_name", "images")
    wrong = (kinds[0] != JsonKind.MISSING) & (kinds[0] != JsonKind.STRING)
    yield Hit("file_name is no text", np.flatnonzero(wrong), "file_name", "images")


def find_backslashes(inspection: Inspection) -> Iterable[Hit]:
    """A path has slashes, for readers on every system."""
    rows, names = file_names(inspection)
    wrong = np.array(["\\" in name for name in names], bool)
    message = "file_name has backslashes, which are folders on Windows alone"
    yield Hit(message, rows[wrong], "file_name", "images", _slashes)


def find_names_outside(inspection: Inspection) -> Iterable[Hit]:
    """An image lies in the folder of the images."""
    rows, names = file_names(inspection)
    reasons = np.array([why_unsafe(name) or "" for name in names], object)
    for reason in sorted(set(reasons.tolist()) & {ABSOLUTE, OUTSIDE}):
        yield Hit(f"file_name {reason}", rows[reasons == reason], "file_name", "images")


def _slashes(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    names = inspection.values("images", "file_name", rows)
    return [Edit("images", rows, "file_name", [with_slashes(name) for name in names])]


def _repeated_names(inspection: Inspection) -> tuple[RowNumbers, NDArray[np.bool_]]:
    """Rows whose name came before, and whether it came in the same part."""
    with inspection.lock:  # two rules ask, side by side
        if inspection.repeated_names is None:
            inspection.repeated_names = _find_repeated_names(inspection)
    return inspection.repeated_names


def _find_repeated_names(inspection: Inspection) -> tuple[RowNumbers, NDArray[np.bool_]]:
    rows, names = file_names(inspection)
    part = inspection.table("images").part[rows].tolist()
    splits = [split_of(label) for label in inspection.labels]
    seen: dict[str, list[int]] = {}
    later, same = [], []
    for row, name, own in zip(rows.tolist(), names, part, strict=True):
        others = seen.setdefault(name, [])
        if name and own in others:
            later.append(row)
            same.append(True)
        elif name and any(splits[other] != splits[own] for other in others):
            later.append(row)
            same.append(False)
        others += [own] * (own not in others[-1:])
    return np.array(later, np.int64), np.array(same, bool)


def split_of(name: str) -> tuple[str, str]:
    """Return the folder of a file of annotations, and its name without what they are of.

    Instances and captions of one split list the same images, and leak nothing.
    """
    folder, _, base = name.replace(os.sep, "/").rpartition("/")
    return folder, _TASK.sub("", base)


def find_repeated_names(inspection: Inspection) -> Iterable[Hit]:
    """One file is one image."""
    rows, same = _repeated_names(inspection)
    message = "another image before has the same file_name"
    yield Hit(message, rows[same], "file_name", "images")


def find_names_in_two_parts(inspection: Inspection) -> Iterable[Hit]:
    """A file that two splits share leaks from one into the other."""
    rows, same = _repeated_names(inspection)
    message = "another part of the file lists an image of the same file_name"
    yield Hit(message, rows[~same], "file_name", "images")


# ------------------------------------------------------------ the files


def _path_of(folder: str, name: str) -> str | None:
    """Where an image lies: under its name, or without the folders in front; None if nowhere.

    Names that lead out of the folder are looked for by their last part alone.
    """
    plain = with_slashes(name)
    inside = not os.path.isabs(plain) and ".." not in plain.split("/")
    for candidate in ([plain] if inside else []) + [plain.rpartition("/")[2]]:
        path = os.path.join(folder, candidate)
        if candidate and "\0" not in candidate and os.path.isfile(path):
            return path
    return None


def _headers(inspection: Inspection) -> dict[int, ImageHeader | str | None]:
    """By row of the images: what the header says, why it does not, or None for no such file."""
    with inspection.lock:  # several rules want them, side by side
        if inspection.image_headers is None:
            inspection.image_headers = _read_headers(inspection)
    return inspection.image_headers


def _read_headers(inspection: Inspection) -> dict[int, ImageHeader | str | None]:
    found: dict[int, ImageHeader | str | None] = {}
    if inspection.images_folder is None:
        return found
    for row, name in zip(*file_names(inspection), strict=True):
        path = _path_of(inspection.images_folder, name)
        try:
            found[int(row)] = None if path is None else read_image_size(path)
        except (ImageHeaderError, OSError, ValueError) as error:
            found[int(row)] = str(error)
    return found


def _rows_where(found: dict[int, Any], test: Any) -> RowNumbers:
    return np.array([row for row, header in found.items() if test(row, header)], np.int64)


def find_missing_files(inspection: Inspection) -> Iterable[Hit]:
    """The image is there."""
    rows = _rows_where(_headers(inspection), lambda _, header: header is None)
    yield Hit("there is no such file in the folder of images", rows, "file_name", "images")


def find_unreadable_files(inspection: Inspection) -> Iterable[Hit]:
    """The image is an image."""
    found = _headers(inspection)
    rows = _rows_where(found, lambda _, header: isinstance(header, str))
    shown = [str(found[row]) for row in rows.tolist()]
    yield Hit("the image's header cannot be read", rows, "file_name", "images", None, shown)


def _is_header(header: Any) -> bool:
    return isinstance(header, ImageHeader)


def find_unlike_sizes(inspection: Inspection) -> Iterable[Hit]:
    """The document and the file agree on the size of an image."""
    found, sides = _headers(inspection), inspection.image_sides

    def differs(row: int, header: Any, turned: bool) -> bool:
        if not _is_header(header) or not np.isfinite(sides[row]).all() or (sides[row] == 0).any():
            return False
        stored = (header.height, header.width)
        swapped = tuple(sides[row][::-1]) == stored and header.orientation < 5
        same = tuple(sides[row]) in (stored, header.shown_size)
        return not same and swapped == turned

    for turned, message, repair in (
        (True, "height and width are exchanged: the file has them the other way", _size_from_file),
        (False, "the file is of another size than the document says", None),
    ):
        rows = _rows_where(found, lambda row, header, t=turned: differs(row, header, t))
        shown = [_sizes(sides[row], found[row]) for row in rows.tolist()]
        yield Hit(message, rows, "height", "images", repair, shown)


def _sizes(sides: NDArray[np.float64], header: Any) -> str:
    height, width = sides.astype(int).tolist()
    return f"{height} x {width}, the file is {header.height} x {header.width}"


def find_turned_files(inspection: Inspection) -> Iterable[Hit]:
    """EXIF turns an image for viewers, and not for every reader."""
    found, sides = _headers(inspection), inspection.image_sides

    def as_(size: str) -> Any:
        def test(row: int, header: Any) -> bool:
            if not _is_header(header) or header.orientation == 1:
                return False
            stored = tuple(sides[row]) == (header.height, header.width)
            return (size == "stored") == stored

        return test

    for size, message in (
        ("stored", "EXIF turns the image; the document has the size as it is stored"),
        ("shown", "EXIF turns the image; the document has the size as it is shown, not as stored"),
    ):
        rows = _rows_where(found, as_(size))
        shown = [f"orientation {getattr(found[row], 'orientation', 1)}" for row in rows.tolist()]
        yield Hit(message, rows, "height", "images", None, shown)


def _size_from_file(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    """Write the sizes that files have, as they are stored; where EXIF turns them, leave them."""
    found = _headers(inspection)
    good = [row for row in rows.tolist() if _is_header(found.get(row)) and _upright(found[row])]
    headers: list[Any] = [found[row] for row in good]
    chosen = np.array(good, np.int64)
    return [
        Edit("images", chosen, "height", [header.height for header in headers]),
        Edit("images", chosen, "width", [header.width for header in headers]),
    ]


def _upright(header: Any) -> bool:
    return bool(header.orientation < 5)


RULES = (
    Rule(
        "image-size-missing",
        "error",
        "An image has a height and a width: rings take their size from them.",
        '{"id": 1, "file_name": "a.jpg"}',
        document=find_missing_sizes,
        repair="with --images DIR, the size of the file",
    ),
    Rule(
        "image-size-type",
        "error",
        "Height and width are whole numbers.",
        '{"id": 1, "height": "480", "width": 640}',
        document=find_mistyped_sizes,
        repair="a text that spells a whole number becomes that number",
    ),
    Rule(
        "image-size-zero",
        "error",
        "An image has pixels.",
        '{"id": 1, "height": 0, "width": 0}',
        document=find_zero_sizes,
        repair="with --images DIR, the size of the file",
    ),
    Rule(
        "image-size-swapped",
        "warning",
        "Rings lie in their image: these would, if its height and width were exchanged.",
        '{"id": 1, "height": 640, "width": 480} with a ring at x = 630, y = 20',
        rows=keep_extents,
        document=find_swapped_sizes,
    ),
    Rule(
        "file-name-missing",
        "warning",
        "An image says which file it is.",
        '{"id": 1, "height": 480, "width": 640}',
        document=find_missing_names,
    ),
    Rule(
        "file-name-backslash",
        "warning",
        "A path in file_name has slashes.",
        r'{"file_name": "train\\a.jpg"}',
        document=find_backslashes,
        repair="backslashes become slashes",
        on_request=True,
    ),
    Rule(
        "file-name-outside",
        "warning",
        "A file_name is a path inside the folder of the images.",
        '{"file_name": "/home/me/images/a.jpg"}',
        document=find_names_outside,
    ),
    Rule(
        "file-name-duplicate",
        "warning",
        "One file is one image.",
        '[{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "a.jpg"}]',
        document=find_repeated_names,
    ),
    Rule(
        "file-name-shared",
        "warning",
        "An image belongs to one split: what two share leaks from one into the other.",
        '"a.jpg" in train.json and in val.json',
        document=find_names_in_two_parts,
    ),
    Rule(
        "image-file-missing",
        "error",
        "With --images DIR: the image is there.",
        '{"file_name": "gone.jpg"}',
        document=find_missing_files,
    ),
    Rule(
        "image-file-unreadable",
        "error",
        "With --images DIR: the image is an image.",
        '{"file_name": "notes.txt"}',
        document=find_unreadable_files,
    ),
    Rule(
        "image-size-unlike",
        "error",
        "With --images DIR: the document and the file agree on the size.",
        '{"height": 480, "width": 640} for a file of 1080 x 1920',
        document=find_unlike_sizes,
        repair="exchanged sides become those of the file",
    ),
    Rule(
        "image-turned",
        "warning",
        "With --images DIR: EXIF turns the image for viewers, and not for every reader.",
        "a photo with EXIF orientation 6",
        document=find_turned_files,
    ),
)
