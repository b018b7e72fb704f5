"""Every output over DDS: what a subscriber gets is what was published."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Peer
from rclpy.serialization import deserialize_message, serialize_message
from result_samples import located, result, without_position
from ros_domain import fresh_domain

from mgcda_core.frame import HazardState
from mgcda_ros.outputs import Output, available_outputs


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer(fresh_domain())
    try:
        yield peer
    finally:
        peer.close()


def received(peer: Peer, output: Output, message: Any) -> Any:
    """Publish a message until it comes back, and return what came."""
    came: list[Any] = []
    topic = f"/mgcda/{output.topic}"
    publisher = peer.node.create_publisher(output.message_type, topic, 2)
    peer.node.create_subscription(output.message_type, topic, came.append, 2)
    sent_s = -math.inf

    def send() -> list[Any]:
        nonlocal sent_s
        if publisher.get_subscription_count() > 0 and time.monotonic() - sent_s > 0.5:
            sent_s = time.monotonic()
            publisher.publish(message)
        return came

    return peer.until(send, f"a message on {topic}")[0]


def test_every_output_arrives_as_it_was_sent(peer: Peer) -> None:
    full = result(
        located(3, 10, 0), located(8, 20, 5), without_position(9, HazardState.TENTATIVE), stop_distance_m=12.5
    )
    for output in available_outputs():
        message = output.build(full)
        # float32 fields hold less than a Python float: both are compared as they are after serialization.
        expected = deserialize_message(serialize_message(message), output.message_type)
        assert received(peer, output, message) == expected, output.topic


def test_empty_outputs_arrive_too(peer: Peer) -> None:
    for output in available_outputs():
        if output.topic not in ("score", "mask", "overlay"):
            received(peer, output, output.build(result()))


@pytest.mark.parametrize("distance", [math.inf, math.nan])
def test_stop_distance_keeps_infinite_and_unknown_apart(peer: Peer, distance: float) -> None:
    (output,) = [output for output in available_outputs() if output.topic == "stop_distance"]
    came = received(peer, output, output.build(result(stop_distance_m=distance))).data
    assert (math.isinf(came), math.isnan(came)) == (math.isinf(distance), math.isnan(distance))
