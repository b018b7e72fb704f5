"""Publishers whose QoS does not go with ours are named, and QoS is a parameter."""

from __future__ import annotations

from harness import good_image, node_in_process, only_watch
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from std_msgs.msg import Float32

from mgcda_ros.subscribing import DEPTH

BEST_EFFORT = QoSProfile(depth=2, reliability=ReliabilityPolicy.BEST_EFFORT)
RELIABLE = QoSProfile(depth=2, reliability=ReliabilityPolicy.RELIABLE)


def test_a_publisher_that_cannot_be_heard_is_named_until_it_is_gone() -> None:
    with node_in_process(image_reliability="reliable") as (_, peer):
        assert peer.send_until_report(good_image)["status"] == "OK", "the harness publishes reliably"
        careless = peer.node.create_publisher(Image, "/image", BEST_EFFORT)
        report = peer.wait_status("DEGRADED", "nothing can come from /peer")
        assert "/image" in report["message"] and "est effort publisher and reliable subscription" in report["message"]
        assert "qos_overrides./image.subscription.reliability: best_effort" in report["message"]
        peer.node.destroy_publisher(careless)
        peer.until(lambda: peer.send_until_report(good_image)["status"] == "OK", "OK without it")


def test_best_effort_hears_everybody() -> None:
    with node_in_process(image_reliability="best_effort") as (_, peer):
        for profile in (BEST_EFFORT, RELIABLE):
            publisher = peer.node.create_publisher(Image, "/image", profile)
            assert peer.send_until_report(good_image, publisher=publisher)["status"] == "OK"
            peer.node.destroy_publisher(publisher)


def test_qos_is_rclpys_parameter() -> None:
    overrides = {
        "qos_overrides./image.subscription.reliability": "reliable",
        "qos_overrides./image.subscription.depth": 9,
        "qos_overrides./mgcda/stop_distance.publisher.reliability": "best_effort",
    }
    with node_in_process(image_reliability="best_effort", **overrides) as (node, peer):
        assert only_watch(node).camera._image._subscription.qos_profile.reliability == ReliabilityPolicy.RELIABLE
        (ours,) = peer.node.get_subscriptions_info_by_topic("/image")
        assert ours.qos_profile.reliability == ReliabilityPolicy.RELIABLE
        assert node.get_parameter("qos_overrides./image.subscription.depth").value == 9
        assert node.get_parameter("qos_overrides./camera_info.subscription.depth").value == DEPTH
        (stop,) = peer.node.get_publishers_info_by_topic("/mgcda/stop_distance")
        assert stop.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
        assert stop.qos_profile.durability == DurabilityPolicy.VOLATILE
        received: list[Float32] = []
        peer.node.create_subscription(Float32, "/mgcda/stop_distance", received.append, BEST_EFFORT)
        peer.until(lambda: peer.send_until_report(good_image) and received, "a stop distance")


def test_a_qos_that_there_is_not_keeps_the_node_blind_and_is_named() -> None:
    wrong = {"qos_overrides./image.subscription.reliability": "perfect"}
    with node_in_process(("BLIND", "perfect"), **wrong) as (node, peer):
        status = peer.wait_status("BLIND", "see qos_overrides./image.subscription")
        assert status["hazards"] == []


def test_after_deactivation_the_same_qos_counts_again() -> None:
    with node_in_process(**{"qos_overrides./image.subscription.depth": 7}) as (node, peer):
        assert peer.send_until_report(good_image)["status"] == "OK"
        node.trigger_deactivate()
        node.trigger_activate()
        peer.until(lambda: peer.send_until_report(good_image)["status"] == "OK", "OK again")
        assert node.get_parameter("qos_overrides./image.subscription.depth").value == 7
