"""Deal the images of a document out to training and validation."""

from pathlib import Path

import cocodec
from cocodec import reshaping

document = cocodec.read(Path(cocodec.__file__).parent / "data" / "sample.json")
train, val = reshaping.split(document, fractions=[0.8, 0.2], seed=1)
print(len(train.images), len(val.images))
assert len(train.images) + len(val.images) == len(document.images)
