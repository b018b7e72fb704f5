"""Spinning until somebody ends the process, with ROS still working while the nodes are put away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import rclpy
from rclpy.executors import Executor, MultiThreadedExecutor
from rclpy.signals import SignalHandlerOptions

CHECK_S = 0.2
"""The executor does not wake up for a signal; this often it is asked to look."""


def init_without_signal_handlers() -> None:
    """Initialise ROS; rclpy's own handlers would end it under a worker that is about to publish."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)


def spin_until_signal(executor: Executor, log_error: Callable[[str], object]) -> None:
    """Spin until SIGINT or SIGTERM; return with no callback running and the context valid. Main thread only.

    An exception that a callback lets out is logged and survived: rclpy raises some of its own, as for a transition
    that the current state does not have, and a node that ends for it is a status that falls silent.
    """
    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told_to_stop.set())
    while not told_to_stop.is_set():
        try:
            executor.spin_once(timeout_sec=CHECK_S)
        except Exception as error:
            log_error(f"a callback failed: {type(error).__name__}: {error}")
    # Ctrl-C under ros2 launch comes twice, from the terminal and from launch: the second one must not kill a process
    # that is putting its nodes away. SIGTERM, which launch sends to what does not end, does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if isinstance(executor, MultiThreadedExecutor):
        # rclpy's own shutdown() does not wait for its threads, whose callbacks then meet destroyed handles.
        executor._executor.shutdown()
