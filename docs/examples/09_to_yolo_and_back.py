"""A COCO document as YOLO's text files, and back; the report says what YOLO cannot carry."""

from pathlib import Path

import cocodec
from cocodec import formats

document = cocodec.read(Path(cocodec.__file__).parent / "data" / "sample.json")
print(formats.yolo.write(document, "yolo"))
back = formats.yolo.read("yolo")
assert len(back.images) == len(document.images)
