"""Lower edges of regions found in masks, against the masks' own columns."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from mgcda_core.frame import Hazard, ScoreMap
from mgcda_core.hazards.foot import KNOTS, lower_edges
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.regions import find_hazards


def hazards_in(mask: np.ndarray) -> tuple[Hazard, ...]:
    return find_hazards(
        ScoreMap(mask.astype(np.float32), None, 0, ""),
        RegionSettings(0.5, minimum_area_share=0.0, maximum_hole_share=0.0, merge_gap=0.0),
    )


def edge_of(rows: list[str]) -> np.ndarray:
    """Return the lower edge (KNOTS, 2) of the one region drawn with #."""
    (hazard,) = hazards_in(np.array([[sign == "#" for sign in row] for row in rows]))
    return lower_edges([hazard])[0]


def test_the_edge_runs_along_the_borders_of_the_lowest_pixels_from_border_to_border() -> None:
    edge = edge_of(["......", ".####.", ".####.", ".####.", "......"])
    np.testing.assert_allclose(edge[:, 0], np.linspace(0.5, 4.5, KNOTS))
    np.testing.assert_allclose(edge[:, 1], 3.5)


@pytest.mark.parametrize("rows", [["...", ".#.", "..."], ["...", "###", "..."]], ids=["pixel", "line"])
def test_the_smallest_regions_have_an_edge(rows: list[str]) -> None:
    edge = edge_of(rows)
    assert np.ptp(edge[:, 0]) == rows[1].count("#")
    np.testing.assert_allclose(edge[:, 1], 1.5)


def test_a_corner_of_a_box_is_followed() -> None:
    mask = np.zeros((60, 100), np.uint8)
    cv2.fillPoly(mask, [np.array([[10, 10], [90, 10], [90, 40], [40, 52], [10, 44]])], 1)
    (edge,) = lower_edges(hazards_in(mask > 0))
    expected = np.interp(edge[:, 0], [10, 40, 90], [44, 52, 40]) + 0.5
    # Every point takes the lowest of its eighth of the columns, ten wide: up to 2.7 rows here.
    assert (edge[:, 1] - expected > -1.1).all() and (edge[:, 1] - expected < 3.2).all()
    assert edge[:, 1].max() == 52.5


@pytest.mark.parametrize("spike", [1, 2, 9, 29])
def test_one_column_alone_moves_the_edge_by_two_pixels_at_most(spike: int) -> None:
    mask = np.zeros((60, 60), bool)
    mask[10:30, 10:40] = True
    mask[30 : 30 + spike, 22] = True
    (edge,) = lower_edges(hazards_in(mask))
    assert 29.5 <= edge[:, 1].max() <= 31.5


def test_thin_legs_and_a_narrow_pole_are_no_spikes() -> None:
    animal = np.zeros((60, 60), bool)
    animal[10:30, 10:40] = True
    animal[30:40, [14, 33]] = True
    pole = np.zeros((60, 60), bool)
    pole[10:30, 20:23] = True
    pole[30:40, 21] = True
    for mask in (animal, pole):
        (edge,) = lower_edges(hazards_in(mask))
        assert edge[:, 1].max() == pytest.approx(39.5)


def test_edges_agree_with_the_columns_of_random_blobs() -> None:
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(6):
        smooth = cv2.GaussianBlur(rng.normal(size=(150, 220)), (0, 0), 4)
        mask = smooth > 0.6 * smooth.std()
        labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[1]
        hazards = hazards_in(mask)
        edges = lower_edges(hazards)
        assert edges.shape == (len(hazards), KNOTS, 2)
        for hazard, edge in zip(hazards, edges, strict=True):
            np.testing.assert_array_equal(lower_edges([hazard])[0], edge)
            x_min, _, x_max, y_max = hazard.box_px
            if x_max - x_min < 24:
                continue
            column, row = hazard.polygon_px[0].astype(int)
            region = labels == labels[row, column]
            lowest = np.array([np.flatnonzero(region[:, x]).max() for x in range(x_min, x_max)])
            # An outline may run a pixel off the region, sideways as well, and the edge moves down by a pixel at most.
            starts = np.arange(KNOTS + 1) * len(lowest) // KNOTS
            for knot, (start, stop) in enumerate(itertools.pairwise(starts)):
                narrow, wide = lowest[start + 1 : stop - 1], lowest[max(start - 2, 0) : stop + 2]
                assert narrow.max() - 1 <= edge[knot, 1] - 0.5 <= wide.max() + 2
            assert y_max - 1.5 <= edge[:, 1].max() <= y_max - 0.5
            seen += 1
    assert seen > 20
