"""Whole images with annotations: like the reference, like the pictures in golden/, and safe."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cocodec
from cocodec import Document, DocumentError, RleArray
from cocodec.drawing import Style, draw_images
from cocodec.drawing.overlays import score_color, shrunk_size
from cocodec.drawing.scenes import choice_for_truth
from support.drawing_documents import drawn_by_reference, two_images

Image = pytest.importorskip("PIL.Image")

GOLDEN = Path(__file__).parent / "golden"


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Image files of `two_images`."""
    images = tmp_path / "images"
    (images / "sub").mkdir(parents=True)
    y, x = np.mgrid[:80, :100]
    levels = np.stack([x * 2, y * 3, x + y], axis=2).astype(np.uint8)
    Image.fromarray(levels).save(images / "five.png")
    Image.fromarray(np.full((10, 20), 200, np.uint8)).save(images / "sub" / "six.jpg")
    return images


@pytest.mark.parametrize("image", [0, 1])
def test_like_the_loop_over_pixels(image: int) -> None:
    document = two_images()
    drawn = np.asarray(document.draw(document.images[image]["id"]))
    assert (drawn == drawn_by_reference(document, image)).all()


def test_over_an_image_file(folder: Path) -> None:
    document = two_images()
    drawn = np.asarray(document.draw(5, images=folder))
    ground = pixels(folder / "five.png")
    assert (drawn == drawn_by_reference(document, 0, ground)).all()
    assert (drawn == ground).all(axis=2).any()


STYLES = {
    "category": {},
    "instance": {"color": "instance", "alpha": 0.25, "labels": False},
    "score": {"color": "score", "edges": False},
    "small": {"max_side": 50},
}


@pytest.mark.parametrize("name", STYLES)
def test_golden_pictures(name: str, folder: Path) -> None:
    drawn = two_images().draw(5, images=folder if name == "score" else None, **STYLES[name])
    path = GOLDEN / f"{name}.png"
    if os.environ.get("COCODEC_NEW_PICTURES"):
        drawn.save(path, optimize=True)
    assert (np.asarray(drawn) == pixels(path)).all()


def test_golden_sheet(tmp_path: Path) -> None:
    assert draw_images(two_images(), tmp_path / "out", sheet=(2, 1), max_side=60) == []
    (path,) = (tmp_path / "out").iterdir()
    golden = GOLDEN / "sheet.png"
    if os.environ.get("COCODEC_NEW_PICTURES"):
        Image.open(path).save(golden, optimize=True)
    assert path.name == "sheet-1.png"
    assert (pixels(path) == pixels(golden)).all()


def test_a_folder_of_pictures(tmp_path: Path, folder: Path) -> None:
    document = two_images()
    assert draw_images(document, tmp_path / "out", images=folder, threads=2) == []
    out = tmp_path / "out"
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))
    assert found == ["five.png", "sub/six.png"]
    drawn = np.asarray(document.draw(5, images=folder))
    assert (pixels(tmp_path / "out" / "five.png") == drawn).all()
    with pytest.raises(FileExistsError):
        draw_images(document, tmp_path / "out")


def test_choices_are_those_of_subset(tmp_path: Path) -> None:
    document = two_images()
    choice = {"where": "category.name == 'cat'", "images": [5]}
    draw_images(document, tmp_path / "out", choice=choice)
    (path,) = (tmp_path / "out").rglob("*.png")
    alone = document.subset(**choice)
    assert (pixels(path) == np.asarray(alone.draw(5))).all()
    assert (pixels(path) != np.asarray(document.draw(5))).any()


def test_results_over_white_edges(tmp_path: Path) -> None:
    truth = two_images()
    mask = RleArray.from_boxes([[50, 2, 20, 10]], (80, 100)).to_coco()[0]
    row = {"image_id": 5, "category_id": 1, "score": 0.5, "segmentation": mask}
    results = cocodec.read(f"[{__import__('json').dumps(row)}]".encode())
    style = {"labels": False, "color": "score"}
    assert draw_images(truth, tmp_path / "out", results=results, **style) == []
    found = pixels(tmp_path / "out" / "five.png")
    assert tuple(found[2, 50]) == score_color(0.5) == (255, 255, 64)
    assert tuple(found[30, 40]) == (255, 255, 255)  # a corner of the crowd of the ground truth
    assert tuple(found[40, 60]) == (128, 128, 128)


