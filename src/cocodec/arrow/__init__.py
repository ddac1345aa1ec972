"""Masks and documents as columns: what needs pyarrow (the extra ``arrow``).

Importing this registers the extension type ``cocodec.rle``. `RleArray` itself speaks Arrow without
pyarrow, see `RleArray.from_arrow`.
"""

from __future__ import annotations

try:
    import pyarrow as _  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
except ImportError as error:
    raise ImportError("columns need pyarrow: pip install 'cocodec[arrow]'") from error

from cocodec.arrow.files import convert_columns, read_columns, write_columns
from cocodec.arrow.mask_column import RleColumn, RleType, from_arrow, to_arrow
from cocodec.arrow.outline import document_of, skeleton_of
from cocodec.arrow.tables import tables_of

__all__ = [
    "RleColumn",
    "RleType",
    "convert_columns",
    "document_of",
    "from_arrow",
    "read_columns",
    "skeleton_of",
    "tables_of",
    "to_arrow",
    "write_columns",
]
