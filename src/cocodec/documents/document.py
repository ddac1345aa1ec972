"""Document: what a COCO file says, whoever wrote it, and nothing lost.

A document is the bytes of its file and, for each of its lists, a table of where the rows lie in
them. What nobody touches is written as it came in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.dialect_names import Readable, Writable
from cocodec.documents.edits import is_spaced, revised
from cocodec.documents.json_values import MISSING, encode
from cocodec.documents.mask_edits import (
    Areas,
    Boxes,
    Spellings,
    measure_changes,
    require_option,
    segmentations,
)
from cocodec.documents.parts import TABLES, Objects, Part, RawFile, Source, read_raw
from cocodec.documents.places import Places, decode_value
from cocodec.documents.rendering import Pieces, memory_slices, render
from cocodec.documents.segmentations import ImageIndex, Masks, read_masks
from cocodec.documents.table import RowSelection, Table
from cocodec.errors import DocumentError, how_many
from cocodec.files.archive import write_archive
from cocodec.files.output import Target, open_whole
from cocodec.masks.label_maps import Overlap
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["Dangling", "Document", "PartView", "read"]


class Dangling(NamedTuple):
    """Annotations that name an image or a category that their part does not list.

    Attributes
    ----------
    images, categories : (k,) array of int64
        Their rows.
    """

    images: NDArray[np.int64]
    categories: NDArray[np.int64]


class Document:
    """A COCO file: its tables, its other fields, its masks.

    Made by `read`. A file has one part or many, each a COCO document with ids of its own; tables
    run over all of them.

    Attributes
    ----------
    images, annotations, categories, licenses : Table
    layout : str
        ``"single"``; ``"list"``: a JSON list of documents; ``"lines"``: one value a line;
        ``"zip"``.

    Examples
    --------
    >>> document.categories.column('name').tolist()
    ['leaf', 'stem']
    """

    images: Table
    annotations: Table
    categories: Table
    licenses: Table

    def __init__(self, file: RawFile) -> None:
        self.layout = file.layout
        self._file = file
        self._numbers: dict[str | None, list[int]] = {}  # of the parts, by their names
        for number, part in enumerate(file.parts):
            self._numbers.setdefault(part.name, []).append(number)
        for name in TABLES:
            setattr(self, name, Table(name, file.parts))
        self._image_sizes = ImageIndex(self.images, file.labels())
        self._dialect: Any = None
        self._fields: list[dict[str, bytes | None]] = [{} for _ in file.parts]
        self._left_out: set[str] = set()  # members of the zip that are not written

    def __repr__(self) -> str:
        parts = f" in {len(self.parts)} parts" * (len(self.parts) != 1)
        counts = ", ".join(
            how_many(len(getattr(self, name)), one, name)
            for name, one in zip(TABLES, ("image", "annotation", "category"), strict=False)
        )
        return f"<Document: {counts}{parts}>"

    @property
    def root(self) -> str:
        """What the file is: "document", "documents", "results" or "annotation".

        Examples
        --------
        >>> document.root
        'document'
        """
        root = self._file.parts[0].root
        many = self.layout != "single" and root == "document"
        return "documents" if many else root

    @property
    def parts(self) -> tuple[PartView, ...]:
        """The parts, in the file's order.

        Examples
        --------
        >>> [part.root for part in document.parts]
        ['document']
        """
        return tuple(PartView(self, i) for i in range(len(self._file.parts)))

    @property
    def info(self) -> Any:
        """A fresh dict of the first part's ``info``; empty where there is none.

        Examples
        --------
        >>> document.info is None
        False
        """
        return self.field("info", {})

    @classmethod
    @names_arguments
    def from_rows(
        cls,
        *,
        images: Iterable[Mapping[str, Any]] = (),
        annotations: Iterable[Mapping[str, Any]] = (),
        categories: Iterable[Mapping[str, Any]] = (),
        licenses: Iterable[Mapping[str, Any]] = (),
        info: Mapping[str, Any] | None = None,
    ) -> Document:
        """Make a document of rows, in the official order of keys.

        Raises
        ------
        DocumentError
            For values that JSON does not have.

        Examples
        --------
        >>> cocodec.Document.from_rows(annotations=[{'id': 1, 'image_id': 1}])
        <Document: 0 images, 1 annotation, 0 categories>
        """
        root = {
            "info": info or {},
            "licenses": list(licenses),
            "images": list(images),
            "annotations": list(annotations),
            "categories": list(categories),
        }
        members = (encode(key) + b":" + encode(value, key) for key, value in root.items())
        return cls(read_raw(b"{" + b",".join(members) + b"}"))

    @names_arguments
    def field(self, key: str, default: Any = MISSING, *, part: int = 0) -> Any:
        """Decode the value of a root key of one part; `default` if it has no such key.

        Examples
        --------
        >>> document.field('licenses', None) is None
        True
        """
        text = self._field_text(key, part)
        return default if text is None else decode_value(text)

    @names_arguments
    def fields(self, part: int = 0) -> dict[str, Any]:
        """Decode all root keys of one part but its tables.

        Examples
        --------
        >>> sorted(document.fields())
        []
        """
        keys = {**self._part(part).fields, **self._fields[part]}
        found = {key: self.field(key, part=part) for key in keys if not self._is_table(key, part)}
        return {key: value for key, value in found.items() if value is not MISSING}

    @names_arguments
    def set_field(self, key: str, value: Any, *, part: int = 0) -> None:
        """Write the value of a root key; `MISSING` removes it.

        Where both the old and the new value are objects, only members that differ change.

        Raises
        ------
        DocumentError
            If the key is a table's, or the part has no root keys.

        Examples
        --------
        >>> document.set_field('info', {'year': 2026})
        >>> document.info
        {'year': 2026}
        """
        raw = self._part(part)
        if raw.root != "document" or self._is_table(key, part) or key in ("images", "annotations"):
            raise DocumentError(f"{key!r} is no field of part {part}; tables are edited by rows")
        old = self._field_text(key, part)
        if value is MISSING:
            if key in raw.fields:
                self._fields[part][key] = None
            else:
                self._fields[part].pop(key, None)
            return
        if old is None:
            text = encode(value, f"the key {key!r}")
            if is_spaced(raw.source, *raw.span):
                text = _core.spaced_json(text)
            self._fields[part][key] = text
            return
        new = revised(old, value, f"the key {key!r}")
        if new is not old:
            self._fields[part][key] = new

    def _part(self, number: int) -> Part:
        if not 0 <= number < len(self._file.parts):
            raise IndexError(f"part {number} is out of range: there are {len(self._file.parts)}")
        return self._file.parts[number]

    def _field_text(self, key: str, part: int) -> bytes | None:
        raw = self._part(part)
        if key in self._fields[part]:
            return self._fields[part][key]
        if key not in raw.fields:
            return None
        begin, end = raw.fields[key]
        return raw.source[begin:end]

    def _is_table(self, key: str, part: int) -> bool:
        raw = self._file.parts[part]
        single_image = key == "image" and self.images.is_single(part)
        return key in raw.tables or key in TABLES[:3] or single_image

    def is_edited(self) -> bool:
        """Whether anything was edited, if only to be what it was before.

        Examples
        --------
        >>> document.is_edited()
        False
        >>> document.set_field('info', {})
        >>> document.is_edited()
        True
        """
        if self._left_out:
            return True
        return any(self._fields) or any(self._table(name).version for name in TABLES)

    @names_arguments
    def write(self, target: Target, *, dialect: Writable | None = None, **options: Any) -> Any:
        """Write the document: what was not edited is written as it was read, byte for byte.

        A zip is written as one. Only members that were edited are packed anew; the others, images
        above all, go from file to file as they are packed.

        Parameters
        ----------
        target : path or binary file
            May be the file that was read. Appears whole or not at all.
        dialect : str, optional
            Convert to this dialect; `options` are its own. Returns a report of what changed.

        Raises
        ------
        DocumentError
            If a zip has changed since it was read.
        OSError
            If it cannot be written.

        Examples
        --------
        >>> document.write('copy.json')
        >>> cocodec.read('copy.json')
        <Document: 2 images, 3 annotations, 2 categories>
        """
        if dialect is not None:
            return self._convert_dialect(target, dialect, **options)
        if options:
            raise TypeError(f"without a dialect there is no option {next(iter(options))!r}")
        if self._file.archive is not None:
            edited = {
                name: self.render_source(name)
                for name in self._file.members
                if any(self._pieces(number).is_edited for number in self._numbers[name])
            }
            write_archive(self._file.archive, target, edited, self._left_out)
            return None
        with open_whole(target) as stream:
            for piece in self.render_source():
                stream.write(piece)
        return None

    @names_arguments
    def render(self, part: int) -> Iterator[bytes | memoryview]:
        """Yield the text of one part, edits and all, in chunks of some megabytes.

        Examples
        --------
        >>> b''.join(document.render(0))[:12]
        b'{"images":[{'
        """
        yield from self._pieces(part)

    def render_source(self, name: str | None = None) -> Iterator[bytes | memoryview]:
        """Yield the text of the file, or of the member of an archive that parts of `name` are in.

        That is `render` for each of its parts, with what stands before, between and behind them.

        Examples
        --------
        >>> b''.join(document.render_source())[:12]
        b'{"images":[{'
        """
        numbers = self._numbers[name]
        source, at = self._file.parts[numbers[0]].source, 0
        for number in numbers:
            begin, end = self._file.parts[number].span
            yield from memory_slices(source, at, begin)
            yield from self._pieces(number)
            at = end
        yield from memory_slices(source, at, len(source))

    def _pieces(self, part: int) -> Pieces:
        tables = {name: self._table(name) for name in TABLES}
        return render(self._part(part), part, tables, self._fields[part])

    def _table(self, name: str) -> Table:
        if name not in TABLES:
            raise ValueError(f"{name!r} is no table; there are {', '.join(TABLES)}")
        table: Table = getattr(self, name)
        return table

    @names_arguments
    def set_column(
        self,
        key: str,
        values: Iterable[Any],
        rows: RowSelection = None,
        *,
        table: str = "annotations",
        threads: int = 0,
    ) -> None:
        """Write the values of one key of a table: see `Table.set_column`.

        Examples
        --------
        >>> document.set_column('area', [1, 2, 3])
        >>> document.annotations.column('area')
        array([1, 2, 3])
        """
        self._table(table).set_column(key, values, rows, threads=threads)

    @names_arguments
    def add_annotations(
        self, rows: Iterable[Mapping[str, Any]], *, part: int = 0
    ) -> NDArray[np.int64]:
        """Add annotations behind the others of a part: see `Table.extend`.

        Examples
        --------
        >>> document.add_annotations([{'id': 4, 'image_id': 2, 'category_id': 1}])
        array([3])
        >>> len(document.annotations)
        4
        """
        return self.annotations.extend(rows, part=part)

    @names_arguments
    def add_images(self, rows: Iterable[Mapping[str, Any]], *, part: int = 0) -> NDArray[np.int64]:
        """Add images behind the others of a part: see `Table.extend`.

        Examples
        --------
        >>> document.add_images([{'id': 3, 'width': 4, 'height': 3}])
        array([2])
        >>> len(document.images)
        3
        """
        return self.images.extend(rows, part=part)

    @names_arguments
    def add_categories(
        self, rows: Iterable[Mapping[str, Any]], *, part: int = 0
    ) -> NDArray[np.int64]:
        """Add categories behind the others of a part: see `Table.extend`.

        Examples
        --------
        >>> document.add_categories([{'id': 3, 'name': 'root'}])
        array([2])
        >>> len(document.categories)
        3
        """
        return self.categories.extend(rows, part=part)

    @names_arguments
    def remove(self, rows: RowSelection, *, table: str = "annotations") -> None:
        """Remove rows of a table; what refers to them stays.

        Examples
        --------
        >>> document.remove([0, 1])
        >>> document
        <Document: 2 images, 1 annotation, 2 categories>
        """
        self._table(table).remove(rows)

    # ------------------------------------------------------------ masks

    @names_arguments
    def image_rows(self, rows: RowSelection = None, *, threads: int = 0) -> NDArray[np.int64]:
        """Return the row in `images` of each annotation's image, shape (n,); -1 where none is.

        Of an id that several images of a part have, the last counts.

        Examples
        --------
        >>> document.image_rows()
        array([0, 0, 1])
        """
        return self._join("image_id", self.images, rows, threads)

    @names_arguments
    def category_rows(self, rows: RowSelection = None, *, threads: int = 0) -> NDArray[np.int64]:
        """Return the row in `categories` of each annotation, as `image_rows` does.

        Examples
        --------
        >>> document.category_rows()
        array([0, 1, 0])
        """
        return self._join("category_id", self.categories, rows, threads)

    def _join(self, key: str, table: Table, rows: RowSelection, threads: int) -> NDArray[np.int64]:
        _, (ids,) = self.annotations.find([key], rows, threads=threads)
        part = self.annotations.part if rows is None else self._parts_of(rows)
        return table.id_index().match(ids.rows(), part, threads)

    def _parts_of(self, rows: RowSelection) -> NDArray[np.int32]:
        return self.annotations.part[self.annotations.rows(rows)]

    def dangling(self) -> Dangling:
        """Find annotations whose ``image_id`` or ``category_id`` names nothing.

        Rows without such a key are not counted, nor are parts without such a list.

        Examples
        --------
        >>> len(document.dangling().images)
        0
        """
        found = []
        for key, table in (("image_id", self.images), ("category_id", self.categories)):
            listed = table.listed
            looked_up = self._join(key, table, None, 0) < 0
            has_key = self.annotations.kinds(key) != 0
            has_list = listed[self.annotations.part]
            found.append(np.flatnonzero(looked_up & has_key & has_list))
        return Dangling(*found)

    @names_arguments
    def masks(
        self, rows: RowSelection = None, *, threads: int = 0, on_error: str = "raise"
    ) -> Masks:
        """Read the masks of annotations, whatever their spelling.

        What a segmentation is, its JSON type says; ``iscrowd`` has no say. Rings and boxes take the
        size of their image, RLE has its own.

        Parameters
        ----------
        rows : indices, flags, slice or None
            Which annotations; all by default.
        threads : int
            0 = as many as pay, 1 = none.
        on_error : {"raise", "skip"}
            What a wrong segmentation means: an error that names the rows, or a row in `refused`.

        Raises
        ------
        DocumentError
            With ``on_error="raise"``, if some segmentations are wrong.

        Examples
        --------
        >>> document.masks().masks.area()
        array([80, 80, 16])
        """
        if on_error not in ("raise", "skip"):
            raise ValueError(f"on_error is {on_error!r}, expected 'raise' or 'skip'")
        return read_masks(self.annotations, self._image_sizes, rows, (threads, on_error == "raise"))

    @names_arguments
    def set_masks(
        self,
        rows: RowSelection,
        masks: RleArray,
        *,
        to: Spellings = "rle",
        area: Areas = "keep",
        bbox: Boxes = "keep",
        threads: int = 0,
    ) -> None:
        """Write masks as the segmentations of annotations.

        Parameters
        ----------
        rows : indices, flags, slice or None
            Which annotations; None is all of them.
        masks : RleArray
            One a row.
        to : {"rle", "rle-list", "polygons"}
            A compressed string, a list of counts, or rings that rasterise to the same mask.
        area, bbox
            As for `recompute`.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        DocumentError
            For rows that are no objects; with ``to="polygons"`` also for masks of another size than
            their image: rings have no size of their own.

        Examples
        --------
        >>> document.set_masks([1], document.masks([0]).masks)
        >>> document.annotations[1]['segmentation']['size']
        [30, 40]
        """
        require_option("to", to, Spellings)
        require_option("area", area, Areas)
        require_option("bbox", bbox, Boxes)
        numbers = self.annotations.rows(rows)
        if len(masks) != len(numbers):
            raise ValueError(f"there are {len(masks)} masks for {len(numbers)} rows")
        if to == "polygons":
            self._require_sizes(numbers, masks)
        values = segmentations(self.annotations, numbers, masks, to, threads)
        places = Places([values.text], np.zeros(len(numbers), np.int32), values.spans)
        measured = (np.ones(len(numbers), bool), masks, places)
        changes = measure_changes(self.annotations, numbers, measured, (area, bbox))
        self.annotations.splice({"segmentation": values, **changes}, numbers, threads=threads)

    @names_arguments
    def recompute(
        self,
        rows: RowSelection = None,
        *,
        area: Areas = "keep",
        bbox: Boxes = "keep",
        threads: int = 0,
    ) -> None:
        """Write areas and boxes that are functions of the segmentation, where they are not already.

        Rows without a mask keep theirs.

        Parameters
        ----------
        rows : indices, flags, slice or None
            Which annotations; all by default.
        area : {"pixels", "shoelace", "keep"}
            Pixels of the mask; or, of rings, the sum of what each encloses, as the official files
            have it.
        bbox : {"mask", "vertex", "keep"}
            Of the pixels; or, of rings, of their points, as the official files have it.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        DocumentError
            If some segmentations are wrong; names the rows.

        Examples
        --------
        >>> document.set_column('area', [0, 0, 0])
        >>> document.recompute(area='pixels')
        >>> document.annotations.column('area')
        array([80, 80, 16])
        """
        require_option("area", area, Areas)
        require_option("bbox", bbox, Boxes)
        numbers = self.annotations.rows(rows)
        _, (places,) = self.annotations.find(["segmentation"], numbers, threads=threads)
        found = self.masks(numbers, threads=threads)
        measured = (found.has_mask, found.masks, places)
        changes = measure_changes(self.annotations, numbers, measured, (area, bbox))
        self.annotations.splice(changes, numbers, threads=threads)

    def _require_sizes(self, rows: NDArray[np.int64], masks: RleArray) -> None:
        """Refuse masks that are not of their image's size, where that is known."""
        images = self.image_rows(rows)
        known = np.flatnonzero(images >= 0)
        for side, key in enumerate(("height", "width")):
            sides = self.images.column(key, images[known], missing=-1)
            other = np.asarray(sides != masks.sizes[known, side], bool) & (sides != -1)
            if other.any():
                i = known[np.flatnonzero(other)[0]]
                size = " x ".join(map(str, masks.sizes[i].tolist()))
                raise DocumentError(
                    f"the mask is of size {size}, unlike its image; rings have no size of their "
                    "own",
                    table="annotations",
                    row=int(rows[i]),
                )

    # ------------------------------------------------------------ doors to the wings above
    #
    # Documents know no dialect and nothing panoptic: these hand over to those that do, and import
    # them when they are called. No other module may import from above.

    @property
    def dialect(self) -> Any:
        """The dialect that was asked for, or that the file looks like, with the reason.

        Examples
        --------
        >>> document.dialect.name
        'official'
        """
        from cocodec.dialects import sniff

        if self._dialect is None:
            self._dialect = sniff(self)
        return self._dialect

    def _expect_dialect(self, dialect: str) -> None:
        from cocodec.dialects import named

        self._dialect = named(dialect)

    def _convert_dialect(self, target: Target, dialect: Writable, **options: Any) -> Any:
        from cocodec.conversion.dialect import convert_dialect

        return convert_dialect(self, target, to=dialect, **options)

    @classmethod
    @names_arguments
    def from_panoptic(
        cls,
        source: Source,
        png_folder: str | os.PathLike[str] | None = None,
        *,
        threads: int = 0,
    ) -> Document:
        """Read a panoptic document as one with an annotation, and its mask, for each segment.

        Annotations are numbered from 1; ``segment_id`` keeps the segment's id, which is only unique
        in its image. All that a segment says is kept; area, bbox and iscrowd are added where it
        says nothing. Images, categories and everything else stay byte for byte.

        Parameters
        ----------
        source : path, bytes or binary file
            The JSON file, or a zip with it and its PNGs; other tasks in the zip stay as they are.
        png_folder : path, optional
            Where the PNGs lie; by default beside the JSON file, in the folder of its name without
            the suffix.
        threads : int
            How many images are read at a time; 0 = as many as there are cores.

        Raises
        ------
        DocumentError
            If an image is not as large as the document says, or pixels and ``segments_info`` do not
            tell the same segments: names the file and the ids.
        ImportError
            Without Pillow (``pip install cocodec[draw]``).

        Examples
        --------
        >>> leaf = document.subset(images=[2])
        >>> leaf.set_column('iscrowd', [0])
        >>> leaf.to_panoptic('pngs').write('panoptic.json')
        >>> cocodec.Document.from_panoptic('panoptic.json', 'pngs')
        <Document: 1 image, 1 annotation, 2 categories>
        """
        from cocodec.panoptic.document import from_panoptic

        return from_panoptic(source, png_folder, threads=threads)

    @names_arguments
    def to_panoptic(
        self,
        png_folder: str | os.PathLike[str] | None = None,
        *,
        overlap: Overlap = "last",
        threads: int = 0,
    ) -> Document:
        """Make a panoptic document: every annotation with a mask becomes a segment of its image.

        A segment's id is the row's ``segment_id``, or else its ``id``, if they can be painted (1 to
        2**24 - 1) and are no image's twice; other images count from 1, and ``annotation_id`` keeps
        the id. Area and bbox are those of the painted pixels; what is painted over whole is left
        out. Categories without ``isthing`` are things. Everything else stays byte for byte.

        Parameters
        ----------
        png_folder : path, optional
            Where the PNGs are written, named like the images; none are if it is not given.
        overlap : {"last", "first", "error"}
            Which of several annotations gets a pixel.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        DocumentError
            If annotations have no mask, or none of their image's size, or no image; or if two
            images have PNGs of one name. Nothing is written then.
        RleError
            With ``overlap="error"``, if annotations overlap; says where.
        ImportError
            Without Pillow (``pip install cocodec[draw]``), if there is something to write.

        Examples
        --------
        >>> leaf = document.subset(images=[2])
        >>> leaf.set_column('iscrowd', [0])
        >>> leaf.to_panoptic('pngs').annotations[0]['file_name']
        'b.png'
        """
        from cocodec.panoptic.document import to_panoptic

        return to_panoptic(self, png_folder, overlap=overlap, threads=threads)

    def subset(self, **options: Any) -> Document:
        """Take a part; rows that stay keep their bytes; see `cocodec.reshaping.subset`.

        Examples
        --------
        >>> document.subset(categories=['leaf'])
        <Document: 2 images, 2 annotations, 2 categories>
        """
        from cocodec.reshaping import subset

        return subset(self, **options)

    def split(self, **options: Any) -> list[Document]:
        """Deal the images out to several documents; see `cocodec.reshaping.split`.

        Examples
        --------
        >>> [len(part.images) for part in document.split(fractions=[0.5, 0.5])]
        [1, 1]
        """
        from cocodec.reshaping import split

        return split(self, **options)

    def sample(self, **options: Any) -> Document:
        """Take some images by chance, with their annotations; see `cocodec.reshaping.sample`.

        Examples
        --------
        >>> document.sample(count=1, seed=0)
        <Document: 1 image, 1 annotation, 2 categories>
        """
        from cocodec.reshaping import sample

        return sample(self, **options)

    def remap(self, mapping: Mapping[Any, Any], **options: Any) -> Document:
        """Rename, renumber, unite and leave out categories; see `cocodec.reshaping.remap`.

        Examples
        --------
        >>> document.remap({'leaf': 'plant', 'stem': 'plant'}).categories.column('name').tolist()
        ['plant']
        """
        from cocodec.reshaping import remap

        return remap(self, mapping, **options)

    def strip(self, keys: Iterable[str], **options: Any) -> Document:
        """Take keys out of rows; see `cocodec.reshaping.strip`.

        Examples
        --------
        >>> 'area' in document.strip(['area']).annotations[0]
        False
        """
        from cocodec.reshaping import strip

        return strip(self, keys, **options)

    def set_columns(self, values: Mapping[str, str], **options: Any) -> Document:
        """Write values into rows; see `cocodec.reshaping.set_columns`.

        Examples
        --------
        >>> document.set_columns({'area': 'bbox[2] * bbox[3]'}).annotations.column('area')
        array([80., 80., 16.])
        """
        from cocodec.reshaping import set_columns

        return set_columns(self, values, **options)

    def diff(self, other: Document | Source, **options: Any) -> Any:
        """Compare with another document, by what both say; see `cocodec.reshaping.diff`.

        Examples
        --------
        >>> print(str(document.diff(document)).splitlines()[0])
        images:      0 added, 0 removed, 0 changed, 2 the same
        """
        from cocodec.reshaping import diff

        return diff(self, other, **options)

    def stats(self, *, threads: int = 0) -> Any:
        """Count what is in it, category by category; see `cocodec.reshaping.stats`.

        Examples
        --------
        >>> document.stats().as_dict()['annotations']
        3
        """
        from cocodec.reshaping import stats

        return stats(self, threads=threads)

    def crop(self, box: Sequence[int], **options: Any) -> Document:
        """Cut the same box out of every image; see `cocodec.reshaping.crop`.

        Examples
        --------
        >>> document.crop([0, 0, 20, 20]).images[0]['width']
        20
        """
        from cocodec.reshaping import crop

        return crop(self, box, **options)

    def pad(
        self, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0, **options: Any
    ) -> Document:
        """Add pixels around every image; see `cocodec.reshaping.pad`.

        Examples
        --------
        >>> document.pad(1, 1, 1, 1).images[0]['width']
        42
        """
        from cocodec.reshaping import pad

        return pad(self, left, top, right, bottom, **options)

    def flip(
        self, direction: Literal["horizontal", "vertical"] = "horizontal", **options: Any
    ) -> Document:
        """Mirror every image; see `cocodec.reshaping.flip`.

        Examples
        --------
        >>> document.flip('horizontal').annotations[0]['bbox']
        [26, 5, 10, 8]
        """
        from cocodec.reshaping import flip

        return flip(self, direction, **options)

    def rotate90(self, k: int = 1, **options: Any) -> Document:
        """Turn every image; see `cocodec.reshaping.rotate90`.

        Examples
        --------
        >>> document.rotate90().images[0]['width']
        30
        """
        from cocodec.reshaping import rotate90

        return rotate90(self, k, **options)

    def resize(self, **options: Any) -> Document:
        """Scale every image; see `cocodec.reshaping.resize`.

        Examples
        --------
        >>> document.resize(scale=2).images[0]['width']
        80
        """
        from cocodec.reshaping import resize

        return resize(self, **options)

    def tile(self, size: Sequence[int], **options: Any) -> Document:
        """Cut every image into tiles; see `cocodec.reshaping.tile`.

        Examples
        --------
        >>> tiles = document.tile([20, 20])
        >>> len(tiles.images)
        8
        """
        from cocodec.reshaping import tile

        return tile(self, size, **options)

    def untile(self, **options: Any) -> Document:
        """Put tiles together again; see `cocodec.reshaping.untile`.

        Examples
        --------
        >>> document.tile([20, 20]).untile()
        <Document: 2 images, 3 annotations, 2 categories>
        """
        from cocodec.reshaping import untile

        return untile(self, **options)

    def draw(self, image_id: Any, **options: Any) -> Any:
        """Draw one image with its annotations: a PIL image; see `cocodec.drawing.draw_image`.

        Examples
        --------
        >>> document.draw(1).size
        (40, 30)
        """
        from cocodec.drawing.overlays import draw_image

        return draw_image(self, image_id, **options)

    def _repr_html_(self) -> str:
        """Return what `repr` says, and the first image, for notebooks."""
        from cocodec.drawing.notebooks import document_html

        return document_html(self)

    def _repr_png_(self) -> bytes | None:
        """Return the first image for notebooks; None if nothing tells its size."""
        from cocodec.drawing.notebooks import document_png

        return document_png(self)

    def check(self, **options: Any) -> Any:
        """Say whether the document is sound; see `cocodec.check`.

        Examples
        --------
        >>> document.check().codes
        set()
        """
        from cocodec.inspection.check import check

        return check(self, **options)


