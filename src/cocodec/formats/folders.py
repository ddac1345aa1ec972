"""Folders of a data set: written whole or not at all, searched for images, never left."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cocodec.documents.progress import steps
from cocodec.errors import DocumentError, located
from cocodec.files.flushing import flush_folders
from cocodec.files.folder_names import inside, safe_name
from cocodec.files.image_headers import ImageHeaderError, read_image_size
from cocodec.files.limits import require_within
from cocodec.files.output import folder_beside
from cocodec.formats.objects import Picture

__all__ = [
    "IMAGE_SUFFIXES",
    "ImageFinder",
    "Staging",
    "files_below",
    "first_file",
    "is_bare",
    "json_head",
    "label_names",
    "only_file",
    "place_images",
    "read_text",
    "require_only_file",
    "split_folders",
    "staged",
    "write_new",
]

IMAGE_SUFFIXES = [
    ".bmp",
    ".dng",
    ".gif",
    ".jpeg",
    ".jpg",
    ".jp2",
    ".mpo",
    ".pfm",
    ".png",
    ".tif",
    ".tiff",
    ".webp",
    ".heic",
    ".avif",
]
_AT_ONCE = 1 << 20  # bytes that one call reads
_BINARY = getattr(os, "O_BINARY", 0)  # where texts would be changed on their way
_Target = str | os.PathLike[str]


class Staging:
    """A folder in the making; see `staged`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = folder.as_posix()
        self._made = {self._root}
        self._names: set[str] = set()

    def place(self, name: str, what: str) -> str:
        """Where a file of this name goes; its folder is made.

        A data set has a file an image, by the hundred thousand: paths are texts here.

        Raises
        ------
        DocumentError
            If the name leads out of the folder, or two things have the same.
        """
        with located(part=what):
            safe_name(name)
        path = f"{self._root}/{name}"
        if "//" in name or "./" in name or "\\" in name:
            path = inside(self.folder, name).as_posix()
        if path in self._names:
            raise DocumentError(f"{what}: the file {name!r} is written twice; names must differ")
        self._names.add(path)
        parent = path.rpartition("/")[0]
        if parent not in self._made:
            os.makedirs(parent, exist_ok=True)
            self._made.add(parent)
        return path

    def write(self, name: str, content: bytes | str | memoryview, what: str = "output") -> None:
        """Write a file."""
        data = content.encode() if isinstance(content, str) else content
        write_new(self.place(name, what), data)


