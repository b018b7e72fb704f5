"""Being told to stop: callbacks and threads that are still publishing finish in peace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ros_domain import fresh_domain

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 30.0
PROGRAM = """
import time
import rclpy
from rclpy.executors import MultiThreadedExecutor
from std_msgs.msg import String
from mgcda_ros.spinning import init_without_signal_handlers, spin_until_signal

init_without_signal_handlers()
node = rclpy.create_node("spinning_under_test")
publisher = node.create_publisher(String, "words", 2)

def slow():
    print("working", flush=True)
    time.sleep(0.5)
    publisher.publish(String(data="done"))
    print("published", flush=True)

node.create_timer(0.01, slow)
executor = MultiThreadedExecutor(num_threads=2)
executor.add_node(node)
spin_until_signal(executor, print)
publisher.publish(String(data="goodbye"))
executor.shutdown()
node.destroy_node()
rclpy.try_shutdown()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_callback_in_progress_finishes_before_ros_ends(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | {"ROS_DOMAIN_ID": str(fresh_domain())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(number)
        output, errors = process.communicate(timeout=LIMIT_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode == 0
    assert errors == ""
    assert output.splitlines()[-1] == "published"


def test_a_second_ctrl_c_does_not_kill_what_is_ending() -> None:
    """Under ros2 launch both the terminal and launch send it."""
    putting_away = PROGRAM.replace(
        "executor.shutdown()\n", 'executor.shutdown()\nprint("ending", flush=True)\ntime.sleep(0.5)\n'
    )
    process = subprocess.Popen(
        [sys.executable, "-c", putting_away],
        cwd=ROOT,
        env=os.environ | {"ROS_DOMAIN_ID": str(fresh_domain())},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGINT)
        while process.stdout.readline() not in ("ending\n", ""):
            pass
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode == 0
