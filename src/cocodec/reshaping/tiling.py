"""`tile` and `untile`: large images as many small ones, and back.

A tile's row says under the key ``tile`` what it is a part of, and an annotation on it which row it
is a piece of, and what that row says that a piece does not: so `untile` needs nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.arranging import arrange
from cocodec.documents.document import Document
from cocodec.documents.json_values import MISSING, JsonKind
from cocodec.documents.mask_edits import SPELLING_OF, Spellings
from cocodec.documents.places import decode_value
from cocodec.errors import DocumentError, located, shown
from cocodec.files.folder_names import inside
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import SegmentationKind
from cocodec.reshaping.motions import windowing
from cocodec.reshaping.moving import Rings, Shown, boxes_at, image_sizes, move, read_shown
from cocodec.reshaping.naming import FreshIds
from cocodec.reshaping.opening import Input, opened
from cocodec.reshaping.pictures import (
    Folders,
    Mosaic,
    file_names,
    join_pictures,
    require_pillow,
    write_pictures,
)
from cocodec.reshaping.selecting import keep_rows
from cocodec.signatures import names_arguments

__all__ = ["tile", "untile"]

_KEY = "tile"
_SLACK = 1e-6  # pixels that sums may be off by
_TOGETHER = 1 << 14  # rows that are written at once
# What an annotation says that its pieces say otherwise.
_TOLD = ("bbox", "area", "keypoints", "num_keypoints")


@names_arguments
def tile(
    source: Input,
    size: Sequence[int],
    *,
    overlap: int = 0,
    min_visible: float = 0.0,
    drop_empty_images: bool = False,
    rings: Rings = "exact",
    image_folders: Folders | None = None,
    threads: int = 0,
) -> Document:
    """Cut every image into tiles, with its annotations.

    Tiles cover the image; the last ones of a row and of a column move back so that they lie inside.
    The first tile of an image, and the first piece of an annotation, keep the id, others get new
    ones; file names get ``_X_Y`` behind. Images that are no larger than a tile stay as they are.

    Parameters
    ----------
    source : path, bytes, binary file or Document
    size : (width, height)
        Of a tile, in pixels.
    overlap : int
        How many pixels neighbours share; less than the size.
    min_visible : float
        How much of an annotation must be on a tile to be there: of its mask's pixels, or else of
        its box; 0 to 1.
    drop_empty_images : bool
        Leave out tiles, and images, without annotations.
    rings, image_folders, threads
        As for `crop`.

    Raises
    ------
    DocumentError
        As for `crop`; if a row has the key ``tile`` already.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(
    ...     images=[{"id": 1, "file_name": "a.jpg", "height": 10, "width": 20}])
    >>> tile(document, (10, 10)).images.column("file_name").tolist()
    ['a_0_0.jpg', 'a_10_0.jpg']
    """
    if len(size) != 2:
        raise ValueError(f"size has {len(size)} values, expected width and height in pixels")
    width, height = (int(side) for side in size)
    if not 0 <= overlap < min(width, height):
        raise ValueError(
            f"tiles of {width} x {height} pixels cannot overlap by {overlap}: expected 0 or more, "
            "and less than their sides"
        )
    document = opened(source)
    sizes = image_sizes(document)
    for table in (document.images, document.annotations):
        if _KEY in table.keys():  # noqa: SIM118 - a table is no dict
            raise DocumentError(f"{table.name} have the key {_KEY!r} already: untile them first")
    if image_folders is not None:
        require_pillow()
    names = file_names(document) if image_folders is not None else []
    shown = read_shown(document, sizes, threads)
    tiles = _tiles(sizes, (width, height), overlap)
    pieces, on = _pieces(document, shown, tiles)
    told = _Told(document, pieces)
    ids = document.annotations.column("id", missing=MISSING).tolist()
    _write_tiles(document, tiles, sizes)
    _write_pieces(document, pieces, on)
    there = Shown(on, shown.masks[pieces], shown.has_mask[pieces], shown.kinds[pieces])
    windows = windowing(tiles.windows)
    stays, whole = move(
        document,
        there,
        windows,
        sizes[tiles.images],
        min_visible=min_visible,
        rings=rings,
        threads=threads,
    )
    _number_pieces(document, ids, pieces[stays])
    if image_folders is not None:
        read = [names[image] for image in tiles.images.tolist()]
        write_pictures(image_folders, (read, file_names(document)), sizes[tiles.images], windows)
    cut = np.flatnonzero(on[stays] >= 0)
    cut = cut[tiles.is_part[on[stays[cut]]]]
    for begin in range(0, len(cut), _TOGETHER):
        rows = cut[begin : begin + _TOGETHER]
        values = [told.of(int(stays[i]), bool(whole[i])) for i in rows]
        document.annotations.set_column(_KEY, values, rows)
    if drop_empty_images:
        every = np.ones(len(document.annotations), bool)
        keep_rows(document, every, None, (True, False))
    return document


class _Tiles(NamedTuple):
    """All tiles, image by image.

    Attributes
    ----------
    images : (t,) array of int64
        The image of each.
    windows : (t, 4) array of int64
        x, y, width, height.
    starts : (m + 1,) array of int64
        Where each image's tiles start.
    is_part : (t,) array of bool
        Whether its image has others.
    """

    images: NDArray[np.int64]
    windows: NDArray[np.int64]
    starts: NDArray[np.int64]
    is_part: NDArray[np.bool_]


def _tiles(sizes: NDArray[np.int64], size: tuple[int, int], overlap: int) -> _Tiles:
    windows, counts = [], []
    for height, width in sizes.tolist():
        columns = _starts(width, size[0], overlap)
        rows = _starts(height, size[1], overlap)
        sides = min(size[0], width), min(size[1], height)
        windows += [(x, y, *sides) for y in rows for x in columns]
        counts.append(len(rows) * len(columns))
    images = np.repeat(np.arange(len(sizes)), counts)
    starts = np.cumsum([0, *counts])
    several = np.array(counts, np.int64)[images] > 1
    return _Tiles(images, np.array(windows, np.int64).reshape(-1, 4), starts, several)


def _starts(side: int, tile_side: int, overlap: int) -> list[int]:
    step, last = tile_side - overlap, max(side - tile_side, 0)
    return [*range(0, last, step), last]


def _pieces(
    document: Document, shown: Shown, tiles: _Tiles
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which annotations may be on which tiles: rows, ascending, and tiles; -1 for none."""
    there = shown.images >= 0
    counts = np.ones(len(shown.images), np.int64)
    counts[there] = np.diff(tiles.starts)[shown.images[there]]
    rows = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    on = np.where(there[rows], tiles.starts[shown.images[rows]] + within, -1)
    if len(tiles.windows) == 0:
        return rows, on
    boxes, has = _boxes(document, shown)
    # What has a box is only looked at where that is; of others, and in the end, `move` decides.
    low = np.maximum(boxes[rows, :2], tiles.windows[on, :2])
    high = np.minimum(
        boxes[rows, :2] + boxes[rows, 2:], tiles.windows[on, :2] + tiles.windows[on, 2:]
    )
    kept = (on < 0) | ~has[rows] | (high >= low - _SLACK).all(axis=1)
    return rows[kept], on[kept]


