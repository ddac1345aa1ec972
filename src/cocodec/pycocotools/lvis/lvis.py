"""``lvis.lvis``: the annotations of an LVIS file, as dicts."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from typing import Any

from cocodec.pycocotools import mask as mask_utils
from cocodec.pycocotools.engine.annotation_masks import rle_of
from cocodec.pycocotools.engine.overrides import remember
from cocodec.pycocotools.engine.records import (
    MissingKeyError,
    collector_off,
    index_by,
    require_key,
)

__all__ = ["LVIS", "mask_utils"]

Row = dict[str, Any]


@remember
class LVIS:
    """Annotations, images and categories by id.

    Attributes
    ----------
    dataset : dict
        What the file says.
    anns, imgs, cats : dict
        Record by id.
    img_ann_map : defaultdict
        Image id -> its annotations.
    cat_img_map : defaultdict
        Category id -> the image id of each of its annotations.
    """

    dataset: Any

    def __init__(self, annotation_path: str | os.PathLike[str]) -> None:
        """Open a file.

        Raises
        ------
        MissingKeyError
            If a list is missing, or a record has no id. A KeyError too.
        AssertionError
            If it holds no object.
        """
        self.logger = logging.getLogger("lvis.lvis")
        self.logger.info("Loading annotations.")
        self.dataset = self._load_json(annotation_path)
        assert type(self.dataset) is dict, (
            f"Annotation file format {type(self.dataset)} not supported."
        )
        self._create_index()

    def _load_json(self, path: str | os.PathLike[str]) -> Any:
        from cocodec.pycocotools.engine.lazy_document import decode_json

        with open(path, "rb") as stream:
            source = stream.read()
        with collector_off():
            return decode_json(source)

    def _create_index(self) -> None:
        self.logger.info("Creating index.")
        for section in ("annotations", "images", "categories"):
            if section not in self.dataset:
                raise MissingKeyError(f"the dataset has no {section!r}")
        annotations = self.dataset["annotations"]
        self.img_ann_map: defaultdict[Any, list[Row]] = defaultdict(list)
        self.cat_img_map: defaultdict[Any, list[Any]] = defaultdict(list)
        with collector_off():
            self.anns = index_by(annotations, "annotations")
            self.imgs = index_by(self.dataset["images"], "images")
            self.cats = index_by(self.dataset["categories"], "categories")
            try:
                for ann in annotations:
                    self.img_ann_map[ann["image_id"]].append(ann)
                    self.cat_img_map[ann["category_id"]].append(ann["image_id"])
            except KeyError as error:
                require_key(annotations, "annotations", error.args[0])
                raise
        self.logger.info("Index created.")

    def get_ann_ids(
        self, img_ids: Any = None, cat_ids: Any = None, area_rng: Any = None
    ) -> list[Any]:
        """Ids of the annotations of these images and categories, with an area in between."""
        if img_ids is None:
            anns: list[Row] = self.dataset["annotations"]
        else:
            anns = [ann for img_id in img_ids for ann in self.img_ann_map[img_id]]
        if cat_ids is not None:
            wanted = set(cat_ids)
            anns = [ann for ann in anns if ann["category_id"] in wanted]
        if cat_ids is not None or area_rng is not None:
            low, high = [0, float("inf")] if area_rng is None else area_rng[:2]
            anns = [ann for ann in anns if low < ann["area"] < high]
        return [ann["id"] for ann in anns]

    def get_cat_ids(self) -> list[Any]:
        """Ids of all categories."""
        return list(self.cats.keys())

    def get_img_ids(self) -> list[Any]:
        """Ids of all images."""
        return list(self.imgs.keys())

    def _load_helper(self, _dict: dict[Any, Row], ids: Any) -> list[Row]:
        return list(_dict.values()) if ids is None else [_dict[key] for key in ids]

    def load_anns(self, ids: Any = None) -> list[Row]:
        """Annotations with these ids, or all: the dicts themselves."""
        return self._load_helper(self.anns, ids)

    def load_cats(self, ids: Any) -> list[Row]:
        """Categories with these ids, or all."""
        return self._load_helper(self.cats, ids)

    def load_imgs(self, ids: Any) -> list[Row]:
        """Images with these ids, or all."""
        return self._load_helper(self.imgs, ids)

    def download(self, save_dir: str, img_ids: Any = None) -> None:
        """Download images by their ``coco_url`` into a folder; files that are there stay."""
        images = self.load_imgs(img_ids)
        os.makedirs(save_dir, exist_ok=True)
        for image in images:
            target = os.path.join(save_dir, image["coco_url"].split("/")[-1])
            if not os.path.exists(target):
                from urllib.request import urlretrieve

                urlretrieve(image["coco_url"], target)

    def ann_to_rle(self, ann: Row) -> Any:
        """Return the mask of an annotation as a compressed RLE dict."""
        return rle_of(ann, self.imgs, mask_utils)

    def ann_to_mask(self, ann: Row) -> Any:
        """Return the mask of an annotation, uint8 of shape (h, w), in Fortran order."""
        return mask_utils.decode(self.ann_to_rle(ann))
