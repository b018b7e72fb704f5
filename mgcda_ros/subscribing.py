"""A subscription whose QoS is a parameter, and which says so where a publisher's does not go with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSCompatibility, QoSProfile, ReliabilityPolicy, qos_check_compatible
from rclpy.qos_overriding_options import QoSOverridingOptions

try:
    from rclpy.event_handler import SubscriptionEventCallbacks
except ImportError:  # Humble
    from rclpy.qos_event import SubscriptionEventCallbacks

OVERRIDABLE = QoSOverridingOptions.with_default_policies()
"""History, depth and reliability, as rclpy's own parameters qos_overrides.TOPIC.subscription.reliability and so on."""
DEPTH = 5
"""A few, so that what comes while the process has no CPU is counted instead of vanishing inside DDS."""


class Input:
    """Subscribes to a topic in a callback group of its own: its messages come one at a time, and in their order.

    reliability: best_effort, which takes what any publisher sends, or reliable, which only reliable ones can serve.
    Raises RuntimeError where the topic's QoS parameters are no QoS.
    """

    def __init__(
        self,
        node: Node,
        message_type: type,
        topic: str,
        callback: Callable[[Any], None],
        reliability: str = "best_effort",
    ) -> None:
        self._node = node
        self._is_suspicious = False
        policy = ReliabilityPolicy.RELIABLE if reliability == "reliable" else ReliabilityPolicy.BEST_EFFORT
        # One of its own: rclpy writes the overrides into it.
        self._quality = QoSProfile(depth=DEPTH, reliability=policy)
        try:
            self._subscription = node.create_subscription(
                message_type,
                topic,
                callback,
                self._quality,
                callback_group=MutuallyExclusiveCallbackGroup(),
                event_callbacks=SubscriptionEventCallbacks(incompatible_qos=self._suspect),
                qos_overriding_options=OVERRIDABLE,
            )
        except RuntimeError as error:
            # rclpy names the policy and its value, but not the topic.
            raise RuntimeError(f"{error}; see qos_overrides.{node.resolve_topic_name(topic)}.subscription") from error
        self.topic: str = self._subscription.topic_name

    def close(self) -> None:
        """Unsubscribe."""
        self._node.destroy_subscription(self._subscription)

    def _suspect(self, _: object) -> None:
        self._is_suspicious = True

    def problem(self) -> str:
        """Return in words which publishers there are whose messages cannot come, and why; empty where there are none.

        It costs nothing unless DDS has told of one.
        """
        if not self._is_suspicious:
            return ""
        found = self._incompatible()
        self._is_suspicious = bool(found)
        if not found:
            return ""
        return (
            f"{self.topic}: nothing can come from {'; '.join(found)}; change the publisher, or set "
            f"qos_overrides.{self.topic}.subscription.reliability: best_effort"
        )

    def _incompatible(self) -> list[str]:
        """Return each publisher that we get nothing from: its node, and why."""
        found: list[str] = []
        for publisher in self._node.get_publishers_info_by_topic(self.topic):
            compatibility, reason = qos_check_compatible(publisher.qos_profile, self._quality)
            if compatibility == QoSCompatibility.ERROR:
                name = f"{publisher.node_namespace.rstrip('/')}/{publisher.node_name}"
                found.append(f"{name} ({reason.strip().removeprefix('ERROR: ').rstrip(';')})")
        return found
