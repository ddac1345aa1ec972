"""The cases: what is called, on what. Ordinary ones have an answer in `answers.json`.

A case is a function of the module under test. It returns plain values and arrays. What is right is
either the answer of the reference (``ANSWER``), an error (``ERROR``: any answer would be made up),
or one of several: a right answer, or a refusal (``EITHER``), which is no worse.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from cocodec.conformance.surface import Surface

__all__ = ["ANSWER", "EITHER", "ERROR", "Case", "all_cases"]

ANSWER, ERROR, EITHER = "answer", "error", "either"
"""What is right: the answer on file; a refusal; one as well as the other."""


class Case(NamedTuple):
    """One thing to try.

    Attributes
    ----------
    name : str
    kind : str
        ``"parity"`` (ordinary input) or ``"robustness"`` (odd input).
    right : str
        ``ANSWER``, ``ERROR`` or ``EITHER``.
    call : function of a `Surface`
    answer : any
        The right answer, where it is not the reference's on file.
    """

    name: str
    kind: str
    right: str
    call: Callable[..., Any]
    answer: Any = None


HEIGHT, WIDTH = 12, 17
RING = [2.5, 1.0, 14.0, 2.0, 11.5, 10.5, 3.0, 9.0]
OTHER_RING = [0.0, 0.0, 6.0, 0.0, 6.0, 6.0, 0.0, 6.0]


def _dense(seed: int, *shape: int, share: float = 0.4) -> Any:
    random = np.random.default_rng(seed)
    return np.asfortranarray((random.random(shape) < share).astype(np.uint8))


def _masks(module: Any, seed: int = 0, count: int = 3) -> Any:
    return module.encode(_dense(seed, HEIGHT, WIDTH, count))


def _counts(rles: Any) -> list[Any]:
    rles = rles if isinstance(rles, list) else [rles]
    return [[list(map(int, rle["size"])), bytes(_as_bytes(rle["counts"])).decode()] for rle in rles]


def _as_bytes(counts: Any) -> bytes:
    return counts.encode() if isinstance(counts, str) else counts


# ------------------------------------------------------------ masks, ordinary


def _ordinary_masks() -> Iterator[Case]:
    def case(name: str, call: Callable[..., Any]) -> Case:
        return Case(f"mask: {name}", "parity", ANSWER, lambda on: call(on.mask))

    shapes = {"one": (HEIGHT, WIDTH), "three": (HEIGHT, WIDTH, 3), "a row": (1, 40, 1)}
    shapes |= {"a column": (40, 1, 1), "a pixel": (1, 1, 2), "none": (HEIGHT, WIDTH, 0)}
    for what, shape in shapes.items():
        for share in (0.0, 0.4, 1.0):
            dense = _dense(1, *shape, share=share)
            yield case(
                f"encode {what}, {share:.0%}", lambda m, dense=dense: _counts(m.encode(dense))
            )
            if what != "none":
                yield case(
                    f"decode {what}, {share:.0%}", lambda m, dense=dense: m.decode(m.encode(dense))
                )
    yield case("area", lambda m: m.area(_masks(m)))
    yield case("area of one", lambda m: m.area(_masks(m)[0]))
    yield case("toBbox", lambda m: m.toBbox(_masks(m)))
    yield case("toBbox of one", lambda m: m.toBbox(_masks(m)[0]))
    yield case("toBbox of an empty mask", lambda m: m.toBbox(m.encode(_dense(1, 5, 6, 1, share=0))))
    for intersect in (False, True):
        yield case(
            f"merge, intersect={intersect}",
            lambda m, both=intersect: _counts(m.merge(_masks(m), both)),
        )
    yield case("merge of one", lambda m: _counts(m.merge(_masks(m)[:1])))
    for crowd in (0, 1):
        flags = [crowd] * 4
        yield case(
            f"iou of masks, iscrowd {crowd}",
            lambda m, flags=flags: m.iou(_masks(m, 1), _masks(m, 2, 4), flags),
        )
        boxes = np.array([[0, 0, 5, 5.5], [2, 2, 8, 3], [100, 100, 2, 2], [1, 1, 0, 0]])
        yield case(
            f"iou of boxes, iscrowd {crowd}",
            lambda m, flags=flags, boxes=boxes: m.iou(boxes[:3], boxes, flags),
        )
    yield case("frPyObjects of a ring", lambda m: _counts(m.frPyObjects([RING], HEIGHT, WIDTH)))
    two = [RING, OTHER_RING]
    yield case("frPyObjects of two rings", lambda m: _counts(m.frPyObjects(two, HEIGHT, WIDTH)))
    boxes = np.array([[1, 2, 5.5, 6], [0, 0, 17, 12.0]])
    yield case("frPyObjects of boxes", lambda m: _counts(m.frPyObjects(boxes, HEIGHT, WIDTH)))
    runs = {"size": [HEIGHT, WIDTH], "counts": [5, 10, 20, 4, HEIGHT * WIDTH - 39]}
    yield case("frPyObjects of runs", lambda m: _counts(m.frPyObjects(runs, HEIGHT, WIDTH)))
    yield case("frPyObjects of a list of runs", lambda m: _counts(m.frPyObjects([runs], 12, 17)))
    for name, ring in _RINGS.items():
        yield case(
            f"ring {name}", lambda m, ring=ring: _counts(m.frPyObjects([ring], HEIGHT, WIDTH))
        )


_RINGS = {
    "out of the image": [-5.0, -5.0, 30.0, 3.0, 30.0, 40.0, -5.0, 20.0],
    "on half pixels": [0.5, 0.5, 5.5, 0.5, 5.5, 5.5, 0.5, 5.5],
    "that crosses itself": [1.0, 1.0, 9.0, 9.0, 9.0, 1.0, 1.0, 9.0],
    "along the border": [0.0, 0.0, 17.0, 0.0, 17.0, 12.0, 0.0, 12.0],
    "without area": [1.0, 1.0, 9.0, 1.0, 1.0, 1.0],
    "below and right of the image": [40.0, 40.0, 50.0, 40.0, 50.0, 50.0],
}


# ------------------------------------------------------------ masks, odd


def _broken_counts() -> dict[str, Any]:
    return {
        "too short": b"0140",
        "too long": b"\\_2PPP5",
        "ends inside a number": b"3Pn",
        "foreign char": b"3\x80!!",
        "blanks": b"  3 4",
        "NUL": b"3\x00" + b"4" * 8,
        "never ends": b"o" * 200,
        "overflows": b"PPPPPPPPPPPPPP0",
        "negative run": b"O52",
        "empty": b"",
        "other language": "3äöü",
    }


def _odd_strings() -> Iterator[Case]:
    operations: dict[str, Callable[[Any, Any], Any]] = {
        "decode": lambda m, rle: m.decode(rle),
        "area": lambda m, rle: m.area(rle),
        "toBbox": lambda m, rle: m.toBbox(rle),
        "merge": lambda m, rle: _counts(m.merge([rle, rle])),
        "iou": lambda m, rle: m.iou([rle], [rle], [0]),
    }
    for what, counts in _broken_counts().items():
        for operation, call in operations.items():
            rle = {"size": [HEIGHT, WIDTH], "counts": counts}
            yield _refused(
                f"counts {what}: {operation}", lambda m, call=call, rle=rle: call(m, dict(rle))
            )


def _refused(name: str, call: Callable[..., Any]) -> Case:
    return Case(name, "robustness", ERROR, lambda on: call(on.mask))


def _either(name: str, call: Callable[..., Any], answer: Any) -> Case:
    return Case(name, "robustness", EITHER, lambda on: call(on.mask), answer)


def _odd_runs() -> Iterator[Case]:
    total = HEIGHT * WIDTH
    runs: dict[str, list[Any]] = {
        "negative": [5, -3, total - 2],
        "too short": [5, 3],
        "too long": [5, 3, total],
        "of 2**32": [2**32, total],
        "of 2**64": [2**64, total],
        "texts": ["a", total],
        "NaN": [float("nan"), total],
        "None": [None, total],
        "lists": [[5], total],
    }
    for what, counts in runs.items():
        rle = {"size": [HEIGHT, WIDTH], "counts": counts}
        yield _refused(
            f"runs {what}: decode",
            lambda m, rle=rle: m.decode(m.frPyObjects(dict(rle), HEIGHT, WIDTH)),
        )


def _odd_rings() -> Iterator[Case]:
    nan, inf = float("nan"), float("inf")
    bad: dict[str, Any] = {
        "NaN": nan,
        "inf": inf,
        "-inf": -inf,
        "1e300": 1e300,
        "None": None,
        "a text": "a",
    }
    for what, value in bad.items():
        ring: list[Any] = [1.0, 1.0, value, 1.0, 5.0, 5.0]
        yield _refused(
            f"ring with {what}", lambda m, ring=ring: _counts(m.frPyObjects([ring], HEIGHT, WIDTH))
        )
    empty = [[[HEIGHT, WIDTH], _empty_counts(HEIGHT * WIDTH)]]
    for what, ring in {"empty": [], "of one point": [1.0, 1.0]}.items():
        yield _either(
            f"ring {what}",
            lambda m, ring=ring: _counts(m.frPyObjects([ring], HEIGHT, WIDTH)),
            empty,
        )
    for what, far in {"1e7": 1e7, "1e9": 1e9, "1e12": 1e12}.items():
        ring = [-far, -far, far, -far, far, far, -far, far]
        yield _either(
            f"ring out to {what}",
            lambda m, ring=ring: m.area(m.frPyObjects([ring], HEIGHT, WIDTH)).tolist(),
            [HEIGHT * WIDTH],
        )
    yield _refused("box with NaN", lambda m: _counts(m.frPyObjects([1.0, nan, 3.0, 3.0], 9, 9)))
    yield _refused("box with inf", lambda m: _counts(m.frPyObjects([1.0, 1.0, inf, 3.0], 9, 9)))
    for what, sides in {"negative": (-5, 9), "of 2**62": (2**62, 2**62)}.items():
        yield _refused(
            f"image sides {what}", lambda m, sides=sides: m.decode(m.frPyObjects([RING], *sides))
        )
    yield _refused("frPyObjects of None", lambda m: m.frPyObjects(None, 5, 5))
    yield _refused("frPyObjects of a number", lambda m: m.frPyObjects(5, 5, 5))
    yield _refused("frPyObjects of a text", lambda m: m.frPyObjects("abcdef", 5, 5))
    yield _refused(
        "frPyObjects of lists in lists", lambda m: m.frPyObjects([[[1, 2, 3]] * 3], 5, 5)
    )
    yield _refused("frPyObjects of an empty dict", lambda m: m.frPyObjects({}, 5, 5))


def _empty_counts(pixels: int) -> str:
    """The counts string of one run of background."""
    out = ""
    more = True
    while more:
        bits = pixels & 0x1F
        pixels >>= 5
        more = pixels != (-1 if bits & 0x10 else 0)
        out += chr(48 + (bits | 0x20 if more else bits))
    return out


def _odd_sizes() -> Iterator[Case]:
    sizes: dict[str, Any] = {
        "negative": [-HEIGHT, -WIDTH],
        "too small": [2, 2],
        "too large": [HEIGHT + 1, WIDTH],
        "of 2**40": [2**40, 2**40],
        "texts": ["12", "17"],
        "missing one": [HEIGHT],
        "None": None,
        "a number": 12,
        "zero": [0, 0],
        "of 2**31": [2**31 - 1, 2**31 - 1],
        "NaN": [float("nan"), 17],
    }
    for what, size in sizes.items():
        for operation in ("decode", "area", "toBbox"):

            def call(m: Any, size: Any = size, operation: str = operation) -> Any:
                rle = dict(_masks(m)[0])
                rle["size"] = size
                return getattr(m, operation)(rle)

            yield _refused(f"size {what}: {operation}", call)
    for operation in ("decode", "area", "toBbox"):
        for what, rle in {"no size": {"counts": b"04"}, "no counts": {"size": [2, 2]}}.items():
            yield _refused(
                f"{what}: {operation}",
                lambda m, rle=rle, operation=operation: getattr(m, operation)(dict(rle)),
            )
        for what, value in {"None": None, "a number": 5, "a list of None": [None]}.items():
            yield _refused(
                f"{operation} of {what}",
                lambda m, value=value, operation=operation: getattr(m, operation)(value),
            )


def _odd_batches() -> Iterator[Case]:
    def unlike(m: Any) -> list[Any]:
        return [m.encode(_dense(1, 4, 5)), m.encode(_dense(2, 30, 40))]

    yield _refused("decode of masks of two sizes", lambda m: m.decode(unlike(m)))
    yield _refused("merge of masks of two sizes", lambda m: _counts(m.merge(unlike(m))))
    yield _refused("iou with too few flags", lambda m: m.iou(_masks(m), _masks(m), [0]))
    yield _refused("iou with too many flags", lambda m: m.iou(_masks(m), _masks(m), [0] * 9))
    yield _refused("iou of masks and boxes", lambda m: m.iou(_masks(m), np.zeros((1, 4)), [0]))
    yield _refused("iou of rows of three", lambda m: m.iou([[1, 2, 3]], [[1, 2, 3]], [0]))
    yield _refused("iou of texts", lambda m: m.iou(["a"], ["b"], [0]))
    nothing: list[Any] = []
    yield _either("iou of nothing", lambda m: len(m.iou([], [], [])), 0)
    yield _either("area of nothing", lambda m: len(m.area([])), 0)
    yield _either("toBbox of nothing", lambda m: len(m.toBbox([])), 0)
    yield _either("decode of nothing", lambda m: int(np.asarray(m.decode(nothing)).size), 0)
    many = 300
    yield Case(
        "area of 300 masks",
        "robustness",
        ANSWER,
        lambda on: [int(v) for v in on.mask.area(_masks(on.mask)[:1] * many)],
        [int(_dense(0, HEIGHT, WIDTH, 3)[..., 0].sum())] * many,
    )


def _odd_arrays() -> Iterator[Case]:
    dense = _dense(3, HEIGHT, WIDTH)
    arrays: dict[str, Any] = {
        "C order": np.ascontiguousarray(dense),
        "strides": np.repeat(np.repeat(dense, 2, 0), 2, 1)[::2, ::2],
        "negative strides": np.ascontiguousarray(dense[::-1, ::-1])[::-1, ::-1],
        "bool": dense.astype(bool),
        "int8": dense.astype(np.int8),
        "255 for 1": dense * np.uint8(255),
        "values 1 and 7": dense * (1 + 6 * (np.arange(WIDTH) % 2)).astype(np.uint8),
    }
    for what, array in arrays.items():

        def call(m: Any, array: Any = array) -> Any:
            found = m.encode(array)
            return np.asarray(m.decode(found)).tolist()

        yield _either(f"encode of {what}", call, dense.tolist())
    wrong: dict[str, Any] = {
        "float": dense.astype(np.float64) * 0.3,
        "int64": dense.astype(np.int64) * 300,
        "complex": dense.astype(complex),
        "texts": np.array([["a"]]),
        "objects": np.array([[None]]),
        "one axis": np.zeros(5, np.uint8),
        "four axes": np.zeros((2, 2, 2, 2), np.uint8, order="F"),
        "None": None,
        "a number": 5,
    }
    for what, array in wrong.items():
        yield _refused(f"encode of {what}", lambda m, array=array: _counts(m.encode(array)))
    for what, shape in {"no rows": (0, 5), "no columns": (5, 0)}.items():
        yield _either(
            f"encode of {what}",
            lambda m, shape=shape: (
                np.asarray(m.decode(m.encode(np.zeros(shape, np.uint8, order="F")))).size
            ),
            0,
        )


# ------------------------------------------------------------ documents


def document() -> dict[str, Any]:
    """A small ground truth: two images, two categories, a crowd."""
    images = [{"id": i, "height": 60, "width": 80, "file_name": f"{i}.jpg"} for i in (1, 2)]
    rows = []
    for i in range(8):
        x, y, w, h = 5 + 8 * i, 4 + 5 * (i % 4), 10 + i, 9 + 2 * i
        ring = [x, y, x + w, y, x + w, y + h, x, y + h]
        points = [v for k in range(17) for v in (x + k % 4, y + k % 5, 2 if k % 3 else 1)]
        rows.append(
            {
                "id": i + 1,
                "image_id": 1 + i % 2,
                "category_id": 1 + (i // 2) % 2,
                "iscrowd": 0,
                "area": float(w * h),
                "bbox": [float(v) for v in (x, y, w, h)],
                "segmentation": [[float(v) for v in ring]],
                "keypoints": points,
                "num_keypoints": 17,
            }
        )
    rows[5]["iscrowd"] = 1
    runs = [60 * 30 + 10, 20, 60 * 50 - 30]
    rows[5]["segmentation"] = {"size": [60, 80], "counts": runs}
    rows[5]["area"] = 20.0
    categories = [{"id": i, "name": n, "supercategory": "s"} for i, n in ((1, "a"), (2, "b"))]
    return {"images": images, "annotations": rows, "categories": categories}


def results(kind: str) -> list[dict[str, Any]]:
    """Detections: every other shape moved a little, with ties among the scores."""
    found = []
    for i, row in enumerate(document()["annotations"] * 2):
        x, y, w, h = row["bbox"]
        x, w = x + i % 3, w - i % 2
        one: dict[str, Any] = {"image_id": row["image_id"], "category_id": row["category_id"]}
        one["score"] = round(0.9 - (i // 2) / 20, 3)
        if kind == "bbox":
            one["bbox"] = [x, y, w, h]
        elif kind == "segm":
            one["segmentation"] = [x, y, w, h]
        else:
            one["keypoints"] = [
                v + (i % 3 if k % 3 == 0 else 0) for k, v in enumerate(row["keypoints"])
            ]
        found.append(one)
    return found


def _open(on: Surface, content: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.json")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(content if isinstance(content, str) else json.dumps(content))
        with contextlib.redirect_stdout(io.StringIO()):
            return on.coco(path)


def _detections(on: Surface, gt: Any, kind: str, rows: Any = None) -> Any:
    rows = results(kind) if rows is None else rows
    if kind == "segm":
        rows = copy.deepcopy(rows)
        for row in rows:
            if isinstance(row.get("segmentation"), list):
                rle = on.mask.frPyObjects([_corners(row["segmentation"])], 60, 80)[0]
                row["segmentation"] = {
                    "size": [60, 80],
                    "counts": _as_bytes(rle["counts"]).decode(),
                }
    with contextlib.redirect_stdout(io.StringIO()):
        return gt.loadRes(rows)


def _corners(box: list[float]) -> list[float]:
    x, y, w, h = box
    return [x, y, x + w, y, x + w, y + h, x, y + h]


def _stats(
    on: Surface, kind: str, *, content: Any = None, rows: Any = None, **changes: Any
) -> list[float]:
    gt = _open(on, document() if content is None else content)
    dt = _detections(on, gt, kind, rows)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = on.cocoeval(gt, dt, kind)
        for name, value in changes.items():
            setattr(evaluation.params, name, value)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(value) for value in evaluation.stats]


def _ordinary_documents() -> Iterator[Case]:
    def case(name: str, call: Callable[..., Any]) -> Case:
        return Case(f"COCO: {name}", "parity", ANSWER, call)

    filters: dict[str, dict[str, Any]] = {
        "all": {},
        "of an image": {"imgIds": [1]},
        "of a category": {"catIds": [2]},
        "of an area": {"areaRng": [100, 200]},
        "crowds": {"iscrowd": True},
        "of both": {"imgIds": [2], "catIds": [1]},
        "of nothing": {"imgIds": [77]},
    }
    for what, given in filters.items():
        yield case(
            f"getAnnIds {what}",
            lambda on, given=given: sorted(map(int, _open(on, document()).getAnnIds(**given))),
        )
    for names in ([], ["b"], ["nobody"]):
        yield case(
            f"getCatIds {names}",
            lambda on, names=names: sorted(_open(on, document()).getCatIds(catNms=names)),
        )
    for given in ({}, {"imgIds": [2]}, {"catIds": [1]}):
        yield case(
            f"getImgIds {given}",
            lambda on, given=given: sorted(_open(on, document()).getImgIds(**given)),
        )
    yield case("loadAnns", lambda on: dict(_open(on, document()).loadAnns([3])[0]))
    yield case("loadCats", lambda on: [dict(c) for c in _open(on, document()).loadCats([2, 1])])
    yield case("loadImgs", lambda on: [dict(c) for c in _open(on, document()).loadImgs(2)])
    for id_ in (1, 6):

        def to_mask(on: Surface, id_: int = id_) -> Any:
            coco = _open(on, document())
            return coco.annToMask(coco.loadAnns([id_])[0])

        def to_rle(on: Surface, id_: int = id_) -> Any:
            coco = _open(on, document())
            return _counts(coco.annToRLE(coco.loadAnns([id_])[0]))

        yield case(f"annToMask {id_}", to_mask)
        yield case(f"annToRLE {id_}", to_rle)
    for kind in ("bbox", "segm", "keypoints"):

        def loaded(on: Surface, kind: str = kind) -> Any:
            dt = _detections(on, _open(on, document()), kind)
            keys = ("id", "image_id", "category_id", "score", "area", "bbox", "iscrowd")
            rows = [dt.anns[id_] for id_ in sorted(dt.anns)]
            return [[_plain(row.get(key)) for key in keys] for row in rows]

        yield case(f"loadRes {kind}", loaded)


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _ordinary_evaluations() -> Iterator[Case]:
    variants: dict[str, dict[str, Any]] = {
        "": {},
        ", categories as one": {"useCats": 0},
        ", one image": {"imgIds": [2]},
        ", one category": {"catIds": [1]},
        ", five thresholds": {"iouThrs": np.linspace(0.3, 0.7, 5)},
    }
    for kind in ("bbox", "segm", "keypoints"):
        for what, changes in variants.items():
            if (kind == "keypoints" and "useCats" in changes) or "iouThrs" in changes:
                continue
            yield Case(
                f"COCOeval: {kind}{what}",
                "parity",
                ANSWER,
                lambda on, kind=kind, changes=changes: _stats(on, kind, **changes),
            )
    nothing = [0.0] * 4 + [-1.0] * 2 + [0.0] * 4 + [-1.0] * 2
    yield Case(
        "COCOeval: no detections",
        "robustness",
        EITHER,
        lambda on: _stats(on, "bbox", rows=[]),
        nothing,
    )


def _odd_documents() -> Iterator[Case]:
    def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        content = document()
        change(content)
        return content

    def case(name: str, right: str, call: Callable[..., Any], answer: Any = None) -> Case:
        return Case(name, "robustness", right, call, answer)

    texts = {
        "empty": "",
        "cut short": json.dumps(document())[:-40],
        "no JSON": "{'a': 1}",
        "a number": "5",
        "null": "null",
    }
    for what, text in texts.items():
        yield case(
            f"file {what}",
            ERROR,
            lambda on, text=text: len(_open(on, text).dataset["annotations"]),
        )
    yield case(
        "results in images that are not there",
        ERROR,
        lambda on: _stats(on, "bbox", rows=[{**results("bbox")[0], "image_id": 99}]),
    )
    rows = [{**row, "score": float("nan")} for row in results("bbox")]
    # The reference sorts them behind all others: an answer like any other.
    yield case("scores NaN", EITHER, lambda on, rows=rows: _stats(on, "bbox", rows=rows))
    for what, value in {"a text": "high", "None": None}.items():
        rows = [{**row, "score": value} for row in results("bbox")]
        yield case(f"scores {what}", ERROR, lambda on, rows=rows: _stats(on, "bbox", rows=rows))
    rows = [{k: v for k, v in row.items() if k != "score"} for row in results("bbox")]
    yield case("no scores", ERROR, lambda on, rows=rows: _stats(on, "bbox", rows=rows))
    for what, box in {"of three": [1, 2, 3], "of texts": list("abcd"), "None": None}.items():
        rows = [{**row, "bbox": box} for row in results("bbox")]
        yield case(f"boxes {what}", ERROR, lambda on, rows=rows: _stats(on, "bbox", rows=rows))
    taller = {"size": [61, 80], "counts": _empty_counts(61 * 80)}
    rows = [{**row, "segmentation": taller} for row in results("segm")]
    yield case(
        "masks one row taller than their image",
        EITHER,
        lambda on, rows=rows: max(_stats(on, "segm", rows=rows)[:3]) <= 0,
        True,
    )
    broken = {"size": [60, 80], "counts": "3Pn"}
    rows = [{**row, "segmentation": broken} for row in results("segm")]
    yield case("masks of broken counts", ERROR, lambda on, rows=rows: _stats(on, "segm", rows=rows))
    short = {"size": [60, 80], "counts": "0140"}
    rows = [{**row, "segmentation": short} for row in results("segm")]
    yield case("masks too short", ERROR, lambda on, rows=rows: _stats(on, "segm", rows=rows))
    nan = [[1.0, 1.0, float("nan"), 1.0, 5.0, 5.0]]
    content = changed(lambda d: d["annotations"][0].update(segmentation=nan))
    yield case(
        "ground truth with NaN",
        ERROR,
        lambda on, content=content: _stats(on, "segm", content=content),
    )
    runs = {"size": [60, 80], "counts": [5, 5]}
    content = changed(lambda d: d["annotations"][0].update(segmentation=runs))
    yield case(
        "ground truth too short",
        ERROR,
        lambda on, content=content: _stats(on, "segm", content=content),
    )
    points = [1, 2, 3]
    rows = [{**row, "keypoints": points} for row in results("keypoints")]
    yield case(
        "keypoints of one point", ERROR, lambda on, rows=rows: _stats(on, "keypoints", rows=rows)
    )


def all_cases() -> list[Case]:
    """Every case, in a fixed order; names are unique."""
    makers = (
        *(_ordinary_masks, _ordinary_documents, _ordinary_evaluations),
        *(_odd_strings, _odd_runs, _odd_rings, _odd_sizes, _odd_batches, _odd_arrays),
        _odd_documents,
    )
    return [case for maker in makers for case in maker()]
