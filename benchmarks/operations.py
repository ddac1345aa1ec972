"""The rows of the table: an operation, its data, its physical limit and our goal for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks import workloads as work

NATIVE, DROP_IN = "cocodec", "cocodec drop-in"


@dataclass(frozen=True)
class Operation:
    """`method` is called on every adapter with `data()`; see libraries.py.

    `goals` are pairs (library or "limit", factor): cocodec wants to be `factor` times as fast, for
    a factor below 1 it may be that much slower. `judged` is the cocodec adapter that the goal is
    held against: the drop-in, which gives the same objects as the peers, where it has the call.
    `alike` is False where results differ by their nature: contours are not the mask.
    """

    name: str
    method: str
    data: Callable[[], tuple[Any, ...]]
    goals: tuple[tuple[str, float], ...] = ()
    judged: str = DROP_IN
    limit: Callable[[], tuple[str, Callable[[], Any]]] | None = None
    alike: bool = True
    stream: bool = field(default=False)  # the call gives an iterator: results need not fit memory


def reading(array: np.ndarray[Any, Any]) -> tuple[str, Callable[[], Any]]:
    words = array.ravel(order="K")[: array.size // 8 * 8].view(np.uint64)
    return "read", lambda: np.bitwise_or.reduce(words)


def copying(array: np.ndarray[Any, Any]) -> tuple[str, Callable[[], Any]]:
    out = np.empty_like(array)
    return "memcpy", lambda: np.copyto(out, array)


def filling(size: int) -> tuple[str, Callable[[], Any]]:
    out = np.empty(size, dtype=np.uint8)
    return "memset", lambda: out.fill(1)


def _limit(make: Callable[..., Any], data: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: make(data())


def _encoding() -> list[Operation]:
    real_f, real_c = lambda: work.dense(3, 1, "F"), lambda: work.dense(3, 1, "C")
    stack = lambda: work.dense(2, 100, "C")  # noqa: E731
    return [
        Operation(
            "encode F, 480x640 object",
            "encode",
            lambda: (real_f(),),
            (("limit", 1 / 1.3),),
            limit=_limit(reading, real_f),
        ),
        Operation(
            "encode F, 480x640 noise",
            "encode",
            lambda: (work.noise(),),
            (("hotcoco", 6),),
            limit=_limit(reading, work.noise),
        ),
        Operation(
            "encode C, 480x640 object",
            "encode",
            lambda: (real_c(),),
            (("hotcoco", 10),),
            limit=_limit(copying, real_c),
        ),
        Operation(
            "encode C, 4000x6000",
            "encode",
            lambda: (work.large_c(),),
            (("hotcoco", 10),),
            limit=_limit(copying, work.large_c),
        ),
        Operation(
            "encode (N,H,W), 100 objects",
            "encode_nhw",
            lambda: (stack(),),
            (("ultrafast", 10),),
            NATIVE,
            _limit(copying, stack),
        ),
    ]


def _decoding() -> list[Operation]:
    one, hundred = lambda: work.rles(3, 1)[0], lambda: work.rles(2, 100)
    pixels = work.HEIGHT * work.WIDTH
    return [
        Operation(
            "decode F, 480x640 object",
            "decode",
            lambda: (one(),),
            (("hotcoco", 1),),
            limit=lambda: filling(pixels),
        ),
        Operation(
            "decode F, batch of 100",
            "decode_batch",
            lambda: (hundred(),),
            (("ultrafast", 1.5),),
            NATIVE,
            lambda: filling(100 * pixels),
        ),
        Operation(
            "decode F, batch of 100, out=",
            "decode_reused",
            lambda: (hundred(),),
            (("limit", 1 / 1.1),),
            NATIVE,
            lambda: filling(100 * pixels),
        ),
        Operation(
            "decode (N,H,W), batch of 100",
            "decode_nhw",
            lambda: (hundred(),),
            (("ultrafast", 1), ("rlemasklib", 1)),
            NATIVE,
            lambda: filling(100 * pixels),
        ),
    ]


def _combining() -> list[Operation]:
    size = (work.HEIGHT, work.WIDTH)
    merges = [
        Operation(f"merge {n}", "merge", lambda n=n: (work.rles(4, n),), (("pycocotools", x),))
        for n, x in ((2, 2), (10, 3), (100, 3))
    ]
    ious = [
        Operation(
            f"IoU {n}x{n}{', crowds' if crowd else ''}",
            "iou",
            lambda n=n, crowd=crowd: (
                work.rles(5, n),
                work.rles(6, n),
                [crowd * (i % 4 == 0) for i in range(n)],
            ),
            (("pycocotools", 6),),
        )
        for n, crowd in ((100, 0), (100, 1), (300, 0))
    ]
    return [
        Operation(
            "939 polygons, lists",
            "polygons",
            lambda: (work.rings(939), *size),
            (("pycocotools", 6),),
        ),
        Operation(
            "939 polygons, arrays",
            "polygons",
            lambda: (work.rings(939, arrays=True), *size),
            (("pycocotools", 6),),
            NATIVE,
        ),
        *merges,
        *ious,
        Operation(
            "box IoU 1000x1000",
            "box_iou",
            lambda: (work.boxes(5, 1000), work.boxes(6, 1000), [0] * 1000),
            (("hotcoco", 1.5),),
            limit=lambda: filling(8_000_000),
        ),
    ]


def _tracing() -> list[Operation]:
    goal = (("opencv", 1),)
    return [
        Operation(
            "mask -> polygons, 100 objects",
            "trace",
            lambda: (work.rles(2, 100),),
            goal,
            NATIVE,
            alike=False,
        ),
        Operation(
            "mask -> polygons, noise",
            "trace",
            lambda: (work.noise_rles(10)[:1],),
            goal,
            NATIVE,
            alike=False,
        ),
        Operation(
            "mask -> polygons, 5,000 of 8x8",
            "trace",
            lambda: (work.crumb_rles()[:5000],),
            goal,
            NATIVE,
            alike=False,
        ),
        Operation(
            "document, masks -> polygons, 41,950 annotations",
            "document_trace",
            lambda: (work.document(12, 4195, 10),),
            judged=NATIVE,
            alike=False,
        ),
    ]


def _labels() -> list[Operation]:
    few = lambda: work.rles(23, 12)  # noqa: E731
    return [
        Operation(
            "label map -> 12 masks",
            "read_labels",
            lambda: (work.label_map(),),
            (("pycocotools", 20),),
            NATIVE,
            _limit(reading, work.label_map),
        ),
        Operation(
            "12 masks -> label map",
            "paint_labels",
            lambda: (few(),),
            (("pycocotools", 10),),
            NATIVE,
            lambda: filling(4 * work.HEIGHT * work.WIDTH),
        ),
    ]


def _measuring() -> list[Operation]:
    masks = lambda: work.rles(9, 839)  # noqa: E731
    return [
        Operation("area of 839 masks", "area", lambda: (masks(),), (("pycocotools", 20),), NATIVE),
        Operation("bbox of 839 masks", "bbox", lambda: (masks(),), (("pycocotools", 20),), NATIVE),
        Operation("counts strings -> runs, 839", "parse_counts", lambda: (masks(),), (), NATIVE),
        Operation(
            "runs -> counts strings, 839",
            "format_counts",
            lambda: (masks(), work.runs(9, 839)),
            (),
            NATIVE,
        ),
    ]


def _calls() -> list[Operation]:
    goal = (("hotcoco", 1 / 1.2),)
    rle = lambda: (work.tiny_rle(),)  # noqa: E731
    return [
        Operation("call: encode 4x4", "encode", lambda: (work.tiny(),), goal),
        Operation("call: decode 4x4", "decode", rle, goal),
        Operation("call: area 4x4", "area", rle, goal),
    ]


def _documents() -> list[Operation]:
    few = lambda: work.document(10, 40, 8)  # noqa: E731
    return [
        Operation(
            "open a document of 25 MB",
            "open_document",
            lambda: (work.document_file(4960, 7),),
            (("ultrafast", 1.0),),
            NATIVE,
        ),
        Operation(
            "document -> RLE, 4,200 annotations",
            "document_rle",
            lambda: (work.document(11, 600, 7),),
            (("pycocotools", 12),),
            NATIVE,
        ),
        Operation(
            "document -> masks, 320 annotations",
            "document_dense",
            lambda: (few(),),
            (("ultrafast", 1.5),),
            NATIVE,
            lambda: filling(320 * work.HEIGHT * work.WIDTH),
            stream=True,
        ),
    ]


def _worst() -> list[Operation]:
    """Cases that break what is tuned for real objects: nobody may be faster."""
    everybody = ("pycocotools", "hotcoco", "ultrafast", "faster-coco-eval", "rlemasklib")
    goals = tuple((name, 1.0) for name in everybody)
    noises = lambda: work.noise_rles(10)  # noqa: E731
    big = lambda: work.large_rles(12)  # noqa: E731
    return [
        Operation("worst: encode C, noise", "encode", lambda: (work.noise("C"),), goals),
        Operation("worst: decode, noise", "decode", lambda: (noises()[0],), goals),
        Operation("worst: merge 10, noise", "merge", lambda: (noises(),), goals),
        Operation("worst: IoU 10x10, noise", "iou", lambda: (noises(), noises(), [0] * 10), goals),
        Operation("worst: ring of 10,000 random points", "polygons", work.scribble, goals),
        Operation(
            "worst: encode F, 20000x20000",
            "encode",
            lambda: (work.largest(),),
            (("limit", 1 / 1.1),),
            limit=_limit(reading, work.largest),
        ),
        Operation("worst: 12 rings, 20000x20000", "polygons", work.large_rings, goals),
        Operation("worst: merge 12, 20000x20000", "merge", lambda: (big(),), goals),
        Operation("worst: IoU 12x12, 20000x20000", "iou", lambda: (big(), big(), [0] * 12), goals),
        Operation(
            "worst: encode 100,000 of 8x8",
            "encode_nhw",
            lambda: (work.crumbs(),),
            (("pycocotools", 2),),
        ),
        Operation(
            "worst: decode 100,000 of 8x8",
            "decode_batch",
            lambda: (work.crumb_rles(),),
            goals,
            NATIVE,
        ),
        Operation("worst: 100,000 rings on 64x64", "polygons", work.crumb_rings, goals, NATIVE),
    ]


def operations() -> list[Operation]:
    """Every row, in the order of the table."""
    return [
        *_encoding(),
        *_decoding(),
        *_combining(),
        *_tracing(),
        *_labels(),
        *_measuring(),
        *_calls(),
        *_documents(),
        *_worst(),
    ]
