"""The extension shows its entry and nothing else, and needs the C and C++ libraries alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cocodec._core as _core

EXTENSION = Path(_core.__file__)

# Of the compiler and the system; the loader is a library of its own on some machines.
SYSTEM = re.compile(r"lib(stdc\+\+|gcc_s|m|c|pthread)\.(so|musl).*|ld-linux.*|libc\.musl.*")


def test_one_symbol(symbols: Callable[[Path], list[str]]) -> None:
    assert symbols(EXTENSION) == ["PyInit__core"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="not Linux")
@pytest.mark.skipif("COCODEC_SANITIZED" in os.environ, reason="the sanitizers are libraries too")
def test_no_foreign_libraries() -> None:
    readelf = shutil.which("readelf")
    if readelf is None:
        pytest.skip("no readelf")
    listed = subprocess.run(
        [readelf, "--dynamic", "--wide", str(EXTENSION)], capture_output=True, text=True, check=True
    ).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", listed)
    assert needed
    assert [name for name in needed if not SYSTEM.fullmatch(name)] == []