def write_new(path: str, content: bytes | memoryview) -> None:
    """Write a file that must not be there yet, at a place that `Staging.place` gave."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        view = memoryview(content)
        while len(view) > 0:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def place_images(
    images: Sequence[tuple[Picture, str]], source: _Target, folder: Staging, *, link: bool
) -> None:
    """Put image files at their places in a data set: copies, or links to where they lie.

    Parameters
    ----------
    images : sequence of (Picture, str)
        And the name that each gets in `folder`.
    source : path
        Where they lie, under their names or the last part of these.
    folder : Staging
    link : bool

    Raises
    ------
    DocumentError
        If one is not there, or not as large as the document says.
    """
    finder = ImageFinder([source])
    for picture, name in steps(images):
        what = picture.place
        path = finder.find(picture.file_name)
        if path is None:
            raise DocumentError(f"{what}: {picture.file_name!r} is not in {source}")
        size = image_size(path, what)
        if size not in ((picture.height, picture.width), (picture.width, picture.height)):
            raise DocumentError(
                f"{what}: {path} has {size[0]} x {size[1]} pixels (height x width), "
                f"the document says {picture.height} x {picture.width}"
            )
        target = folder.place(name, what)
        if link:
            os.symlink(path.resolve(), target)
        else:
            shutil.copyfile(path, target)


@contextlib.contextmanager
def staged(target: _Target) -> Iterator[Staging]:
    """Make a folder that appears whole or not at all.

    Files go to a folder beside `target` and are moved when the block ends without an error. If
    `target` exists, they are moved into it, unless one of them is there already.

    Raises
    ------
    FileExistsError
        If a file would be replaced: names it. Nothing is moved then.
    """
    path = Path(os.path.realpath(target))
    if path.exists() and not path.is_dir():
        raise FileExistsError(17, "is a file; the format needs a folder", os.fspath(target))
    path.parent.mkdir(parents=True, exist_ok=True)
    with folder_beside(target, path, lambda temporary: _move(temporary, path)) as temporary:
        yield Staging(temporary)


def _move(source: Path, target: Path) -> None:
    if not target.exists():
        os.rename(source, target)
        flush_folders([target.parent])
        return
    names = [path.relative_to(source) for path in files_below(source)]
    for name in names:
        if os.path.lexists(target / name):
            raise FileExistsError(17, "exists; give another folder", os.fspath(target / name))
    moved: list[Path] = []
    try:
        for name in names:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            os.rename(source / name, target / name)
            moved.append(target / name)
    except BaseException:
        for path in moved:
            path.unlink(missing_ok=True)
        raise
    flush_folders(path.parent for path in moved)


def files_below(folder: Path, suffixes: Iterable[str] | None = None) -> list[Path]:
    """Files in a folder and below, by name; links to folders are not followed."""
    wanted = None if suffixes is None else {suffix.lower() for suffix in suffixes}
    found: list[str] = []
    stack = [os.fspath(folder)]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith("."):
                        stack.append(entry.path)
                elif wanted is None or os.path.splitext(entry.name)[1].lower() in wanted:
                    found.append(entry.path)
    return [Path(path) for path in sorted(found)]


def first_file(path: Path, suffix: str) -> Path:
    """The file itself, or the first one of a folder with the suffix, if there is one."""
    return min(_files_of(path, suffix), default=path) if path.is_dir() else path


def only_file(path: Path, suffixes: Sequence[str], usual: str = "") -> Path | None:
    """The file of a data set that is one: the path itself, or that of a folder, if it is plain.

    Parameters
    ----------
    path : Path
    suffixes : sequence of str
        The first that any file of the folder has counts.
    usual : str
        The file of this name, whatever else lies there; or else the only one with the suffix.
    """
    if not path.is_dir():
        return path
    if usual and (path / usual).is_file():
        return path / usual
    found = _candidates(path, suffixes)
    return found[0] if len(found) == 1 else None


def require_only_file(path: Path, suffixes: Sequence[str], usual: str = "") -> Path:
    """As `only_file`, for readers.

    Raises
    ------
    DocumentError
        If the folder has no such file, or several: says which.
    """
    file = only_file(path, suffixes, usual)
    if file is not None:
        return file
    found = _candidates(path, suffixes)
    if not found:
        raise DocumentError(f"{path}: there is no {usual or ' or '.join(suffixes) + ' file'}")
    named = ", ".join(one.name for one in found[:3]) + (", ..." if len(found) > 3 else "")
    raise DocumentError(
        f"{path}: there are {len(found)} {found[0].suffix.lower()} files ({named}), expected one"
        f"{f' or {usual}' if usual else ''}; give the file itself"
    )


def _candidates(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    for suffix in suffixes:
        found = sorted(_files_of(folder, suffix))
        if found:
            return found
    return []


def _files_of(folder: Path, suffix: str) -> list[Path]:
    return [one for one in folder.iterdir() if one.suffix.lower() == suffix and one.is_file()]


def split_folders(folder: Path, pattern: str) -> list[Path]:
    """The folders of splits (train, valid, ...) in a folder that have a file of this pattern."""
    names = ("train", "val", "valid", "test")
    found = [folder / name for name in names]
    return [one for one in found if one.is_dir() and next(one.glob(pattern), None) is not None]


def json_head(path: Path, length: int = 1 << 16) -> bytes:
    """The first bytes of a JSON file, which tell what it is; none of anything else."""
    if not path.is_file() or path.suffix.lower() != ".json":
        return b""
    with open(path, "rb") as stream:
        return stream.read(length).removeprefix(codecs.BOM_UTF8)


def is_bare(head: bytes) -> bool:
    """Whether the annotations that JSON begins with are none at all."""
    return re.search(rb'"annotations"\s*:\s*\[\s*\]', head) is not None


def read_text(path: str | Path, limit: int | None = None) -> bytes:
    """Read a file of at most `limit` bytes; by default, of what a document may have."""
    # Hundreds of thousands are read: no object and no buffer for each.
    descriptor = os.open(path, os.O_RDONLY | _BINARY)
    try:
        size = os.fstat(descriptor).st_size
        if limit is None:
            require_within(size, "document", str(path))
        elif size > limit:
            raise DocumentError(f"{path}: {size} bytes, expected at most {limit}")
        if 0 < size < _AT_ONCE:
            return os.read(descriptor, size)
        with open(descriptor, "rb", buffering=0, closefd=False) as stream:
            return stream.readall()
    finally:
        os.close(descriptor)


def label_names(images: Iterable[Picture], suffix: str) -> list[str]:
    """Names of the label files of images: the image's name with another suffix."""
    return [os.path.splitext(image.file_name.replace("\\", "/"))[0] + suffix for image in images]


class ImageFinder:
    """Finds image files by the names that annotations give, and reads their sizes.

    Parameters
    ----------
    folders : paths
        Where to look: at the name as it is, then at its last part. The first that exists counts.
    """

    def __init__(self, folders: Iterable[_Target]) -> None:
        self.folders = [Path(folder) for folder in folders]

    def find(self, name: str) -> Path | None:
        """Where the image is, or None."""
        parts = name.replace("\\", "/").split("/")
        for folder in self.folders:
            for candidate in (name.replace("\\", "/"), parts[-1]):
                try:
                    path = inside(folder, candidate)
                except DocumentError:
                    continue
                if path.is_file():
                    return path
        return None

    def find_stem(self, stem: str) -> Path | None:
        """The image of this name with any suffix, or None."""
        for folder in self.folders:
            for suffix in (*IMAGE_SUFFIXES, *(one.upper() for one in IMAGE_SUFFIXES)):
                path = folder / f"{stem}{suffix}"
                if path.is_file():
                    return path
        return None

    def size(self, name: str, what: str) -> tuple[int, int]:
        """Height and width of an image as it is stored.

        Raises
        ------
        DocumentError
            If it is not there, or is no image; says what to do.
        """
        path = self.find(name)
        if path is None:
            where = ", ".join(map(str, self.folders))
            raise DocumentError(
                f"{what}: the image {name!r} is needed for its size and is not in {where}; "
                "say where with images= (--images DIR)"
            )
        return image_size(path, what)


def image_size(path: Path, what: str) -> tuple[int, int]:
    """Height and width of an image file, from its header."""
    try:
        header = read_image_size(path)
    except ImageHeaderError as error:
        raise DocumentError(f"{what}: {error}") from None
    return header.height, header.width
