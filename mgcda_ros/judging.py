"""How far what was seen in a frame can be trusted, whenever it is looked at: the node and the replay judge alike."""

from __future__ import annotations

from dataclasses import replace

from mgcda_core.deploy.detector import Detector
from mgcda_core.following import Outlook
from mgcda_core.frame import Frame, Status
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_core.processing import Processor
from mgcda_ros.health import Health
from mgcda_ros.mounting import Mounting, UnknownMountingError


def mounted(frame: Frame, mounting: Mounting, health: Health, info_topic: str) -> Frame:
    """Return the frame with where its camera sat, or report why that is not known though it should be."""
    try:
        extrinsics = mounting.at(frame.stamp, frame.frame_id)
    except UnknownMountingError as error:
        health.report("mounting", Status.DEGRADED, f"hazards have no position: {error}")
        return frame
    if frame.camera is None:
        message = (
            f"hazards have no position: no usable calibration on {info_topic}; publish it, or set camera_height_m: 0.0"
        )
        health.degrade("mounting", None if extrinsics is None else message)
        return frame
    health.clear("mounting")
    return replace(frame, camera=replace(frame.camera, extrinsics=extrinsics))


def judge_outlook(
    frame: Frame, outlook: Outlook, *, topic: str, processor: Processor, monitor: PictureMonitor, health: Health
) -> None:
    """Report another device, reduced resolution, too few frames and unfit pictures, or that each is over."""
    health.degrade("device", processor.detector.fallback)
    health.degrade("resolution", _resolution_problem(processor.detector, frame))
    health.degrade(
        "settling",
        None
        if outlook.is_settled
        else "too few frames since the start, a gap or a jump in time: no hazard can be confirmed yet",
    )
    problems = monitor.problems(frame, outlook.score_map, processor.drivable)
    health.degrade("picture", f"{topic}: {'; '.join(problems)}" if problems else None)


def _resolution_problem(detector: Detector, frame: Frame) -> str | None:
    if detector.long_side_px >= min(detector.card.long_side_px, max(frame.image.shape[:2])):
        return None
    return (
        f"reduced resolution: long_side_px is {detector.long_side_px}, the weights were made for "
        f"{detector.card.long_side_px}: small and far hazards are missed"
    )
