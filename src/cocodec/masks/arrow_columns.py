"""Masks through Arrow's C data interface, both ways; pyarrow is not needed for it.

What `RleArray` inherits: the columns are checked and copied in ``cocodec._core``
(https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html).
"""

from __future__ import annotations

from typing import Any, TypeVar

import cocodec._core as _core

__all__ = ["ArrowColumns"]

Self = TypeVar("Self", bound="ArrowColumns")


class ArrowColumns:
    """The way of a batch of masks from an Arrow column, and to one."""

    __slots__ = ()

    _runs: _core.Runs

    @classmethod
    def _wrap(cls: type[Self], runs: _core.Runs) -> Self:
        raise NotImplementedError

    @classmethod
    def from_arrow(cls: type[Self], column: Any) -> Self:
        """Take a column of masks from pyarrow, polars, DuckDB or whoever else speaks Arrow.

        Parameters
        ----------
        column : object with ``__arrow_c_array__`` or ``__arrow_c_stream__``
            Structs of ``size``, a list of two integers (height, width), and ``counts``, the
            compressed counts as binary or text, in any of Arrow's layouts.

        Raises
        ------
        RleError
            For columns of other types, and naming the mask that is null or wrong.
        """
        if hasattr(column, "__arrow_c_array__"):
            return cls._wrap(_core.from_arrow_array(*column.__arrow_c_array__()))
        if hasattr(column, "__arrow_c_stream__"):
            return cls._wrap(_core.from_arrow_stream(column.__arrow_c_stream__()))
        raise TypeError(f"expected an Arrow column, not {type(column).__name__}")

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        """Arrow's protocol: capsules of structs of size and compressed counts, `cocodec.rle`."""
        return _core.to_arrow(self._runs)
