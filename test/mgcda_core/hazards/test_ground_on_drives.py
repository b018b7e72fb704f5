"""Places on the ground, against what truly lies on the simulated road; regions are the true masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mgcda_core.frame import Camera, Hazard, ScoreMap
from mgcda_core.hazards.ground import GroundSettings, locate
from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.regions import find_hazards
from mgcda_core.simulation.drive import Drive, HazardTruth, RenderedFrame

SETTINGS = GroundSettings(
    pixel_sigma=0.0, pitch_sigma_deg=0.5, roll_sigma_deg=0.0, height_sigma_m=0.0, maximum_distance_m=200.0
)
FLAT_KINDS = ("dog", "deer", "boar", "ball")
SEEDS = (0, 2, 5, 9)
TIMES_S = (0.5, 2.6, 4.7, 6.8, 8.9, 11.0, 13.1, 15.2)


def camera_of(frame: RenderedFrame, pitch_error_deg: float = 0.0) -> Camera:
    pitch = np.rad2deg(frame.camera_pitch_rad) + pitch_error_deg
    return replace(frame.camera, extrinsics=extrinsics_of("base", frame.camera_height_m, pitch, 0.0, 0.0, 0.0, 0.0))


def find_sightings() -> list[tuple[RenderedFrame, HazardTruth, Hazard]]:
    """Return the hazards of a few frames whose lower edge shows, each with the lowest region of its true mask."""
    found = []
    for seed in SEEDS:
        drive = Drive(seed=seed, hazard_spacing_m=(12.0, 18.0))
        for time in TIMES_S:
            frame = drive.render(time)
            for truth in frame.hazards:
                mask = (frame.instances == truth.id % 255).astype(np.float32)
                regions = find_hazards(
                    ScoreMap(mask, None, 0, ""), RegionSettings(0.5, minimum_area_share=0.0, merge_gap=0.0)
                )
                lowest = max(regions, key=lambda region: region.box_px[3])
                if truth.visible_px >= 30 and lowest.box_px[3] < frame.camera.height:
                    found.append((frame, truth, lowest))
    return found


@pytest.fixture(scope="module")
def sightings() -> list[tuple[RenderedFrame, HazardTruth, Hazard]]:
    return find_sightings()


def relative_errors(sightings: list) -> np.ndarray:
    """Return true distance, metres, and the relative error of the one found, (N, 2), with exact extrinsics."""
    found = [(locate([region], camera_of(frame), SETTINGS)[0], truth) for frame, truth, region in sightings]
    return np.array(
        [(truth.distance_m, hazard.footprint_m[:, 0].min() / truth.distance_m - 1) for hazard, truth in found]
    )


def sigma_ratios(sightings: list, low: float, high: float) -> list[float]:
    """Return the stated over the measured standard deviation under half a degree of pitch, for these distances."""
    errors_deg = np.random.default_rng(6).normal(0, 0.5, 150)
    ratios = []
    for frame, truth, region in sightings:
        if low <= truth.distance_m < high:
            (stated,) = locate([region], camera_of(frame), SETTINGS)
            noisy = [locate([region], camera_of(frame, error), SETTINGS)[0].distance_m for error in errors_deg]
            known = [distance for distance in noisy if distance is not None]
            assert len(known) >= 0.93 * len(noisy)
            ratios.append(stated.distance_sigma_m / np.std(known))
    return ratios


def test_distances_are_within_a_few_percent_up_to_40_m(sightings: list) -> None:
    """The simulator paints every pixel that an outline touches, half a pixel too low: hence a little too near."""
    errors = relative_errors([each for each in sightings if each[1].distance_m < 40])
    distances, relative = errors.T
    assert len(errors) >= 30
    for low, high in ((0, 15), (15, 25), (25, 40)):
        band = np.abs(relative[(distances >= low) & (distances < high)])
        assert len(band) >= 5
        assert np.median(band) < 0.05 and np.percentile(band, 90) < 0.07, (low, high)


def test_widths_are_those_of_flat_figures(sightings: list) -> None:
    """Flat figures face the camera, so that their size across is what is to be seen of them."""
    ratios = []
    for frame, truth, region in sightings:
        if truth.kind in FLAT_KINDS and truth.distance_m < 40:
            (hazard,) = locate([region], camera_of(frame), SETTINGS)
            ratios.append(hazard.width_m / truth.size_m[1])
    assert len(ratios) >= 5
    assert np.median(ratios) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("low", "high"), [(5, 15), (15, 25), (25, 35), (35, 43)])
def test_stated_sigmas_are_the_spread_under_half_a_degree_of_pitch(sightings: list, low: float, high: float) -> None:
    ratios = sigma_ratios(sightings, low, high)
    assert len(ratios) >= 5
    assert np.median(ratios) == pytest.approx(1.0, abs=0.2)
