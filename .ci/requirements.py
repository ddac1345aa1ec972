"""Prints requirements of pyproject.toml, one a line, so that no version is written twice.

python .ci/requirements.py dependencies lint
"""

from __future__ import annotations

import sys
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    from pip._vendor import tomli as tomllib

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
groups = {"dependencies": project["dependencies"], **project["optional-dependencies"]}
for name in sys.argv[1:]:
    sys.stdout.write("\n".join(groups[name]) + "\n")
