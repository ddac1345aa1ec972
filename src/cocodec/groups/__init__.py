"""Crowd groups: which annotations are one, and the mask that they make."""

from __future__ import annotations

from cocodec.groups.keys import By
from cocodec.groups.merge import MergeReport, RefusedGroup, merge_groups

__all__ = ["By", "MergeReport", "RefusedGroup", "merge_groups"]
