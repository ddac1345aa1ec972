"""One image with its annotations: masks, edges, boxes, keypoints, labels."""

from __future__ import annotations

import math
import numbers
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from cocodec.documents.document import Document
from cocodec.drawing.labels import Letters
from cocodec.drawing.scenes import Box, Figure, Scene, Scenes
from cocodec.drawing.strokes import Color, dot, frame, line
from cocodec.errors import DocumentError, how_many, located, shown
from cocodec.files.folder_names import inside
from cocodec.masks.painting import (
    Canvas,
    as_canvas,
    as_image,
    as_weight,
    color_of,
    new_canvas,
    paint_masks,
)
from cocodec.reshaping.pictures import read_picture, require_pillow
from cocodec.signatures import names_arguments

__all__ = [
    "Coloring",
    "Folder",
    "Style",
    "colors_of",
    "draw_image",
    "ground_of",
    "label_of",
    "paint_scene",
    "paint_truth",
    "scaled",
    "score_color",
    "shrunk_size",
]

Coloring: TypeAlias = Literal["category", "instance", "score"]
Folder: TypeAlias = str | os.PathLike[str]

_MOST_PIXELS = 1 << 26
_NO_CATEGORY: Color = (200, 200, 200)
_TRUTH: Color = (255, 255, 255)


@dataclass(frozen=True)
class Style:
    """How annotations are drawn.

    Attributes
    ----------
    color : {"category", "instance", "score"}
        What a colour stands for.
    alpha : float
        How much the colour counts inside a mask: 0 to 1.
    edges, boxes, keypoints, labels : bool
        What is drawn beside the masks.
    max_side : int, optional
        Larger images are drawn smaller: the longest side in pixels.
    font : path, optional
        A font file for labels in other letters than those of Western Europe.

    Examples
    --------
    >>> from cocodec.drawing import Style
    >>> Style(max_side=256).max_side
    256
    """

    color: Coloring = "category"
    alpha: float = 0.5
    edges: bool = True
    boxes: bool = True
    keypoints: bool = True
    labels: bool = True
    max_side: int | None = None
    font: Folder | None = None

    def __post_init__(self) -> None:
        if self.color not in get_args(Coloring):
            expected = ", ".join(get_args(Coloring))
            raise ValueError(f"color is {self.color!r}, expected one of {expected}")
        as_weight(self.alpha)
        if self.max_side is None:
            return
        if not isinstance(self.max_side, numbers.Integral):
            raise TypeError(f"max_side is {shown(self.max_side)}, expected a whole number")
        if self.max_side < 1:
            raise ValueError(f"max_side is {self.max_side}, expected 1 or more")


@names_arguments
def draw_image(
    document: Document,
    image_id: Any,
    *,
    images: Folder | None = None,
    threads: int = 0,
    **style: Any,
) -> Any:
    """Draw one image of a document with its annotations.

    Parameters
    ----------
    document : Document
    image_id : int or str
    images : path, optional
        The folder of the image files; without it the ground is grey.
    threads : int
        0 = as many as pay, 1 = none.
    **style
        See `Style`.

    Returns
    -------
    PIL image, RGB

    Raises
    ------
    DocumentError
        If there is no such image, or its file is not there, leads out of the folder, is not of the
        size that the document says, or cannot be read.
    ModuleNotFoundError
        Without Pillow.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(
    ...     images=[{"id": 7, "height": 40, "width": 60}],
    ...     annotations=[{"id": 1, "image_id": 7, "bbox": [5, 5, 20, 10]}],
    ... )
    >>> document.draw(7).size
    (60, 40)
    """
    require_pillow()
    from PIL import Image

    chosen = Style(**style)
    rows = document.images.positions(image_id)
    if len(rows) == 0:
        raise DocumentError(
            f"there is no image with the id {image_id!r}; the document has "
            f"{how_many(len(document.images), 'image')}"
        )
    scenes = Scenes(document, threads=threads)
    scene = scenes.scene(int(rows[-1]))
    canvas = ground_of(scene, images, chosen.max_side)
    paint_scene(canvas, scaled(scene, canvas), chosen, scenes.skeletons)
    return Image.fromarray(as_image(canvas))


