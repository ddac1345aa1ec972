"""The page in a headless Chromium: pixels, clicks, keys, filters, addresses, hostile texts."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import Document, RleArray
from cocodec.drawing import Viewer, page_server, write_page
from cocodec.drawing.matching import FALSE, MATCH, MISS, judge
from cocodec.drawing.pages import safe_json
from support.browser import Browser
from support.drawing_documents import two_images

Open = Callable[..., Browser]


@pytest.fixture(scope="module")
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture
def browser(one_browser: Browser) -> Iterator[Browser]:
    """A browser that must have had nothing to complain of."""
    one_browser.complaints.clear()
    yield one_browser
    one_browser.evaluate("1")
    assert one_browser.complaints == []


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Open:
    """Write the page of a document, and open it."""

    def open_(document: Any, *, hash: str = "", **options: Any) -> Browser:
        path = tmp_path / "page.html"
        write_page(document, path, **options)
        browser.open(f"{path.as_uri()}{hash}")
        return browser

    return open_


def state(browser: Browser) -> dict[str, Any]:
    found: dict[str, Any] = browser.evaluate(
        "({row: cocodecPage.row, shown: cocodecPage.shown.length,"
        " rows: cocodecPage.rows.length, show: cocodecPage.show,"
        " selected: cocodecPage.selected && cocodecPage.selected.row,"
        " scale: cocodecPage.stage.view.scale, x: cocodecPage.stage.view.x,"
        " title: document.getElementById('list-title').textContent,"
        " error: document.getElementById('expression-error').textContent,"
        " theme: document.documentElement.dataset.theme, hash: location.hash})"
    )
    return found


# What the canvas shows of each annotation alone, as runs.
SHOWN = """
(async () => {
  const app = cocodecPage;
  const canvas = document.getElementById("canvas");
  for (const name in app.show) app.show[name] = name === "masks";
  const out = [];
  for (let row = 0; row < app.data.images.length; ++row) {
    await app.open(row);
    const [h, w] = app.stage.size;
    for (const one of app.scene.truth) {
      canvas.width = Math.max(w, 1);
      canvas.height = Math.max(h, 1);
      const paint = {colors: [[255, 255, 255]], alpha: 255, edges: false};
      one.crowd = false;  // hatched, it would not be whole
      app.stage.panes = [new Pane(app.stage.size, [one], paint)];
      app.stage.view = {scale: 1, x: 0, y: 0};
      app.stage.draw();
      const {data} = canvas.getContext("2d").getImageData(0, 0, w, h);
      const runs = [0];
      for (let x = 0; x < w; ++x) {
        for (let y = 0; y < h; ++y) {
          const level = data[(y * w + x) * 4];
          if (level !== 128 && level !== 255) throw new Error(`level ${level}`);
          if ((level === 255) !== (runs.length % 2 === 0)) runs.push(0);
          ++runs[runs.length - 1];
        }
      }
      out.push([one.row, runs]);
    }
  }
  return out;
})()
"""


def canonical(mask: RleArray) -> list[int]:
    dense = mask.decode()
    return RleArray.encode(dense).counts.tolist()


def test_the_canvas_shows_every_mask_of_the_sample(opened: Open, sample: Path) -> None:
    document = cocodec.read(sample)
    shown = dict(opened(document).evaluate(SHOWN))
    found = document.masks(on_error="skip")
    compared = 0
    rows = np.flatnonzero(found.has_mask & (document.image_rows() >= 0)).tolist()
    for row in rows:
        assert shown[row] == canonical(found.masks[row]), row
        compared += found.masks[row].area()[0] > 0
    assert compared > 400


def test_the_canvas_shows_hostile_masks(opened: Open) -> None:
    source = np.random.default_rng(5)
    masks = [
        RleArray.from_runs([0, 0, 0, 1, 0, 0, 0, 2, 3, 0, 6], [0, 11], (3, 4)),
        RleArray.from_runs([12], [0, 1], (3, 4)),
        RleArray.from_runs([0, 12], [0, 2], (3, 4)),
        RleArray.from_runs([0, 1], [0, 2], (1, 1)),
        RleArray.encode(source.random((1, 1, 700)) < 0.5),
        RleArray.encode(source.random((1, 600, 1)) < 0.5),
        RleArray.encode(source.random((1, 97, 101)) < 0.5),
        RleArray.encode((np.indices((64, 64)).sum(0) % 2 == 0)[None]),
        RleArray.from_boxes([[0, 0, 3000, 1]], (2000, 3000)),
    ]
    images = [
        {"id": i, "height": int(m.sizes[0, 0]), "width": int(m.sizes[0, 1])}
        for i, m in enumerate(masks)
    ]
    rows = [
        {"id": i, "image_id": i, "segmentation": mask.to_coco()[0]} for i, mask in enumerate(masks)
    ]
    shown = dict(opened(Document.from_rows(images=images, annotations=rows)).evaluate(SHOWN))
    for i, mask in enumerate(masks):
        assert shown[i] == canonical(mask), i


def test_a_counts_string_that_is_wrong_is_told(opened: Open) -> None:
    browser = opened(two_images())
    wrong = browser.evaluate(
        "(() => { const {data} = cocodecPage;"
        "const bad = {r: 0, c: 0, a: 1, m: '1~<b>', t: {id: 9}};"
        "data.scenes[1] = {g: [bad], d: [], p: []}; cocodecPage.source.scenes.clear();"
        "return cocodecPage.open(1).then(() => document.getElementById('notice').textContent); })()"
    )
    assert wrong == "annotation 9: counts string has a char outside of '0'..'o' at index 1"


def test_files_beside_the_page_are_shown(opened: Open, tmp_path: Path) -> None:
    image_of = pytest.importorskip("PIL.Image")
    folder = tmp_path / "my #images?"
    folder.mkdir()
    (folder / "sub").mkdir()
    image_of.fromarray(np.full((80, 100, 3), 7, np.uint8)).save(folder / "five.png")
    image_of.fromarray(np.full((10, 20, 3), 7, np.uint8)).save(folder / "sub" / "six.jpg")
    browser = opened(two_images(), images=folder, link=True)
    assert browser.evaluate("cocodecPage.stage.image.naturalWidth") == 100
    assert "base64" not in browser.evaluate("cocodecPage.data.images[0].src")


def test_an_image_file_shows_as_it_is(opened: Open, tmp_path: Path) -> None:
    image_of = pytest.importorskip("PIL.Image")
    levels = np.random.default_rng(1).integers(0, 256, (80, 100, 3)).astype(np.uint8)
    (tmp_path / "images").mkdir()
    image_of.fromarray(levels).save(tmp_path / "images" / "five.png")
    browser = opened(two_images(), images=tmp_path / "images")
    assert browser.evaluate("document.getElementById('notice').hidden")
    pixels = browser.evaluate(
        "(() => { const app = cocodecPage;"
        "for (const key in app.show) app.show[key] = key === 'image';"
        "app.refresh(); app.stage.view = {scale: 1, x: 0, y: 0}; app.stage.draw();"
        "return Array.from(document.getElementById('canvas').getContext('2d')"
        ".getImageData(0, 0, 100, 80).data); })()"
    )
    assert (np.array(pixels).reshape(80, 100, 4)[:, :, :3] == levels).all()
    browser.key("ArrowRight")
    browser.wait("cocodecPage.row === 1 && !document.getElementById('notice').hidden")
    assert "there is no file" in browser.evaluate("document.getElementById('notice').textContent")


def test_keys(opened: Open) -> None:
    browser = opened(two_images())
    assert state(browser)["row"] == 0
    browser.key("ArrowRight")
    browser.wait("cocodecPage.row === 1")
    browser.key("n")  # there is no further one
    browser.key("p")
    browser.wait("cocodecPage.row === 0 && cocodecPage.shown.length === 3")
    names = ("image", "masks", "edges", "boxes", "points", "labels")
    for key, name in zip("imebKl", names, strict=True):
        before = state(browser)["show"][name]
        browser.key(key)
        assert state(browser)["show"][name] is not before
        pressed = f"document.getElementById('show-{name}').getAttribute('aria-pressed')"
        assert browser.evaluate(pressed) == str(not before).lower()
    fitted = state(browser)["scale"]
    browser.key("+")
    assert state(browser)["scale"] == pytest.approx(fitted * 1.5)
    browser.key("1")
    assert state(browser)["scale"] == 1
    assert browser.evaluate("document.getElementById('zoom').textContent") == "100%"
    x = state(browser)["x"]
    browser.key("a")
    assert state(browser)["x"] == x + 60
    browser.key("0")
    assert state(browser)["scale"] == pytest.approx(fitted)
    browser.key("j")
    first = state(browser)["selected"]
    assert first is not None
    browser.key("j")
    assert state(browser)["selected"] not in (None, first)
    browser.key("k")
    assert state(browser)["selected"] == first
    browser.key("Escape")
    assert state(browser)["selected"] is None
    theme = state(browser)["theme"]
    browser.key("t")
    assert {theme, state(browser)["theme"]} == {"light", "dark"}
    browser.key("?")
    assert browser.evaluate("document.getElementById('help').open")
    browser.evaluate("document.getElementById('help').close()")


def test_clicks_and_hovering(opened: Open) -> None:
    browser = opened(two_images())
    place = (
        "(() => { const r = document.getElementById('canvas').getBoundingClientRect();"
        "const v = cocodecPage.stage.view; return [r.x + v.x + (%s + 0.5) * v.scale,"
        "r.y + v.y + (%s + 0.5) * v.scale]; })()"
    )
    x, y = browser.evaluate(place % (15, 15))
    browser.mouse("mouseMoved", x, y)
    tip = browser.evaluate("document.getElementById('tip').textContent")
    assert tip.startswith("x 15, y 15\nid: 1")
    assert "category: cat" in tip
    assert "bbox: [10,8,60,58]" in tip
    browser.click(x, y)
    assert state(browser)["selected"] == 0
    facts = browser.evaluate("document.getElementById('detail').textContent")
    assert "categorycat" in facts
    browser.mouse("mouseMoved", *browser.evaluate(place % (90, 75)))
    assert "id: 3" in browser.evaluate("document.getElementById('tip').textContent")  # its box
    before = state(browser)
    browser.mouse("mouseWheel", x, y, deltaX=0, deltaY=-200)
    browser.wait(f"cocodecPage.stage.view.scale > {before['scale']}")
    browser.mouse("mouseMoved", x, y)
    tip = browser.evaluate("document.getElementById('tip').textContent")
    assert tip.startswith("x 15, y 15\n")  # what is under the mouse stays there
    browser.mouse("mousePressed", x, y, button="left", clickCount=1)
    browser.mouse("mouseMoved", x + 30, y + 20, button="left", buttons=1)
    browser.mouse("mouseReleased", x + 30, y + 20, button="left", clickCount=1)
    assert browser.evaluate("document.getElementById('tip').textContent").startswith("x 15, y 15")
    browser.click_on("#strip-1")
    browser.wait("cocodecPage.row === 1 && cocodecPage.shown.length === 1")
    browser.click_on("#list-0")
    assert state(browser)["selected"] == 3


@pytest.mark.parametrize(
    ("control", "value", "left"),
    [
        ("area-low", "2001", 1), ("area-high", "2000", 2), ("crowd", "yes", 1), ("crowd", "no", 2),
        ("score", "0.9", 2), ("text", "PERSON", 1), ("text", "five.png", 3), ("text", "zz", 0),
        ("expression", "category.name == 'cat' or bbox[0] == 40", 2),
        ("expression", "image.width == 100 and not iscrowd", 2),
    ],
)  # fmt: skip
def test_filters(opened: Open, control: str, value: str, left: int) -> None:
    browser = opened(two_images())
    set_ = (
        f"(() => {{ const e = document.getElementById('{control}');"
        f"e.value = {json.dumps(value)};"
        "e.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    browser.evaluate(set_)
    found = state(browser)
    assert (found["shown"], found["error"]) == (left, "")
    assert found["title"] == f"Annotations ({left} of 3)"
    browser.click_on("#only-with")
    browser.evaluate(set_)
    expected = browser.evaluate("cocodecPage.imagesWith().then((rows) => rows.length)")
    browser.wait(f"cocodecPage.rows.length === {expected}")
    browser.click_on("#clear")
    browser.wait("cocodecPage.shown.length === 3 && cocodecPage.rows.length === 2")
    assert browser.evaluate(f"document.getElementById('{control}').value") == ""


def test_categories_and_typing(opened: Open) -> None:
    browser = opened(two_images())
    browser.click_on("#category option:nth-child(2)")
    assert browser.evaluate("cocodecPage.shown.map((one) => one.name)") == ["person"]
    browser.key("x")  # typed into the list: no shortcut
    browser.evaluate("document.activeElement.blur()")
    browser.key("x")
    assert state(browser)["shown"] == 3
    browser.key("/")
    for letter in "cat":
        browser.key(letter)
    assert browser.evaluate("document.getElementById('text').value") == "cat"
    assert state(browser)["shown"] == 1
    browser.evaluate("document.getElementById('expression').focus()")
    for letter in "area >":
        browser.key(letter)
    assert "expected a value, found the end" in state(browser)["error"]
    browser.key("1")
    assert state(browser)["error"] == ""


def test_the_address_reopens_the_view(opened: Open) -> None:
    browser = opened(two_images())
    browser.key("j")
    browser.key("b")
    browser.key("+")
    browser.key("t")
    browser.evaluate("cocodecPage.filterBy({expression: 'bbox[0] > 5', onlyWith: true})")
    browser.wait("location.hash.includes('filter') && cocodecPage.rows.length === 1")
    browser.wait("location.hash === cocodecPage.address()")
    before = state(browser)
    assert before["selected"] is not None
    address = browser.evaluate("location.href")
    browser.open(address)
    browser.wait("cocodecPage.selected && location.hash === cocodecPage.address()")
    assert state(browser) == before


@pytest.mark.parametrize(
    "hash",
    [
        "#",
        "#image=9e99&truth=x&view=1,2&filter={",
        "#image=-1&found=7&view=0,0,0&show=&color=%00",
        "#filter=[1]&image=1&alpha=NaN&iou=7",
        '#filter={"categories":[99,"a"],"low":"x","outcome":"__proto__"}',
    ],
)
def test_any_address_opens(opened: Open, hash: str) -> None:
    browser = opened(two_images(), hash=hash)
    assert state(browser)["row"] in (0, 1)
    assert state(browser)["shown"] > 0


def test_findings_lead_to_their_place(opened: Open) -> None:
    rows = list(two_images().annotations)
    rows[3] = {**rows[3], "bbox": [1, 1, 400, 7]}
    document = Document.from_rows(
        images=list(two_images().images), annotations=rows, categories=list(two_images().categories)
    )
    browser = opened(document)
    browser.evaluate(
        "(() => { document.getElementById('finding-panel').open = true;"
        "const b = [...document.querySelectorAll('#findings details')]"
        ".find((d) => d.textContent.includes('bbox') && d.textContent.includes('row 3'));"
        "b.open = true; [...b.querySelectorAll('button')]"
        ".find((one) => one.textContent === 'row 3').click(); })()"
    )
    browser.wait("cocodecPage.row === 1 && cocodecPage.selected")
    assert state(browser)["selected"] == 3


def some_results() -> bytes:
    rows = [
        {"image_id": 5, "category_id": 1, "bbox": [11, 8, 60, 58], "score": 0.9},
        {"image_id": 5, "category_id": 1, "bbox": [12, 8, 60, 58], "score": 0.3},
        {"image_id": 5, "category_id": 2, "bbox": [0, 0, 10, 10], "score": 0.8},
        {"image_id": 5, "category_id": 3, "bbox": [41, 31, 20, 20], "score": 0.7},
        {"image_id": 6, "category_id": 1, "bbox": [1, 1, 9, 7], "score": 0.6},
    ]
    return json.dumps(rows).encode()


def test_results_beside_ground_truth(opened: Open) -> None:
    document = two_images()
    browser = opened(document, results=some_results())
    viewer = Viewer(document, some_results())
    for iou in (0.5, 0.55, 0.95):
        browser.evaluate(f"cocodecPage.change({{iou: {iou}}})")
        told = judge(viewer.truth, viewer.found, viewer.overlaps, threshold=iou)
        for row in (0, 1):
            browser.evaluate(f"cocodecPage.open({row})")
            board = browser.evaluate("document.getElementById('score-board').textContent")
            truth = told.truth[document.image_rows() == row]
            found = told.found[viewer.found.image_rows() == row]
            counts = (truth == MATCH).sum(), (truth == MISS).sum(), (found == FALSE).sum()
            expected = "{} matched, {} missed, {} false alarms".format(*counts)
            assert board == expected
    browser.evaluate("cocodecPage.change({iou: 0.5})")
    browser.evaluate("cocodecPage.open(0)")
    assert state(browser)["shown"] == 7
    browser.evaluate("cocodecPage.filterBy({outcome: 'false'})")
    assert state(browser)["shown"] == 2
    browser.evaluate("cocodecPage.filterBy({outcome: '', score: 0.75})")
    assert state(browser)["shown"] == 5
    browser.evaluate("document.activeElement.blur()")
    browser.key("g")
    assert browser.evaluate("cocodecPage.stage.panes.map((one) => one.title)") == [
        "ground truth",
        "results",
    ]


TEXTS = (
    "<img src=x onerror=window.hit=1>",
    "</script><script>window.hit=1</script>",
    "<!--<script>",
    '" onmouseover=window.hit=1 x="\'><svg/onload=window.hit=1>',
    "a\u2028b\u2029c\x00d\x1b[31m",
    "{{script}} {{data}}",
    "javascript:window.hit=1",
    "__proto__",
    "\u202egnp.x",
)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_the_document_do_nothing(opened: Open, text: str) -> None:
    row = {"id": text, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], text: text}
    row |= {"attributes": {text: [text, {text: text}]}, "score": 0.5, "caption": text}
    document = Document.from_rows(
        images=[{"id": 1, "height": 9, "width": 9, "file_name": text, text: text}, {"id": 2}],
        categories=[{"id": 1, "name": text, "supercategory": text}],
        annotations=[row, {**row, "category_id": text, "id": 3}],
        info={"description": text},
    )
    browser = opened(document, title=text, results=json.dumps([row]).encode())
    browser.evaluate("cocodecPage.select(cocodecPage.shown[0])")
    for key in "lbg":
        browser.key(key)
    browser.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    browser.mouse("mouseMoved", 500, 400)
    browser.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
    assert browser.evaluate("window.hit === undefined && ({}).hit === undefined")
    assert browser.evaluate("document.querySelectorAll('script').length") == 2
    assert browser.evaluate("document.querySelectorAll('img, svg, iframe').length") == 0
    shown = browser.evaluate("document.getElementById('title').textContent")
    assert shown == text
    assert browser.evaluate("cocodecPage.selected.record.caption") == text
    titles = browser.evaluate("document.getElementById('category').options[0].textContent")
    assert titles == text


def test_the_policy_forbids_what_is_not_ours(one_browser: Browser, tmp_path: Path) -> None:
    """Were there a hole, the browser would still not run what comes through."""
    path = tmp_path / "page.html"
    write_page(two_images(), path)
    one_browser.open(path.as_uri())
    one_browser.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.hit = 1';"
        "document.body.append(s); const d = document.createElement('div');"
        "d.innerHTML = '<img src=x onerror=window.hit=1>'; document.body.append(d);"
        "return fetch('https://127.0.0.1:9/').catch(() => 0); })()"
    )
    assert one_browser.evaluate("window.hit === undefined")
    assert any("Content Security Policy" in one for one in one_browser.complaints)
    one_browser.complaints.clear()


def test_json_in_a_page_is_the_same_json() -> None:
    value = {text: [text, {text: None}] for text in TEXTS}
    spelled = safe_json(value)
    assert json.loads(spelled) == value
    assert spelled.isascii()
    assert not set("<>&") & set(spelled)


def test_thousands_stay_smooth(opened: Open) -> None:
    images = [
        {"id": i, "height": 400, "width": 500, "file_name": f"{i:05}.jpg"} for i in range(5000)
    ]
    boxes = [[i % 100 * 5, i // 100 * 8, 4, 6] for i in range(5000)]
    masks = RleArray.from_boxes(boxes, (400, 500)).to_coco()
    rows = [
        {"id": i, "image_id": 0, "bbox": box, "segmentation": mask, "category_id": 1}
        for i, (box, mask) in enumerate(zip(boxes, masks, strict=True))
    ]
    categories = [{"id": 1, "name": "x"}]
    browser = opened(Document.from_rows(images=images, annotations=rows, categories=categories))
    assert state(browser)["shown"] == 5000
    items = "document.querySelectorAll('.item').length"
    assert browser.evaluate(items) < 100
    # Frames while the strip is scrolled from end to end: those that take long are counted.
    late = browser.evaluate(
        "(async () => { const strip = document.getElementById('strip'); let late = 0;"
        "for (let i = 0; i <= 60; ++i) { const before = performance.now();"
        "strip.scrollTop = strip.scrollHeight * i / 60;"
        "await new Promise((resolve) => requestAnimationFrame(resolve));"
        "if (performance.now() - before > 250) ++late; } return late; })()"
    )
    assert late < 20
    assert browser.evaluate(items) < 100
    assert browser.evaluate("document.getElementById('strip-4999') !== null")
    list_ = "document.getElementById('list')"
    browser.evaluate(f"{list_}.focus()")
    browser.key("End")
    browser.wait("cocodecPage.selected === cocodecPage.shown[4999]")
    active = browser.evaluate(f"{list_}.getAttribute('aria-activedescendant')")
    assert active == "list-4999"
    took = browser.evaluate(
        "(() => { const before = performance.now(); cocodecPage.refresh();"
        "return performance.now() - before; })()"
    )
    assert took < 5000


def test_read_by_keyboard_and_screen_reader(opened: Open) -> None:
    browser = opened(two_images())
    nameless = browser.evaluate(
        "[...document.querySelectorAll('button, input, select, [role=listbox], canvas[role]')]"
        ".filter((one) => !(one.labels?.length || one.getAttribute('aria-label') ||"
        " one.getAttribute('aria-labelledby') || one.textContent.trim())).map((one) => one.id)"
    )
    assert nameless == []
    label = browser.evaluate("document.getElementById('canvas').getAttribute('aria-label')")
    assert label == ("Image 1, five.png, 80 by 100 pixels: 1 crowd of birds, 1 cat, 1 person")
    reached = set()
    for _ in range(60):
        browser.key("Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.add(browser.evaluate("document.activeElement.id"))
    assert {"skip", "next", "alpha", "strip", "canvas", "list", "expression"} <= reached
    browser.evaluate("document.getElementById('strip').focus()")
    browser.key("ArrowDown")
    browser.wait("cocodecPage.row === 1")
    chosen = "document.querySelector('#strip [aria-selected=true]').id"
    assert browser.evaluate(chosen) == "strip-1"
    assert "sub/six.jpg" in browser.evaluate("document.getElementById('status').textContent")


def test_follows_the_system_to_the_dark(opened: Open) -> None:
    browser = opened(two_images())
    for theme in ("dark", "light"):
        features = [{"name": "prefers-color-scheme", "value": theme}]
        browser.send("Emulation.setEmulatedMedia", features=features)
        browser.wait(f"document.documentElement.dataset.theme === '{theme}'")
    browser.send("Emulation.setEmulatedMedia", features=[])


# ---------------------------------------------------------------- served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., str]]:
    running = []

    def serve(document: Document, results: bytes | None = None, **options: Any) -> str:
        server = page_server(Viewer(document, results), **options)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def fetched(address: str, **headers: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_served_page(browser: Browser, served: Callable[..., str], tmp_path: Path) -> None:
    image_of = pytest.importorskip("PIL.Image")
    image_of.fromarray(np.full((80, 100), 7, np.uint8)).save(tmp_path / "five.png")
    image_of.fromarray(np.full((10, 20), 7, np.uint8)).save(tmp_path / "six.png")
    names = ("five.png", "six.png")
    rows = [
        {**row, "file_name": name} for row, name in zip(two_images().images, names, strict=True)
    ]
    document = Document.from_rows(
        images=rows,
        annotations=list(two_images().annotations),
        categories=list(two_images().categories),
    )
    browser.open(served(document, some_results(), images=tmp_path))
    browser.wait("cocodecPage.shown.length === 7 && cocodecPage.stage.image !== null")
    browser.key("ArrowRight")
    browser.wait("cocodecPage.row === 1 && cocodecPage.shown.length === 2")
    for filter_, rows_ in (
        ({"expression": "category.name == 'person'"}, [0]),
        ({"low": 0, "high": 130, "categories": [0]}, [1]),
        ({"crowd": "yes"}, [0]),
        ({"text": "SIX"}, [1]),
        ({"outcome": "match"}, [0, 1]),
        ({"outcome": "miss", "score": 0.85}, [0, 1]),
        ({"outcome": "false", "score": 0.85}, []),
    ):
        given = {**{"onlyWith": True}, **filter_}
        browser.evaluate("cocodecPage.filterBy({...Filters.EMPTY})")
        browser.evaluate(f"cocodecPage.filterBy({json.dumps(given)})")
        assert browser.evaluate("cocodecPage.rows") == rows_, filter_


def test_the_server_answers_this_machine_and_these_questions(
    served: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "images" / "text.png").write_bytes(b"<script>alert(1)</script>")
    names = ["../secret.png", "lost.png", "text.png", None]
    images = [{"id": i, "height": 4, "width": 4, "file_name": n} for i, n in enumerate(names)]
    address = served(Document.from_rows(images=images), images=tmp_path / "images")
    assert fetched(address)[0] == 200
    assert json.loads(fetched(f"{address}scene/0")[1])["g"] == []
    for row, says in enumerate(("leads out", "no file", "none of PNG", "file name is None")):
        status, body = fetched(f"{address}image/{row}")
        assert status == 400
        assert says in json.loads(body)["error"]
    for path in ("scene/4", "scene/99999999999999999999", "rows?filter=[", "rows?filter=[]",
                 "rows?filter={\"expression\":5}", "rows?filter={\"expression\":\"a%2B\"}",
                 "rows?filter={\"outcome\":\"match\"}"):  # fmt: skip
        status, body = fetched(address + path.replace('"', "%22"))
        assert status == 400, path
        assert json.loads(body)["error"]
    for path in ("nothing", "image/x", "image/-1", "../secret.png", "scene/", "%2e%2e/secret.png"):
        assert fetched(address + path)[0] == 404, path
    assert fetched(address, Host="evil.example")[0] == 403
    assert fetched(f"{address}scene/0", Host="evil.example:80")[0] == 403


# ---------------------------------------------------------------- the file


def test_files_that_cannot_be_shown_are_told(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_bytes(b"no image")
    names = ["../a.png", "lost.png", "text.png", None]
    images = [{"id": i, "height": 4, "width": 4, "file_name": n} for i, n in enumerate(names)]
    document = Document.from_rows(images=images)
    problems = write_page(document, io.BytesIO(), images=tmp_path)
    says = ("leads out", "no file", "none of PNG", "file name is None")
    assert len(problems) == 4
    for row, (problem, what) in enumerate(zip(problems, says, strict=True)):
        assert what in problem
        assert problem.startswith(f"images, row {row}")


@pytest.mark.parametrize(
    "address",
    ["https://", "https://a b/", "https://x'/", "http://x;y/", "https://h/?q=1", "https://u@h/"],
)
def test_addresses_are_checked(address: str) -> None:
    with pytest.raises(ValueError, match="is no address of a folder"):
        write_page(two_images(), io.BytesIO(), images=address)


def test_what_refers_to_files_is_a_file() -> None:
    with pytest.raises(ValueError, match="has to be a file itself"):
        write_page(two_images(), io.BytesIO(), images=".", link=True)


def test_images_from_an_address_and_beside_the_page(tmp_path: Path) -> None:
    page = io.BytesIO()
    write_page(two_images(), page, images="https://example.org/some folder/")
    text = page.getvalue().decode()
    assert '"src":"https://example.org/some%20folder/sub/six.jpg"' in text
    assert "img-src data: https://example.org; connect-src &#x27;none&#x27;" in text
    path = tmp_path / "pages" / "page.html"
    path.parent.mkdir()
    write_page(two_images(), path, images=tmp_path / "my images", link=True)
    assert '"src":"../my%20images/five.png"' in path.read_text()


def test_the_command_serves(tmp_path: Path) -> None:
    two_images().write(tmp_path / "in.json")
    command = [sys.executable, "-m", "cocodec", "view", "in.json", "--serve"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert fetched(address)[1].startswith(b"<!DOCTYPE html>")
        assert len(json.loads(fetched(f"{address}scene/0")[1])["g"]) == 3
        process.terminate()
        code = process.wait(30)
        assert code == 0 or os.name != "posix"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_command(cli, tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    two_images().write(source)
    (tmp_path / "dt.json").write_bytes(some_results())
    page = tmp_path / "page.html"
    done = cli("view", source, "--out", page, "--results", tmp_path / "dt.json")
    assert (done.returncode, done.stderr) == (0, f"cocodec: written: {page}\n".encode())
    assert b"<title>in.json</title>" in page.read_bytes()
    done = cli("view", source, "--out", "-", "-q", "--only", "category.name == 'cat'")
    data = done.stdout.split(b'id="data">')[1].split(b"</script>")[0]
    assert [len(one["g"]) for one in json.loads(data)["scenes"]] == [1, 1]
    wrong = ["--out", page, "--images", "http://"]
    for words in ([], ["--out", page, "--serve"], ["--serve", "--link"], wrong):
        assert cli("view", source, *words).returncode == 2, words
