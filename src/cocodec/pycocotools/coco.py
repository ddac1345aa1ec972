"""``pycocotools.coco``: the annotations of a file, its images and categories, as dicts.

A file that is opened stays bytes until somebody asks for a dict: ``imgs`` and ``cats`` are built
when they are first touched, ``dataset``, ``anns``, ``imgToAnns`` and ``catToImgs`` together. From
then on they are ordinary dicts and the only truth. numpy, and what reads files, is imported when
it is needed. (COCO API, https://github.com/cocodataset/cocoapi, PythonAPI.)
"""

from __future__ import annotations

import copy
import itertools
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import cocodec._core as _core
from cocodec.pycocotools import mask as maskUtils
from cocodec.pycocotools.engine.annotation_masks import area_of, rle_of
from cocodec.pycocotools.engine.complete_results import (
    load_numpy_rows,
    prepare_results,
    read_results,
)
from cocodec.pycocotools.engine.overrides import (
    has_own_masks,
    is_own,
    reads_own,
    remember,
)
from cocodec.pycocotools.engine.records import (
    MissingKeyError,
    collector_off,
    images_and_categories,
    index_by,
    require_key,
    require_lists,
    rows_of,
)

if TYPE_CHECKING:
    import json
    from urllib.request import urlretrieve

    import numpy as np

    from cocodec.pycocotools.engine.lazy_document import Opened
    from cocodec.pycocotools.engine.result_columns import ResultColumns
    from cocodec.pycocotools.engine.unbuilt import Kept, UnbuiltResults

__all__ = [
    "COCO",
    "PYTHON_VERSION",
    "copy",
    "defaultdict",
    "itertools",
    "json",
    "maskUtils",
    "np",
    "os",
    "sys",
    "time",
    "urlretrieve",
]

__author__ = "tylin"
__version__ = "2.0"
PYTHON_VERSION = sys.version_info[0]

Row = dict[str, Any]

_WHOLE = ("dataset", "anns", "imgToAnns", "catToImgs")  # built together
_LAZY = frozenset((*_WHOLE, "imgs", "cats"))
_building = threading.RLock()  # two threads that touch first must end with the same dicts


def __getattr__(name: str) -> Any:
    if name == "json":  # not used here; for those who put another in its place
        import json

        return json
    if name == "np":
        import numpy as np

        return np
    if name == "urlretrieve":  # urllib costs more than the rest, and few download
        from urllib.request import urlretrieve

        return urlretrieve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), "json", "np", "urlretrieve"]


def _isArrayLike(obj: Any) -> bool:
    return hasattr(obj, "__iter__") and hasattr(obj, "__len__")


