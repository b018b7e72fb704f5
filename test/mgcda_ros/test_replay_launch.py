"""The launch file that plays a bag to the node, where launch and launch_ros are installed."""

from __future__ import annotations

import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from launch_samples import loaded, nodes, parameters_of, started

BAG_PLAY = ArgumentParser(exit_on_error=False)
"""The options of ros2 bag play that are used, as Humble and Jazzy have them."""
BAG_PLAY.add_argument("bag")
BAG_PLAY.add_argument("--rate", type=float, default=1.0)
BAG_PLAY.add_argument("--clock", type=float, nargs="?", const=40.0, default=0.0)
BAG_PLAY.add_argument("--delay", type=float, default=0.0)
BAG_PLAY.add_argument("--loop", action="store_true")


@pytest.fixture(scope="module")
def replay() -> ModuleType:
    return loaded("replay")


def test_a_bag_is_played_in_its_own_time(replay: ModuleType, tmp_path: Path) -> None:
    from launch.actions import ExecuteProcess, RegisterEventHandler
    from launch.utilities import perform_substitutions
    from launch_ros.actions import Node

    from launch import EventHandler, LaunchContext

    def commands(**given: str) -> list[list[str]]:
        actions = started(replay, bag=str(tmp_path), **given)
        waiting = [
            entity
            for each in actions
            if isinstance(each, RegisterEventHandler) and isinstance(each.event_handler, EventHandler)
            for entity in each.event_handler.entities
        ]
        assert len(waiting) == 1, "the bag is played once the node looks"
        plain = [
            each for each in [*actions, *waiting] if isinstance(each, ExecuteProcess) and not isinstance(each, Node)
        ]
        return [[perform_substitutions(LaunchContext(), part) for part in each.cmd] for each in plain]

    (play,) = commands()
    assert play[:4] == ["ros2", "bag", "play", str(tmp_path)] and "--loop" not in play
    assert BAG_PLAY.parse_args(play[3:]) == Namespace(bag=str(tmp_path), rate=1.0, clock=100.0, delay=1.0, loop=False)
    record, play = commands(rate="0.5", loop="true", record=str(tmp_path / "new"))
    assert record[:3] == ["ros2", "bag", "record"] and record[-1] == str(tmp_path / "new")
    played = BAG_PLAY.parse_args(play[3:])
    assert (played.rate, played.loop) == (0.5, True)
    node = nodes(started(replay, bag=str(tmp_path), image_topic="/front/image"))["mgcda_node"]
    assert parameters_of(node) == {"use_sim_time": True, "image_topic": "/front/image"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"bag": ""}, "give the folder of a rosbag2", id="no bag"),
        pytest.param({"bag": "/no/such"}, "argument bag:=/no/such: there is no such bag", id="missing bag"),
        pytest.param({"rate": "0"}, "argument rate:=0 is not allowed; it must be above 0", id="rate"),
        pytest.param({"rate": "fast"}, "argument rate:=fast is not allowed; it must be a number", id="no rate"),
        pytest.param({"record": "."}, "argument record:=.: it is there already", id="record over something"),
    ],
)
def test_replay_refuses_what_cannot_work_by_name(
    replay: ModuleType, tmp_path: Path, given: dict[str, str], message: str
) -> None:
    with pytest.raises(RuntimeError, match=message):
        started(replay, **{"bag": str(tmp_path)} | given)


def test_all_ends_a_moment_after_the_player_and_only_once(replay: ModuleType) -> None:
    from launch.actions import EmitEvent, TimerAction
    from launch.events import Shutdown

    exited = SimpleNamespace(returncode=0)
    (timer,) = replay.end(exited, SimpleNamespace(is_shutdown=False))
    assert isinstance(timer, TimerAction)
    (emitted,) = timer.actions
    assert isinstance(emitted, EmitEvent) and isinstance(emitted.event, Shutdown)
    # A second shutdown makes launch end with an exception: "Cannot shutdown a ROS adapter that is not running".
    assert replay.end(exited, SimpleNamespace(is_shutdown=True)) == []


@contextmanager
def lifecycle_node(domain: int, name: str) -> Iterator[Any]:
    """Run a bare lifecycle node in this process."""
    import rclpy
    from rclpy.context import Context
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.lifecycle import LifecycleNode

    context = Context()
    rclpy.init(args=[], context=context, domain_id=domain)
    node = LifecycleNode(name, context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin)
    thread.start()
    try:
        yield node
    finally:
        executor.shutdown()
        thread.join(30.0)
        node.destroy_node()
        rclpy.shutdown(context=context)


@pytest.mark.parametrize(
    ("is_active", "deadline_s"),
    [pytest.param(True, 30.0, id="active before launch looks"), pytest.param(False, 3.0, id="never active")],
)
def test_what_waits_for_the_node_begins_however_early_it_was_active_and_ends_with_launch(
    replay: ModuleType, monkeypatch: pytest.MonkeyPatch, is_active: bool, deadline_s: float
) -> None:
    from launch.actions import EmitEvent, ExecuteProcess, OpaqueFunction
    from launch.events import Shutdown
    from ros_domain import fresh_domain

    from launch import LaunchDescription, LaunchService

    domain = fresh_domain()
    monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    begun: list[bool] = []
    with lifecycle_node(domain, "mgcda") as node:
        node.trigger_configure()
        if is_active:
            node.trigger_activate()
        begin = [OpaqueFunction(function=lambda _: begun.append(True)), EmitEvent(event=Shutdown(reason="begun"))]
        other = ExecuteProcess(cmd=[sys.executable, "-c", "import time; time.sleep(120)"])
        service = LaunchService(noninteractive=True)
        service.include_launch_description(
            LaunchDescription([other, *replay.launching.once_active(namespace="", actions=begin)])
        )
        # As Ctrl-C does: from outside, while launch waits.
        late = threading.Timer(deadline_s, service.shutdown)
        late.start()
        try:
            assert service.run() == 0
        finally:
            late.cancel()
            late.join()
    assert begun == [True] * is_active
    assert other.return_code is not None, "no process is left behind"