def shrunk_size(size: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    """Return height and width as they are drawn."""
    longest = max(size)
    if max_side is None or longest <= max_side:
        return size
    height, width = (max(1, (2 * side * max_side + longest) // (2 * longest)) for side in size)
    return height, width


def ground_of(scene: Scene, images: Folder | None, max_side: int | None = None) -> Canvas:
    """Return what is drawn on: the image file, or grey, as large as it is drawn.

    Raises
    ------
    DocumentError
        If the file cannot be used, or the picture would be too large; says which, and why.
    """
    what = f"images, row {scene.row}"
    height, width = shrunk_size(scene.size, max_side)
    if height * width > _MOST_PIXELS:
        raise DocumentError(
            f"{what}: {height} x {width} pixels are more than {_MOST_PIXELS:,}; say how large the "
            "picture may be (--max-side)"
        )
    if images is None:
        return new_canvas(height, width)
    with located(table="images", row=scene.row):
        path = inside(Path(images), scene.file_name)
    if not path.is_file():
        raise DocumentError(f"{what}: there is no file {os.fspath(path)!r}")
    picture = read_picture(path, (scene.size[1], scene.size[0]))
    if (height, width) != scene.size:
        from PIL import Image

        picture = picture.convert("RGB").resize((width, height), Image.Resampling.BOX)
    return as_canvas(np.asarray(picture.convert("RGB")))


def scaled(scene: Scene, canvas: Canvas) -> Scene:
    """Return a scene as large as a canvas."""
    width, height = canvas.shape[:2]
    if (height, width) == scene.size or 0 in scene.size:
        return scene._replace(size=(height, width))
    fx, fy = width / scene.size[1], height / scene.size[0]
    figures = [
        figure._replace(
            box=None if figure.box is None else _scaled_box(figure.box, fx, fy),
            keypoints=[(x * fx, y * fy, v) for x, y, v in figure.keypoints],
        )
        for figure in scene.figures
    ]
    masks = scene.masks.resize((height, width)) if len(scene.masks) else scene.masks
    return scene._replace(size=(height, width), figures=figures, masks=masks)


def _scaled_box(box: Box, fx: float, fy: float) -> Box:
    x, y, width, height = box
    return x * fx, y * fy, width * fx, height * fy


def score_color(score: float | None) -> Color:
    """Return red for 0, yellow for a half, green for 1; grey where there is no score."""
    if score is None:
        return _NO_CATEGORY
    level = int(min(max(score, 0.0), 1.0) * 510 + 0.5)
    return (255, level, 64) if level <= 255 else (510 - level, 255, 64)


def colors_of(figures: list[Figure], color: Coloring) -> list[Color]:
    """Return the colour of each figure."""
    if color == "score":
        return [score_color(figure.score) for figure in figures]
    if color == "instance":
        return [color_of(i) for i in range(len(figures))]
    known = [figure.category for figure in figures]
    return [color_of(category) if category >= 0 else _NO_CATEGORY for category in known]


def paint_scene(
    canvas: Canvas, scene: Scene, style: Style, skeletons: list[list[tuple[int, int]]]
) -> None:
    """Paint all figures of a scene that is as large as the canvas: masks, boxes, points, labels."""
    colors = colors_of(scene.figures, style.color)
    thickness = 1 + max(canvas.shape[:2]) // 800
    if scene.figures:
        paint_masks(
            canvas,
            scene.masks,
            np.array(colors, np.uint8),
            alpha=style.alpha,
            edges=style.edges,
            hatched=np.array([figure.is_crowd for figure in scene.figures]),
        )
    for figure, color in zip(scene.figures, colors, strict=True):
        if style.boxes and figure.box is not None:
            frame(canvas, figure.box, color, thickness)
        if style.keypoints:
            bones = skeletons[figure.category] if figure.category >= 0 else []
            _paint_keypoints(canvas, figure, bones, (color, thickness))
    if not style.labels:
        return
    letters = Letters(thickness, style.font)
    boxes = scene.masks.bbox().tolist()
    for figure, color, box in zip(scene.figures, colors, boxes, strict=True):
        text = label_of(figure)
        if text:
            x, y, *_ = figure.box if figure.box is not None else box
            letters.write(canvas, (math.floor(x), math.floor(y)), text, color)


def label_of(figure: Figure) -> str:
    """Return what is written beside a figure: category and score."""
    score = "" if figure.score is None else f"{figure.score:.2f}"
    return " ".join(part for part in (figure.name, score) if part)


def _paint_keypoints(
    canvas: Canvas, figure: Figure, bones: list[tuple[int, int]], pen: tuple[Color, int]
) -> None:
    """Draw labelled points: with a white core, or a black one where they are hidden."""
    color, thickness = pen
    points = figure.keypoints
    for a, b in bones:
        if 0 <= a < len(points) and 0 <= b < len(points) and points[a][2] > 0 < points[b][2]:
            line(canvas, (points[a][:2], points[b][:2]), color, thickness)
    for x, y, visibility in points:
        if visibility > 0:
            dot(canvas, (x, y), color, 2 * thickness + 1)
            dot(canvas, (x, y), (255, 255, 255) if visibility > 1 else (0, 0, 0), thickness)


def paint_truth(canvas: Canvas, scene: Scene) -> None:
    """Paint the ground truth beneath results: white edges."""
    if scene.figures:
        colors = np.full((len(scene.figures), 3), _TRUTH, np.uint8)
        paint_masks(canvas, scene.masks, colors, alpha=0)
