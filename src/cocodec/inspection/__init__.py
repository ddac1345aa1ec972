"""What a document holds, and what is odd about it."""
