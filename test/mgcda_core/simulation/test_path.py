"""Where a drive is on the plane, against headings added up step by step."""

from __future__ import annotations

import math

import pytest

from mgcda_core.simulation.drive import Drive


@pytest.mark.parametrize("seed", [0, 7])
def test_the_pose_is_what_headings_and_sway_add_up_to(seed: int) -> None:
    drive = Drive(seed=seed, width=64, height=36, speed_mps=10.0)
    step, x, y, along = 0.05, 0.0, 0.0, 0.0
    length = 2.5 * drive.style.bend_length_m
    for _ in range(round(length / step)):
        heading = drive.style.heading_at(along + step / 2)
        x, y, along = x + step * math.cos(heading), y + step * math.sin(heading), along + step
    yaw = drive.style.heading_at(along)
    sway = drive.style.lane_y + 0.15 * math.sin(along / 37 + drive.style.bend_phase)
    found = drive.pose_at(along / 10.0)
    assert found == pytest.approx((x - sway * math.sin(yaw), y + sway * math.cos(yaw), yaw), abs=2e-3)


def test_at_the_start_it_is_beside_the_beginning_of_the_road() -> None:
    drive = Drive(seed=7, width=64, height=36)
    x, y, yaw = drive.pose_at(0.0)
    assert (x, yaw) == pytest.approx((0.0, 0.0), abs=1e-9) and abs(y - drive.style.lane_y) <= 0.15
