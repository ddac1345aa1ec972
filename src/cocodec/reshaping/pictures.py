"""The image files of a document that is moved, moved alike."""

from __future__ import annotations

import os
import shutil
import struct
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.errors import DocumentError, located, shown
from cocodec.files.folder_names import inside
from cocodec.files.limits import limit, raise_it, require_pixels
from cocodec.files.output import new_folder
from cocodec.reshaping.motions import Motion
from cocodec.threads import in_order

__all__ = [
    "Folders",
    "Mosaic",
    "file_names",
    "join_pictures",
    "read_picture",
    "require_pillow",
    "write_pictures",
]

# Where image files are read from, and the folder that is made of the moved ones.
Folders: TypeAlias = tuple[str | os.PathLike[str], str | os.PathLike[str]]

_MOST_BARE = 16  # times what its tiles cover, of a larger one
_QUALITY = {".jpg": 95, ".jpeg": 95, ".webp": 95}


class _Task(NamedTuple):
    """One file: what is read, what is written, which image it is, its width and height."""

    source: Path
    target: Path
    number: int
    size: tuple[int, int]


def require_pillow() -> None:
    """Refuse to go on without Pillow.

    Raises
    ------
    ModuleNotFoundError
        Says what to install.
    """
    try:
        import PIL.Image  # noqa: F401
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "image files need Pillow: pip install cocodec[draw]", name="PIL"
        ) from None


def file_names(document: Document) -> list[str]:
    """Return the file name of each image.

    Raises
    ------
    DocumentError
        If an image has none, or one that leads out of its folder; names the row.
    """
    names: list[str] = document.images.column("file_name", missing=None).tolist()
    for row, name in enumerate(names):
        if not isinstance(name, str) or not name:
            reason = f"the file_name is {shown(name)}, expected a path"
            raise DocumentError(reason, table="images", row=row)
        with located(table="images", row=row):
            inside(Path(), name)
    return names


def write_pictures(
    folders: Folders,
    names: tuple[Sequence[str], Sequence[str]],
    sizes: NDArray[np.int64],
    motion: Motion,
) -> None:
    """Write moved image files into a new folder, which appears whole or not at all.

    Parameters
    ----------
    folders : (path, path)
        Where files are read, and what is made.
    names : (m names, m names)
        Of the files that are read, and of those that are written.
    sizes : (m, 2) array of int64
        Heights and widths as the document has them. A file that is turned by its EXIF data so
        that it has this size is turned so.
    motion : Motion

    Raises
    ------
    DocumentError
        If a file is not as large as the document says, or two would have one name.
    OSError
        If a file cannot be read or written; FileExistsError if there is something already.
    ModuleNotFoundError
        Without Pillow.
    """
    require_pillow()
    counts = Counter(names[1])
    again = [name for name, count in counts.items() if count > 1]
    if again:
        raise DocumentError(f"{counts[again[0]]} images would be written to {again[0]!r}")
    with new_folder(folders[1]) as folder:
        tasks = []
        for number, (source, target) in enumerate(zip(*names, strict=True)):
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            height, width = sizes[number].tolist()
            tasks.append(_Task(Path(folders[0], source), path, number, (width, height)))
        _all_at_once(lambda task: _write(task, motion), tasks)


class Mosaic(NamedTuple):
    """An image that is put together: its name, its size, and the files that it is made of.

    Attributes
    ----------
    target : str
    size : (int, int)
        Width and height.
    tiles : list of (str, (int, int), (int, int))
        The name of a file, its width and height, and where its upper left corner goes (x, y).
    """

    target: str
    size: tuple[int, int]
    tiles: list[tuple[str, tuple[int, int], tuple[int, int]]]


