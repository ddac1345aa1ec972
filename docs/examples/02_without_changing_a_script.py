"""A script written for pycocotools, run by cocodec."""

from pathlib import Path

import cocodec
import cocodec.pycocotools

cocodec.pycocotools.install()
from pycocotools.coco import COCO  # noqa: E402

sample = Path(cocodec.__file__).parent / "data" / "sample.json"
coco = COCO(str(sample))
first = coco.loadAnns(coco.getAnnIds()[:1])[0]
assert coco.annToMask(first).sum() > 0