def test_a_choice_of_results_holds_for_both_sides_but_for_the_score(tmp_path: Path) -> None:
    truth = two_images()
    row = {"image_id": 5, "category_id": 1, "score": 0.5, "bbox": [50, 2, 20, 10]}
    results = cocodec.read(json.dumps([row]).encode())
    white = {}
    for name, where in (("score", "score > 0.1"), ("cat", "category.name == 'cat'")):
        draw_images(truth, tmp_path / name, results=results, choice={"where": where}, labels=False)
        found = pixels(tmp_path / name / "five.png")
        white[name] = (found[30, 40] == 255).all(), (found[12, 10] == 255).all()
    assert white["score"][0]  # a corner of the crowd
    assert not white["cat"][0]
    assert choice_for_truth({"where": "score > 1", "images": [1]}) == {"images": [1]}
    assert choice_for_truth({"where": "len([-score]) > 1 or a"}) == {}
    assert choice_for_truth({"where": "a.score > 'score'"}) == {"where": "a.score > 'score'"}
    assert choice_for_truth(None) == {}


def test_max_side_keeps_the_shape() -> None:
    assert shrunk_size((480, 640), 320) == (240, 320)
    assert shrunk_size((1, 5000), 10) == (1, 10)
    assert shrunk_size((48, 64), 320) == (48, 64)
    assert two_images().draw(5, max_side=50).size == (50, 40)


def test_a_large_image_is_drawn_small() -> None:
    side = 100_000
    ring = [0, 0, side, 0, side, side / 2, 0, side / 2]
    document = Document.from_rows(
        images=[{"id": 1, "height": side, "width": side}],
        annotations=[{"id": 1, "image_id": 1, "segmentation": [ring]}],
    )
    with pytest.raises(DocumentError, match="--max-side"):
        document.draw(1)
    drawn = np.asarray(document.draw(1, max_side=100, labels=False, edges=False, boxes=False))
    assert (drawn[:50] == drawn[0, 0]).all()
    assert (drawn[50:] == 128).all()


def write_file(folder: Path, name: str, data: bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def png(height: int, width: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(stream, format="PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("../../etc/passwd", None, "leads out of its folder"),
        ("/etc/passwd", None, "is an absolute path"),
        ("C:\\x.png", None, "is an absolute path"),
        ("a\0b.png", None, "the file name"),
        (None, None, "the file name is None"),
        ("", None, "the file name '' is empty"),
        ("lost.png", None, "there is no file"),
        ("text.png", b"no image at all", "no image that Pillow can read"),
        ("cut.png", png(40, 40)[:-30], "no image that Pillow can read"),
        ("other.png", png(40, 41), "41 x 40 pixels"),
        ("x" * 5000 + ".png", None, ""),
    ],
)
def test_files_that_cannot_be_drawn_on(
    name: str | None, data: bytes | None, says: str, tmp_path: Path
) -> None:
    images = tmp_path / "in" / "images"
    images.mkdir(parents=True)
    if name is not None and data is not None:
        write_file(images, name, data)
    record = {"id": 1, "height": 40, "width": 40, "file_name": name}
    document = Document.from_rows(images=[record])
    (problem,) = draw_images(document, tmp_path / "out", images=images)
    assert says in problem
    assert "it is drawn on grey" in problem
    (path,) = (tmp_path / "out").rglob("*.png")
    assert path.is_relative_to(tmp_path / "out")
    assert (pixels(path) == 128).all()
    if says:
        with pytest.raises(DocumentError, match=says.replace("(", r"\(")):
            document.draw(1, images=images)


def test_names_that_meet(tmp_path: Path) -> None:
    names = ["a.jpg", "a.png", "A.bmp", "a.PNG", "..", "sub/", "image-4.png"]
    rows = [{"id": i, "height": 2, "width": 2, "file_name": n} for i, n in enumerate(names)]
    draw_images(Document.from_rows(images=rows), tmp_path / "out")
    assert len({p.name.lower() for p in (tmp_path / "out").rglob("*.png")}) == len(names)


def test_what_cannot_be_drawn_is_told_and_the_rest_is_drawn(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "image_id": 1, "segmentation": {"size": [9, 9], "counts": "e2"}},
        {"id": 2, "image_id": 1, "segmentation": {"size": [4, 4], "counts": [8, 8]}},
        {"id": 3, "image_id": 1, "bbox": ["a", None, 1e999], "keypoints": [1], "score": "x"},
        {"id": 4, "image_id": 1, "bbox": [-1e300, 1, 1e308, 1e308], "keypoints": [1e300, 1, 2]},
        {"id": 5, "image_id": 1, "bbox": [10**400, 1, 1, 1], "category_id": {"no": 1}},
        "no object",
    ]
    text = json.dumps(
        {
            "images": [
                {"id": 1, "height": 10, "width": 10},
                {"id": 2},
                {"id": 3, "height": 0, "width": 5},
                {"id": 4, "height": 10**6, "width": 10**6},
                7,
            ],
            "annotations": rows,
            "categories": ["x", {"id": 1, "skeleton": [[1, "a"], 3]}],
        }
    )
    document = cocodec.read(text.replace("Infinity", "1e999").encode())
    problems = draw_images(document, tmp_path / "out")
    said = "\n".join(problems)
    assert "row 0, id 1" in said
    assert "row 1 is 4 x 4 (height x width), the image 10 x 10" in said
    assert "images, row 1: height and width are missing" in said
    assert "images, row 2: it has no pixels" in said
    assert "more than 67,108,864" in said
    assert len(problems) == 6
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["image-0.png"]


