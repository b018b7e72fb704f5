"""Extrinsics from measured numbers, against SciPy's rotations and the simulator's camera."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_core.simulation.pinhole import make_view, to_optical

STRAIGHT = {"pitch_deg": 0.0, "roll_deg": 0.0, "yaw_deg": 0.0, "x_m": 0.0, "y_m": 0.0}


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-180, 180))
def test_rotation_is_that_of_scipys_roll_pitch_yaw(pitch: float, roll: float, yaw: float) -> None:
    found = extrinsics_of("base", 1.5, pitch, roll, yaw, 0.5, -0.2)
    optical = Rotation.from_matrix([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
    expected = Rotation.from_euler("xyz", [roll, pitch, yaw], degrees=True) * optical
    np.testing.assert_allclose(found.rotation, expected.as_matrix(), atol=1e-12)
    assert (found.frame_id, found.position.tolist(), found.ground_z_m) == ("base", [0.5, -0.2, 1.5], 0.0)


@pytest.mark.parametrize(("height", "pitch"), [(1.5, 3.0), (0.4, -10.0), (4.0, 30.0)])
def test_it_undoes_the_simulators_camera(height: float, pitch: float) -> None:
    points = np.random.default_rng(1).uniform([2, -5, 0], [40, 5, 3], (20, 3))
    extrinsics = extrinsics_of("base", height, **{**STRAIGHT, "pitch_deg": pitch})
    optical = to_optical(make_view(640, 360, 60.0, height, pitch), points)
    np.testing.assert_allclose(optical @ extrinsics.rotation.T + extrinsics.position, points, atol=1e-9)


@pytest.mark.parametrize(
    ("turn", "looks", "right"),
    [
        ({}, (1, 0, 0), (0, -1, 0)),
        ({"pitch_deg": 90.0}, (0, 0, -1), (0, -1, 0)),
        ({"yaw_deg": 90.0}, (0, 1, 0), (1, 0, 0)),
        ({"roll_deg": 90.0}, (1, 0, 0), (0, 0, -1)),
    ],
    ids=["straight", "down", "left", "leaning right"],
)
def test_positive_angles_look_down_left_and_lean_right(turn: dict, looks: tuple, right: tuple) -> None:
    rotation = extrinsics_of("base", 1.0, **{**STRAIGHT, **turn}).rotation
    np.testing.assert_allclose(rotation[:, 2], looks, atol=1e-12)
    np.testing.assert_allclose(rotation[:, 0], right, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("height_m", 0.0, "above 0 and finite"),
        ("height_m", float("inf"), "above 0 and finite"),
        ("pitch_deg", 90.5, "from -90.0 to 90.0"),
        ("roll_deg", float("nan"), "from -180.0 to 180.0"),
        ("yaw_deg", -181.0, "from -180.0 to 180.0"),
        ("x_m", float("nan"), "finite"),
        ("y_m", float("-inf"), "finite"),
    ],
)
def test_wrong_numbers_are_refused_by_name(name: str, value: float, allowed: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: {value} is not allowed; it must be {allowed}$"):
        extrinsics_of("base", **{"height_m": 1.5, **STRAIGHT, name: value})
