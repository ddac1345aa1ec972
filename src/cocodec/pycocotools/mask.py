"""``pycocotools.mask``: functions that take one RLE dict or a list of them.

RLEs are ``{"size": [h, w], "counts": bytes}``; masks are uint8 in Fortran order; boxes are
``[x, y, w, h]`` in pixels. (COCO API, https://github.com/cocodataset/cocoapi, PythonAPI.)

=================================  ==============================================================
``encode(bimask)``                 a mask (h, w) to a dict, or masks (h, w, n) to a list of dicts
``decode(rleObjs)``                a dict to (h, w), or a list of dicts to (h, w, n)
``area(rleObjs)``                  foreground pixels, np.uint32 or an array of them
``toBbox(rleObjs)``                bounding boxes, (4,) or (n, 4)
``merge(rleObjs, intersect=0)``    union, or intersection, of a list
``iou(dt, gt, pyiscrowd)``         IoU of RLEs or boxes, (m, n)
``frPyObjects(pyobj, h, w)``       polygons, boxes or uncompressed RLEs to dicts
=================================  ==============================================================

They are written in C++ (``cpp/bindings/bind_pycocotools*.cpp``), because a call on a small mask
takes less time than a line of Python; ``help()`` of each says more.
"""

from __future__ import annotations

from cocodec._core import mask_area as area
from cocodec._core import mask_decode as decode
from cocodec._core import mask_encode as encode
from cocodec._core import mask_toBbox as toBbox
from cocodec.pycocotools import _mask as _mask
from cocodec.pycocotools._mask import frPyObjects, iou, merge

__all__ = ["area", "decode", "encode", "frPyObjects", "iou", "merge", "toBbox"]

__author__ = "tsungyi"
