"""What masks look like: overlays on images, and pages to look at, each one file.

Names are imported when they are asked for: a picture needs no page, and a page no Pillow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocodec.drawing.folders import draw_images
    from cocodec.drawing.overlays import Style, draw_image
    from cocodec.drawing.pages import Viewer, write_page
    from cocodec.drawing.reports import compare, evaluation_page, stats_page
    from cocodec.drawing.server import page_server

__all__ = [
    "Style",
    "Viewer",
    "compare",
    "draw_image",
    "draw_images",
    "evaluation_page",
    "page_server",
    "stats_page",
    "write_page",
]

_HOMES = {
    "Style": "overlays",
    "draw_image": "overlays",
    "draw_images": "folders",
    "Viewer": "pages",
    "compare": "reports",
    "evaluation_page": "reports",
    "page_server": "server",
    "stats_page": "reports",
    "write_page": "pages",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"cocodec.drawing.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'cocodec.drawing' has no attribute {name!r}")
