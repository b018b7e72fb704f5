"""The vehicle's odometry: what becomes motion, and what is reported."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import Quaternion
from nav_msgs.msg import Odometry
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from ros_domain import fresh_domain
from scipy.spatial.transform import Rotation

from mgcda_core.frame import Status
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_ros.health import Health
from mgcda_ros.odometry_input import OdometryInput
from mgcda_ros.stamps import SECOND, header_of

START_NS = 1_000 * SECOND


@pytest.fixture
def node() -> Iterator[Node]:
    context = Context()
    rclpy.init(args=[], context=context, domain_id=fresh_domain())
    made = rclpy.create_node("odometry_under_test", context=context)
    yield made
    made.destroy_node()
    rclpy.shutdown(context=context)


@pytest.fixture
def health() -> Health:
    return Health(lambda *_: None)


def pose(
    seconds: float,
    x: float,
    y: float,
    yaw_deg: float,
    pitch_deg: float = 0,
    roll_deg: float = 0,
    moves: str = "base_link",
) -> Odometry:
    message = Odometry(header=header_of(START_NS + round(seconds * SECOND), "odom"), child_frame_id=moves)
    message.pose.pose.position.x, message.pose.pose.position.y = x, y
    turn = Rotation.from_euler("ZYX", (yaw_deg, pitch_deg, roll_deg), degrees=True).as_quat().tolist()
    message.pose.pose.orientation = Quaternion(x=turn[0], y=turn[1], z=turn[2], w=turn[3])
    return message


class Counting(OdometryInput):
    """Counts what has been taken in."""

    received = 0

    def _on_odometry(self, message: Odometry) -> None:
        super()._on_odometry(message)
        self.received += 1


def receive(node: Node, input_: Counting, *messages: Odometry) -> None:
    """Send messages over DDS until all have arrived."""
    publisher = node.create_publisher(Odometry, "/odometry", 10)
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    end = time.monotonic() + 20
    while publisher.get_subscription_count() == 0:
        assert time.monotonic() < end
        time.sleep(0.01)
    for message in messages:
        publisher.publish(message)
        expected = input_.received + 1
        while input_.received < expected:
            assert time.monotonic() < end
            executor.spin_once(timeout_sec=0.05)
    executor.shutdown()


def make(node: Node, health: Health, deadline_s: float = 30.0) -> tuple[Counting, EgoMotion]:
    motion = EgoMotion()
    made = Counting(node, health, motion, topic="/odometry", base_frame="base_link", deadline_s=deadline_s)
    return made, motion


def test_motion_is_that_of_the_ground_plane(node: Node, health: Health) -> None:
    """1 m ahead and 30 degrees to the left: what was 3 m ahead is 2 m away, 30 degrees to the right."""
    input_, motion = make(node, health)
    receive(node, input_, pose(0.0, 5.0, 7.0, 0.0, 4.0, -3.0), pose(0.2, 6.0, 7.0, 30.0, -2.0, 5.0))
    moved = motion.between(START_NS, START_NS + SECOND // 5).moved(np.array([[3.0, 0.0]]))
    assert np.allclose(moved, [[2 * math.cos(math.pi / 6), -2 * math.sin(math.pi / 6)]], atol=1e-9)
    input_.watch()
    assert health.current()[0] == Status.OK


def test_pose_of_another_frame_is_not_used_and_named(node: Node, health: Health) -> None:
    input_, motion = make(node, health)
    receive(node, input_, pose(0.0, 0.0, 0.0, 0.0, moves="rear_axle"), pose(0.2, 1.0, 0.0, 0.0, moves="rear_axle"))
    assert motion.between(START_NS, START_NS + SECOND // 5) is None
    status, message = health.current()
    assert status == Status.DEGRADED and "'rear_axle'" in message and "'base_link'" in message
    receive(node, input_, pose(0.4, 2.0, 0.0, 0.0))
    assert health.current()[0] == Status.OK


def test_silence_is_degraded_until_odometry_comes(node: Node, health: Health) -> None:
    input_, _ = make(node, health, deadline_s=0.5)
    input_.watch()
    assert health.current()[0] == Status.OK
    time.sleep(0.6)
    input_.watch()
    status, message = health.current()
    assert status == Status.DEGRADED and "no odometry on /odometry for more than 0.5 s" in message
    receive(node, input_, pose(0.0, 0.0, 0.0, 0.0))
    input_.watch()
    assert health.current()[0] == Status.OK


def test_pose_that_is_not_finite_moves_nothing(node: Node, health: Health) -> None:
    input_, motion = make(node, health)
    receive(node, input_, pose(0.0, math.nan, 0.0, 0.0), pose(0.2, math.inf, 0.0, 0.0))
    assert motion.between(START_NS, START_NS + SECOND // 5) is None
