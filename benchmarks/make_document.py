"""Makes COCO documents of any size, with objects that look real; also the sample that ships.

    python benchmarks/make_document.py OUT --images 60 --annotations-per-image 8 --seed 1

The same arguments give the same bytes everywhere: randomness comes from numpy's frozen generator,
RandomState, and what the mathematics library computes is rounded before it is used. Knows nothing
of cocodec: its run lengths are slow and simple, so that they can serve as a second opinion.
"""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Ring = list[float]
Random = np.random.RandomState

SIZES = [(480, 640), (640, 480), (427, 640), (640, 427), (375, 500), (500, 333), (612, 612)]
NAMES = ["person", "bicycle", "bear", "Öltank", "猫", "tree", 'soup "du jour"', "ship\\barge"]
# How often each kind of annotation occurs, in per cent.
KINDS = {
    "polygons": 70,
    "parts": 9,
    "whole numbers": 3,
    "crowd": 3,
    "string": 3,
    "flat": 3,
    "box": 4,
    "ring of four": 1,
    "point": 1,
    "none": 1,
    "null": 1,
    "outside": 1,
}
DECK = [kind for kind, often in KINDS.items() for _ in range(often)]


def blob(random: Random, height: int, width: int) -> Ring:
    """An outline x, y, x, y, ... with a few bumps; size and vertices as COCO has them."""
    points = int(np.clip(random.lognormal(3.2, 0.6), 8, 200))
    radius = np.clip(random.lognormal(-2.4, 0.8), 0.01, 0.45) * min(height, width)
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    k = np.arange(1, 7)[:, np.newaxis]
    wave = random.normal(0, 0.25, (6, 1)) / k * np.cos(k * angle + random.uniform(0, 6.3, (6, 1)))
    r = radius * np.exp(wave.sum(axis=0))
    x = np.clip(random.uniform(0, width) + r * np.cos(angle), 0, width)
    stretch = random.uniform(0.4, 1.6)
    y = np.clip(random.uniform(0, height) + r * np.sin(angle) * stretch, 0, height)
    return [float(v) for v in np.round(np.stack([x, y], axis=1), 2).ravel()]


