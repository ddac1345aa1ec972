"""The Python that has other people's tools: this one, or the one that COCODEC_CLIENTS names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLIENTS = os.environ.get("COCODEC_CLIENTS", sys.executable)


def require_clients(imports: str) -> None:
    """Skip the test where these imports fail."""
    if subprocess.run([CLIENTS, "-c", imports], capture_output=True, check=False).returncode:
        pytest.skip(f"COCODEC_CLIENTS has no {imports!r}: pip install cocodec[clients]")


def run_client(program: str, *paths: Path) -> list[str]:
    """Run a program of theirs on these files; the lines that it prints."""
    command = [CLIENTS, "-c", program, *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout.splitlines()