@remember
class COCO:
    """Annotations, images and categories by id.

    Attributes
    ----------
    dataset : dict
        What the file says.
    anns, imgs, cats : dict
        Record by id.
    imgToAnns : defaultdict
        Image id -> its annotations, in the order of the file.
    catToImgs : defaultdict
        Category id -> the image id of each of its annotations.
    """

    dataset: dict[str, Any]
    anns: dict[Any, Row]
    imgs: dict[Any, Row]
    cats: dict[Any, Row]
    imgToAnns: defaultdict[Any, list[Row]]
    catToImgs: defaultdict[Any, list[Any]]
    _opened: Opened | UnbuiltResults | None = None

    def __init__(self, annotation_file: str | os.PathLike[str] | None = None) -> None:
        """Open a file; without one, `dataset` is empty and waits to be filled.

        Raises
        ------
        MissingKeyError
            If a record has no id, or an annotation no image_id or category_id. A KeyError too.
        json.JSONDecodeError
            If it is not JSON.
        AssertionError
            If it holds no object.
        """
        if annotation_file is None:
            self.dataset, self.anns, self.cats, self.imgs = {}, {}, {}, {}
            self.imgToAnns, self.catToImgs = defaultdict(list), defaultdict(list)
            return
        self._say("loading annotations into memory...")
        tic = time.time()
        with collector_off():  # numpy comes with it, and all that it brings would be walked
            from cocodec.pycocotools.engine.lazy_document import Opened, open_document
        opened: Any
        if reads_own(globals()):
            opened = open_document(annotation_file, as_it_is=not is_own(self, "createIndex"))
        else:
            opened = _load_replaced(annotation_file)
        if isinstance(opened, Opened):
            self._opened = opened
        else:
            assert type(opened) is dict, f"annotation file format {type(opened)} not supported"
            self.dataset = opened
        self._say(f"Done (t={time.time() - tic:0.2f}s)")
        self.createIndex()

    def _say(self, what: Any) -> None:
        print(what)

    def _empty(self) -> Any:
        """What results are loaded into."""
        return COCO()

    def __getattr__(self, name: str) -> Any:
        if name in _LAZY:
            with _building:
                if name not in self.__dict__ and self._opened is not None:
                    self._build(name)
            if name in self.__dict__:
                return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _build(self, name: str) -> None:
        """Make real dicts. What somebody has put in their place already stays."""
        opened = self._opened
        assert opened is not None
        own = self.__dict__
        if name == "imgs":
            own[name] = index_by(self._section("images", []), "images")
        elif name == "cats":
            own[name] = index_by(self._section("categories", []), "categories")
        else:
            with collector_off():
                dataset = opened.dataset()
                built = {"dataset": dataset, **_index(dataset, opened.indexed())}
            for key, value in built.items():
                own.setdefault(key, value)
            self._opened = None
            for trace in opened.traces:
                trace(self)

    def _untouched(self) -> Opened | UnbuiltResults | None:
        """The file whose annotations nobody has asked for as dicts yet, if that is so."""
        return None if any(name in self.__dict__ for name in _WHOLE) else self._opened

    def _section(self, key: str, default: Any = None) -> Any:
        """One list of the dataset, without building the others."""
        if "dataset" in self.__dict__ or self._opened is None:
            return self.dataset.get(key, default)
        try:
            return self._opened.section(key)
        except KeyError:
            return default

    def _required(self, key: str) -> Any:
        """One list of the dataset that the caller cannot do without."""
        section = self._section(key)
        if section is None:
            raise MissingKeyError(f"the dataset has no {key!r}")
        return section

    def createIndex(self) -> None:
        """Build `anns`, `imgs`, `cats`, `imgToAnns` and `catToImgs` from `dataset`."""
        self._say("creating index...")
        opened = None if "dataset" in self.__dict__ else self._opened
        if opened is not None and not opened.keep_index():
            self.__dict__["dataset"] = opened.dataset()
            opened = None
        if opened is None:
            with collector_off():
                index = _index(self.dataset)
            self._opened = None
            self.__dict__.update(index)
        self._say("index created!")

    def info(self) -> None:
        """Print what the file says about itself."""
        for key, value in self._section("info", {}).items():
            self._say(f"{key}: {value}")

    def getAnnIds(
        self,
        imgIds: Any = [],  # noqa: B006 - the reference's signature, and it is never changed
        catIds: Any = [],  # noqa: B006
        areaRng: Any = [],  # noqa: B006
        iscrowd: Any = None,
    ) -> list[Any]:
        """Ids of the annotations that pass every filter given.

        Parameters
        ----------
        imgIds, catIds : id or sequence of ids
            Of these images, in the order of the images given; of these categories.
        areaRng : sequence of two numbers
            Area above the first and below the second, in pixels.
        iscrowd : bool, optional
            Crowds only, or no crowds.
        """
        imgIds = imgIds if _isArrayLike(imgIds) else [imgIds]
        catIds = catIds if _isArrayLike(catIds) else [catIds]
        if len(imgIds) > 0:
            lists = [self.imgToAnns[imgId] for imgId in imgIds if imgId in self.imgToAnns]
            anns: list[Row] = list(itertools.chain.from_iterable(lists))
        else:
            anns = self._whole("annotations")
        if len(catIds) > 0:
            wanted = _members(catIds)
            anns = [ann for ann in anns if ann["category_id"] in wanted]
        if len(areaRng) > 0:
            low, high = areaRng[0], areaRng[1]
            anns = [ann for ann in anns if low < area_of(self, ann) < high]
        if iscrowd is not None:
            anns = [ann for ann in anns if ann.get("iscrowd", 0) == iscrowd]
        return [ann["id"] for ann in anns]

    def getCatIds(
        self,
        catNms: Any = [],  # noqa: B006
        supNms: Any = [],  # noqa: B006
        catIds: Any = [],  # noqa: B006
    ) -> list[Any]:
        """Ids of the categories that pass every filter given: names, supercategories, ids."""
        cats: list[Row] = self._required("categories")
        for key, given in (("name", catNms), ("supercategory", supNms), ("id", catIds)):
            wanted = given if _isArrayLike(given) else [given]
            if len(wanted) > 0:
                cats = [cat for cat in cats if cat[key] in wanted]
        return [cat["id"] for cat in cats]

    def getImgIds(
        self,
        imgIds: Any = [],  # noqa: B006
        catIds: Any = [],  # noqa: B006
    ) -> list[Any]:
        """Ids of the images among `imgIds` that show every category of `catIds`."""
        imgIds = imgIds if _isArrayLike(imgIds) else [imgIds]
        catIds = catIds if _isArrayLike(catIds) else [catIds]
        if len(imgIds) == len(catIds) == 0:
            if self._opened is not None and "imgs" not in self.__dict__:
                return list(dict.fromkeys(self._opened.image_ids))
            return list(self.imgs.keys())
        ids = set(imgIds)
        for i, catId in enumerate(catIds):
            if i == 0 and len(ids) == 0:
                ids = set(self.catToImgs[catId])
            else:
                ids &= set(self.catToImgs[catId])
        return list(ids)

    def loadAnns(self, ids: Any = []) -> Any:  # noqa: B006
        """Annotations with these ids: the dicts themselves. One int gives a list of one."""
        return _load(self.anns, ids)

    def loadCats(self, ids: Any = []) -> Any:  # noqa: B006
        """Categories with these ids: the dicts themselves."""
        return _load(self.cats, ids)

    def loadImgs(self, ids: Any = []) -> Any:  # noqa: B006
        """Images with these ids: the dicts themselves."""
        return _load(self.imgs, ids)

    def showAnns(self, anns: list[Row], draw_bbox: bool = False) -> int | None:
        """Draw annotations into matplotlib's current axes; captions are printed."""
        from cocodec.pycocotools.engine.drawing import show_annotations

        return show_annotations(self, anns, draw_bbox)

    def loadRes(self, resFile: Any) -> COCO:
        """Load results as a COCO whose annotations they are.

        Parameters
        ----------
        resFile : path, list of dict, or (n, 7) array or tensor
            Rows of an array are image id, x, y, width, height, score, category id. The dicts of a
            list are completed in place: id, area and what is missing of bbox and segmentation.
            A float64 array is the fastest way in: no dict is made unless somebody asks for one.

        Raises
        ------
        AssertionError
            If it is no list, or names an image that is not here.
        """
        import numpy as np

        res: COCO = self._empty()
        res.dataset["info"] = copy.deepcopy(self._section("info", {}))
        res.dataset["images"] = list(self._required("images"))
        self._say("Loading and preparing results...")
        tic = time.time()
        if hasattr(resFile, "detach") and hasattr(resFile, "cpu"):
            resFile = resFile.detach().cpu().numpy()
        opened = self._columns_of(resFile) if _opens_lazily(res) else None
        if opened is not None:
            self._require_images(opened.images_named)
            categories = copy.deepcopy(self._required("categories"))
            res._open({**res.dataset, "categories": categories}, opened)
            self._say(f"DONE (t={time.time() - tic:0.2f}s)")
            res.createIndex()
            return res
        if isinstance(resFile, np.ndarray):
            anns = self.loadNumpyAnnotations(resFile)
        elif isinstance(resFile, (str, os.PathLike)):
            anns = read_results(resFile) if reads_own(globals()) else _load_replaced(resFile)
        else:
            anns = resFile
        assert type(anns) is list, "results in not an array of objects"
        images, categories = images_and_categories(anns)
        self._require_images(set(images))
        of_categories = prepare_results(res.dataset, anns, maskUtils)
        if of_categories:
            res.dataset["categories"] = copy.deepcopy(self._required("categories"))
        self._say(f"DONE (t={time.time() - tic:0.2f}s)")
        if of_categories and _opens_lazily(res) and _are_several(anns, categories):
            from cocodec.pycocotools.engine.listed_results import ListedResults

            res._open(res.dataset, ListedResults(anns, images, categories))
        else:
            res.dataset["annotations"] = anns
        res.createIndex()
        return res

    def _columns_of(self, resFile: Any) -> ResultColumns | None:
        """Results that can stay columns; None for all others."""
        if isinstance(resFile, (str, os.PathLike)):
            return _open_results(resFile) if reads_own(globals()) else None
        import numpy as np

        if type(resFile) is not np.ndarray or resFile.ndim != 2 or resFile.shape[1] != 7:
            return None
        if not is_own(self, "loadNumpyAnnotations"):
            return None
        from cocodec.pycocotools.engine.result_columns import array_results

        results = array_results(resFile)
        if results is not None:
            self._tell_of_array(resFile)
        return results

    def _tell_of_array(self, data: np.ndarray[Any, Any]) -> None:
        import numpy as np

        self._say("Converting ndarray to lists...")
        assert isinstance(data, np.ndarray)
        self._say(data.shape)
        assert data.shape[1] == 7
        for i in range(0, len(data), 1000000):
            self._say(f"{i}/{len(data)}")

    def _open(self, rest: dict[str, Any], results: UnbuiltResults) -> None:
        """Take results whose dicts, or whose indexes, are made when somebody asks for them."""
        results.rest = rest
        for name in _LAZY:
            del self.__dict__[name]
        self._opened = results

    def _require_images(self, named: set[Any]) -> None:
        assert named <= set(self.getImgIds()), "Results do not correspond to current coco set"

    def download(self, tarDir: str | None = None, imgIds: Any = []) -> int | None:  # noqa: B006
        """Download images by their ``coco_url`` into a folder; files that are there stay."""
        if tarDir is None:
            self._say("Please specify target directory")
            return -1
        imgs: Any = self.imgs.values() if len(imgIds) == 0 else self.loadImgs(imgIds)
        os.makedirs(tarDir, exist_ok=True)
        for i, img in enumerate(imgs):
            tic = time.time()
            target = os.path.join(tarDir, img["file_name"])
            if not os.path.exists(target):
                sys.modules[__name__].urlretrieve(img["coco_url"], target)
            self._say(f"downloaded {i}/{len(imgs)} images (t={time.time() - tic:0.1f}s)")
        return None

    def loadNumpyAnnotations(self, data: np.ndarray[Any, Any]) -> list[Row]:
        """Turn an (n, 7) array of image id, x, y, width, height, score, category id into dicts."""
        self._tell_of_array(data)
        return load_numpy_rows(data)

    def annToRLE(self, ann: Row) -> Any:
        """Return the mask of an annotation as a compressed RLE dict."""
        return rle_of(ann, self.imgs, maskUtils)

    def annToMask(self, ann: Row) -> Any:
        """Return the mask of an annotation, uint8 of shape (h, w), in Fortran order."""
        return maskUtils.decode(self.annToRLE(ann))

    def _whole(self, key: str) -> Any:
        """A list of the dataset; its dicts will be handed out, so everything is built."""
        section = self.dataset.get(key)
        if section is None:
            raise MissingKeyError(f"the dataset has no {key!r}")
        return section


