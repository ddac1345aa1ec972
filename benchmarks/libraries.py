"""One adapter per library: the same few operations, each by the best call that the library has.

A method takes the data of a workload and returns a function without arguments: what stands outside
it (conversions into the library's own types that a user makes once) is not timed. A library without
a method for an operation is left out of that row.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads import Annotations, Rle

Run = Callable[[], Any]


class Library:
    """A library by its name in the table and its distribution on PyPI."""

    def __init__(self, name: str, distribution: str) -> None:
        self.name = name
        try:
            self.version = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:  # on the path, but not installed
            self.version = importlib.import_module(distribution).__version__

    def __repr__(self) -> str:
        return self.name

    def run(self, method: str, *data: Any) -> Run | None:
        build = getattr(self, method, None)
        return build(*data) if build else None


class DropIn(Library):
    """Whatever has the functions of `pycocotools.mask`."""

    def __init__(
        self, name: str, distribution: str, module: str, *, any_order: bool = False
    ) -> None:
        super().__init__(name, distribution)
        self.mask = importlib.import_module(module)
        self.any_order = any_order  # takes C order; the others need a copy first

    def encode(self, mask: NDArray[np.uint8]) -> Run:
        encode = self.mask.encode
        if mask.flags.f_contiguous or self.any_order:
            return lambda: encode(mask)
        return lambda: encode(np.asfortranarray(mask))

    def encode_nhw(self, masks: NDArray[np.uint8]) -> Run:
        encode, hwn = self.mask.encode, masks.transpose(1, 2, 0)
        if self.any_order:
            return lambda: encode(hwn)
        return lambda: encode(np.asfortranarray(hwn))

    def decode(self, rle: Rle) -> Run:
        decode = self.mask.decode
        return lambda: decode(rle)

    decode_batch = decode

    def decode_reused(self, rles: list[Rle]) -> Run:
        return self.decode(rles)  # nobody else has out=

    def decode_nhw(self, rles: list[Rle]) -> Run:
        decode = self.mask.decode
        return lambda: np.ascontiguousarray(decode(rles).transpose(2, 0, 1))

    def polygons(self, rings: list[Any], height: int, width: int) -> Run:
        convert = self.mask.frPyObjects
        return lambda: convert(rings, height, width)

    def merge(self, rles: list[Rle]) -> Run:
        merge = self.mask.merge
        return lambda: merge(rles)

    def iou(self, dt: list[Rle], gt: list[Rle], crowd: list[int]) -> Run:
        iou = self.mask.iou
        return lambda: iou(dt, gt, crowd)

    def box_iou(self, dt: NDArray[Any], gt: NDArray[Any], crowd: list[int]) -> Run:
        iou = self.mask.iou
        return lambda: iou(dt, gt, crowd)

    def area(self, rles: Any) -> Run:
        area = self.mask.area
        return lambda: area(rles)

    def bbox(self, rles: list[Rle]) -> Run:
        bbox = self.mask.toBbox
        return lambda: bbox(rles)

    def format_counts(self, rles: list[Rle], runs: list[list[int]]) -> Run:
        convert = self.mask.frPyObjects
        dicts = [{"size": r["size"], "counts": c} for r, c in zip(rles, runs, strict=True)]
        height, width = rles[0]["size"]
        return lambda: convert(dicts, height, width)

    def document_rle(self, document: Annotations) -> Run:
        convert, merge = self.mask.frPyObjects, self.mask.merge
        rows = document.rows

        def run() -> list[Rle]:
            return [merge(convert(rings, height, width)) for rings, height, width in rows]

        return run

    def document_dense(self, document: Annotations) -> Callable[[], Iterator[NDArray[np.uint8]]]:
        convert, merge, decode = self.mask.frPyObjects, self.mask.merge, self.mask.decode

        def stream() -> Iterator[NDArray[np.uint8]]:
            for rings, height, width in document.rows:
                yield decode(merge(convert(rings, height, width)))

        return stream


class Reference(DropIn):
    """pycocotools itself, whose `area` overflows on more than 255 masks (with numpy 2)."""

    def area(self, rles: Any) -> Run:
        area = self.mask.area
        if not isinstance(rles, list):
            return super().area(rles)
        pieces = [rles[i : i + 255] for i in range(0, len(rles), 255)]
        return lambda: np.concatenate([area(piece) for piece in pieces])


class RleMaskLib(Library):
    """rlemasklib by its own names; batches go mask by mask where it has no batch call."""

    def __init__(self) -> None:
        super().__init__("rlemasklib", "rlemasklib")
        self.lib = importlib.import_module("rlemasklib")

    def masks(self, rles: Sequence[Rle]) -> list[Any]:
        return [self.lib.RLEMask.from_dict(rle) for rle in rles]

    def encode(self, mask: NDArray[np.uint8]) -> Run:
        return lambda: self.lib.encode(mask)

    def encode_nhw(self, masks: NDArray[np.uint8]) -> Run:
        return lambda: self.lib.encode(masks, batch_first=True)

    def decode(self, rle: Rle) -> Run:
        return lambda: self.lib.decode(rle)

    def decode_nhw(self, rles: list[Rle]) -> Run:
        return lambda: np.stack([self.lib.decode(rle) for rle in rles])

    def merge(self, rles: list[Rle]) -> Run:
        return lambda: self.lib.union(rles)

    def iou(self, dt: list[Rle], gt: list[Rle], crowd: list[int]) -> Run | None:
        if any(crowd):
            return None
        a, b = self.masks(dt), self.masks(gt)
        return lambda: self.lib.RLEMask.iou_matrix(a, b)

    def area(self, rles: Any) -> Run:
        return lambda: self.lib.area(rles)

    def bbox(self, rles: list[Rle]) -> Run:
        return lambda: self.lib.to_bbox(rles)


class OpenCV(Library):
    """Contours of dense masks, which lie there ready."""

    def __init__(self) -> None:
        super().__init__("opencv", "opencv-python-headless")
        self.cv2 = importlib.import_module("cv2")

    def trace(self, rles: list[Rle]) -> Run:
        reference = importlib.import_module("pycocotools.mask")
        dense = [np.ascontiguousarray(reference.decode(rle)) for rle in rles]
        find, mode = self.cv2.findContours, self.cv2.RETR_CCOMP
        simple = self.cv2.CHAIN_APPROX_SIMPLE
        return lambda: [find(mask, mode, simple)[0] for mask in dense]


class Native(Library):
    """cocodec by its own names: batches in, batches out, one thread."""

    def __init__(self) -> None:
        super().__init__("cocodec", "cocodec")
        self.array = importlib.import_module("cocodec").RleArray

    def encode(self, mask: NDArray[np.uint8]) -> Run:
        encode = self.array.encode
        return lambda: encode(mask, threads=1)

    encode_nhw = encode

    def decode(self, rle: Rle) -> Run:
        return self.decode_batch([rle])  # in F order, as the others give it

    def decode_batch(self, rles: list[Rle]) -> Run:
        decode = self.array.from_coco(rles).decode
        return lambda: decode(layout="HWN", threads=1)

    def decode_reused(self, rles: list[Rle]) -> Run:
        decode = self.array.from_coco(rles).decode
        out = decode(layout="HWN", threads=1)
        return lambda: decode(out, layout="HWN", threads=1)

    def decode_nhw(self, rles: list[Rle]) -> Run:
        decode = self.array.from_coco(rles).decode
        return lambda: decode(threads=1)

    def polygons(self, rings: list[Any], height: int, width: int) -> Run:
        convert, masks = self.array.from_polygons, [[ring] for ring in rings]
        return lambda: convert(masks, (height, width), threads=1)

    def merge(self, rles: list[Rle]) -> Run:
        masks = self.array.from_coco(rles)
        return lambda: masks.union(threads=1)

    def iou(self, dt: list[Rle], gt: list[Rle], crowd: list[int]) -> Run:
        a, b = self.array.from_coco(dt), self.array.from_coco(gt)
        return lambda: a.iou(b, crowd, threads=1)

    def trace(self, rles: list[Rle]) -> Run:
        masks = self.array.from_coco(rles)
        return lambda: masks.to_polygons(threads=1)

    def document_trace(self, document: Annotations) -> Run:
        masks = self.array.from_polygons(document.polygons, document.sizes)
        return lambda: masks.to_polygons(threads=1)

    def area(self, rles: Any) -> Run:
        return self.array.from_coco(rles if isinstance(rles, list) else [rles]).area

    def bbox(self, rles: list[Rle]) -> Run:
        return self.array.from_coco(rles).bbox

    def parse_counts(self, rles: list[Rle]) -> Run:
        return lambda: self.array.from_coco(rles)

    def format_counts(self, rles: list[Rle], runs: list[list[int]]) -> Run:
        masks = self.array.from_coco(rles)
        return lambda: masks.to_coco("bytes")

    def document_rle(self, document: Annotations) -> Run:
        polygons, sizes = document.polygons, document.sizes
        return lambda: self.array.from_polygons(polygons, sizes, threads=1).to_coco("bytes")

    def document_dense(self, document: Annotations) -> Callable[[], Iterator[NDArray[np.uint8]]]:
        polygons, sizes = document.polygons, document.sizes

        def stream() -> Iterator[NDArray[np.uint8]]:
            rles = self.array.from_polygons(polygons, sizes, threads=1)
            for first, last in document.images:
                batch = rles[first:last].decode(layout="HWN", threads=1)
                yield from (batch[:, :, i] for i in range(last - first))

        return stream


def libraries() -> list[Library]:
    """Every adapter, the reference first, cocodec last."""
    return [
        Reference("pycocotools", "pycocotools", "pycocotools.mask"),
        DropIn("hotcoco", "hotcoco", "hotcoco.mask", any_order=True),
        DropIn("ultrafast", "ultrafast-pycocotools", "ultrafast_pycocotools.mask", any_order=True),
        DropIn(
            "faster-coco-eval", "faster-coco-eval", "faster_coco_eval.core.mask", any_order=True
        ),
        RleMaskLib(),
        OpenCV(),
        DropIn("cocodec drop-in", "cocodec", "cocodec.pycocotools.mask", any_order=True),
        Native(),
    ]


def canonical(result: Any) -> Any:
    """A result of any library in one form: (size, counts) pairs or plain arrays."""
    if isinstance(result, dict):
        counts = result["counts"]
        return [(tuple(result["size"]), counts.encode() if isinstance(counts, str) else counts)]
    if hasattr(result, "to_coco"):
        return canonical(result.to_coco("bytes"))
    if isinstance(result, list) and result and isinstance(result[0], dict):
        return [pair for item in result for pair in canonical(item)]
    if isinstance(result, list) and result and isinstance(result[0], np.ndarray):
        return [np.asarray(item) for item in result]
    return np.asarray(result)


def same(a: Any, b: Any) -> bool:
    """Whether two canonical results are equal, bit for bit; int and float types may differ."""
    if isinstance(a, list) != isinstance(b, list):
        return False
    if isinstance(a, list):
        pairs = zip(a, b, strict=False)
        return len(a) == len(b) and all(
            same(x, y) if isinstance(x, np.ndarray) else x == y for x, y in pairs
        )
    # One mask: a scalar and a batch of one say the same.
    return a.squeeze().shape == b.squeeze().shape and bool((a.squeeze() == b.squeeze()).all())