def join_pictures(folders: Folders, mosaics: Sequence[Mosaic]) -> None:
    """Put tiles together into a new folder, which appears whole or not at all.

    What no tile covers is black; where tiles overlap the later one counts. A file that is its
    image's only one, and as large, is copied as it is. Raises as `write_pictures`.
    """
    require_pillow()
    for mosaic in mosaics:
        _require_covered(mosaic)
    counts = Counter(mosaic.target for mosaic in mosaics)
    again = [name for name, count in counts.items() if count > 1]
    if again:
        raise DocumentError(f"{counts[again[0]]} images would be written to {again[0]!r}")
    with new_folder(folders[1]) as folder:
        for mosaic in mosaics:
            (folder / mosaic.target).parent.mkdir(parents=True, exist_ok=True)
        _all_at_once(lambda mosaic: _join(mosaic, Path(folders[0]), folder), mosaics)


def _require_covered(mosaic: Mosaic) -> None:
    """Refuse a size that the tiles do not bear out, before memory is taken for it."""
    width, height = mosaic.size
    covered = sum(tile_width * tile_height for _, (tile_width, tile_height), _ in mosaic.tiles)
    if width < 1 or height < 1 or width * height > max(limit("pixels"), _MOST_BARE * covered):
        raise DocumentError(
            f"{mosaic.target}: the whole image would have {width} x {height} pixels (width x "
            f"height), of which its tiles cover {covered:,}; expected tiles as tile makes them, or "
            f"no more than {limit('pixels'):,} {raise_it('pixels')}"
        )


def _all_at_once(write: Callable[[Any], None], tasks: Sequence[Any]) -> None:
    for _ in in_order(write, tasks):
        pass


def _join(mosaic: Mosaic, source: Path, folder: Path) -> None:
    from PIL import Image

    target = folder / mosaic.target
    if [tile[1:] for tile in mosaic.tiles] == [(mosaic.size, (0, 0))]:
        name = mosaic.tiles[0][0]
        read_picture(source / name, mosaic.size)  # says what is wrong with it
        if Path(name).suffix.lower() == target.suffix.lower():
            shutil.copyfile(source / name, target)
            return
    whole: Any = None
    for name, size, corner in mosaic.tiles:
        tile = read_picture(source / name, size)
        if whole is None:
            whole = Image.new(tile.mode, mosaic.size)
            if tile.mode == "P":
                whole.putpalette(tile.getpalette())
        same = tile.mode == whole.mode and tile.getpalette() == whole.getpalette()
        if not same:  # tiles of one image were packed alike, unless somebody did it again
            whole, tile = (one.convert("RGBA") for one in (whole, tile))
        whole.paste(tile, corner)
    _save(whole, target)


def _write(task: _Task, motion: Motion) -> None:
    _save(motion.picture(read_picture(task.source, task.size), task.number), task.target)


def read_picture(source: Path, size: tuple[int, int]) -> Any:
    """Read an image file of a width and a height; one that its EXIF data turns so is turned.

    Raises
    ------
    DocumentError
        If it is no image, is broken, has another size, or more pixels than the limit "pixels".
    OSError
        If it cannot be opened.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened: Any = Image.open(source)
        with opened:
            require_pixels(opened.height, opened.width, os.fspath(source))
            image: Any = opened
            image.load()
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        if isinstance(error, DocumentError) or getattr(error, "filename", None) is not None:
            raise
        said = "" if isinstance(error, UnidentifiedImageError) else f": {error}"
        raise DocumentError(f"no image that Pillow can read{said}", file=source) from None
    except Image.DecompressionBombError as error:
        raise DocumentError(str(error), file=source) from None
    if image.size != size:
        image = ImageOps.exif_transpose(image)
    if image.size != size:
        found, told = (" x ".join(map(str, sides)) for sides in (image.size, size))
        raise DocumentError(
            f"{found} pixels (width x height), but the document says {told}", file=source
        )
    return image


def _save(image: Any, target: Path) -> None:
    suffix = target.suffix.lower()
    options = {"quality": _QUALITY[suffix]} if suffix in _QUALITY else {}
    if suffix in (".jpg", ".jpeg") and image.mode == "RGBA":
        image = image.convert("RGB")
    try:
        image.save(target, **options)
    except (ValueError, KeyError, OSError) as error:  # a suffix or a mode that Pillow cannot write
        raise DocumentError(str(error), file=target.name) from None
