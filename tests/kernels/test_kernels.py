"""Instruction sets: how one is chosen, and that every one gives the runs of the specification."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import cocodec
import cocodec._core as _core
from reference.masks import encode_pixels

# What a process of its own prints: a digest of everything that kernels have a hand in.
WORK = """
import hashlib
import numpy as np
from cocodec import RleArray, _core

digest = hashlib.sha256()
random = np.random.default_rng(4)

def add(*arrays):
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())

def everything(stack):
    rles = RleArray.encode(stack)
    columns = stack.transpose(1, 2, 0)
    for array in (np.asfortranarray(columns), columns, columns[::-1, ::-1][::-1, ::-1]):
        add(RleArray.encode(array, layout="HWN").counts)
    wide = np.repeat(stack, 2, axis=2)
    add(rles.counts, RleArray.encode(wide[:, :, ::2]).counts, RleArray.encode(wide).counts)
    out = np.full(wide.shape, 9, np.uint8)
    rles.decode(out[:, :, 1::2])
    add(rles.decode(), rles.decode(layout="HWN", dtype=bool), out)
    add(rles.area(), rles.bbox(), rles.iou(rles), rles.iou(rles, np.arange(len(rles)) % 2))
    for other in (rles.union(), rles.intersection(), ~rles, rles ^ rles[::-1], rles - rles[::-1]):
        add(other.counts)
    coco = rles.to_coco("bytes")
    for entry in coco:
        digest.update(entry["counts"])
    add(RleArray.from_coco(coco).counts)

room = random.random(70_000) < np.linspace(0, 1, 70_000)
for length in range(201):
    for offset in (0, 1, 3, 8, 17, 31, 33, 63):
        line = room[offset * 300 : offset * 300 + length]
        for stack in (line[:, None], line[None, :], line[None, ::-1]):
            rles = RleArray.encode(stack)
            add(rles.counts, rles.decode(), rles.decode(layout="HWN"))
for height, width in [(66, 66), (1, 300), (300, 1), (63, 129), (128, 64), (257, 191), (7, 1000)]:
    for density in (0, 0.002, 0.05, 0.5, 0.97, 1):
        noise = random.random((3, height, width)) < density
        everything((noise * random.integers(1, 256, noise.shape)).astype(np.uint8))
short = np.unpackbits(np.arange(1 << 12, dtype=">u2").view(np.uint8).reshape(-1, 2), axis=1)
for shape in ((12, 1), (1, 12), (3, 4)):  # every mask of twelve pixels
    rles = RleArray.encode(short[:, 4:].reshape(-1, *shape))
    add(rles.counts, rles.decode(), rles.decode(layout="HWN"), rles.area(), rles.bbox())
single = RleArray.encode(np.eye(70 * 67, dtype=bool).reshape(-1, 70, 67))  # one pixel, everywhere
add(single.counts, single.decode(), single.bbox(), single[::97].iou(single[::89]))
huge = np.zeros((3, 2100, 3100), bool)
huge[0, 900:1900, 77:2900] = huge[1, 1] = huge[2, :, 1] = True
huge[0, 1000:1100] ^= random.random((100, 3100)) < 0.5
everything(huge)
large = np.zeros((2, 700, 900), bool)
large[0, 50:650, 100:800] = large[1, :, 300:] = True
everything(large)

# Counts strings: runs of every magnitude, and strings that are broken in every place.
for bits in range(33):
    for _ in range(20):
        runs = random.integers(0, 2**bits, int(random.integers(0, 80)), dtype=np.uint64)
        total = int(runs.sum())
        side = 2**32 - 1
        size = [total, 1] if total <= side else [side, -(-total // side)]
        runs = np.append(runs, np.uint64(size[0] * size[1] - total))
        text = RleArray.from_coco([{"size": size, "counts": runs}]).to_coco("bytes")[0]["counts"]
        digest.update(text)
        for _ in range(6):
            broken = bytearray(text)
            for _ in range(int(random.integers(0, 3))):
                broken[int(random.integers(len(broken)))] = int(random.integers(0, 256))
            broken = bytes(broken[: int(random.integers(len(broken) + 1))])
            try:
                add(RleArray.from_coco([{"size": size, "counts": broken}]).counts)
            except ValueError as error:
                digest.update(f"{error} {error.code} {error.offset}".encode())
print(_core.isa(), digest.hexdigest())
"""


def run(code: str, isa: str | None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    env.pop("COCODEC_ISA", None)
    if isa is not None:
        env["COCODEC_ISA"] = isa
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def test_scalar_comes_first_and_one_is_in_use():
    names = _core.isas()
    assert names[0] == "scalar"
    assert len(set(names)) == len(names)
    assert _core.isa() in names
    assert set(names) <= {"scalar", "avx2", "avx512", "neon"}


@pytest.fixture(scope="module")
def scalar_digest() -> str:
    done = run(WORK, "scalar")
    assert done.returncode == 0, done.stderr
    name, digest = done.stdout.split()
    assert name == "scalar"
    return digest


@pytest.mark.parametrize("isa", [*_core.isas(), None])
def test_every_instruction_set_gives_the_same(isa, scalar_digest):
    done = run(WORK, isa)
    assert done.returncode == 0, done.stderr
    name, digest = done.stdout.split()
    assert name == (isa or _core.isas()[-1])
    assert digest == scalar_digest


@pytest.mark.parametrize("isa", ["sse9", "AVX2 ", "Scalar", "scalar,avx2", "../scalar"])
def test_an_unknown_instruction_set_is_an_error_that_lists_the_known(isa):
    code = """
import cocodec
try:
    cocodec.RleArray.encode([[True]])
except cocodec.RleError as error:
    print(error.code, error)
    try:
        cocodec._core.isa()
    except ValueError:
        print("again")
"""
    done = run(code, isa)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("unknown_isa")
    assert "COCODEC_ISA" in done.stdout
    assert isa in done.stdout
    for name in _core.isas():
        assert name in done.stdout.replace(isa, "")
    assert done.stdout.splitlines()[-1] == "again"


def test_an_empty_name_is_no_name():
    done = run("from cocodec import _core; print(_core.isa())", "")
    assert done.stdout.split() == [_core.isas()[-1]], done.stderr


@pytest.mark.parametrize("offset", [*range(17), 31, 32, 33, 63])
def test_lengths_and_alignments(offset):
    """Every length up to 200 from every place in memory: one column, one row, backwards."""
    random = np.random.default_rng(offset)
    room = np.zeros(300, np.uint8)
    room[:] = random.integers(0, 2, 300) * random.integers(1, 256, 300)
    lines = [room[offset : offset + length] for length in range(201)]
    for line in lines:
        expected = encode_pixels((line != 0).tolist())
        for stack in (line[:, None], line[None, :]):
            assert cocodec.RleArray.encode(stack).counts.tolist() == expected
        backwards = encode_pixels((line[::-1] != 0).tolist())
        assert cocodec.RleArray.encode(line[::-1, None]).counts.tolist() == backwards


@pytest.mark.parametrize("offset", [0, 1, 7, 32])
def test_decode_writes_its_bytes_and_no_others(offset):
    random = np.random.default_rng(offset)
    for length in range(201):
        pixels = random.random(length) < random.random()
        rles = cocodec.RleArray.encode(pixels[:, None])
        room = np.full(300, 7, np.uint8)
        window = room[offset : offset + length]
        rles.decode(window.reshape(1, length, 1))
        np.testing.assert_array_equal(window, pixels)
        assert (room[:offset] == 7).all()
        assert (room[offset + length :] == 7).all()