def _boxes(document: Document, shown: Shown) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Where annotations lie: the boxes of their masks, else those that they tell; who has one."""
    boxes = shown.masks.bbox().astype(np.float64)
    has = shown.has_mask & (shown.masks.area() > 0)
    _, (places,) = document.annotations.find(["bbox"])
    told, lengths = boxes_at(places)
    bare = ~has & (lengths == 4) & (told[:, 2:] >= 0).all(axis=1)
    boxes[bare] = told[bare]
    return boxes, has | bare


class _Told:
    """What annotations said before they were cut."""

    def __init__(self, document: Document, pieces: NDArray[np.int64]) -> None:
        table = document.annotations
        self._pieces = pieces
        kinds, places = table.find(["id", *_TOLD])
        self._columns: dict[str, list[Any]] = {}
        for key, kind, place in zip(("id", *_TOLD), kinds, places, strict=True):
            # Not as columns: these make floats of whole numbers.
            values = decode_value(_core.join_values(place.rows()))
            for row in np.flatnonzero(kind == JsonKind.MISSING).tolist():
                values[row] = MISSING
            self._columns[key] = values

    def of(self, piece: int, whole: bool) -> dict[str, Any]:
        row = int(self._pieces[piece])
        keys = ("id",) if whole else ("id", *_TOLD)
        found = {key: self._columns[key][row] for key in keys}
        told = {key: value for key, value in found.items() if value is not MISSING}
        return {"row": row, "whole": whole, **told}


def _write_tiles(document: Document, tiles: _Tiles, sizes: NDArray[np.int64]) -> None:
    table = document.images
    ids = table.column("id", missing=MISSING).tolist()
    names = table.column("file_name", missing=MISSING).tolist()
    arrange(table, tiles.images)
    rows = np.flatnonzero(tiles.is_part)
    if len(rows) == 0:
        return
    fresh = FreshIds([id_ for id_ in ids if id_ is not MISSING])
    told, new_ids, new_names = [], [], []
    for row in rows.tolist():
        image = int(tiles.images[row])
        x, y = tiles.windows[row, :2].tolist()
        id_, name = ids[image], names[image]
        height, width = sizes[image].tolist()
        origin = {"id": id_, "file_name": name, "x": x, "y": y, "width": width, "height": height}
        told.append({key: value for key, value in origin.items() if value is not MISSING})
        is_first = row == tiles.starts[image]
        new_ids.append(id_ if is_first or id_ is MISSING else fresh.next(id_))
        new_names.append(_tile_name(name, x, y) if isinstance(name, str) else name)
    table.set_column("id", new_ids, rows)
    table.set_column("file_name", new_names, rows)
    table.set_column(_KEY, told, rows)


def _tile_name(name: str, x: int, y: int) -> str:
    stem, dot, suffix = name.rpartition(".")
    if not dot or "/" in suffix:
        return f"{name}_{x}_{y}"
    return f"{stem}_{x}_{y}.{suffix}"


def _write_pieces(document: Document, pieces: NDArray[np.int64], on: NDArray[np.int64]) -> None:
    table = document.annotations
    arrange(table, pieces)
    image_ids = document.images.column("id", missing=MISSING).tolist()
    moved = np.flatnonzero(on >= 0)
    table.set_column("image_id", [image_ids[i] for i in on[moved].tolist()], moved)


def _number_pieces(document: Document, ids: list[Any], pieces: NDArray[np.int64]) -> None:
    """Give all pieces of an annotation but the first new ids; `ids`: those of all annotations."""
    table = document.annotations
    fresh = FreshIds([id_ for id_ in ids if id_ is not MISSING])
    again = np.flatnonzero(np.diff(pieces, prepend=-1) == 0)
    again = again[[ids[i] is not MISSING for i in pieces[again].tolist()]]
    table.set_column("id", [fresh.next(ids[i]) for i in pieces[again].tolist()], again)


@names_arguments
def untile(source: Input, *, image_folders: Folders | None = None, threads: int = 0) -> Document:
    """Put tiles together again, and the pieces of annotations on them.

    The rows of images are what they were; a mask is the union of its pieces. Annotations that are
    whole on a tile are what they were; of others the box, area and keypoints are as they were told,
    and rings are traced from the mask.

    Parameters
    ----------
    source : path, bytes, binary file or Document
        As `tile` makes it; rows may have been taken out since.
    image_folders : (path, path), optional
        Where the files of the tiles lie, and a new folder in which the whole images are written;
        what no tile covers is black. Needs Pillow.
    threads : int
        0 = as many as pay, 1 = none.

    Raises
    ------
    DocumentError
        If the file cannot be read, or the key ``tile`` of a row does not say what it should.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(
    ...     images=[{"id": 1, "file_name": "a.jpg", "height": 10, "width": 20}])
    >>> untile(tile(document, (10, 10))).images[:] == document.images[:]
    True
    """
    document = opened(source)
    origins = [_origin_of(document, row) for row in range(len(document.images))]
    pieces = document.annotations.column(_KEY, missing=None).tolist()
    if image_folders is not None:
        require_pillow()
        join_pictures(image_folders, _mosaics(document, origins))
    if not any(origins):
        return document
    sizes = image_sizes(document)
    shown = read_shown(document, sizes, threads)
    windows = np.hstack([np.zeros_like(sizes), sizes[:, ::-1]])
    for row, origin in enumerate(origins):
        if origin is not None:
            windows[row] = -origin["x"], -origin["y"], origin["width"], origin["height"]
    groups = _groups(document, origins, pieces, shown.images)
    union = _united(shown, windows, groups, threads)
    stays, _ = move(document, shown, windowing(windows), sizes, rings="exact", threads=threads)
    place = np.full(len(pieces), -1)
    place[stays] = np.arange(len(stays))
    kept = _restore(document, groups, (union, shown.kinds), (pieces, place), threads)
    _restore_images(document, origins, shown.images[stays])
    arrange(document.annotations, kept)
    return document


def _origin_of(document: Document, row: int) -> dict[str, Any] | None:
    image = document.images[row]
    found = image.get(_KEY) if isinstance(image, dict) else None
    if found is None:
        return None
    keys = ("x", "y", "width", "height")
    if not isinstance(found, dict) or not all(type(found.get(key)) is int for key in keys):
        raise DocumentError(
            f"is {shown(found)}, expected x, y, width and height of the whole, as tile writes it",
            table="images",
            row=row,
            key=_KEY,
        )
    return found


def _mosaics(document: Document, origins: list[Any]) -> list[Mosaic]:
    """Which files each whole image is made of."""
    names, sizes = file_names(document), image_sizes(document).tolist()
    parts = document.images.part.tolist()
    found: dict[tuple[Any, ...], Mosaic] = {}
    for row, (name, (height, width), origin) in enumerate(zip(names, sizes, origins, strict=True)):
        told = origin or {"file_name": name, "x": 0, "y": 0, "width": width, "height": height}
        key = (row,) if origin is None else _group_key(parts[row], origin)
        if key not in found:
            target = _whole_name(row, told)
            found[key] = Mosaic(target, (told["width"], told["height"]), [])
        found[key].tiles.append((name, (width, height), (told["x"], told["y"])))
    return list(found.values())


def _whole_name(row: int, origin: dict[str, Any]) -> str:
    """The file name that a tile says the whole image has: it must not lead elsewhere."""
    name = origin.get("file_name")
    with located(table="images", row=row):
        if not isinstance(name, str) or not name:
            raise DocumentError(
                f"the key {_KEY!r} has the file_name {shown(name)}, expected a path"
            )
        inside(Path(), name)
    return name


def _group_key(part: int, origin: dict[str, Any]) -> tuple[Any, ...]:
    keys = ("id", "file_name", "width", "height")
    return (part, *(repr(origin.get(key)) for key in keys))


def _groups(
    document: Document, origins: list[Any], pieces: list[Any], images: NDArray[np.int64]
) -> list[list[int]]:
    """Rows of annotations that are pieces of one, those that are whole before others."""
    parts = document.images.part.tolist()
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row, (piece, image) in enumerate(zip(pieces, images.tolist(), strict=True)):
        origin = origins[image] if image >= 0 else None
        if not isinstance(piece, dict) or "row" not in piece or origin is None:
            groups[(row,)] = [row]
            continue
        key = (*_group_key(parts[image], origin), repr(piece["row"]))
        groups.setdefault(key, []).append(row)
    return [sorted(rows, key=lambda row: not _is_whole(pieces[row])) for rows in groups.values()]


def _is_whole(piece: Any) -> bool:
    return not isinstance(piece, dict) or piece.get("whole") is not False


def _united(
    shown: Shown, windows: NDArray[np.int64], groups: list[list[int]], threads: int
) -> RleArray:
    """The masks of the groups, in the frames of the whole images."""
    numbers = np.empty(len(shown.images), np.int64)
    for number, rows in enumerate(groups):
        numbers[rows] = number
    frames = np.where((shown.images >= 0)[:, np.newaxis], windows[shown.images], 0)
    frames[~shown.has_mask] = 0
    placed = shown.masks.crop(frames, threads=threads)
    # Pieces without a mask have no size, and are no part of the union.
    masked = np.flatnonzero(shown.has_mask)
    found, members = np.unique(numbers[masked], return_inverse=True)
    union = placed[masked].union(groups=members, threads=threads) if len(masked) else placed[masked]
    order = np.zeros(len(groups), np.int64)
    order[found] = 1 + np.arange(len(found))
    return RleArray.concatenate([RleArray.from_runs([], [0, 0], [0, 0]), union])[order]


def _restore(
    document: Document,
    groups: list[list[int]],
    masks: tuple[RleArray, NDArray[np.uint8]],
    where: tuple[list[Any], NDArray[np.int64]],
    threads: int,
) -> NDArray[np.int64]:
    """Write what the annotations were; returns the rows that stay, one of each group."""
    union, kinds = masks
    pieces, place = where
    table = document.annotations
    kept, values = [], {key: ([], []) for key in ("id", *_TOLD)}  # type: ignore[var-annotated]
    traced: dict[Spellings, tuple[list[int], list[int]]] = {}
    empty = union.area() == 0
    for number, rows in enumerate(groups):
        first, piece = rows[0], pieces[rows[0]]
        at = int(place[first])
        if at < 0:
            continue
        kept.append(at)
        if not isinstance(piece, dict):
            continue
        for key in ("id", *_TOLD):
            if key in piece:
                values[key][0].append(at)
                values[key][1].append(piece[key])
        spelling = SPELLING_OF.get(SegmentationKind(int(kinds[first])))
        # A ring that draws no pixel has no outline to trace: what a piece has of it stays.
        if not _is_whole(piece) and spelling is not None and not empty[number]:
            chosen = traced.setdefault(spelling, ([], []))
            chosen[0].append(at)
            chosen[1].append(number)
    has = np.flatnonzero(table.kinds(_KEY) != JsonKind.MISSING)
    table.set_column(_KEY, [MISSING] * len(has), has)
    for key, (at_rows, told) in values.items():
        if at_rows:
            table.set_column(key, told, at_rows)
    for to, (at_rows, numbers) in traced.items():
        table_masks = union[np.array(numbers, np.int64)]
        document.set_masks(at_rows, table_masks, to=to, threads=threads)
    return np.array(kept, np.int64)


def _restore_images(document: Document, origins: list[Any], images: NDArray[np.int64]) -> None:
    """Make one row of the tiles of an image, and point its annotations at it."""
    table, annotations = document.images, document.annotations
    parts = table.part.tolist()
    firsts: dict[tuple[Any, ...], int] = {}
    kept, ids = [], {}
    for row, origin in enumerate(origins):
        if origin is None:
            kept.append(row)
            continue
        key = _group_key(parts[row], origin)
        if key not in firsts:
            firsts[key] = row
            kept.append(row)
        ids[row] = origin.get("id", MISSING)
    tiled = list(firsts.values())
    for name in ("id", "file_name"):
        table.set_column(name, [origins[row].get(name, MISSING) for row in tiled], tiled)
    table.set_column(_KEY, [MISSING] * len(tiled), tiled)
    moved = [i for i, image in enumerate(images.tolist()) if image in ids]
    if moved:
        annotations.set_column("image_id", [ids[int(images[i])] for i in moved], moved)
    arrange(table, np.array(kept, np.int64))
