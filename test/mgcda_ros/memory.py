"""Prints the memory that hazards, tracks and their messages hold after many frames: python test/mgcda_ros/memory.py."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

import numpy as np
from builtin_interfaces.msg import Time
from rclpy.serialization import serialize_message

from mgcda_core.following import Follower, FollowSettings
from mgcda_core.frame import Frame, HazardReport, ScoreMap, Status
from mgcda_core.hazards.corridor import CorridorSettings
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.regions import find_hazards
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_core.simulation.drive import Drive
from mgcda_ros.benchmark.pictures import made_up_regions, mounted
from mgcda_ros.outputs import available_outputs
from mgcda_ros.outputs.status import status_message
from mgcda_ros.result import Result

WIDTH, HEIGHT, REGIONS, STEP_NS = 320, 180, 20, 33_333_333


def resident_mib() -> float:
    """Return the memory that this process holds, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def main(frames: int) -> None:
    """Follow regions that come and go, a third of them in any frame, and print a line per tenth of the frames."""
    rng = np.random.default_rng(0)
    rendered = Drive(seed=7, width=WIDTH, height=HEIGHT).render(0.0)
    camera, everything = mounted(rendered), made_up_regions(HEIGHT, WIDTH, REGIONS)
    semantics = np.full((HEIGHT, WIDTH), 3, np.uint8)
    motion, monitor = EgoMotion(), PictureMonitor()
    follower = Follower(None, FollowSettings(corridor=CorridorSettings(1.8, 1.0)), motion)
    outputs, regions = available_outputs(motion_between=motion.between), RegionSettings(0.5, minimum_area_share=0.0)
    highest_id = 0
    for number in range(frames):
        stamp = number * STEP_NS
        shown = np.repeat(rng.random(WIDTH // 32) < 0.33, 32)
        frame = Frame(rendered.image, stamp, "camera", camera)
        score_map = ScoreMap(everything * shown, semantics, stamp, "camera")
        motion.add(stamp, 10.0 * stamp / 1e9, 0.0, 0.0)
        outlook = follower.advance(frame, score_map, find_hazards(score_map, regions, (3,)))
        monitor.problems(frame, score_map, (3,))
        report = HazardReport(stamp, "camera", Status.OK, "", outlook.hazards, 0.0, 0.0, "none")
        result = Result(frame, score_map, report, 0.5, outlook.stop_distance_m)
        for output in outputs:
            if (message := output.build(result)) is not None:
                serialize_message(message)
        serialize_message(status_message(report, name="memory", now=Time(), counters={}))
        highest_id = max([highest_id, *(hazard.id for hazard in outlook.hazards)])
        if number in (1000, *range(frames // 10, frames, frames // 10), frames - 1):
            gc.collect()
            print(f"{number + 1} frames, {highest_id} tracks: {resident_mib():.1f} MiB", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100_000)
    main(parser.parse_args().frames)
