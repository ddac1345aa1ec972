"""Label Studio's brush: masks to its bit stream and back, beside its own SDK where that is at hand.

``python -m benchmarks.brushes [--peers PYTHON]``: 4 megapixels of noise and an object of a photo,
one thread, the least processor time of several rounds. A stream is compared with the reference
(tests/reference) or, if it is long, has to give its mask back; the SDK's has to be the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import cocodec._core as _core
from cocodec import RleArray

ROUNDS = 9
# Reads a mask's rows and sides, prints the seconds there and back, and what stream that is.
SDK = """
import hashlib, json, sys, time
import numpy as np
from label_studio_sdk.converter.brush import decode_rle, encode_rle
height, width = map(int, sys.argv[1:3])
pixels = np.frombuffer(sys.stdin.buffer.read(), np.uint8).reshape(height, width)
rgba = np.repeat(pixels.ravel() * 255, 4)
times = [time.process_time()]
stream = encode_rle(rgba)
times.append(time.process_time())
back = decode_rle(stream)
times.append(time.process_time())
assert (np.asarray(back) == rgba).all()
digest = hashlib.sha256(bytes(stream)).hexdigest()
print(json.dumps([times[1] - times[0], times[2] - times[1], digest]))
"""


def masks() -> dict[str, Any]:
    """Noise of 4 megapixels, and an ellipse of 640 x 480."""
    y, x = np.mgrid[:480, :640]
    noise = np.random.default_rng(0).random((2048, 2048)) < 0.5
    return {
        "noise, 2048 x 2048": noise.astype(np.uint8),
        "object, 480 x 640": ((y - 200) ** 2 / 9000 + (x - 300) ** 2 / 16000 < 1).astype(np.uint8),
    }


def least(call: Callable[[], Any]) -> float:
    """Processor seconds of one call."""
    once = time.process_time()
    call()
    times = max(1, int(0.01 / max(time.process_time() - once, 1e-6)))
    found = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        for _ in range(times):
            call()
        found.append((time.process_time() - begin) / times)
    return min(found)


def main() -> None:
    """Print the table."""
    import hashlib

    from tests.reference.formats import brush_bits

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="a Python that has label-studio-sdk")
    arguments = parser.parse_args()
    print(f"instruction set {_core.isa()}")
    print("| mask | to a stream | back | SDK: to a stream | SDK: back |")
    print("|---|---|---|---|---|")
    for name, pixels in masks().items():
        mask = RleArray.encode(pixels)
        stream = _core.encode_brushes(mask._runs)[0]
        if RleArray._wrap(_core.decode_brushes([stream], mask.sizes)) != mask:
            sys.exit(f"{name}: the stream gives another mask")
        if len(stream) < 1 << 16:
            values = np.array(brush_bits(stream)[1]).reshape(*pixels.shape, 4)
            if (values != 255 * pixels[:, :, None]).any():
                sys.exit(f"{name}: the stream is not the reference's")
        cells = [
            least(lambda mask=mask: _core.encode_brushes(mask._runs)),  # type: ignore[misc]
            least(lambda s=stream, z=mask.sizes: _core.decode_brushes([s], z)),  # type: ignore[misc]
        ]
        if arguments.peers:
            sides = map(str, pixels.shape)
            done = subprocess.run(
                [arguments.peers, "-c", SDK, *sides],
                input=pixels.tobytes(), capture_output=True, check=True,
            )  # fmt: skip
            *theirs, digest = json.loads(done.stdout)
            if digest != hashlib.sha256(stream).hexdigest():
                sys.exit(f"{name}: the SDK's stream differs")
            cells += theirs
        print(f"| {name} | " + " | ".join(f"{1e3 * one:.3g} ms" for one in cells) + " |")


if __name__ == "__main__":
    main()
