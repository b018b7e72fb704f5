"""Where the camera sat: fixed, or asked of tf2 (a stand-in here) at the picture's stamp and no other."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from geometry_msgs.msg import Quaternion, Transform, TransformStamped, Vector3
from rclpy.time import Time

from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_ros.mounting import FixedMounting, TransformMounting, UnknownMountingError, extrinsics_from_transform

STAMP_NS = 1_700_000_000_123_456_789


def turned(axis: str, angle_deg: float) -> Quaternion:
    half = math.radians(angle_deg) / 2
    return Quaternion(w=math.cos(half), **{axis: math.sin(half)})


def transform(rotation: Quaternion, *position: float) -> Transform:
    x, y, z = position
    return Transform(translation=Vector3(x=x, y=y, z=z), rotation=rotation)


class NoTransform(Exception):
    pass


class Tf2:
    """Stands in for tf2_ros; known_from_s: time.monotonic() before which it knows nothing."""

    def __init__(self, known_from_s: float = 0.0) -> None:
        self.asked: list[tuple[str, str, int]] = []
        self.known_from_s = known_from_s
        self.unregistered = False
        self.cleared_after: list[int] = []
        module = ModuleType("tf2_ros")
        module.TransformException = NoTransform
        module.Buffer = lambda: self
        module.TransformListener = lambda buffer, node: SimpleNamespace(unregister=self.unregister)
        self.module = module

    def unregister(self) -> None:
        self.unregistered = True

    def clear(self) -> None:
        self.cleared_after.append(len(self.asked))

    def lookup_transform(self, target: str, source: str, when: Time) -> TransformStamped:
        self.asked.append((target, source, when.nanoseconds))
        if time.monotonic() < self.known_from_s:
            raise NoTransform("extrapolation into the future")
        return TransformStamped(transform=transform(turned("y", 20), 1.0, 2.0, 3.0))


@pytest.fixture
def mount(monkeypatch: pytest.MonkeyPatch) -> Callable[..., TransformMounting]:
    """Return a function that makes a TransformMounting on a stand-in."""

    def make(tf2: Tf2, timeout_s: float = 0.05) -> TransformMounting:
        monkeypatch.setitem(sys.modules, "tf2_ros", tf2.module)
        return TransformMounting(SimpleNamespace(), base_frame="base_link", ground_height_m=-0.3, timeout_s=timeout_s)

    return make


def test_fixed_mounting_is_the_same_at_any_time() -> None:
    extrinsics = extrinsics_of("base_link", 1.5, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert FixedMounting(extrinsics).at(1, "camera") is FixedMounting(extrinsics).at(2, "other") is extrinsics
    assert FixedMounting(None).at(1, "camera") is None


def test_tf2_is_asked_for_the_camera_at_the_picture_s_stamp(mount: Callable[..., TransformMounting]) -> None:
    tf2 = Tf2()
    found = mount(tf2).at(STAMP_NS, "camera_optical_frame")
    assert tf2.asked == [("base_link", "camera_optical_frame", STAMP_NS)]
    assert (found.frame_id, found.ground_z_m, found.position.tolist()) == ("base_link", -0.3, [1.0, 2.0, 3.0])


def test_a_transform_that_comes_late_is_waited_for(mount: Callable[..., TransformMounting]) -> None:
    tf2 = Tf2(known_from_s=time.monotonic() + 0.1)
    assert mount(tf2, timeout_s=20.0).at(STAMP_NS, "camera").frame_id == "base_link"
    assert len(tf2.asked) > 1 and len(set(tf2.asked)) == 1


def test_a_transform_that_does_not_come_is_named_within_the_timeout(mount: Callable[..., TransformMounting]) -> None:
    started = time.monotonic()
    with pytest.raises(UnknownMountingError, match=r"'camera' to 'base_link'.*transform_timeout_s \(0.05 s\).*future"):
        mount(Tf2(known_from_s=math.inf)).at(STAMP_NS, "camera")
    assert time.monotonic() - started < 5.0


def test_a_bag_that_begins_again_forgets_what_came_later(mount: Callable[..., TransformMounting]) -> None:
    tf2 = Tf2()
    mounting = mount(tf2)
    for stamp_ns in (STAMP_NS, STAMP_NS, STAMP_NS + 1, STAMP_NS - 10**9, STAMP_NS):
        mounting.at(stamp_ns, "camera")
    assert tf2.cleared_after == [3], "once, before the first picture of the new round"


def test_closing_unsubscribes(mount: Callable[..., TransformMounting]) -> None:
    tf2 = Tf2()
    mount(tf2).close()
    assert tf2.unregistered


@pytest.mark.parametrize(("axis", "index"), [("x", 0), ("y", 1), ("z", 2)])
def test_rotation_is_right_handed_about_each_axis(axis: str, index: int) -> None:
    found = extrinsics_from_transform(transform(turned(axis, 90), 0.0, 0.0, 0.0), "base", 0.0)
    units = np.eye(3)
    after, last = (index + 1) % 3, (index + 2) % 3
    assert np.allclose(found.rotation @ units[index], units[index])
    assert np.allclose(found.rotation @ units[after], units[last])
    assert np.allclose(found.rotation @ units[last], -units[after])


def test_a_camera_that_looks_ahead_is_the_one_of_the_parameters() -> None:
    """The usual optical frame, rpy -90, 0, -90 degrees, is the fixed mounting without any angle."""
    optical = Quaternion(x=-0.5, y=0.5, z=-0.5, w=0.5)
    found = extrinsics_from_transform(transform(optical, 1.2, -0.1, 1.6), "base_link", 0.0)
    expected = extrinsics_of("base_link", 1.6, 0.0, 0.0, 0.0, 1.2, -0.1)
    assert np.allclose(found.rotation, expected.rotation) and np.allclose(found.position, expected.position)


@pytest.mark.parametrize(
    "wrong",
    [
        transform(Quaternion(x=0.0, y=0.0, z=0.0, w=0.0), 0.0, 0.0, 1.0),
        transform(Quaternion(x=math.nan, w=1.0), 0.0, 0.0, 1.0),
        transform(Quaternion(w=1.0), 0.0, math.inf, 1.0),
    ],
    ids=["zero", "nan", "infinite"],
)
def test_what_is_no_transform_is_refused(wrong: Transform) -> None:
    with pytest.raises(UnknownMountingError, match="no rotation and shift"):
        extrinsics_from_transform(wrong, "base_link", 0.0)
