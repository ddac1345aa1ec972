"""Where an installation keeps what other extension modules are built with."""

from __future__ import annotations

from pathlib import Path

import cocodec._core as _core

__all__ = ["get_cmake_dir", "get_include"]


def get_include() -> str:
    """Return the folder to search for ``<cocodec/cocodec.h>`` and ``<cocodec/import.h>``.

    Raises
    ------
    FileNotFoundError
        If cocodec was not installed, only put on the path.

    Examples
    --------
    >>> cocodec.get_include().endswith("include")
    True
    """
    return _installed("include")


def get_cmake_dir() -> str:
    """Return the folder of the CMake package: the value for ``cocodec_DIR``.

    ``find_package(cocodec CONFIG)`` then gives the target ``cocodec::c_api``.

    Raises
    ------
    FileNotFoundError
        If cocodec was not installed, only put on the path.

    Examples
    --------
    >>> cocodec.get_cmake_dir().endswith("cmake")
    True
    """
    return _installed("cmake")


def _installed(name: str) -> str:
    # Beside the extension: in an editable installation the Python files lie elsewhere.
    folder = Path(_core.__file__).parent / name
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: cocodec must be installed to build on it")
    return str(folder)