def _index(dataset: Any, kept: Kept | None = None) -> dict[str, Any]:
    """Build the five indexes of a dataset.

    Parameters
    ----------
    kept : tuple of three lists, optional
        What `ListedResults` has kept for it.
    """
    require_lists(dataset)
    annotations = rows_of(dataset, "annotations")
    if kept is None:
        indexed = _indexed_at_once(annotations, "categories" in dataset)
    else:
        indexed = _indexed_as_kept(*kept)
    if indexed is None:
        indexed = _indexed(annotations, "categories" in dataset)
    anns, imgToAnns, catToImgs = indexed
    return {
        "anns": anns,
        "imgToAnns": imgToAnns,
        "catToImgs": catToImgs,
        "imgs": index_by(rows_of(dataset, "images"), "images"),
        "cats": index_by(rows_of(dataset, "categories"), "categories"),
    }


_Indexes = tuple[dict[Any, Row], defaultdict[Any, list[Row]], defaultdict[Any, list[Any]]]


def _indexed_at_once(annotations: Any, categories: bool) -> _Indexes | None:
    """Annotations by id, by image and by category, in the core; None if they are not plain."""
    anns: dict[Any, Row] = {}
    imgToAnns: defaultdict[Any, list[Row]] = defaultdict(list)
    catToImgs: defaultdict[Any, list[Any]] = defaultdict(list)
    try:
        _core.index_rows(annotations, anns, imgToAnns, catToImgs if categories else None)
    except (KeyError, TypeError):
        return None  # the plain way says what is wrong
    return anns, imgToAnns, catToImgs


