"""Where bytes come from and go to: sources, whole-or-nothing output, zips, addresses."""
