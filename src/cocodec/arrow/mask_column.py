"""Masks as a column of pyarrow: the extension type ``cocodec.rle``.

Importing this registers the type, so that columns of masks keep it through files and libraries.
`RleArray` itself speaks Arrow without pyarrow; this is for those who have it (the extra ``arrow``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]
from numpy.typing import ArrayLike

from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["STORAGE", "RleColumn", "RleType", "from_arrow", "to_arrow"]

NAME = "cocodec.rle"
STORAGE = pa.struct([("size", pa.list_(pa.int64(), 2)), ("counts", pa.binary())])


class RleColumn(pa.ExtensionArray):  # type: ignore[misc,unused-ignore]
    """A column of masks.

    Examples
    --------
    >>> from cocodec.arrow import to_arrow
    >>> type(to_arrow(masks)).__name__
    'RleColumn'
    """

    def to_rles(self) -> RleArray:
        """Return the masks as a batch; nulls are refused by name.

        Examples
        --------
        >>> from cocodec.arrow import to_arrow
        >>> to_arrow(masks).to_rles() == masks
        True
        """
        return RleArray.from_arrow(self.storage)


class RleType(pa.ExtensionType):  # type: ignore[misc,unused-ignore]
    """Run-length encoded masks: structs of size (height, width) and compressed counts.

    Parameters
    ----------
    storage : pyarrow.DataType
        Libraries rewrite columns: any struct of the two that `RleArray.from_arrow` reads.

    Examples
    --------
    >>> from cocodec.arrow import to_arrow
    >>> to_arrow(masks).type.extension_name
    'cocodec.rle'
    """

    def __init__(self, storage: pa.DataType = STORAGE) -> None:
        super().__init__(storage, NAME)

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: pa.DataType, serialized: bytes) -> RleType:
        return cls(storage_type)

    def __arrow_ext_class__(self) -> type[RleColumn]:
        return RleColumn


@names_arguments
def to_arrow(masks: RleArray, valid: ArrayLike | None = None) -> RleColumn:
    """Make a column of masks.

    Parameters
    ----------
    masks : RleArray
        n masks.
    valid : (n,) array of bool, optional
        Where false, the column has a null instead of the mask.

    Examples
    --------
    >>> from cocodec.arrow import to_arrow
    >>> len(to_arrow(masks))
    2
    """
    if not isinstance(masks, RleArray):
        raise TypeError(f"masks are a {type(masks).__name__}, expected an RleArray")
    column = pa.array(masks)
    storage = column.storage
    if valid is not None:
        if np.shape(valid) != (len(masks),):
            raise ValueError(f"valid has shape {np.shape(valid)}, expected ({len(masks)},)")
        fields = [storage.field("size"), storage.field("counts")]
        nulls = pa.array(~np.asarray(valid, bool))
        storage = pa.StructArray.from_arrays(fields, fields=list(storage.type), mask=nulls)
    made: RleColumn = RleType(storage.type).wrap_array(storage)
    return made


@names_arguments
def from_arrow(column: Any) -> tuple[RleArray, Any]:
    """Take a column of masks that may have nulls.

    Parameters
    ----------
    column : pyarrow.Array or ChunkedArray
        As `RleArray.from_arrow` takes it.

    Returns
    -------
    RleArray
        One a row; empty and of size 0 x 0 where there is a null.
    (n,) array of bool
        Where there is a mask.

    Examples
    --------
    >>> from cocodec.arrow import from_arrow, to_arrow
    >>> from_arrow(to_arrow(masks))[0] == masks
    True
    """
    if not isinstance(column, (pa.Array, pa.ChunkedArray)):
        raise TypeError(f"column is a {type(column).__name__}, expected a column of pyarrow")
    valid = np.asarray(column.is_valid())
    found = RleArray.from_arrow(column.drop_null())
    if valid.all():
        return found, valid
    nothing = RleArray.from_runs([], [0, 0], [[0, 0]])
    places = np.where(valid, np.cumsum(valid) - 1, len(found))
    return RleArray.concatenate([found, nothing])[places], valid


def _register() -> None:
    try:
        pa.register_extension_type(RleType())
    except pa.ArrowKeyError:  # this module was imported anew
        pa.unregister_extension_type(NAME)
        pa.register_extension_type(RleType())


_register()
