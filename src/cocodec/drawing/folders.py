"""A folder of pictures: one for each image of a document, or sheets of many small ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from cocodec.documents.document import Document, read
from cocodec.documents.parts import Source
from cocodec.drawing.labels import Letters, shown_text
from cocodec.drawing.overlays import (
    Folder,
    Style,
    ground_of,
    paint_scene,
    paint_truth,
    scaled,
)
from cocodec.drawing.scenes import Scenes, choice_for_truth, with_results
from cocodec.errors import DocumentError
from cocodec.files.folder_names import inside
from cocodec.files.output import new_folder
from cocodec.masks.painting import Canvas, as_image, new_canvas
from cocodec.reshaping.pictures import require_pillow
from cocodec.reshaping.selecting import subset
from cocodec.signatures import names_arguments
from cocodec.threads import in_order

__all__ = ["PictureFormat", "draw_images"]

PictureFormat: TypeAlias = Literal["png", "jpg"]

_CELL, _GAP, _CAPTION = 320, 8, 16  # pixels of a contact sheet
_MOST_CELLS = 10_000
_SHEET_LEVEL, _CAPTION_LEVEL = 32, 224


@names_arguments
def draw_images(
    source: Document | Source,
    target: Folder,
    *,
    images: Folder | None = None,
    results: Document | Source | None = None,
    choice: dict[str, Any] | None = None,
    format: PictureFormat = "png",
    sheet: tuple[int, int] | None = None,
    threads: int = 0,
    **style: Any,
) -> list[str]:
    """Draw every image of a document into a new folder, which appears whole or not at all.

    Parameters
    ----------
    source : Document, path, bytes or binary file
    target : path
        The folder: nothing, or an empty one. Pictures are named like the images.
    images : path, optional
        The folder of the image files; without it the ground is grey.
    results : Document, path, bytes or binary file, optional
        Results, which are drawn over white edges of the document's own annotations.
    choice : dict, optional
        Which of them: what `cocodec.subset` takes. With results, ``where`` holds for both, unless
        it speaks of the score.
    format : {"png", "jpg"}
    sheet : (int, int), optional
        Contact sheets of so many columns and rows instead; `max_side` is that of a cell.
    threads : int
        0 = as many as there are cores, 1 = none.
    **style
        See `Style`.

    Returns
    -------
    list of str
        What could not be drawn as it is, a sentence each: images whose file is not there or leads
        out of the folder are drawn on grey, masks that are wrong are left out, and so are pictures
        that would be too large.

    Raises
    ------
    DocumentError
        If the document cannot be read.
    FileExistsError
        If there is something in the folder.
    ModuleNotFoundError
        Without Pillow.

    Examples
    --------
    >>> import cocodec, tempfile, os
    >>> document = cocodec.Document.from_rows(
    ...     images=[{"id": 7, "height": 40, "width": 60, "file_name": "a/b.jpg"}],
    ...     annotations=[{"id": 1, "image_id": 7, "bbox": [5, 5, 20, 10]}],
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     problems = draw_images(document, os.path.join(folder, "drawn"))
    ...     os.listdir(os.path.join(folder, "drawn", "a")), problems
    (['b.png'], [])
    """
    require_pillow()
    if format not in get_args(PictureFormat):
        raise ValueError(f"format is {format!r}, expected 'png' or 'jpg'")
    chosen = Style(**style)
    truth = source if isinstance(source, Document) else read(source)
    drawn = truth if results is None else with_results(truth, results)
    beneath = None
    if results is not None:
        beneath = Scenes(subset(truth, **choice_for_truth(choice)))
    if choice:
        drawn = subset(drawn, **choice, threads=threads)
    painter = _Painter(Scenes(drawn, threads=1), beneath, images, chosen)
    with new_folder(target) as folder:
        tasks = (
            _pictures(painter, folder, format)
            if sheet is None
            else _sheets(painter, folder, format, sheet)
        )
        return [
            problem
            for problems in in_order(lambda task: task(), tasks, threads)
            for problem in problems
        ]


class _Painter:
    """Paints the images of a document, one by one."""

    def __init__(
        self, scenes: Scenes, beneath: Scenes | None, images: Folder | None, style: Style
    ) -> None:
        self.scenes, self.beneath, self.images, self.style = scenes, beneath, images, style
        table = scenes.document.images
        columns = (table.column(key, missing=None).tolist() for key in ("file_name", "id"))
        self.titles = [
            str(id_ if name is None else name) for name, id_ in zip(*columns, strict=True)
        ]

    def try_to_paint(self, row: int, style: Style) -> tuple[Canvas | None, list[str]]:
        """Return the canvas, None if there can be none, and what could not be drawn as it is."""
        try:
            canvas, problems = self._paint(row, style)
        except DocumentError as error:
            return None, [f"{error}; it is not drawn"]
        if canvas.size == 0:
            return None, [*problems, f"images, row {row}: it has no pixels, and is not drawn"]
        return canvas, problems

    def _paint(self, row: int, style: Style) -> tuple[Canvas, list[str]]:
        scene = self.scenes.scene(row)
        problems = list(scene.problems)
        try:
            canvas = ground_of(scene, self.images, style.max_side)
        except (DocumentError, OSError) as error:
            if self.images is None:
                raise
            problems.append(f"{error}; it is drawn on grey")
            canvas = ground_of(scene, None, style.max_side)
        if self.beneath is not None:
            paint_truth(canvas, scaled(self.beneath.scene(row), canvas))
        paint_scene(canvas, scaled(scene, canvas), style, self.scenes.skeletons)
        return canvas, problems


Task: TypeAlias = Callable[[], list[str]]


def _pictures(painter: _Painter, folder: Path, format: PictureFormat) -> Iterator[Task]:
    """One task an image."""
    used: set[str] = set()

    def task(row: int, path: Path) -> Task:
        def draw() -> list[str]:
            canvas, problems = painter.try_to_paint(row, painter.style)
            if canvas is not None:
                _save(canvas, path)
            return problems

        return draw

    records = painter.scenes.document.images.column("file_name", missing=None).tolist()
    for row, name in enumerate(records):
        path = folder / _target_name(folder, name, row, format, used)
        path.parent.mkdir(parents=True, exist_ok=True)
        yield task(row, path)


def _target_name(folder: Path, name: Any, row: int, format: str, used: set[str]) -> str:
    """Name a picture like its image, or by the image's row where that is no good name."""
    try:
        inside(folder, name)
        stem = os.path.splitext(name)[0].replace("\\", "/")
        if any(len(part.encode()) > 200 for part in stem.split("/")) or stem.endswith("/"):
            raise DocumentError("no name for a file")
    except (DocumentError, UnicodeEncodeError):
        stem = f"image-{row}"
    if f"{stem}.{format}".lower() in used:
        stem = f"{stem}-{row}"
    while f"{stem}.{format}".lower() in used:
        stem += "-"
    used.add(f"{stem}.{format}".lower())
    return f"{stem}.{format}"


def _sheets(
    painter: _Painter, folder: Path, format: PictureFormat, sheet: tuple[int, int]
) -> Iterator[Task]:
    """One task a sheet."""
    columns, rows = sheet
    if columns < 1 or rows < 1 or columns * rows > _MOST_CELLS:
        raise ValueError(f"a sheet has 1 to {_MOST_CELLS:,} cells, not {columns} x {rows}")
    side = painter.style.max_side or _CELL
    style = Style(**{**vars(painter.style), "max_side": side, "labels": False})
    count, per_sheet = len(painter.scenes), columns * rows
    digits = len(str(-(-count // per_sheet)))

    def task(first: int) -> Task:
        def draw() -> list[str]:
            some = range(first, min(first + per_sheet, count))
            canvas, problems = _sheet(painter, style, some, columns)
            number = first // per_sheet + 1
            _save(canvas, folder / f"sheet-{number:0{digits}}.{format}")
            return problems

        return draw

    for first in range(0, count, per_sheet):
        yield task(first)


def _sheet(
    painter: _Painter, style: Style, images: range, columns: int
) -> tuple[Canvas, list[str]]:
    side = style.max_side or _CELL
    step = (side + _GAP, side + _CAPTION + _GAP)
    rows = -(-len(images) // columns)
    across = min(columns, len(images))
    sheet = new_canvas(step[1] * rows + _GAP, step[0] * across + _GAP, _SHEET_LEVEL)
    letters, problems = Letters(1, style.font), []
    for place, row in enumerate(images):
        canvas, told = painter.try_to_paint(row, style)
        problems += told
        x = _GAP + place % columns * step[0]
        y = _GAP + place // columns * step[1]
        if canvas is not None:
            width, height = canvas.shape[:2]
            left, top = x + (side - width) // 2, y + (side - height) // 2
            sheet[left : left + width, top : top + height] = canvas
        caption = letters.pixels(shown_text(painter.titles[row])).T
        caption = caption[:side, : _CAPTION - 2]
        below = sheet[x : x + caption.shape[0], y + side + 2 : y + side + 2 + caption.shape[1]]
        below[caption] = _CAPTION_LEVEL
    return sheet, problems


def _save(canvas: Canvas, path: Path) -> None:
    from PIL import Image

    options: dict[str, Any] = {"quality": 92} if path.suffix == ".jpg" else {"compress_level": 4}
    Image.fromarray(as_image(canvas)).save(path, **options)
