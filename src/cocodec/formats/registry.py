"""Which formats there are, and which one a path is."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from cocodec.signatures import names_arguments

__all__ = ["FORMATS", "Format", "detect_format"]


class Format(NamedTuple):
    """A format: its name on the command line, what it is, and the module that knows it.

    The module has ``read``, ``write`` and ``detect``; what options they take, they say themselves.

    Examples
    --------
    >>> from cocodec.formats import FORMATS
    >>> FORMATS['mots'].title
    'MOTS text: frame object class height width rle'
    """

    name: str
    title: str
    module: str

    def load(self) -> Any:
        """Import the module.

        Examples
        --------
        >>> from cocodec.formats import FORMATS
        >>> FORMATS['mots'].load().__name__
        'cocodec.formats.mots'
        """
        return import_module(self.module)


def _format(name: str, title: str, module: str | None = None) -> tuple[str, Format]:
    module = name.replace("-", "_") if module is None else module
    return name, Format(name, title, f"cocodec.formats.{module}")


# In the order in which they are asked whether a path is theirs: the surest first.
FORMATS: dict[str, Format] = dict(
    [
        _format("roboflow", "Roboflow's folders of _annotations.coco.json"),
        _format("yolo", "YOLO: data.yaml, labels/*.txt (segments, boxes, poses, oriented boxes)"),
        # "cvat" is the dialect: COCO as CVAT writes it.
        _format("cvat-xml", "CVAT's XML for images or video", "cvat"),
        _format("voc", "Pascal VOC: Annotations/*.xml, SegmentationObject/*.png"),
        _format("label-studio", "Label Studio's JSON: brushes, polygons, rectangles"),
        _format("supervisely", "Supervisely's project folder: bitmaps, polygons, rectangles"),
        _format("sa1b", "SA-1B: a JSON file an image"),
        _format("createml", "CreateML: boxes in _annotations.createml.json"),
        _format("kaggle", "Kaggle's run-length CSV"),
        _format("npz", "a numpy archive of flat counts"),
        _format("openimages", "Open Images: CSV files of boxes and masks"),
        _format("panoptic-png", "COCO panoptic: JSON and RGB PNGs"),
        _format("instance-png", "PNGs of 16 bits, class * 1000 + number (Cityscapes, MOTS)"),
        _format("label-map", "PNGs whose values are classes"),
        _format("binary-png", "a PNG an object: IMAGE__CLASS__NUMBER.png"),
        _format("mots", "MOTS text: frame object class height width rle"),
        _format("via", "VGG Image Annotator's JSON or CSV"),
        _format("labelme", "LabelMe: a JSON file an image"),
    ]
)


@names_arguments
def detect_format(path: str | os.PathLike[str]) -> tuple[Format, str] | None:
    """Tell which format a file or a folder is, and by what; None where it is none of them.

    Examples
    --------
    >>> from cocodec.formats import detect_format
    >>> document.write('two.json')
    >>> detect_format('two.json') is None
    True
    """
    place = Path(path)
    # A pipe is neither: whatever looks into it takes what the reader waits for.
    if not place.is_file() and not place.is_dir():
        return None
    for found in FORMATS.values():
        reason = found.load().detect(place)
        if reason is not None:
            return found, reason
    return None
