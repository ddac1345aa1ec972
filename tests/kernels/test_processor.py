"""The instruction sets that the core finds are those that Linux says the processor has."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

import cocodec._core as _core

CPUINFO = Path("/proc/cpuinfo")
# What the kernels are compiled for (cpp/src/kernels/target.hpp), as Linux spells it.
AVX2 = {"avx2", "bmi1", "bmi2", "abm", "popcnt"}
AVX512 = AVX2 | {
    "avx512f", "avx512bw", "avx512dq", "avx512vl",
    "avx512vbmi", "avx512_vbmi2", "avx512_bitalg", "avx512_vpopcntdq",
}  # fmt: skip


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not CPUINFO.exists(), reason="needs Linux on x86_64"
)
def test_isas_are_those_of_the_processor() -> None:
    lines = CPUINFO.read_text(encoding="utf-8").splitlines()
    flags = set(next(line for line in lines if line.startswith("flags")).split())
    expected = ["scalar"]
    expected += ["avx2"] if flags >= AVX2 else []
    expected += ["avx512"] if flags >= AVX512 else []
    assert _core.isas() == expected


@pytest.mark.skipif(platform.machine() not in ("aarch64", "arm64"), reason="needs ARM")
def test_every_arm_has_neon() -> None:
    assert _core.isas() == ["scalar", "neon"]
