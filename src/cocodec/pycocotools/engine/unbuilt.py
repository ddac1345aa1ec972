"""A dataset of which somebody will ask for more than there is yet: what a COCO may count on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocodec.pycocotools.engine.evaluated_side import EvaluatedSide, Numbering

__all__ = ["Kept", "Unbuilt", "UnbuiltResults"]

Row = dict[str, Any]
# The rows, with ids 1, 2, 3 ..., and the image and the category of each.
Kept = tuple[list[Row], list[Any], list[Any]]


class Unbuilt:
    """A dataset whose dicts, or whose indexes, are made when somebody asks for them.

    Attributes
    ----------
    traces : list of callable
        What evaluations would have left in dicts: called with the COCO when these are built.
    """

    def __init__(self) -> None:
        self.traces: list[Callable[[Any], None]] = []

    def keep_index(self) -> bool:
        """Keep what indexes are made of, where it may change; False if they must be made now."""
        return True

    def indexed(self) -> Kept | None:
        """What was kept; None if the dicts say all that indexes are made of."""
        return None


class UnbuiltResults(Unbuilt):
    """The same of results.

    Attributes
    ----------
    rest : dict
        The sections of the dataset besides the annotations.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rest: Row = {}

    @property
    def image_ids(self) -> list[Any]:
        """Of the images of the dataset."""
        return [image["id"] for image in self.rest["images"]]

    def section(self, key: str) -> Any:
        """One value of the dataset; KeyError if there is none."""
        return self.rest[key]

    def dataset(self) -> Row:
        """Make the dataset."""
        raise NotImplementedError

    def side(self, coco: Any, iouType: str, numbering: Numbering) -> EvaluatedSide | None:
        """Columns for one kind of evaluation; None if they are not what it compares.

        Parameters
        ----------
        coco : COCO
            That of the results: where they are dicts, it knows their images.
        """
        raise NotImplementedError
