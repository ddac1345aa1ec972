"""What one real client makes of a file: run by the interpreter that has it, away from cocodec.

``python probe.py CLIENT FILE`` prints a JSON object: ``opens``, ``objects``, ``error``, and
``masks``, a sorted list of "image's name, height, width, CRC of the pixels" of every mask that the
client itself makes. ``python probe.py --versions`` prints which clients are installed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

Found = Iterator[tuple[str, Any]]  # of each object its image's name, and its mask, or None


def name_of(image: str, mask: Any) -> str:
    """What is equal for equal masks of the same image, and for no others."""
    pixels = np.asarray(mask).astype(bool)
    height, width = pixels.shape
    return f"{image} {height} {width} {zlib.crc32(np.packbits(pixels).tobytes()):08x}"


def open_pycocotools(path: str) -> Found:
    from pycocotools.coco import COCO

    coco = COCO(path)
    for one in coco.loadAnns(coco.getAnnIds()):
        image = coco.loadImgs(one["image_id"])[0]
        yield image["file_name"], coco.annToMask(one)


def open_torchvision(path: str) -> Found:
    from PIL import Image
    from torchvision.datasets import CocoDetection, wrap_dataset_for_transforms_v2

    class Black(CocoDetection):  # pictures without files: not every name is one of a file
        def _load_image(self, id: int) -> Any:
            image = self.coco.loadImgs(id)[0]
            return Image.new("RGB", (image["width"], image["height"]))

    plain = Black("", path)
    names = [plain.coco.loadImgs(number)[0]["file_name"] for number in plain.ids]
    wrapped = wrap_dataset_for_transforms_v2(plain, target_keys=["masks", "labels"])
    for name, (_, target) in zip(names, wrapped, strict=True):
        for mask in target.get("masks", ()):
            yield name, mask.numpy()


def open_sahi(path: str) -> Found:
    from sahi.utils.coco import Coco

    for image in Coco.from_coco_dict_or_path(path).images:
        for _ in image.annotations:
            yield image.file_name, None


def open_supervision(path: str) -> Found:
    import supervision

    with tempfile.TemporaryDirectory() as folder:
        make_images(json.loads(Path(path).read_bytes())["images"], Path(folder))
        found = supervision.DetectionDataset.from_coco(folder, path, force_masks=True)
        for name, _, detections in found:
            relative = os.path.relpath(name, folder)
            masks = detections.mask if detections.mask is not None else [None] * len(detections)
            for mask in masks:
                yield relative, mask


def open_globox(path: str) -> Found:
    from globox import AnnotationSet

    for one in AnnotationSet.from_coco(path):
        for _ in one.boxes:
            yield str(one.image_id), None


def open_fiftyone(path: str) -> Found:
    from fiftyone.utils.coco import load_coco_detection_annotations

    _, classes, _, images, objects = load_coco_detection_annotations(path)
    for number, image in images.items():
        size = (image["width"], image["height"])
        for one in (objects or {}).get(number, ()):
            made = one.to_detection(size, classes, load_segmentation=True)
            yield image["file_name"], None if made.mask is None else _whole(made, size)


def _whole(detection: Any, size: tuple[int, int]) -> Any:
    """FiftyOne keeps what of a mask is in its box."""
    (width, height), (x, y, _, _) = size, detection.bounding_box
    left, top = round(x * width), round(y * height)
    out = np.zeros((height, width), bool)
    part = detection.mask[: height - top, : width - left]
    out[top : top + part.shape[0], left : left + part.shape[1]] = part
    return out


def open_datumaro(path: str) -> Found:
    """A folder or file of COCO, as datumaro takes it."""
    from datumaro.components.dataset import Dataset

    for item in Dataset.import_from(path, "coco"):
        height, width = item.media_as(_image()).size or (0, 0)
        groups: dict[Any, list[Any]] = {}
        for one in item.annotations:
            alone = type(one).__name__ in ("Caption", "Label")
            groups.setdefault(id(one) if alone else one.group or id(one), []).append(one)
        for parts in groups.values():
            yield f"{item.subset}/{item.id}", _union(parts, height, width)


def _image() -> Any:
    from datumaro.components.media import Image

    return Image


def _union(parts: list[Any], height: int, width: int) -> Any:
    """What the polygons and masks of an object cover; None if it has none."""
    shapes = [one for one in parts if type(one).__name__ in ("Polygon", "RleMask", "Mask")]
    out = np.zeros((height, width), bool)
    for one in shapes:
        if type(one).__name__ == "Polygon":
            out |= _filled([one.points], height, width).astype(bool)
        else:
            out |= np.asarray(one.image).astype(bool)
    return out if shapes else None


def open_encord(path: str) -> Found:
    """The SDK's model, and what its importer makes of each annotation."""
    from encord.objects.common import Shape
    from encord.utilities.coco.datastructure import CocoPolygon, CocoRootModel
    from encord.utilities.coco.importer import coco_annotation_to_encord_coordinates

    whole = json.loads(Path(path).read_bytes())
    for root in whole if isinstance(whole, list) else [whole]:
        shapes = {one["id"]: one["supercategory"] for one in root["categories"]}
        model = CocoRootModel.from_dict(root)
        images = {image.id: image for image in model.images}
        for one in model.annotations:
            image, shape = images[one.image_id], shapes[one.category_id]
            if shape not in ("bounding_box", "polygon", "bitmask"):
                yield image.file_name, None  # the importer has no others
                continue
            made = coco_annotation_to_encord_coordinates(
                one, Shape(shape), image.width, image.height
            )
            if shape == "bitmask":
                yield image.file_name, made.to_numpy_array()
            elif shape == "polygon" and isinstance(one.segmentation, CocoPolygon):
                rings = [[n for p in ring for n in (p.x, p.y)] for ring in one.segmentation.values]
                drawn = all(len(ring) >= 6 for ring in rings)
                mask = _filled(rings, image.height, image.width) if drawn else None
                yield image.file_name, mask
            else:
                yield image.file_name, None


