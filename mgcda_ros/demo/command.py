"""`make demo`: a camera, the node in its own process, a recorder; ends with a table and out/demo/."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import rclpy
from rclpy.executors import SingleThreadedExecutor
from tqdm import tqdm

from mgcda_core.command_line import parsed_size
from mgcda_core.simulation.drive import CAMERA_HEIGHT_M, CAMERA_PITCH_DEG
from mgcda_ros.bags.writer import BagWriter
from mgcda_ros.demo.distance_plot import plot_distances
from mgcda_ros.demo.photos import PhotoCamera
from mgcda_ros.demo.processes import NodeProcess
from mgcda_ros.demo.recorder import Recorder
from mgcda_ros.demo.sightings import followed, sightings
from mgcda_ros.demo.summary import format_summary, summarise
from mgcda_ros.shared_files import shared_file, use_shared_memory_profile

SPACE = "/mgcda_demo"
START_DEADLINE_S = 60.0
CAMERA_DEADLINE_S = 15.0
VEHICLE_WIDTH_M = 1.8
PHOTO_DEADLINE_S = 20.0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the command line's choices."""
    parser = argparse.ArgumentParser(prog="mgcda_demo", description=__doc__)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--images", type=Path, help="folder of photographs to look at instead of the simulated drive")
    source.add_argument("--camera", help="topic of a running camera to listen to instead, such as /camera/image_raw")
    parser.add_argument("--compressed", action="store_true", help="the camera's topic has /compressed pictures")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="folder to write (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of a drive or of listening (%(default)s)")
    parser.add_argument("--rate", type=float, default=5.0, help="frames per second of the simulated camera")
    parser.add_argument("--seed", type=int, default=7, help="which simulated drive, 0 to 999 (%(default)s)")
    parser.add_argument("--size", default="640x360", help="width x height of the simulated camera (%(default)s)")
    parser.add_argument("--weights", default="", help="weights to use: a file, or mgcda_fast")
    choices = parser.parse_args(arguments)
    if choices.images is not None and not choices.images.is_dir():
        parser.error(f"--images {choices.images}: no such folder")
    if parsed_size(choices.size) is None:
        parser.error(f"--size {choices.size}: width x height in pixels, such as 640x360")
    if not 0 <= choices.seed < 1000:
        parser.error(f"--seed {choices.seed}: 0 to 999; the drives from 1000 on were trained on")
    if choices.out.exists() and any(choices.out.iterdir()) and not (choices.out / "node.log").is_file():
        parser.error(f"--out {choices.out}: holds something that is no demo's; name an empty or a new folder")
    if choices.seconds <= 0 or not 0.1 <= choices.rate <= 120:
        parser.error("--seconds must be positive and --rate between 0.1 and 120")
    return choices


def node_arguments(choices: argparse.Namespace, image_topic: str, info_topic: str) -> list[str]:
    """Return the command line of the node under demonstration: config/mgcda.yaml and what the demo changes in it."""
    overrides = {
        "image_topic": image_topic,
        "camera_info_topic": info_topic,
        "image_transport": "compressed" if choices.compressed else "raw",
    }
    if choices.weights:
        overrides["weights"] = choices.weights
    if choices.images is not None:
        # One photograph has nothing to do with the next.
        overrides["follow_hazards"] = "false"
    elif choices.camera is None:
        overrides |= {
            "camera_height_m": CAMERA_HEIGHT_M,
            "camera_pitch_deg": CAMERA_PITCH_DEG,
            "odometry_topic": f"{SPACE}/camera/odometry",
            "vehicle_width_m": VEHICLE_WIDTH_M,
        }
    arguments = ["--ros-args", "-r", f"__ns:={SPACE}", "--params-file", str(shared_file("config/mgcda.yaml"))]
    for name, value in overrides.items():
        arguments += ["-p", f"{name}:={value}"]
    return arguments


def sim_arguments(choices: argparse.Namespace) -> list[str]:
    """Return the command line of the simulated camera."""
    width, _, height = choices.size.partition("x")
    values = {"seed": choices.seed, "width": width, "height": height, "rate": choices.rate}
    arguments = ["--ros-args", "-r", f"__ns:={SPACE}/camera"]
    for name, value in values.items():
        arguments += ["-p", f"{name}:={value}"]
    return arguments


