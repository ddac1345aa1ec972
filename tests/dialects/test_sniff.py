"""Telling a file's dialect: small documents of every dialect, and all real files at hand."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import cocodec
from cocodec import read, sniff
from cocodec.dialects import DIALECTS, WRITERS, names
from cocodec.dialects.evidence import SAMPLE, sample_rows
from support.dialect_documents import MAKERS, document, make, row, text

OWN_FILES = ("official", "cvat", "encord", "hasty", "trainingdata")


def test_every_dialect_has_a_document() -> None:
    assert set(MAKERS) == set(DIALECTS) == set(names())


@pytest.mark.parametrize("name", MAKERS)
def test_a_document_of_each_dialect_is_told(name: str) -> None:
    found = sniff(read(make(name)))
    assert found.name == name
    assert found.title == DIALECTS[name].title
    assert found.reason
    assert str(found) == f"{name} ({found.reason})"


@pytest.mark.parametrize("name", MAKERS)
def test_every_dialect_says_what_is_normal(name: str) -> None:
    dialect = DIALECTS[name]
    assert dialect.normal
    assert dialect.page
    assert dialect.clues
    assert set(dialect.writable) <= set(WRITERS)


def test_what_can_be_written_is_said_by_a_dialect() -> None:
    assert sorted(n for d in DIALECTS.values() for n in d.writable) == sorted(WRITERS)


@pytest.mark.parametrize(
    "path, name, variant",
    [
        ("coco-official/results/captions_val2014_fakecap_results.json", "official", "results"),
        ("coco-official/results/instances_val2014_fakesegm100_results.json", "official", "results"),
        ("coco-val2014-100/instances_val2014_100.json", "official", "instances"),
        ("keypoints/gt_dataset.json", "official", "keypoints"),
        ("panopticapi/sample_data/panoptic_examples.json", "official", "panoptic"),
        ("panopticapi/sample_data/images_info_examples.json", "official", "image_info"),
        ("panopticapi/sample_data/panoptic_coco_detection_format.json", "official", "instances"),
        ("cvat/instances_default.json", "cvat", "instances"),
        ("encord/test_coco_export__EXPECTED_COCO_RESULT.json", "encord", "keypoints"),
        (
            "encord/utilities_coco_data_exporter__COCO_EXPORTER_EXPECTED_RES.json",
            "encord",
            "keypoints",
        ),
        ("hasty-cloudfactory/annotation.json", "hasty", "instances"),
        ("trainingdata-io/coco_export.json", "trainingdata", "instances"),
        ("lvis/data/lvis_val_100.json", "lvis", "instances"),
        ("sahi/tests/data/coco_evaluate/dataset.json", "sahi", "instances"),
        ("sahi/tests/data/coco_evaluate/result.json", "sahi", "results"),
        (
            "label-studio/tests/custom/converter/data/test_import_coco/coco_import_input.json",
            "coco-annotator",
            "instances",
        ),
        (
            "superannotate/tests/integration/convertors/data_set/coco_object_detection/"
            "TestVectorAnnotationImage.json",
            "superannotate",
            "instances",
        ),
    ],
)
def test_real_files_are_told(dialects: Path, path: str, name: str, variant: str) -> None:
    found = sniff(read(dialects / path))
    assert (found.name, found.variant) == (name, variant)


def test_all_tasks_of_datumaro_are_told(dialects: Path) -> None:
    folder = dialects / "datumaro/tests/assets/coco_dataset/coco/annotations"
    variants = {"person_keypoints": "keypoints", "stuff": "instances"}
    for path in sorted(folder.glob("*.json")):
        task = path.stem.rpartition("_")[0]
        found = sniff(read(path))
        assert (found.name, found.variant) == ("cvat", variants.get(task, task)), path


def test_a_plain_document_is_official() -> None:
    found = sniff(read(text(document(row()))))
    assert (found.name, found.reason) == ("official", "instances, no habit of another dialect")


def test_a_name_overrides_what_is_seen() -> None:
    source = make("cvat")
    assert read(source).dialect.name == "cvat"
    assert read(source, dialect="kili").dialect.name == "kili"
    assert read(source, dialect="kili").dialect.reason == "as asked"
    with pytest.raises(ValueError, match="expected one of: auto, official, cvat"):
        read(source, dialect="nonsense")


def test_few_rows_are_looked_at() -> None:
    assert list(sample_rows(3)) == [0, 1, 2]
    for count in (SAMPLE, SAMPLE + 1, 1000, 10**9):
        rows = list(sample_rows(count))
        assert len(rows) == SAMPLE
        assert (rows[0], rows[-1]) == (0, count - 1)
        assert rows == sorted(set(rows))


def test_no_dialect_knows_another() -> None:
    folder = Path(cocodec.__file__).parent / "dialects" / "tools"
    for name in OWN_FILES:
        tree = ast.parse((folder / f"{name}.py").read_text())
        modules = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        others = {f"cocodec.dialects.tools.{other}" for other in OWN_FILES} | {"cocodec.dialects"}
        assert not others & set(modules), name
