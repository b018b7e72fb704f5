"""Prints what becomes of two simulated cameras at 30 frames per second: python test/mgcda_ros/soak.py."""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from harness import Peer, process
from ros_domain import fresh_domain

CAMERAS = ("front", "left")
NODE = {
    "cameras": "front,left", "camera_height_m": 1.5, "camera_pitch_deg": 3.0, "vehicle_width_m": 1.8,
    "kept_frames": 10, "threads": 2,
}  # fmt: skip


def main(seconds: float, rate: float, width: int, height: int, long_side_px: int) -> None:
    """Run the node and both cameras in processes of their own, and print a table."""
    domain = fresh_domain()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        peer = Peer(domain, CAMERAS)
        stack.callback(peer.close)
        told: list[DiagnosticArray] = []
        peer.node.create_subscription(DiagnosticArray, "/diagnostics", told.append, 50)
        values = NODE | {"long_side_px": long_side_px}
        arguments = [part for name, value in values.items() for part in ("-p", f"{name}:={value!r}")]
        stack.enter_context(process("node", ["--ros-args", *arguments], domain=domain, log=folder / "node.log"))
        for number, camera in enumerate(CAMERAS):
            options = {"rate": rate, "width": width, "height": height, "seed": 7 + number}
            own = [part for name, value in options.items() for part in ("-p", f"{name}:={value}")]
            ros = ["--ros-args", "-r", f"__ns:=/{camera}", *own]
            stack.enter_context(process("sim_camera", ros, domain=domain, log=folder / f"{camera}.log"))
        peer.until(lambda: all(_reports(peer, camera) for camera in CAMERAS), "reports of both cameras", 120.0)
        peer.spin(5.0)
        starts = {camera: _reports(peer, camera)[-1] for camera in CAMERAS}
        begun, first = len(peer.statuses), _value(told[-1], "memory_mib")
        peer.spin(seconds)
        print(
            f"{rate:g} frames per second, {width} x {height}, {seconds:g} s, long_side_px {long_side_px or 'default'}"
        )
        print(
            "| camera | received | reported on | dropped | latency p50 / p95 / max, s | statuses |\n" + "|---" * 6 + "|"
        )
        for camera in CAMERAS:
            found = [v for _, v in peer.statuses[begun:] if v["camera"] == camera]
            frames = [v for v in found if "latency_s" in v]
            counts = [int(frames[-1][key]) - int(starts[camera][key]) for key in ("received", "processed", "dropped")]
            latencies = np.array([float(v["latency_s"]) for v in frames])
            statuses = ", ".join(sorted({v["status"] for v in found}))
            shown = " / ".join(f"{value:.2f}" for value in (*np.percentile(latencies, [50, 95]), latencies.max()))
            print(f"| {camera} | {' | '.join(map(str, counts))} | {shown} | {statuses} |")
        print(f"memory: {first:.0f} MiB after 5 s, {_value(told[-1], 'memory_mib'):.0f} MiB at the end")


def _reports(peer: Peer, camera: str) -> list[dict]:
    return [v for _, v in peer.statuses if v["camera"] == camera and "latency_s" in v]


def _value(message: DiagnosticArray, key: str) -> float:
    return next(float(value.value) for value in message.status[0].values if value.key == key)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=30.0)
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=180)
    parser.add_argument("--long-side-px", type=int, default=0)
    main(**vars(parser.parse_args()))
