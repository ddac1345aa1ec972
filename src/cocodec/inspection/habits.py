"""What is no fault in the documents of a tool, because the tool means it so: habits are notes."""

from __future__ import annotations

from cocodec.dialects import DIALECTS

__all__ = ["is_habit"]

_USUAL = {"repeated ids": "id-duplicate", "unlisted categories": "category-id-unknown"}

# By dialect, the codes that are notes there, and are repaired only on request; with those that
# dialects know themselves (`Dialect.usual`).
_HABITS: dict[str, frozenset[str]] = {
    "coco-annotator": frozenset({"crowd-text", "crowd-bool", "id-zero"}),
    "encord": frozenset(
        {"area-tiny", "area-zero", "bbox-empty", "id-zero", "image-size-missing", "mask-empty"}
        | {"keypoints-nameless", "keypoints-number", "ring-cancelled", "ring-short"}
    ),
    "label-studio": frozenset({"id-zero", "image-size-missing"}),
    "label-studio-brush": frozenset({"id-zero"}),
    "labelme": frozenset({"id-zero", "ring-of-four"}),
    "lvis": frozenset({"crowd-missing"}),
    "makesense": frozenset({"id-zero"}),
    "roboflow": frozenset({"category-id-zero", "category-name-duplicate", "id-zero"}),
    "sahi": frozenset({"area-unlike"}),
    "trainingdata": frozenset({"area-missing", "bbox-missing", "id-text", "segmentation-flat"}),
    "v7": frozenset({"area-zero", "crowd-all"}),
    "via": frozenset({"area-missing", "bbox-missing", "ring-short", "segmentation-flat"}),
}


def is_habit(dialect: str, code: str) -> bool:
    """Whether a fault is a habit of a dialect."""
    usual = {_USUAL[name] for name in DIALECTS[dialect].usual} if dialect in DIALECTS else set()
    return code in _HABITS.get(dialect, frozenset()) or code in usual
