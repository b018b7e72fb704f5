"""Parameters that are changed while the node looks: what is set together counts from the next frame, or none of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from harness import Peer, good_image, node_in_process, only_watch
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_msgs.msg import Float32

from mgcda_core.frame import Frame, Hazard, ScoreMap
from mgcda_core.hazards.regions import find_hazards
from mgcda_core.processing import Processor
from mgcda_ros.node import MgcdaNode
from mgcda_ros.outputs import Output

SEEN = 0.6
"""The probability of what is seen in these tests."""


@pytest.fixture
def node_and_peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[MgcdaNode, Peer]]:
    def process(self: Processor, frame: Frame) -> tuple[ScoreMap, tuple[Hazard, ...]]:
        probability = np.zeros(frame.image.shape[:2], np.float32)
        probability[40:60, 40:60] = SEEN
        score_map = ScoreMap(probability, None, frame.stamp, frame.frame_id)
        return score_map, find_hazards(score_map, self.regions)

    with node_in_process(threshold=0.5) as both:
        monkeypatch.setattr(Processor, "process", process)
        yield both


def by_service(peer: Peer, **values: float | int | bool | str) -> list[tuple[bool, str]]:
    """Set parameters as `ros2 param set` does, and return for each whether it was accepted, and why not."""
    client = peer.node.create_client(SetParameters, "/mgcda/set_parameters")
    peer.until(client.service_is_ready, "the parameter service")
    request = SetParameters.Request()
    request.parameters = [Parameter(name, value=value).to_parameter_msg() for name, value in values.items()]
    future = client.call_async(request)
    peer.until(future.done, "an answer")
    peer.node.destroy_client(client)
    return [(result.successful, result.reason) for result in future.result().results]


def report_with(peer: Peer, holds: Callable[[dict], bool]) -> dict:
    """Return a report on a picture sent from now on for which holds is true."""
    found: list[dict] = []

    def reported() -> bool:
        found.append(peer.send_until_report(good_image))
        return holds(found[-1])

    peer.until(reported, "such a report")
    return found[-1]


def test_a_threshold_counts_from_the_next_frame_and_keeps_the_hazards_id(
    node_and_peer: tuple[MgcdaNode, Peer],
) -> None:
    _, peer = node_and_peer
    (hazard,) = report_with(peer, lambda report: len(report["hazards"]) == 1)["hazards"]
    assert by_service(peer, threshold=0.55) == [(True, "")]
    (same,) = peer.send_until_report(good_image)["hazards"]
    assert same["id"] == hazard["id"]
    assert by_service(peer, threshold=0.7, time_to_live_s=0.1) == [(True, ""), (True, "")]
    report_with(peer, lambda report: report["hazards"] == [])


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        pytest.param({"threshold": 2.0}, ["0.0 <= 2.0 <= 0.999|out of range|threshold"], id="out of range"),
        pytest.param({"confirm_hits": 5}, ["confirm_hits: 5 is not allowed"], id="not beside the others"),
        pytest.param({"region_of_interest_right": 0.0}, ["must be above left"], id="no inside"),
        pytest.param({"long_side_px": 320}, ["takes effect at configure"], id="needs to be configured"),
        pytest.param({"cameras": "left"}, ["read-only"], id="read only"),
        pytest.param({"no_such": 1}, ["undeclared"], id="unknown"),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_reason_and_nothing_changes(
    node_and_peer: tuple[MgcdaNode, Peer], changes: dict, reasons: list[str]
) -> None:
    node, peer = node_and_peer
    before = only_watch(node).settings
    for (accepted, reason), expected in zip(by_service(peer, **changes), reasons, strict=True):
        assert not accepted and any(part in reason for part in expected.split("|")), reason
    peer.send_until_report(good_image)
    assert only_watch(node).settings == before


def test_what_is_set_together_counts_together_or_not_at_all(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    node, peer = node_and_peer
    both = [Parameter("confirm_hits", value=5), Parameter("confirm_window", value=6)]
    assert node.set_parameters_atomically(both).successful
    peer.send_until_report(good_image)
    tracks = only_watch(node).settings.follow.tracks
    assert (tracks.confirm_hits, tracks.confirm_window) == (5, 6)
    wrong = [Parameter("threshold", value=0.3), Parameter("confirm_window", value=4)]
    assert not node.set_parameters_atomically(wrong).successful
    assert node.get_parameter("threshold").value == 0.5
    peer.send_until_report(good_image)
    assert only_watch(node).settings.regions.threshold == 0.5


def test_outputs_are_switched_on_and_off(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    node, peer = node_and_peer
    masks: list[Image] = []
    peer.node.create_subscription(Image, "/mgcda/mask", masks.append, 2)
    peer.until(lambda: peer.send_until_report(good_image) and masks, "a mask")
    assert by_service(peer, publish_mask=False) == [(True, "")]
    peer.send_until_report(good_image)
    peer.spin(0.2)
    masks.clear()
    for _ in range(3):
        peer.send_until_report(good_image)
    assert masks == []
    assert by_service(peer, publish_mask=True) == [(True, "")]
    peer.until(lambda: peer.send_until_report(good_image) and masks, "a mask again")


def test_what_was_set_while_an_output_was_off_counts_when_it_is_on_again(
    node_and_peer: tuple[MgcdaNode, Peer],
) -> None:
    node, peer = node_and_peer

    def output(topic: str) -> Output:
        return next(each for each, _ in only_watch(node).outputs if each.topic == topic)

    peer.send_until_report(good_image)
    grid = output("grid")
    for changes in ({"publish_cloud": False}, {"cloud_spacing_m": 0.5}, {"publish_cloud": True}):
        assert all(accepted for accepted, _ in by_service(peer, **changes))
        peer.send_until_report(good_image)
        peer.send_until_report(good_image)
    assert output("cloud").build.keywords["settings"].spacing_m == 0.5
    assert output("grid") is grid, "what the grid remembers is not lost for the cloud's settings"


def test_an_output_that_was_off_from_the_start_can_be_switched_on() -> None:
    with node_in_process(publish_stop_distance=False) as (_, peer):
        stops: list[Float32] = []
        peer.node.create_subscription(Float32, "/mgcda/stop_distance", stops.append, 10)
        peer.send_until_report(good_image)
        assert stops == []
        assert by_service(peer, publish_stop_distance=True) == [(True, "")]
        peer.until(lambda: peer.send_until_report(good_image) and stops, "a stop distance")
        assert math.isnan(stops[-1].data)


def test_the_part_that_is_looked_at_and_the_heartbeat_change_while_it_looks(
    node_and_peer: tuple[MgcdaNode, Peer],
) -> None:
    node, peer = node_and_peer
    overlays: list[Image] = []
    peer.node.create_subscription(Image, "/mgcda/overlay", overlays.append, 2)
    peer.until(lambda: peer.send_until_report(good_image) and overlays, "an overlay")
    assert (overlays[-1].height, overlays[-1].width) == (96, 160)
    assert by_service(peer, region_of_interest_left=0.25, heartbeat_s=0.1) == [(True, ""), (True, "")]
    peer.until(lambda: peer.send_until_report(good_image) and overlays[-1].width == 120, "a narrower overlay")
    start = len(peer.statuses)
    peer.spin(2.0)
    assert len(peer.statuses) - start >= 12, "heartbeats five times as often as before"
    assert node._heartbeat_timer.timer_period_ns == 10_000_000


def test_a_frame_in_work_keeps_the_settings_that_it_began_with(
    node_and_peer: tuple[MgcdaNode, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, peer = node_and_peer
    report_with(peer, lambda report: len(report["hazards"]) == 1)
    process = Processor.process
    accepted: list[bool] = []
    thresholds: list[float] = []

    def change_meanwhile(self: Processor, frame: Frame) -> tuple:
        if not accepted:
            accepted.append(node.set_parameters([Parameter("threshold", value=0.9)])[0].successful)
        found = process(self, frame)
        thresholds.append(self.threshold)
        return found

    monkeypatch.setattr(Processor, "process", change_meanwhile)
    peer.send_until_report(good_image)
    assert accepted == [True], "at once"
    assert thresholds[0] == 0.5, "the frame in work"
    peer.until(
        lambda: peer.send_until_report(good_image) and only_watch(node).settings.regions.threshold == 0.9,
        "the next frame to take it over",
    )
