"""One file for each tool that writes COCO in a way of its own."""
