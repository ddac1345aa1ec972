"""Inputs that fuzz targets start from, and those that once broke one: python seeds.py FOLDER.

Makes a folder of files for each target, FOLDER/fuzz_counts and so on, and FOLDER/json.dict, words
of JSON for libFuzzer. Nothing but the standard library is needed. A find becomes a line of FOUND.
"""

from __future__ import annotations

import random
import struct
import sys
import zlib
from pathlib import Path

# target: inputs that broke a promise, or the process, before they were mended
FOUND: dict[str, list[bytes]] = {
    "fuzz_evaluation": [  # no thresholds, and a cell behind others: an offset from no memory
        bytes.fromhex(
            "0412 1819 1b00 16f2 60f7 749c ab61 6b4e 3130 5f5f 6378 78c6 7f5b d353 c67f 7479"
            "7f5b d353 c6c6 7f"
        )
    ],
    "fuzz_formats": [b"1 2\r\n  3\t4  \n"],  # the first point of a walk: one before no memory
    "fuzz_kernels": [bytes(4)],  # runs of nothing, written to no memory
}

SEGMENTATIONS = (
    "[[1, 1, 11, 1, 11, 6, 1, 6]]",
    "[[0.5,0.5,4.5,0.5,4.5,4.5,0.5,4.5],[15, 10, 18, 10, 18, 14]]",
    "[1.5, 2, 30, 2, 30, 20]",
    "[[[1, 1], [5, 1], [5, 5]]]",
    '{"size": [30, 40], "counts": [0, 600, 600]}',
    '{"counts":"P1g0^O01O0O1N2N3M","size":[30,40]}',
    '{"counts": "0`T1", "size": [30.0, 4e1]}',
    '{"\\u0063ounts": [1200], "size": ["30", 40], "size": [30, 40]}',
    "[]",
    "[[]]",
    "null",
    "[1e308, -0, 1e-320, 0.1000000000000000055511151231257827]",
)
ROW = '{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [1, 1, 10, 5], '
DOCUMENTS = (
    *(ROW + f'"area": 50.0, "segmentation": {one}' + "}" for one in SEGMENTATIONS),
    '{"images": [{"id": 1, "height": 30, "width": 40}], "annotations": [{}], "categories": []}',
    '[{"image_id": 1, "score": 0.25}, {"image_id": "1", "score": 1e-3}]',
    '{"a": 1, "a": 2, "b": {"\\u0061": 1, "a": [{"c": 1, "c": null}]}}',
    '"x\\ud83d\\ude00\\n"',
    "[1, 2.5, -3e2, true, false, null]",
    "1 2\n3 [4] {}\r\n",
)
LINES = ("0 0.5 0.5 0.25 0.125\n1 .1 1e-3 -2\n\n2 word the rest\n", "1 2\r\n  3\t4  \n", "7")
WORDS = (
    *("{", "}", "[", "]", ",", ":", '"', "\\", " ", "null", "true", "false", "1e308", "-0.0", "[["),
    *('"size"', '"counts"', '"segmentation"', '"id"', '"image_id"', '"height"', '"width"', '"x"'),
    *("\\u0063", "\\ud83d", "9007199254740993", "4294967295", "0.5", "]]", "\xc3\xa9"),
)


def counts_string(runs: list[int]) -> bytes:
    """The counts of a mask as COCO's text."""
    out = bytearray()
    for i, run in enumerate(runs):
        value, more = run - (runs[i - 2] if i > 2 else 0), True
        while more:
            group, value = value & 31, value >> 5
            more = value != -1 if group & 16 else value != 0
            out.append(group + (32 if more else 0) + 48)
    return bytes(out)


def png(bits: int, colour: int, channels: int, interlaced: int = 0) -> bytes:
    """A picture of 9 x 7 pixels, every kind of filter among its rows."""
    width, height = 9, 7
    row = (width * bits * channels + 7) // 8
    rows = b"".join(
        bytes([y % 5]) + bytes((y * 3 + x) % 256 for x in range(row)) for y in range(height)
    )

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    palette = chunk(b"PLTE", bytes(range(48))) if colour == 3 else b""
    body = chunk(b"IHDR", head) + palette + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def polygon(rings: list[list[float]], size: tuple[int, int]) -> bytes:
    """Rings of one mask as fuzz_polygon takes them: hundredths of pixels."""
    out = struct.pack("<HHH", *size, len(rings))
    for ring in rings:
        out += struct.pack("<H", len(ring) // 2)
        out += b"".join(struct.pack("<Bh", 0, round(100 * value)) for value in ring)
    return out


def noise(seed: int, length: int, most: int = 255) -> bytes:
    """Bytes that are the same each time."""
    source = random.Random(seed)
    return bytes(source.randint(0, most) for _ in range(length))


def seeds() -> dict[str, list[bytes]]:
    """What each target starts from."""
    texts = [text.encode() for text in (*SEGMENTATIONS, *DOCUMENTS)]
    runs = [[600, 600], [0, 1200], [31, 4, 26, 4, 1135], [1] * 1200, [2**32 - 1, 0, 5]]
    strings = [counts_string(one) for one in runs]
    squares = [[1, 1, 11, 1, 11, 6, 1, 6], [0.5, 0.5, 4.5, 0.5, 4.5, 4.5], [0, 0, 8, 8, 8, 0, 0, 8]]
    images = [png(8, 0, 1), png(16, 0, 1), png(8, 2, 3), png(8, 3, 1), png(1, 0, 1), png(8, 6, 4)]
    some = [noise(seed, 40 * seed) for seed in range(1, 7)]
    calm = [noise(seed, 60 * seed, 30) for seed in range(1, 7)]
    packed = [struct.pack("<40d", *(v / 3 for v in range(40))), bytes(300), b"\1" * 300]
    return {
        "fuzz_counts": [struct.pack("<hh", 30, 40) + text for text in strings],
        "fuzz_duplicate_keys": texts,
        "fuzz_evaluation": [*some, *calm],
        "fuzz_formats": [*texts, *(line.encode() for line in LINES), *some, *calm],
        "fuzz_json_stream": [bytes([n * 7 % 40, n % 2]) + text for n, text in enumerate(texts)],
        "fuzz_kernels": [b"\x40\0\x05" + one for one in (*strings, *packed, *some)],
        "fuzz_masks": [*some, *calm],
        "fuzz_morphology": [*some, *calm],
        "fuzz_png": [*images, *(b"\2\3" + zlib.compress(noise(n, 50))[2:-4] for n in range(4))],
        "fuzz_polygon": [polygon([one], (20, 30)) for one in squares] + [polygon(squares, (9, 9))],
        "fuzz_records": texts,
        "fuzz_segmentation": texts,
        "fuzz_trace": [*some, *calm],
    }


def main(folder: Path) -> None:
    """Write all of it."""
    for target, inputs in seeds().items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for n, content in enumerate([*inputs, *FOUND.get(target, [])]):
            (folder / target / f"seed{n}").write_bytes(content)
    quoted = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in WORDS)
    (folder / "json.dict").write_text("".join(f'"{word}"\n' for word in quoted), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