def fill(ring: Ring, height: int, width: int) -> NDArray[np.bool_]:
    """Pixels whose centres lie in the ring, by the even-odd rule."""
    xy = np.array(ring).reshape(-1, 2)
    inside = np.zeros((height, width), dtype=bool)
    left, top = np.floor(xy.min(axis=0)).astype(int)
    right, bottom = np.ceil(xy.max(axis=0)).astype(int)
    column = np.arange(left, min(right, width)) + 0.5
    for (x0, y0), (x1, y1) in zip(xy.tolist(), np.roll(xy, -1, axis=0).tolist(), strict=True):
        # Rows whose centre line the edge crosses; to the right of it in and out change places.
        first, last = (max(int(np.ceil(y - 0.5)), top) for y in sorted((y0, y1)))
        row = np.arange(first, min(last, bottom, height))[:, np.newaxis]
        if row.size > 0:
            crossing = x0 + (row + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
            inside[first : first + row.size, left : left + column.size] ^= column > crossing
    return inside


def runs_of(mask: NDArray[np.bool_]) -> list[int]:
    """Column-major run lengths, background first."""
    pixels = mask.ravel(order="F")
    ends = np.append(np.flatnonzero(pixels[1:] != pixels[:-1]) + 1, pixels.size)
    runs = [int(n) for n in np.diff(ends, prepend=0)]
    return [0, *runs] if pixels[0] else runs


def counts_string(runs: list[int]) -> str:
    """The compressed string: five bits a char, differences from the fourth run on."""
    chars = []
    for i, run in enumerate(runs):
        value = run - runs[i - 2] if i > 2 else run
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != (-1 if bits & 16 else 0)
            chars.append(chr((bits | 32 if more else bits) + 48))
    return "".join(chars)


def area_of(ring: Ring) -> float:
    """Shoelace, in whole hundredths of pixels: exact."""
    x, y = ([round(v * 100) for v in ring[i::2]] for i in (0, 1))
    twice = sum(
        a * d - c * b for a, b, c, d in zip(x, y, x[1:] + x[:1], y[1:] + y[:1], strict=True)
    )
    return abs(twice) / 20000


def box_of(ring: Ring) -> list[float]:
    left, top, right, bottom = min(ring[::2]), min(ring[1::2]), max(ring[::2]), max(ring[1::2])
    return [left, top, round(right - left, 2), round(bottom - top, 2)]


def segmentation_of(kind: str, random: Random, height: int, width: int) -> tuple[Any, Ring]:
    """A segmentation of this kind, and the ring that it (or its first part) comes from."""
    ring = blob(random, height, width)
    if kind in ("crowd", "string"):
        masks = [fill(ring, height, width)]
        if kind == "crowd":
            masks += [fill(blob(random, height, width), height, width) for _ in range(4)]
        runs = runs_of(np.logical_or.reduce(masks))
        counts: Any = runs if kind == "crowd" else counts_string(runs)
        return {"size": [height, width], "counts": counts}, ring
    if kind == "parts":
        return [ring, *(blob(random, height, width) for _ in range(random.randint(1, 4)))], ring
    if kind == "outside":
        ring = [v + 2 * max(height, width) for v in ring]
    if kind == "whole numbers":
        ring = [int(v) for v in ring]
    made: dict[str, Any] = {
        "flat": ring,
        "box": [],
        "ring of four": [box_of(ring)],
        "point": [ring[:2]],
        "null": None,
    }
    return made.get(kind, [ring]), ring


def annotation_id(random: Random, number: int) -> Any:
    """Mostly a small number, now and then what tools really write."""
    odd = random.randint(40)
    if odd == 0:
        return 900_100_000_000 + number
    if odd == 1:
        return str(uuid.UUID(bytes=random.bytes(16), version=4))
    if odd == 2:
        return f"a-{number}"
    return number


def annotation(random: Random, number: int, image: dict[str, Any]) -> dict[str, Any]:
    kind = DECK[random.randint(len(DECK))]
    segmentation, ring = segmentation_of(kind, random, image["height"], image["width"])
    row: dict[str, Any] = {
        "id": annotation_id(random, number),
        "image_id": image["id"],
        "category_id": int(random.randint(len(NAMES))) + 1,
        "segmentation": segmentation,
        "area": area_of(ring),
        "bbox": box_of(ring),
        "iscrowd": int(kind == "crowd"),
    }
    if kind == "none":
        del row["segmentation"]
    if random.randint(10) == 0:
        row["attributes"] = {"occluded": bool(random.randint(2)), "note": "«kept» as it is"}
    return row


def image_of(random: Random, number: int) -> dict[str, Any]:
    height, width = SIZES[random.randint(len(SIZES))]
    image_id: Any = f"frame/{number}" if random.randint(25) == 0 else 100 + 7 * number
    return {
        "id": image_id,
        "file_name": f"{number:012d}.jpg",
        "height": height,
        "width": width,
        "date_captured": "",
    }


def document_lines(images: int, per_image: int, seed: int) -> Iterator[str]:
    """The document, a record to a line."""
    random = Random(seed)
    info = {"description": "Made up by benchmarks/make_document.py", "version": "1.0"}
    categories = [{"id": i + 1, "name": n, "supercategory": ""} for i, n in enumerate(NAMES)]
    rows = [image_of(random, number) for number in range(images)]
    yield f'{{"info": {dumps(info)},\n"licenses": [],\n"images": [\n'
    yield ",\n".join(map(dumps, rows))
    yield f'\n],\n"categories": {dumps(categories)},\n"annotations": [\n'
    number = 0
    for image in rows:
        for _ in range(per_image):
            number += 1
            yield (",\n" if number > 1 else "") + dumps(annotation(random, number, image))
    yield "\n]}\n"


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_document(out: BinaryIO, images: int, per_image: int, seed: int) -> None:
    """Write a document of `images` * `per_image` annotations, about 0.5 kB each."""
    for line in document_lines(images, per_image, seed):
        out.write(line.encode())


def make_document(images: int, per_image: int, seed: int) -> dict[str, Any]:
    """The same as Python objects."""
    made: dict[str, Any] = json.loads("".join(document_lines(images, per_image, seed)))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a COCO document.")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--annotations-per-image", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with arguments.out.open("wb") as out:
        write_document(out, arguments.images, arguments.annotations_per_image, arguments.seed)


if __name__ == "__main__":
    main()
