"""What images are called, how large they are, and where their files lie."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.names import (
    subsets_of_names,
)
from cocodec.dialects.report import Place
from cocodec.dialects.rows import (
    numbers,
)
from cocodec.dialects.shapes import (
    size_of,
)
from cocodec.errors import DocumentError
from cocodec.files.folder_names import inside
from cocodec.files.image_headers import ImageHeaderError, read_image_size

__all__ = ["find_picture", "is_usual", "name_images", "normal_sizes", "size_images"]

_LARGEST = 1 << 28  # pixels of an image that is no trick


def is_usual(size: tuple[int | None, int | None]) -> bool:
    """Whether a size is known, and no ring in it can be too much to draw."""
    height, width = size
    return height is not None and width is not None and height * width <= _LARGEST


def normal_sizes(canon: Canon, work: Work) -> None:
    """Sides are integers, for strict readers: 20.0 and "20" are 20."""
    for image in canon.images:
        for key in ("height", "width"):
            value = image.get(key)
            if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 11:
                value = int(value)
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if value is not image.get(key):
                image[key] = value
                work.report.change("heights and widths of images made integers")


def size_images(canon: Canon, work: Work) -> None:
    """Images without a size take that of a mask in them."""
    encord = work.report.target.startswith("encord")  # which divides by the sides
    unsized = {
        image["id"]: image
        for image in canon.images
        if None in size_of(image) or (encord and 0 in size_of(image))
    }
    if not unsized:
        return
    for i, row in canon.annotations.decoded():
        value = row.get("segmentation")
        size = numbers(value.get("size"), 2) if isinstance(value, dict) else None
        if size is not None and row["image_id"] in unsized:
            unsized.pop(row["image_id"]).update(height=size[0], width=size[1])
            work.report.change("image sizes taken from a mask", canon.places[i])
    if work.images is not None:
        _size_from_files(unsized, canon, work)
    gone = _to_refuse(unsized, canon, work)
    _refuse_images(gone, canon, work)
    left = len(unsized) - len(gone)
    if left:
        work.report.note(f"{left:,} image{'s' * (left != 1)} without height and width")


def _to_refuse(unsized: Collection[int], canon: Canon, work: Work) -> set[int]:
    """The images whose size a target cannot do without: CVAT's can, where no mask is to be made."""
    target = work.report.target
    if target.startswith("encord"):
        return {*unsized}
    if target.startswith("official"):
        # In a file of captions and the like nobody asks for sizes.
        return {*unsized} if "instance" in canon.kinds or not canon.kinds else set()
    if target.startswith("cvat"):
        return set()
    of_images = canon.annotations.image_ids()
    drawn = {i for i, kind in zip(of_images, canon.kinds, strict=True) if kind == "instance"}
    return drawn & {*unsized}


def _refuse_images(gone: Collection[int], canon: Canon, work: Work) -> None:
    if not gone:
        return
    why = "no height and width, and no RLE that says them: --images FOLDER reads them"
    for i, image in enumerate(canon.images):
        if image["id"] in gone:
            work.report.refuse(Place(None, "images", i, image["id"]), why)
    of_images = canon.annotations.image_ids()
    canon.keep([i for i, image in enumerate(of_images) if image not in gone])
    _drop_images(canon, gone)


def _drop_images(canon: Canon, gone: Collection[int]) -> None:
    left = [i for i, image in enumerate(canon.images) if image["id"] not in gone]
    canon.images = [canon.images[i] for i in left]
    canon.subsets = [canon.subsets[i] for i in left]


def _size_from_files(unsized: dict[int, Row], canon: Canon, work: Work) -> None:
    """Read the sizes of images from the headers of their files, where these are."""
    assert work.images is not None
    owners = subsets_of_names(canon)
    for image, subset in zip(canon.images, canon.subsets, strict=True):
        number = image["id"]
        if number not in unsized:
            continue
        name = str(image["file_name"])
        path = find_picture(work.images, subset, name, len(owners[name]) > 1)
        if path is None:
            continue
        try:
            header = read_image_size(path)
        except (ImageHeaderError, OSError) as error:
            work.report.note(f"{path}: {error}")
            continue
        unsized.pop(number).update(height=header.height, width=header.width)
        work.report.change("image sizes read from their files")


def find_picture(folder: Path, subset: str, name: str, shared: bool) -> Path | None:
    """An image's file: in the folder of its subset, or else in the folder itself.

    In two subsets a name may be two images', so where there is a folder of the subset's name,
    nothing else will do; where there is none, two subsets take no image of one folder.
    """
    for own in (folder / subset, folder / "images" / subset):
        if _is_inside(subset) and own.is_dir() and not name.startswith(f"{subset}/"):
            return _find_image(own, name)
    return None if shared else _find_image(folder, name)


def _is_inside(subset: str) -> bool:
    return subset not in ("", ".", "..") and not {"/", "\\", "\0"} & set(subset)


def _find_image(folder: Path, name: str) -> Path | None:
    """The file of an image in a folder; a name that leads out of it finds nothing."""
    try:
        path = inside(folder, name)
    except DocumentError:
        return None
    return path if path.is_file() else None


def name_images(canon: Canon, work: Work) -> None:
    """Readers want a file_name of every image: the end of its address, or its id's."""
    taken = {n for image in canon.images if isinstance(n := image.get("file_name"), str)}
    for image in canon.images:
        name = image.get("file_name")
        if isinstance(name, str) and name:
            continue
        address = image.get("coco_url")
        end = address.rpartition("/")[2] if isinstance(address, str) else ""
        made = end if end and end not in taken else f"{image['id']}.jpg"
        taken.add(made)
        image["file_name"] = made
        what = "taken from coco_url" if made == end else "made up from their ids"
        work.report.change(f"missing file_names of images {what}")
