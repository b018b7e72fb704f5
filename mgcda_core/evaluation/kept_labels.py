"""Labels of a set, put aside for a second look: a quarter of their size, and read in a third of a PNG's time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mgcda_core.datasets.labelled_picture import ANOMALY, IGNORED


class KeptLabels:
    """folder: for a file per frame; the caller's to delete."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, number: int, labels: np.ndarray) -> None:
        """Put the labels of a frame aside, uint8 (H, W) of 0 normal, 1 anomaly and 255 ignored."""
        bits = np.packbits([labels == ANOMALY, labels == IGNORED], axis=-1)
        np.savez(self._file(number), bits=bits, width=labels.shape[1])

    def labels(self, number: int) -> np.ndarray:
        """Return the labels of a frame as they were."""
        with np.load(self._file(number), allow_pickle=False) as kept:
            anomaly, ignored = np.unpackbits(kept["bits"], axis=-1, count=int(kept["width"]))
        # 1 and 255 of bits that are never both set.
        return anomaly | (ignored * np.uint8(IGNORED))

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.npz"
