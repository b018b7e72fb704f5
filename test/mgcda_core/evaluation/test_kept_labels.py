"""Labels come back as they were put aside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mgcda_core.evaluation.kept_labels import KeptLabels


@pytest.mark.parametrize("width", [1, 7, 8, 9, 64])
def test_labels_come_back_as_they_were(width: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(width)
    kept = KeptLabels(tmp_path)
    frames = [rng.choice(np.array([0, 1, 255], np.uint8), (5, width)) for _ in range(3)]
    for number, labels in enumerate(frames):
        kept.keep(number, labels)
    for number, labels in reversed(list(enumerate(frames))):
        found = kept.labels(number)
        assert found.dtype == np.uint8 and np.array_equal(found, labels)
