"""The specification: slow and obvious twins of what the package does fast."""
