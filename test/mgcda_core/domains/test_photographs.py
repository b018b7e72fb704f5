"""Photographs: what is judged in them, as which class, and which of two outlines wins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.classes import class_mask
from mgcda_core.datasets.coco_photographs import coco_photographs
from mgcda_core.domains.photographs import Photographs
from mgcda_core.domains.sample import ANOMALY, IGNORE, NORMAL, Sample

PERSON, CAR, DOG, CHAIR = 1, 3, 18, 62
CROWD = {"size": [120, 160], "counts": [0, 19200]}


@pytest.fixture
def photographed(tmp_path: Path, coco_tools: tuple, make_picture: Callable) -> Callable[..., Sample]:
    """Return a function that gives the sample of a 120 x 160 photograph with the given (category, box) outlines."""
    write, box = coco_tools

    def make(*outlines: tuple[int, tuple[int, int, int, int]], **settings: tuple[str, ...]) -> Sample:
        annotations = [box(1, category, *place) for category, place in outlines]
        write(tmp_path, annotations, {1: make_picture(120, 160, 1)})
        return Photographs(coco_photographs(tmp_path), **{"unknown": ("dog",)} | settings)(np.random.default_rng(0))

    return make


def test_only_outlines_are_judged_and_known_things_have_their_class(photographed: Callable) -> None:
    sample = photographed((DOG, (10, 10, 40, 30)), (CAR, (60, 10, 40, 30)), (PERSON, (110, 10, 50, 110)))
    expected = np.full((120, 160), IGNORE)
    expected[10:40, 10:50] = ANOMALY
    expected[10:40, 60:100] = expected[10:120, 110:160] = NORMAL
    assert np.array_equal(sample.anomaly, expected)
    classes = np.zeros((120, 160))
    classes[10:40, 60:100], classes[10:120, 110:160] = class_mask(["car"]), class_mask(["pedestrian"])
    assert np.array_equal(sample.allowed, classes)


@pytest.mark.parametrize("order", [1, -1])
def test_the_smaller_outline_lies_on_the_larger(photographed: Callable, order: int) -> None:
    outlines = [(CAR, (10, 10, 100, 100)), (DOG, (30, 30, 20, 20))][::order]
    sample = photographed(*outlines)
    assert (sample.anomaly == ANOMALY).sum() == 400 and (sample.anomaly == NORMAL).sum() == 9600
    assert not sample.allowed[30:50, 30:50].any()


def test_what_is_in_place_there_and_what_is_not_asked_for_is_not_judged(photographed: Callable) -> None:
    outlines = (PERSON, (10, 10, 60, 100)), (CHAIR, (20, 20, 20, 20))
    for settings in ({"unknown": ("chair",), "out_of_place": ("chair",)}, {"unknown": ("dog",)}):
        sample = photographed(*outlines, **settings)
        assert (sample.anomaly[20:40, 20:40] == IGNORE).all() and (sample.anomaly == NORMAL).sum() == 5600
        assert not sample.allowed[20:40, 20:40].any()


def test_a_street_category_can_be_unknown(photographed: Callable) -> None:
    sample = photographed((CAR, (10, 10, 60, 100)), unknown=("car",))
    assert (sample.anomaly == ANOMALY).sum() == 6000 and not sample.allowed.any()


def test_crowds_are_not_judged(tmp_path: Path, coco_tools: tuple, make_picture: Callable) -> None:
    write, box = coco_tools
    crowd = {**box(1, PERSON, 0, 0, 160, 120), "iscrowd": 1, "segmentation": CROWD}
    write(tmp_path, [crowd, box(1, DOG, 10, 10, 20, 20)], {1: make_picture(120, 160, 1)})
    sample = Photographs(coco_photographs(tmp_path), ("dog",))(np.random.default_rng(0))
    assert set(np.unique(sample.anomaly)) == {ANOMALY, IGNORE} and (sample.anomaly == ANOMALY).sum() == 400


def test_no_photographs_are_refused() -> None:
    with pytest.raises(ValueError, match="objects must name a source of the layout coco"):
        Photographs((), ("dog",))


def test_a_photograph_of_another_size_is_named(tmp_path: Path, coco_tools: tuple, make_picture: Callable) -> None:
    write, box = coco_tools
    write(tmp_path, [box(1, DOG, 10, 10, 20, 20)], {1: make_picture(60, 80, 1)})
    (photograph,) = coco_photographs(tmp_path)
    wrong = Photographs([type(photograph)(photograph.path, (90, 90), (), 1)], ("dog",))
    with pytest.raises(ValueError, match=r"differs from \(90, 90\) in the annotations"):
        wrong(np.random.default_rng(0))
