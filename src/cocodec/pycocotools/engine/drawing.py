"""Annotations drawn with matplotlib, which only this asks for (the extra ``draw``)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cocodec.pycocotools import mask as maskUtils

__all__ = ["show_annotations"]

Row = dict[str, Any]

_CROWD_COLOR = np.array([2.0, 166.0, 101.0]) / 255


def show_annotations(coco: Any, anns: list[Row], draw_bbox: bool) -> int | None:
    """Draw annotations into the current axes, or print them if they are captions."""
    if len(anns) == 0:
        return 0
    if "segmentation" in anns[0] or "keypoints" in anns[0]:
        _draw(coco, anns, draw_bbox)
    elif "caption" in anns[0]:
        for ann in anns:
            coco._say(ann["caption"])
    else:
        raise Exception("datasetType not supported")
    return None


def _draw(coco: Any, anns: list[Row], draw_bbox: bool) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Polygon

    axes = plt.gca()
    axes.set_autoscale_on(False)
    patches: list[Any] = []
    colors: list[list[float]] = []
    for ann in anns:
        color = (np.random.random((1, 3)) * 0.6 + 0.4).tolist()[0]
        rings = []
        if "segmentation" in ann:
            if isinstance(ann["segmentation"], list):
                rings += [np.array(ring).reshape(-1, 2) for ring in ann["segmentation"]]
            else:
                _draw_mask(axes, coco, ann)
        if "keypoints" in ann and isinstance(ann["keypoints"], list):
            _draw_keypoints(plt, coco, ann, color)
        if draw_bbox:
            x, y, w, h = ann["bbox"]
            rings.append(np.array([[x, y], [x, y + h], [x + w, y + h], [x + w, y]]))
        patches += [Polygon(ring) for ring in rings]
        colors += [color] * len(rings)
    axes.add_collection(PatchCollection(patches, facecolor=colors, linewidths=0, alpha=0.4))
    axes.add_collection(PatchCollection(patches, facecolor="none", edgecolors=colors, linewidths=2))


def _draw_mask(axes: Any, coco: Any, ann: Row) -> None:
    dense = maskUtils.decode(coco.annToRLE(ann))
    crowd = ann.get("iscrowd", 0) == 1
    color = _CROWD_COLOR if crowd else np.random.random((1, 3)).tolist()[0]
    image = np.empty((*dense.shape, 4))
    image[:, :, :3] = color
    image[:, :, 3] = dense * 0.5
    axes.imshow(image)


def _draw_keypoints(plt: Any, coco: Any, ann: Row, color: list[float]) -> None:
    points = np.array(ann["keypoints"])
    x, y, visible = points[0::3], points[1::3], points[2::3]
    skeleton = np.array(coco.loadCats([ann["category_id"]])[0]["skeleton"]) - 1
    for bone in skeleton:
        if np.all(visible[bone] > 0):
            plt.plot(x[bone], y[bone], linewidth=3, color=color)
    for least, edge in ((0, "k"), (1, color)):
        dots = visible > least
        style = {"markersize": 8, "markerfacecolor": color, "markeredgewidth": 2}
        plt.plot(x[dots], y[dots], "o", markeredgecolor=edge, **style)
