"""Operations on masks beside rlemasklib: ``python -m benchmarks operations``.

``COCODEC_ISA=avx2`` (``avx512``, ``scalar``, ``neon``) before it chooses the kernels, which are
named above the table; ``--only disk`` measures the rows whose name contains that.

Our results are compared first, with numpy, scipy or OpenCV on the decoded masks; a wrong answer is
not timed. Then both libraries run interleaved, on one core and one thread, on a batch of 100 masks
of 480 x 640: microseconds a mask, the least of all samples, with the goal beside them. The last
columns are the same masks in images of 4800 x 6400, a hundred times the pixels and ten times the
runs: microseconds a mask, and nanoseconds a foreground run. Below, label maps as PNGs (milliseconds
a file), and the suppression of 1,000 masks beside a matrix of IoUs of their pixels by numpy.
"""

from __future__ import annotations

import importlib
import io
import tempfile
from collections.abc import Callable
from typing import Any, NamedTuple

import cv2
import numpy as np
import rlemasklib
from numpy.typing import NDArray
from scipy import ndimage

import cocodec._core as _core
from benchmarks import workloads
from benchmarks.timing import interleaved, one_core
from cocodec import RleArray

Dense = NDArray[np.uint8]
BUDGET = 0.3  # seconds a row


class Row(NamedTuple):
    """One operation: ours on a batch, theirs on one mask, the truth on one dense mask.

    `large` is ours on the batch in large images, where the arguments are not the same.
    """

    name: str
    ours: Callable[[RleArray], Any]
    theirs: Callable[[Any], Any] | None
    truth: Callable[[Dense], Any]
    goal: float
    large: Callable[[RleArray], Any] | None = None


def disk(radius: int) -> Dense:
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return (x * x + y * y <= radius * radius).astype(np.uint8)


def by_opencv(operation: str, kernel: Dense) -> Callable[[Dense], Dense]:
    code = getattr(cv2, f"MORPH_{operation.upper()}")

    def run(mask: Dense) -> Dense:
        edge = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
        return np.asarray(cv2.morphologyEx(mask, code, kernel, **edge), np.uint8)

    return run


def components(mask: Dense) -> Dense:
    labels, n = ndimage.label(mask.T, np.ones((3, 3)))
    return (np.arange(1, n + 1)[:, None, None] == labels.T).astype(np.uint8)


def sides(mask: Dense) -> int:
    padded = np.pad(mask, 1).astype(np.int8)
    return int(sum(np.abs(np.diff(padded, axis=axis)).sum() for axis in (0, 1)))


def centre(mask: Dense) -> NDArray[np.float64]:
    y, x = np.nonzero(mask)
    return np.array([x.mean(), y.mean()])


def scaled(size: tuple[int, int]) -> Callable[[Dense], Dense]:
    nearest = cv2.INTER_NEAREST_EXACT
    return lambda mask: np.asarray(cv2.resize(mask, size[::-1], interpolation=nearest), np.uint8)


