"""One file per layout of benchmark sets on disk; benchmarks.open_sets() is the way in."""
