"""The names of dialects, for whoever checks types; the dialects themselves are in `dialects`."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["Readable", "Writable"]

Writable: TypeAlias = Literal["official", "cvat", "encord", "encord-list", "hasty", "trainingdata"]
"""What a document can be written as."""

Readable: TypeAlias = Literal[
    "auto",
    "official",
    "cvat",
    "encord",
    "hasty",
    "trainingdata",
    "label-studio",
    "label-studio-brush",
    "roboflow",
    "supervision",
    "v7",
    "supervisely",
    "superannotate",
    "labelbox",
    "kili",
    "segments-ai",
    "coco-annotator",
    "labelme",
    "via",
    "makesense",
    "fiftyone",
    "sa-1b",
    "detectron2",
    "lvis",
    "youtube-vis",
    "tao",
    "mmdet-vis",
    "densepose",
    "coco-wholebody",
    "posetrack",
    "sahi",
]
"""Whose habits can be expected; "auto" looks at the file."""
