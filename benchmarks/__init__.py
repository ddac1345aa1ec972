"""Speed of cocodec beside its peers: `python -m benchmarks` writes the table in README.md."""