def test_no_such_image() -> None:
    with pytest.raises(DocumentError, match="no image with the id 'x'; the document has 2"):
        two_images().draw("x")


@pytest.mark.parametrize(
    ("style", "says"),
    [
        ({"color": "size"}, "expected one of"),
        ({"alpha": 2}, "alpha"),
        ({"max_side": 0}, "1 or more"),
    ],
)
def test_styles_are_checked(style: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Style(**style)


def test_in_a_notebook() -> None:
    document = two_images()
    data = document._repr_png_()
    assert data is not None
    drawn = np.asarray(document.draw(5, labels=False))
    assert (np.asarray(Image.open(io.BytesIO(data))) == drawn).all()
    html = document._repr_html_()
    assert "crowd of birds" in html
    assert html.count("<img") == 1
    nasty = Document.from_rows(categories=[{"id": 1, "name": "<script>alert(1)</script>"}])
    assert "<script" not in nasty._repr_html_()
    assert nasty._repr_png_() is None


def test_without_pillow(tmp_path: Path) -> None:
    """Everything but pictures in files works, and those say what to install."""
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("raise ModuleNotFoundError('PIL', name='PIL')")
    document = tmp_path / "in.json"
    two_images().write(document)
    code = (
        "import cocodec; d = cocodec.read('in.json'); assert d._repr_png_()[:4] == b'\\x89PNG';"
        "assert d.masks([0]).masks.overlay().shape == (80, 100, 3)\n"
        "try: d.draw(5)\nexcept ModuleNotFoundError as e: print(e)"
    )
    run = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "image files need Pillow: pip install cocodec[draw]", done.stderr
    run = [sys.executable, "-m", "cocodec", "draw", "in.json", "out"]
    done = subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "cocodec: image files need Pillow: pip install cocodec[draw]\n"
    assert not (tmp_path / "out").exists()


def test_a_font_file(tmp_path: Path) -> None:
    wrong = tmp_path / "font.ttf"
    wrong.write_bytes(b"no font")
    with pytest.raises(DocumentError, match="no font that Pillow can read"):
        two_images().draw(5, font=wrong)


def test_the_command(cli, tmp_path: Path, folder: Path) -> None:
    source = tmp_path / "in.json"
    two_images().write(source)
    done = cli("draw", source, tmp_path / "out", "--images", folder, "--only", "not iscrowd")
    assert done.returncode == 0, done.stderr
    alone = two_images().subset(where="not iscrowd")
    drawn = np.asarray(alone.draw(5, images=folder))
    assert (pixels(tmp_path / "out" / "five.png") == drawn).all()
    done = cli("draw", source, tmp_path / "sheets", "--sheet", "1x1", "--format", "jpg", "-q")
    assert (done.returncode, done.stderr) == (0, b"")
    assert sorted(os.listdir(tmp_path / "sheets")) == ["sheet-1.jpg", "sheet-2.jpg"]
    done = cli("draw", source, tmp_path / "lost", "--images", tmp_path / "nothing")
    assert done.returncode == 1
    assert done.stderr.count(b"there is no file") == 2
    for words in (["--sheet", "0x4"], ["--sheet", "6"], ["--alpha", "3"], ["--only", "a >"]):
        done = cli("draw", source, tmp_path / "no", *words)
        assert done.returncode == 2, words
    assert not (tmp_path / "no").exists()
