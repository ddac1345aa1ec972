"""Stands for the main module in workers that a script of `running` spawns."""

from __future__ import annotations

from cocodec.pycocotools.standin.running import run_again

globals().update(run_again())
