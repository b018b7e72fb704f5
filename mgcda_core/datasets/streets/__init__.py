"""One file per layout of street sets on disk."""
