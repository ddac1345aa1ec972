"""The command line: one file for each command; see `cocodec.cli.main` for how one is found."""

from __future__ import annotations

from cocodec.cli.commands import main

__all__ = ["main"]