class PartView:
    """One part of a document.

    Attributes
    ----------
    number : int
        Its index in `Document.parts`.
    """

    __slots__ = ("_document", "number")

    def __init__(self, document: Document, number: int) -> None:
        self._document, self.number = document, number

    @property
    def _raw(self) -> Part:
        return self._document._file.parts[self.number]

    @property
    def name(self) -> str | None:
        """The member of an archive that it came from."""
        return self._raw.name

    @property
    def root(self) -> str:
        """What it is: "document", "results" or "annotation"."""
        return self._raw.root

    @property
    def info(self) -> Any:
        """A fresh dict of its ``info``; empty where there is none."""
        return self._document.field("info", {}, part=self.number)

    @property
    def fields(self) -> dict[str, Any]:
        """Its root keys but the tables, decoded."""
        return self._document.fields(self.number)

    def rows(self, table: str) -> range:
        """Return its rows of a table, "images", "annotations", "categories" or "licenses"."""
        found: Table = getattr(self._document, table)
        return found.rows_of(self.number)


@names_arguments
def read(
    source: Source | Objects, *, dialect: Readable = "auto", unzip_limit: int | None = None
) -> Document:
    """Open a COCO file of any dialect.

    Parameters
    ----------
    source : path, bytes, binary file, dict or list
        UTF-8 JSON: a document, a list of documents or of results, a single annotation, or one of
        these a line; or a zip with such files in it, whatever else it holds. A dict or a list is
        what such JSON holds.
    dialect : str
        Whose habits to expect; "auto" looks at the file when it matters.
    unzip_limit : int, optional
        How many bytes the JSON of a zip may unpack to in all. By default 200 times what is packed,
        but no less than 256 MiB and no more than 4 GiB.

    Raises
    ------
    DocumentError
        If it is not JSON (says where), or none of these; if a zip is broken, not safe or too large.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> cocodec.read({'images': [], 'annotations': [], 'categories': []})
    <Document: 0 images, 0 annotations, 0 categories>
    """
    document = Document(read_raw(source, unzip_limit=unzip_limit))
    if dialect != "auto":
        document._expect_dialect(dialect)
    return document
