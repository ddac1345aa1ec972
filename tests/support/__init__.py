"""What tests share: makers of documents, oracles, strategies."""
