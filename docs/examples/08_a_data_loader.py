"""One image after the other with its annotations and masks."""

from pathlib import Path

import cocodec

dataset = cocodec.MaskDataset(Path(cocodec.__file__).parent / "data" / "sample.json")
item = dataset[0]
print(len(dataset), item)
assert len(dataset) == 60
