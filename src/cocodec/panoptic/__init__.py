"""Panoptic documents, their PNG files, and panoptic quality."""
