"""The page's own scripts under Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import cocodec

PAGE = Path(cocodec.__file__).parent / "drawing" / "page"
RUN = """
const [path, body] = process.argv.slice(1);
const script = require(path);
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const does = new Function("script", "given", body);
const out = cases.map((given) => {
  try {
    return { value: does(script, given) };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(out));
"""


def run_node(script: str, body: str, cases: list[Any]) -> list[dict[str, Any]]:
    """`body` once for each case, as `given`; `{"value": ...}` or `{"error": ...}` each."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node here (apt install nodejs)")
    done = subprocess.run(
        [node, "-e", RUN, str(PAGE / script), body],
        input=json.dumps(cases).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
