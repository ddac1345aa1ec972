"""How a document looks in a notebook: its first image, drawn without Pillow."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from cocodec.documents.document import Document
from cocodec.drawing.overlays import Style, ground_of, paint_scene, scaled
from cocodec.drawing.scenes import Scenes
from cocodec.errors import DocumentError
from cocodec.masks.painting import as_image, spell_png

__all__ = ["document_html", "document_png"]

_STYLE = Style(max_side=512, labels=False)
_LISTED = 8  # categories


def document_png(document: Document) -> bytes | None:
    """Return the first image that has annotations, or else the first; None if there is none."""
    return _first_image(Scenes(document))


def _first_image(scenes: Scenes) -> bytes | None:
    if len(scenes) == 0:
        return None
    row = next((row for row in range(len(scenes)) if len(scenes.rows(row)) > 0), 0)
    try:
        scene = scenes.scene(row)
        canvas = ground_of(scene, None, _STYLE.max_side)
    except DocumentError:
        return None
    if canvas.size == 0:
        return None
    paint_scene(canvas, scaled(scene, canvas), _STYLE, scenes.skeletons)
    return spell_png(as_image(canvas))


def document_html(document: Document) -> str:
    """Return what `repr` says, the names of categories, and the first image."""
    said = escape(repr(document))
    scenes = Scenes(document)
    names = [escape(name) for name in scenes.names]
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    listed = f"<br><small>{', '.join(names[:_LISTED])}{more}</small>" if names else ""
    png = _first_image(scenes)
    if png is None:
        return f"<code>{said}</code>{listed}"
    data = b64encode(png).decode()
    image = f'<img alt="the first image with its annotations" src="data:image/png;base64,{data}">'
    return f"<code>{said}</code>{listed}<br>{image}"
