"""``python -m cocodec``: the command line."""

import sys

from cocodec.cli import main

if __name__ == "__main__":
    sys.exit(main())