def _indexed_as_kept(rows: list[Row], images: list[Any], categories: list[Any]) -> _Indexes:
    imgToAnns: defaultdict[Any, list[Row]] = defaultdict(list)
    catToImgs: defaultdict[Any, list[Any]] = defaultdict(list)
    for row, image, category in zip(rows, images, categories, strict=True):
        imgToAnns[image].append(row)
        catToImgs[category].append(image)
    return dict(enumerate(rows, 1)), imgToAnns, catToImgs


def _indexed(annotations: Any, categories: bool) -> _Indexes:
    imgToAnns: defaultdict[Any, list[Row]] = defaultdict(list)
    catToImgs: defaultdict[Any, list[Any]] = defaultdict(list)
    try:
        for ann in annotations:
            imgToAnns[ann["image_id"]].append(ann)
        if categories:
            for ann in annotations:
                catToImgs[ann["category_id"]].append(ann["image_id"])
    except KeyError as error:
        require_key(annotations, "annotations", error.args[0])
        raise
    return index_by(annotations, "annotations"), imgToAnns, catToImgs


def _opens_lazily(res: Any) -> bool:
    """Whether results may stay columns: nothing of what would read them is somebody else's."""
    own = is_own(res, "_open", "_build", "createIndex")
    return own and has_own_masks(maskUtils, "area", "toBbox")


def _are_several(anns: list[Row], categories: list[Any]) -> bool:
    """Whether each has a category, and none is there twice: then ids are 1, 2, 3 ..."""
    return None not in categories and _core.are_distinct(anns)


def _load_replaced(path: str | os.PathLike[str]) -> Any:
    """Read results with what stands in this module as ``json`` and ``open``."""
    with open(path) as stream:
        return sys.modules[__name__].json.load(stream)


def _open_results(path: str | os.PathLike[str]) -> ResultColumns | None:
    from cocodec.pycocotools.engine.lazy_results import open_results

    return open_results(path)


def _load(records: dict[Any, Row], ids: Any) -> list[Row] | None:
    if _isArrayLike(ids):
        return [records[key] for key in ids]
    return [records[ids]] if type(ids) is int else None


def _members(ids: Iterable[Any]) -> Any:
    """Ids to test for membership: a set where that says the same as the sequence."""
    if isinstance(ids, str):
        return ids
    if not all(isinstance(i, (int, str)) for i in ids):
        import numpy as np

        if not all(isinstance(i, (int, str, np.integer)) for i in ids):
            return ids
    return set(ids)