def _filled(rings: list[list[float]], height: int, width: int) -> Any:
    from pycocotools import mask as coder

    return coder.decode(coder.merge(coder.frPyObjects(rings, height, width)))


def make_images(images: list[dict[str, Any]], folder: Path) -> None:
    """Black pictures, for clients that will not do without."""
    from PIL import Image

    for image in images:
        path = folder / image["file_name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (image["width"], image["height"])).save(path, format="PNG")


CLIENTS: dict[str, tuple[str, Callable[[str], Found]]] = {
    "pycocotools": ("pycocotools", open_pycocotools),
    "torchvision": ("torchvision", open_torchvision),
    "sahi": ("sahi", open_sahi),
    "supervision": ("supervision", open_supervision),
    "globox": ("globox", open_globox),
    "fiftyone": ("fiftyone", open_fiftyone),
    "datumaro": ("datumaro", open_datumaro),
    "encord": ("encord", open_encord),
}


def probe(client: str, path: str) -> dict[str, Any]:
    """Open a file with a client."""
    try:
        found = list(CLIENTS[client][1](path))
    except Exception as error:  # whatever a client does not bear is the answer
        return {"opens": False, "error": f"{type(error).__name__}: {error}"[:300]}
    masks = sorted(name_of(image, mask) for image, mask in found if mask is not None)
    return {"opens": True, "objects": len(found), "masks": masks}


def versions() -> dict[str, str]:
    """The clients that this interpreter has."""
    out = {}
    for client, (package, _) in CLIENTS.items():
        try:
            out[client] = version(package)
        except PackageNotFoundError:
            continue
    return out


def main(words: list[str]) -> None:
    if words == ["--versions"]:
        answer: Any = versions()
    else:
        logging.disable(logging.CRITICAL)
        said, sys.stdout = sys.stdout, sys.stderr  # clients talk
        answer = [probe(words[0], path) for path in words[1:]]
        sys.stdout = said
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