class Demo:
    """Spins the recorder (and the photo camera) while the node and the camera run in processes of their own."""

    def __init__(self, choices: argparse.Namespace) -> None:
        self._choices = choices
        self._executor = SingleThreadedExecutor()
        self._processes: list[NodeProcess] = []

    def run(self) -> int:
        """Run the demonstration and return the exit code: 1 where no frame was reported on."""
        choices, out = self._choices, self._choices.out
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        image_topic = choices.camera or f"{SPACE}/camera/image"
        info_topic = f"{image_topic.rsplit('/', 1)[0]}/camera_info"
        with contextlib.ExitStack() as stack:
            bag = stack.enter_context(BagWriter(out / "bag"))
            recorder = Recorder(
                node_name=f"{SPACE}/mgcda",
                image_topic=image_topic,
                info_topic=info_topic,
                compressed=choices.compressed,
                bag=bag,
                video_file=out / "overlay.mp4",
            )
            stack.callback(recorder.destroy_node)
            self._executor.add_node(recorder)
            recording = recorder.recording
            started = time.monotonic()
            node = NodeProcess("node", node_arguments(choices, image_topic, info_topic), out / "node.log")
            self._processes.append(stack.enter_context(node))
            print("starting the node ...", flush=True)
            self._spin_until(
                lambda: any("no frame" in beat["message"] for beat in recording.heartbeats) or recording.frames,
                START_DEADLINE_S,
                "the node did not become active",
            )
            ready_s = time.monotonic() - started
            if choices.images is not None:
                self._show_photographs(stack, recorder)
            else:
                self._listen(stack, recorder)
            self._spin_for(1.0)
            recorder.video.close(out / "overview.png")
        seen = sightings(recording)
        summary = {"start of the process to ready for frames, s": ready_s, **summarise(recording), **followed(seen)}
        pictures = "overlay.mp4, overview.png"
        if seen and plot_distances(seen, recording.stops, out / "distances.png"):
            pictures += ", distances.png"
        elif seen:
            print("matplotlib is not installed: no distances.png")
        (out / "report.json").write_text(json.dumps({"arguments": vars(choices), **summary}, default=str, indent=2))
        table = format_summary(summary)
        (out / "report.md").write_text(f"# mgcda_ros demo\n\n{table}\n")
        print(f"\n{table}\n\n{out}/: {pictures}, bag/ (MCAP), report.json, report.md, node.log")
        if not recording.reported():
            print(f"no frame was reported on; see {out / 'node.log'}", file=sys.stderr)
            return 1
        return 0

    def _listen(self, stack: contextlib.ExitStack, recorder: Recorder) -> None:
        choices = self._choices
        if choices.camera is None:
            sim = NodeProcess("sim_camera", sim_arguments(choices), choices.out / "sim_camera.log")
            self._processes.append(stack.enter_context(sim))
        what = choices.camera or f"simulated drive {choices.seed}"
        with tqdm(total=choices.seconds, desc=what, unit="s", bar_format="{desc}: {bar} {n:.0f}/{total:.0f} s") as bar:
            wait_until = time.monotonic() + CAMERA_DEADLINE_S
            while recorder.recording.published == 0 and time.monotonic() < wait_until:
                self._spin_for(0.1)
            end = time.monotonic() + (choices.seconds if recorder.recording.published else 0.0)
            while (left := end - time.monotonic()) > 0:
                self._spin_for(min(0.5, left))
                bar.update(min(choices.seconds, choices.seconds - left) - bar.n)

    def _show_photographs(self, stack: contextlib.ExitStack, recorder: Recorder) -> None:
        photos = PhotoCamera(self._choices.images, namespace=f"{SPACE}/camera")
        stack.callback(photos.destroy_node)
        self._executor.add_node(photos)
        self._spin_until(lambda: photos.listeners() >= 2, START_DEADLINE_S, "nobody listens to the photographs")
        recording = recorder.recording
        for index in tqdm(range(len(photos.photographs)), desc="photographs"):
            stamp = photos.publish(index)
            self._spin_until(
                lambda stamp=stamp: recording.frame(stamp).report is not None,
                PHOTO_DEADLINE_S,
                f"no report on {photos.photographs[index]}",
            )

    def _spin_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=min(0.1, left))
        for process in self._processes:
            process.check()

    def _spin_until(self, done: Callable[[], object], deadline_s: float, problem: str) -> None:
        end = time.monotonic() + deadline_s
        while not done():
            if time.monotonic() > end:
                raise TimeoutError(f"{problem} within {deadline_s:g} s; see {self._choices.out / 'node.log'}")
            self._executor.spin_once(timeout_sec=0.1)
            for process in self._processes:
                process.check()


def main() -> None:
    """Run the demonstration: the console script mgcda_demo."""
    choices = parse(sys.argv[1:])
    use_shared_memory_profile()
    if choices.camera is None:
        # Nobody else's cameras, and nothing of ours on the network.
        os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    rclpy.init(args=[])
    try:
        code = Demo(choices).run()
    finally:
        rclpy.try_shutdown()
    raise SystemExit(code)
