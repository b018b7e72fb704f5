"""How far what was seen in a frame can be trusted, whenever it is looked at: the node and the replay judge alike."""

from __future__ import annotations

from dataclasses import replace

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.resolution_budget import ResolutionBudget
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
    frame: Frame,
    outlook: Outlook,
    *,
    topic: str,
    processor: Processor,
    monitor: PictureMonitor,
    health: Health,
    resolution: ResolutionBudget | None = None,
) -> None:
    """Report another device, reduced resolution, too few frames and unfit pictures, or that each is over.

    resolution: None where time does not count, and nothing is ever lowered for it.
    """
    health.degrade("device", processor.detector.fallback)
    picture_px = max(frame.image.shape[:2])
    budget = resolution or ResolutionBudget(processor.detector.long_side_px)
    reduced = (_setting_problem(budget.set_px, processor.detector, picture_px), _budget_problem(budget, picture_px))
    health.degrade("resolution", "; ".join(filter(None, reduced)))
    health.degrade(
        "settling",
        None
        if outlook.is_settled
        else "too few frames since the start, a gap or a jump in time: no hazard can be confirmed yet",
    )
    problems = monitor.problems(frame, outlook.score_map, processor.drivable)
    health.degrade("picture", f"{topic}: {'; '.join(problems)}" if problems else None)


def _setting_problem(set_px: int, detector: Detector, picture_px: int) -> str | None:
    if set_px >= min(detector.card.long_side_px, picture_px):
        return None
    return (
        f"reduced resolution: long_side_px is {set_px}, the weights were made for {detector.card.long_side_px}: "
        "small and far hazards are missed"
    )


def _budget_problem(budget: ResolutionBudget, picture_px: int) -> str | None:
    late = f"reports came later than latency_budget_s ({budget.budget_s:g} s)"
    more = "raise latency_budget_s, or give the node more of the machine"
    if not budget.is_lowered:
        return f"{late}, and there is no lower resolution: {more}" if budget.is_exhausted else None
    full_px, used_px = min(budget.full_px, picture_px), budget.long_side_px
    if used_px >= full_px:  # this camera's picture is as small anyway
        return None
    still = f"; they still do at the lowest resolution: {more}" if budget.is_exhausted else ""
    return (
        f"reduced resolution: {used_px} px on the longer side in place of {full_px}, because {late}: small hazards are "
        f"missed, far ones are seen {full_px / used_px:.2g} times nearer{still}"
    )
