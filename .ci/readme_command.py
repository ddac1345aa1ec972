"""Prints the shell block of README.md that follows the marker `<!-- ci: NAME -->`.

    python .ci/readme_command.py test

.ci/run executes what this prints: the README and the checks cannot drift apart.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

name = sys.argv[1]
readme = Path("README.md").read_text(encoding="utf-8")
blocks = re.findall(
    rf"<!-- ci: {re.escape(name)} -->\s*```(?:bash|sh)\n(.*?)```", readme, re.DOTALL
)
if len(blocks) != 1:
    sys.exit(f"README.md has {len(blocks)} blocks marked 'ci: {name}', expected one")
sys.stdout.write(blocks[0].rstrip() + "\n")