def rows() -> list[Row]:
    one: dict[str, Any] = {"threads": 1}
    box3, box25 = np.ones((3, 3), np.uint8), np.ones((25, 25), np.uint8)
    half, twice = (240, 320), (960, 1280)
    circle = {"kernel_shape": "circle"}
    return [
        Row("erode 3x3", lambda m: m.erode(3, **one), lambda m: m.erode3x3(connectivity=8),
            by_opencv("erode", box3), 4),
        Row("dilate 3x3", lambda m: m.dilate(3, **one), lambda m: m.dilate3x3(connectivity=8),
            by_opencv("dilate", box3), 4),
        Row("dilate box 25", lambda m: m.dilate(25, **one),
            lambda m: m.dilate(kernel_shape="square", kernel_size=25),
            by_opencv("dilate", box25), 3),
        Row("dilate disk 7", lambda m: m.dilate(7, shape="disk", **one),
            lambda m: m.dilate(kernel_size=15, **circle), by_opencv("dilate", disk(7)), 12),
        Row("dilate disk 25", lambda m: m.dilate(25, shape="disk", **one),
            lambda m: m.dilate(kernel_size=51, **circle), by_opencv("dilate", disk(25)), 20),
        Row("open disk 7", lambda m: m.open(7, shape="disk", **one),
            lambda m: m.opening(kernel_size=15, **circle), by_opencv("open", disk(7)), 25),
        Row("components", lambda m: m.connected_components(**one).masks,
            lambda m: m.connected_components(connectivity=8), components, 1.5),
        Row("fill holes", lambda m: m.fill_holes(**one), lambda m: m.fill_small_holes(10**9),
            lambda d: ndimage.binary_fill_holes(d).astype(np.uint8), 2),
        Row("crop", lambda m: m.crop([50, 50, 400, 300], **one),
            lambda m: m.crop(np.array([50, 50, 400, 300])), lambda d: d[50:350, 50:450], 1,
            lambda m: m.crop([500, 500, 4000, 3000], **one)),
        Row("pad", lambda m: m.pad(3, 4, 5, 6, **one), lambda m: m.pad(4, 6, 3, 5),
            lambda d: np.pad(d, [(4, 6), (3, 5)]), 1),
        Row("flip horizontal", lambda m: m.flip("horizontal", **one), lambda m: m.fliplr(),
            lambda d: d[:, ::-1], 0.5),
        Row("flip vertical", lambda m: m.flip("vertical", **one), lambda m: m.flipud(),
            lambda d: d[::-1], 0.5),
        Row("transpose", lambda m: m.transpose(**one), lambda m: m.transpose(), np.transpose, 2.5),
        Row("rotate 90", lambda m: m.rotate90(1, **one), lambda m: m.rot90(1), np.rot90, 2.5),
        Row("resize x0.5", lambda m: m.resize(half, **one), lambda m: m.resize(half),
            scaled(half), 5, lambda m: m.resize((2400, 3200), **one)),
        Row("resize x2", lambda m: m.resize(twice, **one), lambda m: m.resize(twice),
            scaled(twice), 5, lambda m: m.resize((9600, 12800), **one)),
        Row("centroid", lambda m: m.centroid(threads=1), lambda m: m.centroid(), centre, 0.3),
        Row("perimeter", lambda m: m.perimeter(threads=1), lambda m: m.perimeter(), sides, 1),
    ]  # fmt: skip


def require_right(row: Row, masks: RleArray, dense: list[Dense]) -> None:
    """AssertionError unless ours are the true results."""
    got, expected = row.ours(masks), [row.truth(mask) for mask in dense]
    if isinstance(got, RleArray):
        stack = np.concatenate([np.atleast_3d(e) if e.ndim == 3 else e[None] for e in expected])
        assert got == RleArray.encode(np.ascontiguousarray(stack)), row.name
    else:
        np.testing.assert_allclose(got, np.array(expected), rtol=1e-12)


