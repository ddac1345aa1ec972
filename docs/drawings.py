"""Makes the pictures of drawing and of the page: `python docs/drawings.py [FOLDER]`.

Everything in them is made up here: an image, its annotations, and results that are a little wrong.
The page and the report are photographed by a headless Chromium, where there is one; the test
tests/drawing/test_documentation.py draws the overlay again and compares.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec import Document, RleArray, evaluate
from cocodec.drawing import compare, evaluation_page, write_page

PICTURES = Path(__file__).resolve().parent / "pictures"
SIZE = (300, 460)
CATEGORIES = [
    {"id": 1, "name": "balloon"},
    {"id": 2, "name": "bird"},
    {
        "id": 3,
        "name": "person",
        "keypoints": ["head", "neck", "left hand", "right hand", "hip", "left foot", "right foot"],
        "skeleton": [[1, 2], [2, 3], [2, 4], [2, 5], [5, 6], [5, 7]],
    },
]
BALLOONS = [(110, 92, 52, 60), (250, 70, 34, 40), (345, 128, 44, 52)]  # x, y, radii
BASKETS = [(102, 168, 16, 14), (245, 122, 10, 9), (338, 194, 14, 12)]
BIRDS = [(300 + 13 * (i % 7) + i, 24 + 9 * (i % 4) + i, 4, 2) for i in range(16)]
PERSON = [[200, 216], [200, 228], [186, 244], [216, 240], [200, 254], [192, 284], [210, 284]]


def ellipse(x: float, y: float, rx: float, ry: float) -> list[float]:
    turns = [2 * math.pi * i / 48 for i in range(48)]
    return [v for t in turns for v in (x + rx * math.cos(t), y + ry * math.sin(t))]


def box_ring(x: float, y: float, w: float, h: float) -> list[float]:
    return [x, y, x + w, y, x + w, y + h, x, y + h]


def masks() -> dict[str, RleArray]:
    balloons = [
        [ellipse(*one), box_ring(*basket)] for one, basket in zip(BALLOONS, BASKETS, strict=True)
    ]
    person = [ellipse(200, 216, 6, 7), ellipse(200, 240, 10, 18), box_ring(192, 254, 6, 32)]
    person += [box_ring(203, 254, 6, 32), box_ring(184, 232, 34, 6)]
    return {
        "balloon": RleArray.from_polygons(balloons, SIZE),
        "bird": RleArray.from_polygons([[ellipse(*one) for one in BIRDS]], SIZE),
        "person": RleArray.from_polygons([person], SIZE),
    }


def photograph(found: dict[str, RleArray]) -> NDArray[np.uint8]:
    """A sky, hills, and what is on them."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    image = np.stack([150 + y // 4, 190 + y // 6, 235 - y // 12], axis=2).astype(np.uint8)
    for level, (base, high, wide) in enumerate([(232, 14, 90), (258, 12, 60)]):
        hill = y > base + high * np.sin(x / wide + 2 * level)
        image[hill] = (96 - 20 * level, 148 - 24 * level, 88 - 20 * level)
    tints = [(214, 84, 72), (232, 180, 64), (96, 110, 196)]
    for mask, tint in zip(found["balloon"].decode(dtype=bool), tints, strict=True):
        image[mask] = tint
        image[mask & (x // 9 % 2 == 0)] = [level * 4 // 5 for level in tint]
    image[found["bird"].decode(dtype=bool)[0]] = (40, 44, 52)
    image[found["person"].decode(dtype=bool)[0]] = (64, 52, 70)
    return image


def document(found: dict[str, RleArray]) -> Document:
    points = [v for x, y in PERSON for v in (x, y, 2)]
    rows: list[dict[str, Any]] = []
    for category in CATEGORIES:
        for mask in found[category["name"]]:
            row = {"id": len(rows) + 1, "image_id": 1, "category_id": category["id"]}
            row |= {"segmentation": mask.to_coco()[0], "bbox": mask.bbox()[0].tolist()}
            row |= {"area": int(mask.area()[0]), "iscrowd": int(category["name"] == "bird")}
            rows.append(row)
    rows[-1] |= {"keypoints": points, "num_keypoints": len(PERSON)}
    height, width = SIZE
    image = {"id": 1, "file_name": "balloons.png", "height": height, "width": width}
    return Document.from_rows(images=[image], categories=CATEGORIES, annotations=rows)


def results(found: dict[str, RleArray]) -> list[dict[str, Any]]:
    """Two good ones, one beside it, one that is not there."""
    guesses = [
        (1, 0.97, found["balloon"][0].dilate(3)),
        (1, 0.88, found["balloon"][2].erode(5)),
        (1, 0.61, found["balloon"][1].shift(22, 12)),
        (3, 0.55, RleArray.from_boxes([[60, 236, 30, 50]], SIZE)),
        (3, 0.91, found["person"].dilate(3)),
    ]
    return [
        {
            "image_id": 1,
            "category_id": category,
            "score": score,
            "segmentation": mask.to_coco()[0],
            "bbox": mask.bbox()[0].tolist(),
        }
        for category, score, mask in guesses
    ]


def overlay(folder: Path) -> Any:
    """The image file and its annotations, as `cocodec draw` draws them; a PIL image."""
    from PIL import Image

    found = masks()
    Image.fromarray(photograph(found)).save(folder / "balloons.png")
    return document(found).draw(1, images=folder)


def photograph_page(browser: str, page: str, size: tuple[int, int], target: Path) -> None:
    """Let a browser write a picture of a page; few colours keep it small."""
    from PIL import Image

    arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    arguments += [f"--window-size={size[0]},{size[1]}", f"--screenshot={target}"]
    arguments += ["--virtual-time-budget=4000", page]
    subprocess.run([browser, *arguments], check=True, capture_output=True, timeout=120)
    small = Image.open(target).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    small.save(target, optimize=True)


def main(target: Path) -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = masks()
        drawn = overlay(folder)
        drawn.save(target / "overlay.png", optimize=True)
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if browser is None:
            print("no Chromium here: the pictures of the page and of the report stay as they are")
            return
        truth, guesses = document(found), json.dumps(results(found)).encode()
        write_page(truth, folder / "page.html", images=folder, results=guesses, title="balloons")
        address = (folder / "page.html").as_uri() + "#split=1&show=image,masks,edges,points,labels"
        photograph_page(browser, address, (1240, 620), target / "page.png")
        sides = {"images": list(truth.images), "categories": CATEGORIES}
        sides["annotations"] = list(truth.annotations)
        result = evaluate(sides, results(found))
        report = evaluation_page(result, compare(truth, guesses), title="results against balloons")
        (folder / "report.html").write_text(report, encoding="utf-8")
        address = (folder / "report.html").as_uri()
        photograph_page(browser, address, (960, 620), target / "report.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
