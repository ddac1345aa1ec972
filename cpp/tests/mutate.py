"""Break the core in sixty places, one at a time, and see whether its tests notice.

    python cpp/tests/mutate.py              all of it (half an hour or more)
    python cpp/tests/mutate.py png json     files whose path has one of these words

A copy of cpp/ is built, broken (an off by one, a dropped check, a wrong sign), and its tests for
that topic are built and run. Exit code 1 if they pass anyway, or if a line has gone: put another
here then. Nothing but CMake, Ninja, a compiler and Python is needed.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CPP = Path(__file__).resolve().parents[1]

# file below src/, what stands there once, what is put in its place
PLACES: list[tuple[str, str, str]] = [
    ("masks/counts.cpp", "if (group < 0 || group > 63)", "if (group < 0 || group > 64)"),
    ("masks/counts.cpp", "if (shift == 5 * max_chars)", "if (shift == 6 * max_chars)"),
    ("masks/counts.cpp", "if ((group & 16) != 0) value -=", "if ((group & 16) != 0) value +="),
    ("masks/counts.cpp", "if (n > 2) value += runs[n - 2];", "if (n > 1) value += runs[n - 2];"),
    ("masks/rle.cpp", "(right - left + 1)", "(right - left)"),
    ("masks/rle.cpp", "divide(end - 1, height)", "divide(end, height)"),
    ("masks/rle.cpp", "if (found && run > 0) return true;", "if (found) return true;"),
    ("masks/setops.cpp", "if (a.size == b.size) return;", "return;"),
    ("masks/setops.cpp", "if (n <= 0) {", "if (n < 0) {"),
    ("masks/iou.cpp", "while (a.more() && a.end < b.end) {", "while (false) {"),
    ("masks/iou.cpp", "while (b.more() && b.end < a.end) {", "while (false) {"),
    ("masks/dense.cpp", "if (masks.length > limits().masks) {", "if (false) {"),
    ("masks/dense.cpp", "if (masks.length != out.length) {", "if (false) {"),
    ("masks/boundary.cpp", "top + width, bottom - width)", "top, bottom - width)"),
    ("masks/boundary.cpp", "span = 2 * width + 1;", "span = 2 * width;"),
    ("masks/label_map.cpp", "(mask.end < pixels ? 1 : 0)", "(mask.end <= pixels ? 1 : 0)"),
    ("masks/label_map.cpp", "masks_.length - 1 - i : i)", "i : i)"),
    ("masks/panoptic.cpp", "all_[next_].start <= at;", "all_[next_].start < at;"),
    ("rings/sweep.hpp", "chain.last > column ? 1 : 0", "chain.last >= column ? 1 : 0"),
    ("kernels/edges.hpp", "if (flat ? a.x > b.x : a.y > b.y) std::swap(from, to);", ""),
    ("kernels/edges.hpp", "first + 2 - edge.from.x + (slope <", "first + 2 - edge.from.x + (-1 <"),
    ("rings/lattice_fill.hpp", "if (left_out_[i] != left_out_[i + 1]) return false;", ""),
    ("rings/lattice_fill.hpp", "std::max(bottom, column_[k].second)", "column_[k].second"),
    ("rings/lattice_fill.hpp", "back({a.y, a.x, b.x})", "back({a.y, a.x, b.x + 1})"),
    ("kernels/edges.hpp", "std::abs(values[i]) <= limit ? 0 : 1", "values[i] <= limit ? 0 : 1"),
    ("rings/polygon.cpp", "if (last - first == 1) {", "if (last - first <= 2) {"),
    ("outlines/corner_sweep.hpp", "eight_(connectivity == 8)", "eight_(connectivity != 8)"),
    ("outlines/loss.cpp", "std::size_t ring = outer + 1;", "std::size_t ring = outer + 2;"),
    ("json/scan.cpp", "if (c >= 'a' && c <= 'f') return c - 'a' + 10;", ""),
    ("json/scan.cpp", "if (code < 0x800) {", "if (code <= 0x800) {"),
    ("json/number.cpp", "text_[start] == '0' && at_ > start + 1", "false"),
    ("json/number.cpp", "if (at_ == fraction) return std::string_view::npos;", ""),
    ("json/utf8.cpp", "first == 0xED ? 0x9F : 0xBF", "first == 0xED ? 0xBF : 0xBF"),
    ("json/utf8.cpp", "if (first >= 0xC2 && first", "if (first >= 0xC0 && first"),
    ("json/duplicate_keys.cpp", "keys_.size() - first > 1)", "keys_.size() - first > 2)"),
    ("json/split.cpp", "wrong |= block.spaces & ~behind_comma;", ""),
    ("json/split.cpp", "fraction_ = static_cast<std::uint64_t>(sum < block.digits);", ""),
    ("json/split.cpp", "wrong |= block.points & behind_fractions(block);", ""),
    ("records/ids.cpp", "ends[g] += ends[g - 1];", "ends[g] -= ends[g - 1];"),
    ("records/edits.cpp", "if (byte < 0x20) {", "if (byte < 0x1F) {"),
    ("records/brush.cpp", "if (n > bits_ - at_) {", "if (false) {"),
    ("records/image_sizes.cpp", "value < 0 || value > max_side", "value > max_side"),
    ("records/plain_rings.cpp", "(decimals > 1 && text_[at_ - 1] == '0')", "false"),
    ("records/plain_rings.cpp", "if (whole + decimals > most_digits) return false;", ""),
    ("records/plain_rings.cpp", "count < fewest || count % 2 != 0", "count < fewest"),
    ("records/segmentation.cpp", "value >= 0 && value <= max_run", "value <= max_run"),
    ("png/inflate.cpp", "(length_base)) return 0;", "(length_base)) return is_end;"),
    ("png/inflate.cpp", "if (symbol == 256) return is_end;", "if (symbol == 257) return is_end;"),
    ("png/chunks.cpp", "if (length > png.length - at - around) throw_bad", "if (false) throw_bad"),
    ("png/rows.cpp", "by_above <= by_corner ?", "by_above < by_corner ?"),
    ("morphology/components.cpp", "left.bottom < right.bottom)", "left.bottom > right.bottom)"),
    ("morphology/strip_dilation.cpp", "std::max(last.bottom, bottom)", "bottom"),
    ("morphology/measures.cpp", "before = a * (a - 1) / 2,", "before = a * a / 2,"),
    ("morphology/bit_turner.cpp", "inside = std::uint64_t{0} - (bits_[i] >> 63);", ""),
    ("morphology/bit_turner.cpp", "<< 1 << (63 - position % 64)", "<< 2 << (63 - position % 64)"),
    ("evaluation/match.cpp", "highest < threshold ? highest : threshold", "highest"),
    ("evaluation/match.cpp", "area > settings_.area_ranges[a]", "area >= settings_.area_ranges[a]"),
    ("evaluation/cells.cpp", "if (index >= -1 && index <", "if (index >= -2 && index <"),
    ("evaluation/accumulate.cpp", "const double found = i + 1;", "const double found = i;"),
    ("kernels/avx2_sets.cpp", "_mm256_testz_si256(found, found) == 0;", "false;"),
    ("c_api/views.cpp", "if (offsets[i] < least) {", "if (offsets[i] <= least) {"),
]  # fmt: skip
# What the machine's best kernels do, and what the portable ones do: CI runs the tests with both.
KERNELS: tuple[dict[str, str], ...] = ({}, {"COCODEC_ISA": "scalar"})
TESTS = {"outlines": "outlines rings", "rings": "rings", "c_api": "c_api"}


def programs(folder: str) -> list[str]:
    """The tests of a folder of src/."""
    folders = TESTS.get(folder, folder).split()
    return sorted(path.stem for one in folders for path in (CPP / "tests" / one).glob("test_*.cpp"))


def built(build: Path, targets: list[str]) -> bool:
    """Whether these programs can be built."""
    command = ["cmake", "--build", str(build), "--target", *targets]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def passed(build: Path, tests: list[str]) -> bool:
    """Whether all of these pass, with every kind of kernels; one that does not end does not."""
    for test, isa in itertools.product(tests, KERNELS):
        try:
            done = subprocess.run(
                [build / "tests" / test],
                env={**os.environ, **isa},
                capture_output=True,
                timeout=120,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        if done.returncode != 0:
            return False
    return True


def broken(copy: Path, build: Path, place: tuple[str, str, str]) -> str:
    """What comes of one change: noticed, NOT NOTICED, gone, or does not compile."""
    name, old, new = place
    file = copy / "src" / name
    text = file.read_text(encoding="utf-8")
    if text.count(old) != 1:
        return "gone"
    tests = programs(name.split("/")[0])
    file.write_text(text.replace(old, new), encoding="utf-8")
    try:
        if not built(build, tests):
            return "does not compile"
        return "NOT NOTICED" if passed(build, tests) else "noticed"
    finally:
        file.write_text(text, encoding="utf-8")
        os.utime(file)


def main(words: list[str]) -> int:
    """Break all places whose file has one of the words; 1 if one is not noticed."""
    places = [p for p in PLACES if not words or any(word in p[0] for word in words)]
    with tempfile.TemporaryDirectory(prefix="cocodec-mutate.") as work:
        copy, build = Path(work, "cpp"), Path(work, "build")
        shutil.copytree(CPP, copy)
        flags = [
            "-DCOCODEC_BUILD_TESTS=ON",
            "-DCMAKE_BUILD_TYPE=Debug",
            "-DCMAKE_CXX_FLAGS=-O1 -g0",
        ]
        subprocess.run(["cmake", "-S", copy, "-B", build, "-G", "Ninja", *flags], check=True)
        tests = sorted({test for place in places for test in programs(place[0].split("/")[0])})
        if not built(build, tests):
            print("the tests cannot be built before anything is broken")
            return 1
        failed = [test for test in tests if not passed(build, [test])]
        if failed:
            print(f"before anything is broken these do not pass: {', '.join(failed)}")
            return 1
        bad = 0
        for place in places:
            begin = time.monotonic()
            how = broken(copy, build, place)
            bad += how != "noticed"
            seconds = time.monotonic() - begin
            print(
                f"{how}: {place[0]}: {place[1]} -> {place[2] or 'nothing'} ({seconds:.0f} s)",
                flush=True,
            )
        print(f"{len(places) - bad} of {len(places)} noticed")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
