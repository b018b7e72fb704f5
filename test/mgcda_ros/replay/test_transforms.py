"""Transforms of a bag, against products of matrices worked out here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bag_samples import START_NS, Sample, drive_samples, transform, write_bag
from replay_samples import replayed
from scipy.spatial.transform import Rotation

from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_ros.bags.recording import Recording
from mgcda_ros.mounting import UnknownMountingError
from mgcda_ros.parameters.file import checked_values
from mgcda_ros.replay.transforms import BagTransforms

MS = 1_000_000
HEAD = Rotation.from_euler("xyz", [10, 20, 30], degrees=True)
OPTICAL = Rotation.from_euler("xyz", [-90, 0, -90], degrees=True)


def pan(degrees: float) -> Rotation:
    return Rotation.from_euler("z", degrees, degrees=True)


def homogeneous(turn: Rotation, shift: tuple[float, float, float]) -> np.ndarray:
    """Return the matrix (4, 4) of a transform."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn.as_matrix(), shift
    return matrix


def moving_head() -> list[Sample]:
    """map -> base_link (never asked for), base_link -> mast (fixed), mast -> head (pans), head -> camera (fixed)."""
    fixed = [
        transform("/tf_static", START_NS, "base_link", "mast", HEAD, (1, 2, 3), stamp_ns=START_NS),
        transform("/tf_static", START_NS, "head", "camera", OPTICAL, (0.1, 0, 0), stamp_ns=START_NS),
        transform("/tf_static", START_NS, "alone", "other", OPTICAL, (0, 0, 0), stamp_ns=START_NS),
    ]
    moving = [
        transform("/tf", at, "mast", "head", pan(angle), (0, 0, height), stamp_ns=at)
        for at, angle, height in (
            (START_NS, 0, 1.0), (START_NS + 100 * MS, 40, 1.2), (START_NS + 300 * MS, 40, 1.2),
        )
    ]  # fmt: skip
    return fixed + moving


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    with Recording(write_bag(tmp_path / "bag", "mcap", moving_head())) as opened:
        yield opened


def transforms(recording: Recording, **parameters: object) -> BagTransforms:
    return BagTransforms(recording, checked_values({"extrinsics": "tf", "ground_height_m": -0.3} | parameters))


@pytest.mark.parametrize(
    ("after_ms", "degrees", "height"), [(0, 0, 1.0), (25, 10, 1.05), (100, 40, 1.2), (200, 40, 1.2)]
)
def test_camera_on_a_moving_head_is_interpolated_at_the_stamp(
    recording: Recording, after_ms: int, degrees: float, height: float
) -> None:
    found = transforms(recording, transform_timeout_s=0.5)
    found.advance(START_NS + after_ms * MS)
    extrinsics = found.at(START_NS + after_ms * MS, "camera")
    expected = (
        homogeneous(HEAD, (1, 2, 3)) @ homogeneous(pan(degrees), (0, 0, height)) @ homogeneous(OPTICAL, (0.1, 0, 0))
    )
    np.testing.assert_allclose(extrinsics.rotation, expected[:3, :3], atol=1e-9)
    np.testing.assert_allclose(extrinsics.position, expected[:3, 3], atol=1e-9)
    assert (extrinsics.frame_id, extrinsics.ground_z_m) == ("base_link", -0.3)


def test_base_frame_may_be_a_child_too(recording: Recording) -> None:
    found = transforms(recording, base_frame="head")
    found.advance(START_NS)
    np.testing.assert_allclose(found.at(START_NS, "mast").rotation, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(found.at(START_NS, "mast").position, (0, 0, -1), atol=1e-9)


@pytest.mark.parametrize(
    ("after_ms", "timeout_s", "frame", "expected"),
    [
        pytest.param(25, 0.05, "camera", "0.025 s earlier only", id="the next one comes too late"),
        pytest.param(400, 1.0, "camera", "0.100 s earlier only", id="after the last one"),
        pytest.param(-5, 0.1, "camera", "0.005 s later only", id="before the first one"),
        pytest.param(0, 0.1, "other", "not connected", id="another tree"),
        pytest.param(0, 0.1, "lidar", "not connected", id="no such frame"),
    ],
)
def test_what_is_not_known_at_the_stamp_is_not_guessed(
    recording: Recording, after_ms: int, timeout_s: float, frame: str, expected: str
) -> None:
    found = transforms(recording, transform_timeout_s=timeout_s)
    found.advance(START_NS + after_ms * MS)
    with pytest.raises(UnknownMountingError, match=expected):
        found.at(START_NS + after_ms * MS, frame)


def test_replay_with_transforms_is_that_with_the_same_parameters(tmp_path: Path) -> None:
    samples = drive_samples(4)
    mounting = extrinsics_of("base_link", 1.5, 3.0, 0.0, 0.0, 0.0, 0.0)
    turn = Rotation.from_matrix(mounting.rotation)
    fixed = transform(
        "/tf_static", START_NS + 200 * MS, "base_link", "camera", turn, tuple(mounting.position), stamp_ns=START_NS
    )
    by_parameters = replayed(tmp_path / "a", samples)
    by_transforms = replayed(
        tmp_path / "b", [*samples, fixed], overrides={"extrinsics": "tf", "camera_height_m": 0.0}, write_bag=True
    )
    assert by_transforms["records"] == by_parameters["records"]
    assert any(hazard["distance_m"] for each in by_transforms["records"] for hazard in each["hazards"])
    assert by_transforms["failures"] == {}
    without = replayed(tmp_path / "c", samples, overrides={"extrinsics": "tf", "camera_height_m": 0.0})
    assert all("no transform from 'camera' to 'base_link'" in each["message"] for each in without["records"])
