"""Named, seeded workloads that look like real objects. Each is built once, when first asked for."""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np
import pycocotools.mask as reference
from numpy.typing import NDArray

from benchmarks.make_document import blob, document_lines, runs_of, segmentation_of

Rle = dict[str, Any]
Ring = list[float]

HEIGHT, WIDTH = 480, 640


@dataclass(frozen=True)
class Annotations:
    """Rings of many annotations, image after image, in both shapes that the libraries take."""

    rows: list[tuple[list[Ring], int, int]]  # rings, height, width of each annotation
    images: list[tuple[int, int]]  # first and last row of each image

    @property
    def polygons(self) -> list[list[Ring]]:
        return [rings for rings, _, _ in self.rows]

    @property
    def sizes(self) -> NDArray[np.int64]:
        return np.array([[height, width] for _, height, width in self.rows])


def _blobs(seed: int, n: int, height: int = HEIGHT, width: int = WIDTH) -> list[Ring]:
    random = np.random.RandomState(seed)
    return [blob(random, height, width) for _ in range(n)]


@functools.cache
def rles(seed: int, n: int) -> list[Rle]:
    """Masks of `n` objects on one image, as dictionaries of the reference."""
    return list(reference.frPyObjects(_blobs(seed, n), HEIGHT, WIDTH))


@functools.cache
def dense(seed: int, n: int, order: str) -> NDArray[np.uint8]:
    """(h, w) or (n, h, w) for n > 1."""
    stack = reference.decode(rles(seed, n)).transpose(2, 0, 1)
    return np.array(stack if n > 1 else stack[0], order=order)


@functools.cache
def large_c() -> NDArray[np.uint8]:
    """A mask of 24 megapixels with one large object, in C order."""
    ring = [v * 9.3 for v in _blobs(7, 1)[0]]
    return np.ascontiguousarray(reference.decode(reference.frPyObjects([ring], 4000, 6000)[0]))


@functools.cache
def label_map() -> NDArray[np.int32]:
    """480 x 640, twelve objects painted one over the other on label 0."""
    labels = np.zeros((HEIGHT, WIDTH), np.int32)
    for label, mask in enumerate(dense(23, 12, "C"), start=1):
        labels[mask != 0] = label
    return labels


@functools.cache
def noise(order: str = "F") -> NDArray[np.uint8]:
    """480 x 640, every pixel at random: 154,000 runs."""
    pixels = np.random.RandomState(8).randint(0, 2, (HEIGHT, WIDTH), dtype=np.uint8)
    return np.array(pixels, order=order)


@functools.cache
def noise_rles(n: int) -> list[Rle]:
    pixels = np.random.RandomState(18).randint(0, 2, (HEIGHT, WIDTH, n), dtype=np.uint8)
    return list(reference.encode(np.asfortranarray(pixels)))


@functools.cache
def scribble() -> tuple[list[Ring], int, int]:
    """One ring of 10,000 points all over the image: each column is crossed thousands of times."""
    points = np.random.RandomState(19).uniform(0, 1, (10_000, 2)) * (WIDTH, HEIGHT)
    return [points.round(2).ravel().tolist()], HEIGHT, WIDTH


@functools.cache
def large_rings() -> tuple[list[Ring], int, int]:
    """Large objects of an image of 400 megapixels."""
    return [[v * 31.2 for v in ring] for ring in _blobs(20, 12)], 20_000, 20_000


@functools.cache
def large_rles(n: int) -> list[Rle]:
    return list(reference.frPyObjects(*large_rings()))[:n]


@functools.cache
def largest() -> NDArray[np.uint8]:
    return np.asarray(reference.decode(large_rles(12)[0]))


@functools.cache
def crumbs() -> NDArray[np.uint8]:
    """100,000 masks of 8 x 8: all overhead."""
    return np.random.RandomState(21).randint(0, 2, (100_000, 8, 8), dtype=np.uint8)


@functools.cache
def crumb_rles() -> list[Rle]:
    return list(reference.encode(np.asfortranarray(crumbs().transpose(1, 2, 0))))


@functools.cache
def crumb_rings() -> tuple[list[Ring], int, int]:
    points = np.random.RandomState(22).uniform(0, 64, (100_000, 10)).round(2)
    return points.tolist(), 64, 64


@functools.cache
def rings(n: int, *, arrays: bool = False) -> list[Any]:
    made = _blobs(9, n)
    return [np.array(ring) for ring in made] if arrays else made


@functools.cache
def boxes(seed: int, n: int) -> NDArray[np.float64]:
    return np.asarray(reference.toBbox(rles(seed, n)))


@functools.cache
def runs(seed: int, n: int) -> list[list[int]]:
    """The runs behind `rles`, as plain lists."""
    return [runs_of(mask) for mask in np.moveaxis(reference.decode(rles(seed, n)), 2, 0)]


@functools.cache
def document(seed: int, images: int, per_image: int) -> Annotations:
    """Polygons of many images of one size; one in ten has several parts."""
    random = np.random.RandomState(seed)
    rows, spans = [], []
    for _ in range(images):
        first = len(rows)
        for _ in range(per_image):
            kind = "parts" if random.randint(10) == 0 else "polygons"
            rows.append((segmentation_of(kind, random, HEIGHT, WIDTH)[0], HEIGHT, WIDTH))
        spans.append((first, len(rows)))
    return Annotations(rows, spans)


def _numbered(match: re.Match[str]) -> str:
    digest = hashlib.sha256(match[2].encode()).digest()
    return match[1] + str(int.from_bytes(digest[:6], "big"))


@functools.cache
def document_file(images: int, per_image: int) -> str:
    """The path of a document that every library reads: integer ids, no flat rings."""
    folder = tempfile.mkdtemp(prefix="cocodec-benchmark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, "document.json")
    with open(path, "w", encoding="utf-8") as file:
        for line in document_lines(images, per_image, seed=1):
            line = re.sub(r'("(?:image_)?id": )"([^"]*)"', _numbered, line)
            file.write(re.sub(r'("segmentation": )(\[[-\d][^]]*\])', r"\1[\2]", line))
    return path


@functools.cache
def tiny() -> NDArray[np.uint8]:
    return np.asfortranarray(np.eye(4, dtype=np.uint8))


@functools.cache
def tiny_rle() -> Rle:
    return dict(reference.encode(tiny()))
