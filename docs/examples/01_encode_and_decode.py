"""Masks to RLE and back, a whole batch at a time."""

import numpy as np

from cocodec import RleArray

masks = np.zeros((3, 480, 640), np.uint8)
masks[0, 100:200, 50:300] = 1
masks[1, 150:250, 200:400] = 1
rles = RleArray.encode(masks)
print(rles.area(), rles.bbox())
assert (rles.decode() == masks).all()
assert rles.to_coco()[0]["size"] == [480, 640]
