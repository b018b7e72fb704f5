"""~/enable, ~/reset_tracks and ~/save_frames, where std_srvs is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node

Answer = tuple[bool, str]
"""Whether it was done, and what to say of it."""


def create_services(
    node: Node,
    *,
    enable: Callable[[bool], Answer],
    reset_tracks: Callable[[], Answer],
    save_frames: Callable[[], Answer],
) -> bool:
    """Create the services on a node and return whether they could be.

    ~/enable is a std_srvs/SetBool, the others are std_srvs/Trigger. What a callback raises is answered with no success.
    """
    if importlib.util.find_spec("std_srvs") is None:
        return False
    from std_srvs.srv import SetBool, Trigger

    # A group of its own: saving takes a second, and pictures must be filed meanwhile.
    group = MutuallyExclusiveCallbackGroup()
    for name, kind, act in (
        ("enable", SetBool, lambda request: enable(request.data)),
        ("reset_tracks", Trigger, lambda request: reset_tracks()),
        ("save_frames", Trigger, lambda request: save_frames()),
    ):
        node.create_service(kind, f"~/{name}", _answering(act), callback_group=group)
    return True


def _answering(act: Callable[[Any], Answer]) -> Callable[[Any, Any], Any]:
    def answer(request: Any, response: Any) -> Any:
        try:
            response.success, response.message = act(request)
        except Exception as error:  # rclpy would end the executor's spin with it, and leave the caller waiting
            response.success, response.message = False, f"{type(error).__name__}: {error}"
        return response

    return answer
