"""Standard deviations of places on the ground, against the spread of many cameras that sit a little differently."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mgcda_core.frame import Camera, Hazard
from mgcda_core.hazards.ground import GroundSettings, locate
from mgcda_core.hazards.mounting import extrinsics_of

EXACT = GroundSettings(pixel_sigma=0.0, pitch_sigma_deg=0.0, roll_sigma_deg=0.0, height_sigma_m=0.0)
INTRINSICS = np.array([[550.0, 0.0, 639.5], [0.0, 550.0, 359.5], [0.0, 0.0, 1.0]])


def tilted(pitch_deg: float = 0.0, roll_deg: float = 0.0, height_m: float = 1.5) -> Camera:
    """Return a camera that sees 100 degrees and is mounted with a pitch of 3, as it may really sit."""
    return Camera(
        1280, 720, INTRINSICS, extrinsics=extrinsics_of("base", height_m, 3.0 + pitch_deg, roll_deg, 0.0, 0.0, 0.0)
    )


def upright(bottom_row: int, middle: int = 639) -> Hazard:
    """Return a rectangle whose lowest pixels lie in bottom_row."""
    left, right, top = middle - 25, middle + 25, bottom_row - 40
    polygon = np.array([[left, top], [left, bottom_row], [right, bottom_row], [right, top]], np.float32)
    return Hazard(1, (left, top, right + 1, bottom_row + 1), polygon, 0.9, 1000)


def spread(hazard: Hazard, noise: dict[str, float], draws: int = 700) -> tuple[Hazard, float, float]:
    """Return the hazard located with these sigmas, and the measured spreads of distance and width."""
    uncertain = replace(EXACT, **noise, maximum_distance_m=300.0)
    (stated,) = locate([hazard], tilted(), uncertain)
    rng = np.random.default_rng(1)
    found = []
    for pitch, roll, height, across, down in rng.normal(size=(draws, 5)):
        camera = tilted(
            pitch * noise.get("pitch_sigma_deg", 0.0),
            roll * noise.get("roll_sigma_deg", 0.0),
            1.5 + height * noise.get("height_sigma_m", 0.0),
        )
        # An error of the border and one of the principal point are the same.
        intrinsics = camera.intrinsics.copy()
        intrinsics[:2, 2] += np.array([across, down]) * noise.get("pixel_sigma", 0.0)
        found += locate([hazard], replace(camera, intrinsics=intrinsics), uncertain)
    known = [(hazard.distance_m, hazard.width_m) for hazard in found if hazard.distance_m is not None]
    assert len(known) >= 0.97 * draws
    distances, widths = np.array(known).T
    return stated, float(distances.std()), float(widths.std())


@pytest.mark.parametrize("distance", [4.0, 10.0, 20.0, 30.0, 40.0])
def test_sigma_of_half_a_degree_of_pitch_is_the_measured_spread(distance: float) -> None:
    row = 359.5 + 550 * np.tan(np.arctan2(1.5, distance) - np.deg2rad(3.0))
    stated, measured, of_width = spread(upright(round(row)), {"pitch_sigma_deg": 0.5})
    assert stated.distance_sigma_m == pytest.approx(measured, rel=0.2)
    assert stated.width_sigma_m == pytest.approx(of_width, rel=0.2)


@pytest.mark.parametrize(
    ("noise", "middle"),
    [
        ({"height_sigma_m": 0.05}, 639),
        ({"pixel_sigma": 1.5}, 639),
        ({"pixel_sigma": 1.5}, 1100),
        ({"roll_sigma_deg": 0.5}, 1100),
        ({"pitch_sigma_deg": 0.5}, 200),
        ({"pitch_sigma_deg": 0.3, "roll_sigma_deg": 0.6, "height_sigma_m": 0.03, "pixel_sigma": 1.0}, 300),
    ],
    ids=["height", "pixels", "pixels aside", "roll aside", "pitch aside", "all"],
)
def test_sigma_of_every_uncertainty_is_the_measured_spread(noise: dict[str, float], middle: int) -> None:
    stated, measured, _ = spread(upright(430, middle=middle), noise)
    assert stated.distance_sigma_m == pytest.approx(measured, rel=0.2)


def test_roll_matters_beside_the_camera_only() -> None:
    camera = tilted()
    ahead, aside = locate([upright(430), upright(430, middle=1200)], camera, replace(EXACT, roll_sigma_deg=0.5))
    assert ahead.distance_sigma_m < 0.05 * aside.distance_sigma_m


def test_pitch_is_the_cameras_own_wherever_it_looks() -> None:
    aside = Rotation.from_euler("z", 90, degrees=True).as_matrix()
    turned = replace(tilted().extrinsics, rotation=aside @ tilted().extrinsics.rotation)
    uncertain = replace(EXACT, pitch_sigma_deg=0.5)
    (ahead,), (left,) = (
        locate([upright(430)], camera, uncertain) for camera in (tilted(), replace(tilted(), extrinsics=turned))
    )
    assert left.distance_sigma_m == pytest.approx(ahead.distance_sigma_m)
    np.testing.assert_allclose(left.footprint_m, ahead.footprint_m @ aside.T, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("pixel_sigma", -0.1, "finite and 0 or more"),
        ("pitch_sigma_deg", float("nan"), "finite and 0 or more"),
        ("height_sigma_m", float("inf"), "finite and 0 or more"),
        ("maximum_distance_m", 0.0, "finite and above 0"),
        ("maximum_depth_m", float("inf"), "finite and above 0"),
        ("minimum_depth_m", 4.0, "at most maximum_depth_m, 3.0"),
    ],
)
def test_wrong_uncertainare_refused_by_name(name: str, value: float, allowed: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: {value} is not allowed; it must be {allowed}$"):
        GroundSettings(**{name: value})
