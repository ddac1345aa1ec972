"""Arguments that several commands take, and the kinds of number that they are."""

from __future__ import annotations

import argparse

__all__ = [
    "add_many_files",
    "add_quiet",
    "add_threads",
    "add_unzip_limit",
    "count",
    "pixels",
    "positive",
]


def add_threads(command: argparse.ArgumentParser) -> None:
    """Add ``--threads``."""
    command.add_argument(
        "--threads",
        type=count,
        default=0,
        metavar="N",
        help="0 (default) is automatic, 1 none",
    )


def add_unzip_limit(command: argparse.ArgumentParser) -> None:
    """Add ``--unzip-limit``."""
    command.add_argument(
        "--unzip-limit",
        type=count,
        metavar="BYTES",
        help="how much the JSON in a zip may unpack to (default: 200 times what is packed, within "
        "256 MiB and 4 GiB)",
    )


def add_quiet(command: argparse.ArgumentParser, what: str = "no progress, no closing line") -> None:
    """Add ``--quiet``."""
    command.add_argument("-q", "--quiet", action="store_true", help=what)


def add_many_files(command: argparse.ArgumentParser) -> None:
    """Add what every command over many files takes."""
    group = command.add_argument_group("many files (several, a folder, or a 'pattern*')")
    group.add_argument(
        "--jobs",
        type=count,
        default=0,
        metavar="N",
        help="processes; 0 (default) is one a core, fewer if there is little to do",
    )
    group.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler's workers instead: tcp://host:port"
    )


def pixels(text: str) -> float:
    """Read a distance: finite, not negative."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


def count(text: str) -> int:
    """Read a whole number that is not negative."""
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def positive(text: str) -> int:
    """Read a whole number above 0."""
    value = count(text)
    if value == 0:
        raise ValueError
    return value
