"""`subset`: a part of a document, of which every row stays the bytes that it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.arranging import arrange
from cocodec.documents.document import Document
from cocodec.errors import DocumentError
from cocodec.groups.keys import crowd_told
from cocodec.reshaping.evaluating import select
from cocodec.reshaping.measuring import SIZES, areas_of, sizes_of
from cocodec.reshaping.naming import named_categories, named_images, spelled_id
from cocodec.reshaping.opening import Input, opened
from cocodec.reshaping.zipped_pictures import file_names, leave_out_pictures
from cocodec.signatures import names_arguments

__all__ = ["keep_images", "keep_rows", "subset"]

Flags = NDArray[np.bool_]


@names_arguments
def subset(
    source: Input,
    *,
    images: Iterable[Any] | None = None,
    categories: Iterable[Any] | None = None,
    area: tuple[float | None, float | None] | None = None,
    sizes: Collection[str] | None = None,
    crowd: bool | None = None,
    where: str | None = None,
    where_image: str | None = None,
    drop_empty_images: bool = False,
    drop_unused_categories: bool = False,
    digits: bool = False,
    threads: int = 0,
) -> Document:
    """Take a part of a document; conditions are joined by "and".

    Rows that are kept are the same bytes, in the same order; everything outside the tables stays.
    Images without annotations, and categories, are kept unless asked otherwise. Of a zip the
    pictures of images that are left out are left out too.

    Parameters
    ----------
    source : path, bytes, binary file or Document
        A document is left as it is.
    images : iterable of ids and file names, optional
        These alone, with their annotations. A file name may lack its folder, and its suffix.
    categories : iterable of ids and names, optional
        Annotations of these alone.
    area : (float or None, float or None), optional
        Smallest and largest area of annotations in pixels, both included: the key ``area``, or
        else the pixels of the mask, or of the box.
    sizes : collection of {"small", "medium", "large"}, optional
        COCO's: below 32 x 32 pixels, below 96 x 96, and others.
    crowd : bool, optional
        Crowds alone, or none.
    where : str, optional
        An expression over the keys of an annotation, ``image.KEY`` and ``category.KEY``.
    where_image : str, optional
        An expression over the keys of an image.
    drop_empty_images : bool
        Leave out images without annotations.
    drop_unused_categories : bool
        Leave out categories without annotations.
    digits : bool
        Whether ids of `images` and `categories` may be spelled as strings.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    Document

    Raises
    ------
    DocumentError
        If the file cannot be read; for images and categories that are not there, and for
        expressions that cannot be read or do not suit the values.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(
    ...     categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    ...     annotations=[{"id": 1, "category_id": 1}, {"id": 2, "category_id": 2}],
    ... )
    >>> subset(document, categories=["cat"])
    <Document: 0 images, 1 annotation, 2 categories>
    """
    document = opened(source)
    image_flags = _chosen_images(document, images, where_image, digits)
    flags = np.ones(len(document.annotations), bool)
    if categories is not None:
        flags &= _of_categories(document, list(categories), digits)
    if area is not None or sizes is not None:
        flags &= _of_area(areas_of(document, threads=threads), area, sizes)
    if crowd is not None:
        flags &= (crowd_told(document.annotations, strict=False) == 1) == crowd
    if where is not None:
        flags &= select(document, "annotations", where, threads=threads)
    if image_flags is not None:
        flags &= _of_images(document, image_flags)
    keep_rows(document, flags, image_flags, (drop_empty_images, drop_unused_categories))
    return document


def keep_images(document: Document, flags: Flags) -> None:
    """Leave out all other images, and their annotations."""
    keep_rows(document, _of_images(document, flags), flags, (False, False))


def keep_rows(
    document: Document, flags: Flags, image_flags: Flags | None, drops: tuple[bool, bool]
) -> None:
    """Leave out all other rows. `drops`: whether empty images go, and unused categories."""
    kept = np.flatnonzero(flags)
    before = file_names(document)
    if drops[0]:
        used = _used(document.image_rows(kept), len(document.images))
        image_flags = used if image_flags is None else image_flags & used
    if drops[1]:
        used = _used(document.category_rows(kept), len(document.categories))
        arrange(document.categories, np.flatnonzero(used))
    if image_flags is not None:
        arrange(document.images, np.flatnonzero(image_flags))
    arrange(document.annotations, kept)
    leave_out_pictures(document, before)


def _used(rows: NDArray[np.int64], count: int) -> Flags:
    used = np.zeros(count, bool)
    used[rows[rows >= 0]] = True
    return used


def _chosen_images(
    document: Document, images: Iterable[Any] | None, where: str | None, digits: bool
) -> Flags | None:
    if images is None and where is None:
        return None
    if len(document.images) == 0 and len(document.annotations) > 0:
        raise DocumentError(
            "the file has no images, so none can be chosen; use an expression over image_id"
        )
    flags = np.ones(len(document.images), bool)
    if images is not None:
        flags &= named_images(document.images, images, digits=digits)
    if where is not None:
        flags &= select(document, "images", where)
    return flags


def _of_images(document: Document, flags: Flags) -> Flags:
    rows = document.image_rows()
    if len(flags) == 0:
        return np.zeros(len(rows), bool)
    return (rows >= 0) & flags[rows]


def _of_categories(document: Document, wanted: list[Any], digits: bool) -> Flags:
    """Annotations of some categories; ids may stand for categories that the file does not list."""
    if len(document.categories) > 0:
        chosen = named_categories(document.categories, wanted, digits=digits)
        rows = document.category_rows()
        return (rows >= 0) & chosen[rows]
    ids = [_meant_id(item) if digits else item for item in wanted]
    names = [item for item in ids if not isinstance(item, int)]
    column = document.annotations.column("category_id", missing=None).tolist()
    known = {(value, type(value)) for value in column if isinstance(value, (int, str))}
    unknown = [item for item in names if (item, type(item)) not in known]
    if unknown:
        raise DocumentError(f"{unknown[0]!r} is no category: the file lists none; give ids")
    sought = {(item, type(item)) for item in ids}
    found = [isinstance(v, (int, str)) and (v, type(v)) in sought for v in column]
    return np.array(found, bool)


def _meant_id(item: Any) -> Any:
    number = spelled_id(item) if isinstance(item, str) else None
    return item if number is None else number


def _of_area(
    areas: NDArray[np.float64],
    limits: tuple[float | None, float | None] | None,
    sizes: Collection[str] | None,
) -> Flags:
    flags = ~np.isnan(areas)
    low, high = limits or (None, None)
    if low is not None:
        flags &= areas >= low
    if high is not None:
        flags &= areas <= high
    if sizes is not None:
        unknown = [size for size in sizes if size not in SIZES]
        if unknown:
            raise ValueError(f"size is {unknown[0]!r}, expected one of {', '.join(SIZES)}")
        flags &= np.isin(sizes_of(areas), [SIZES.index(size) for size in sizes])
    return flags
