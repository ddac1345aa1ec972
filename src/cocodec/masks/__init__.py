"""Batches of masks, what callers may pass for them, polygons, label maps, spellings of one mask."""
