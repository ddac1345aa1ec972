"""How Sphinx builds these pages: `python -m sphinx -W -b html docs build/docs`.

Pages that repeat what the code says are written by generate.py into docs/generated, which git does
not keep; pictures by pictures.py into docs/pictures, which it keeps, because the README shows them.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import generate

import cocodec

generate.main()

project = "cocodec"
author = "The cocodec developers"
copyright = author
release = version = cocodec.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["examples/*"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
autosummary_generate = False
autodoc_typehints = "none"  # the docstrings say shapes and units; signatures repeat the types badly
numpydoc_show_class_members = False
highlight_language = "text"
suppress_warnings = ["misc.highlighting_failure"]
html_theme = "furo"
html_title = f"cocodec {release}"
html_show_sourcelink = False
