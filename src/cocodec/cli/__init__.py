"""The command line: one file for each command; see `cocodec.cli.main` for how one is found."""

from __future__ import annotations

from cocodec.cli.interrupts import end_at_once

end_at_once()  # before the imports that take long

from cocodec.cli.commands import main  # noqa: E402

__all__ = ["main"]