def label_map(height: int, width: int, objects: int) -> Dense:
    """Ellipses with wavy edges, painted over each other."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[:height, :width]
    labels = np.zeros((height, width), np.uint8)
    for label in range(1, objects + 1):
        centre_y, centre_x = random.integers(0, height), random.integers(0, width)
        tall, wide = random.integers(height // 30 + 2, height // 5, 2)
        down, across = (y - centre_y) / tall, (x - centre_x) / wide
        edge = 1 + 0.1 * np.sin(7 * np.arctan2(down, across))
        labels[down**2 + across**2 < edge] = label
    return labels


def label_pngs() -> None:
    """The reading of label maps, as Pillow writes them, in grey levels and in colours."""
    image_of = importlib.import_module("PIL.Image")
    print(f"\n{'label map PNG':24}{'cocodec':>9}{'goal':>7}{'rlemasklib':>12}{'Pillow':>9}  ms")
    for height, width, objects, goal in ((480, 640, 25, 0.35), (2048, 2400, 60, 6.0)):
        grey = label_map(height, width, objects)
        colours = np.stack([grey, grey // 3, grey * 0], -1)
        for name, pixels in (("grey", grey), ("colours", colours)):
            out = io.BytesIO()
            image_of.fromarray(pixels).save(out, "PNG")
            png = out.getvalue()
            expected = RleArray.from_label_map(pixels)[0]
            assert RleArray.from_label_png(png)[0] == expected
            calls: dict[str, Any] = {
                "cocodec": lambda png=png: RleArray.from_label_png(png),
                "Pillow": lambda png=png: RleArray.from_label_map(
                    np.asarray(image_of.open(io.BytesIO(png))), threads=1
                ),
            }
            with tempfile.NamedTemporaryFile(suffix=".png") as file:
                file.write(png)
                file.flush()
                if name == "grey":
                    calls["rlemasklib"] = lambda path=file.name: (
                        rlemasklib.RLEMask.from_label_map_png(path)
                    )
                samples = interleaved(calls, BUDGET)
            ms = {name: float(np.min(s)) * 1e3 for name, s in samples.items()}
            print(
                f"{f'{height} x {width}, {name}':24}{ms['cocodec']:9.3f}{goal:7.2f}"
                f"{ms.get('rlemasklib', np.nan):12.3f}{ms['Pillow']:9.3f}"
            )


def suppression() -> None:
    """1,000 masks of 480 x 640, some of which overlap."""
    rles = RleArray.from_coco(workloads.rles(2, 100))
    random = np.random.default_rng(2)
    moves = random.integers(-40, 40, (2, 10))
    masks = RleArray.concatenate(rles.shift(dx, dy) for dx, dy in moves.T.tolist())
    scores = random.random(len(masks))
    flat = masks.decode(layout="NHW").reshape(len(masks), -1)

    def by_matrix() -> NDArray[np.int64]:
        dense = flat.astype(np.float32)
        common = dense @ dense.T
        areas = common.diagonal()
        shares = common / np.maximum(areas[:, None] + areas - common, 1)
        order, kept = np.argsort(-scores), []
        for i in order:
            if not kept or shares[i, kept].max() <= 0.5:
                kept.append(int(i))
        return np.array(kept)

    ours = masks.nms(scores, 0.5, threads=1)
    assert ours.tolist() == by_matrix().tolist()
    samples = interleaved(
        {"cocodec": lambda: masks.nms(scores, 0.5, threads=1), "numpy": by_matrix}, BUDGET
    )
    ms = {name: float(np.min(s)) * 1e3 for name, s in samples.items()}
    print(
        f"\nNMS of 1,000 masks: {ms['cocodec']:.1f} ms, by numpy {ms['numpy']:.0f} ms, "
        f"{ms['numpy'] / ms['cocodec']:.0f} times (goal 20)"
    )


def main(only: str = "") -> None:
    """Measure the rows whose name contains `only`; label maps and NMS where it is empty."""
    one_core()
    rles = workloads.rles(1, 100)
    masks, others = RleArray.from_coco(rles), [rlemasklib.RLEMask.from_dict(r) for r in rles]
    runs = len(masks.counts) / 2 / len(masks)
    large = masks.resize((4800, 6400))
    dense = list(masks.decode(layout="NHW"))
    print(f"Kernels: {_core.isa()}. {runs:.0f} foreground runs a mask; microseconds a mask\n")
    print(f"{'':16}{'cocodec':>9}{'goal':>7}{'rlemasklib':>12}{'times':>7}{'30 MP':>9}{'a run':>9}")
    for row in rows():
        if only not in row.name:
            continue
        require_right(row, masks, dense)
        calls: dict[str, Any] = {"cocodec": lambda row=row: row.ours(masks)}
        if row.theirs is not None:
            calls["rlemasklib"] = lambda row=row: [row.theirs(mask) for mask in others]
        calls["large"] = lambda row=row: (row.large or row.ours)(large)
        samples = interleaved(calls, BUDGET)
        each = {name: float(np.min(s)) * 1e6 / len(masks) for name, s in samples.items()}
        ours, theirs, big = each["cocodec"], each.get("rlemasklib", np.nan), each["large"]
        growth = big * 2000 * len(masks) / len(large.counts)  # nanoseconds a foreground run
        print(
            f"{row.name:16}{ours:9.2f}{row.goal:7.1f}{theirs:12.2f}{theirs / ours:7.1f}"
            f"{big:9.1f}{growth:9.0f}"
        )
    if not only:
        label_pngs()
        suppression()


if __name__ == "__main__":
    main()
