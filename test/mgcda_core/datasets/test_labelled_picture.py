"""Labels are numbers, however an image file stores them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgcda_core.datasets.labelled_picture import LabelRule, read_label_values


@pytest.mark.parametrize("mode", ["L", "P", "1"])
def test_a_label_is_read_as_the_numbers_that_are_stored(tmp_path: Path, mode: str) -> None:
    values = np.array([[0, 1, 0], [1, 1, 0]], np.uint8)
    image = Image.fromarray(values.astype(bool)) if mode == "1" else Image.fromarray(values)
    if mode == "P":
        image.putpalette([30, 40, 50, 200, 210, 220])
    assert image.mode == mode
    image.save(tmp_path / "labels.png")
    read = read_label_values(tmp_path / "labels.png")
    assert read.dtype == np.uint8 and np.array_equal(read, values)


def test_a_label_that_breaks_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 2, (64, 64)).astype(np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"labels\.png: unreadable as a label image"):
        read_label_values(path)


def test_a_rule_without_a_list_of_ignored_values_ignores_the_rest() -> None:
    rule = LabelRule(normal=(4,), anomaly=(5, 6), ignored=None)
    assert rule.apply(np.array([[4, 5, 6, 0, 254, 255]], np.uint8), Path("x"))[0].tolist() == [0, 1, 1, 255, 255, 255]


def test_a_rule_with_such_a_list_names_the_values_that_it_does_not_know() -> None:
    rule = LabelRule(normal=(4,), anomaly=(5,), ignored=(9,), remedy="; ask the author")
    with pytest.raises(ValueError, match=r"x: label values \[0, 255\] are not among 4, 5 and 9; ask the author"):
        rule.apply(np.array([[4, 5, 9, 0, 255]], np.uint8), Path("x"))
