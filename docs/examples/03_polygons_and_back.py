"""A mask with a hole as one ring, and the same mask back."""

import numpy as np

from cocodec import RleArray

y, x = np.mgrid[:200, :200]
distance = np.hypot(y - 100, x - 90)
rles = RleArray.encode((distance < 80) & (distance > 30))
polygons = rles.to_polygons()
assert RleArray.from_polygons(polygons, rles.sizes) == rles
loose = rles.trace(tolerance=2)
print(f"{loose.points} points, {loose.gained} pixels gained, {loose.lost} lost")
