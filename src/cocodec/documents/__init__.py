"""COCO documents: their text, their tables, their masks, and how they are edited and written."""
