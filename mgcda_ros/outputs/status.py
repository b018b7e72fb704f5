"""~/status: the hazard report itself, one per frame, and a heartbeat while no frames come."""

from __future__ import annotations

import json
from typing import Any

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from std_msgs.msg import Header

from mgcda_core.frame import HazardReport, Status
from mgcda_ros.hazard_fields import hazard_fields
from mgcda_ros.stamps import to_time

LEVELS: dict[Status, bytes] = {
    Status.OK: DiagnosticStatus.OK,
    Status.DEGRADED: DiagnosticStatus.WARN,
    Status.STALE: DiagnosticStatus.STALE,
    Status.BLIND: DiagnosticStatus.ERROR,
}


def status_message(report: HazardReport, *, name: str, now: Time, counters: dict[str, int]) -> DiagnosticArray:
    """Return diagnostic_msgs/DiagnosticArray with one status; see docs/interfaces.md for its values.

    The header has the frame's stamp and frame_id; a heartbeat, which belongs to no frame, has now.
    name: the node's full name. counters: further whole numbers to report, such as dropped frames.
    """
    values: dict[str, Any] = {
        "status": report.status.name,
        "model": report.model,
        "hazard_count": len(report.hazards),
        "hazards": json.dumps([hazard_fields(hazard) for hazard in report.hazards]),
        **counters,
    }
    if report.stamp is not None:
        values["frame_stamp_ns"] = report.stamp
    if report.input_age_s is not None:
        values["input_age_s"] = f"{report.input_age_s:.4f}"
    if report.latency_s is not None:
        values["latency_s"] = f"{report.latency_s:.4f}"
    status = DiagnosticStatus(
        level=LEVELS[report.status],
        name=f"{name}: anomaly detection",
        message=f"{report.status.name}: {report.message}",
        hardware_id=report.frame_id,
        values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
    )
    stamp = now if report.stamp is None else to_time(report.stamp)
    return DiagnosticArray(header=Header(stamp=stamp, frame_id=report.frame_id), status=[status])


def read_status(message: DiagnosticArray) -> dict[str, Any]:
    """Return the values of a status message by key, hazards as a list: the inverse of status_message."""
    values: dict[str, Any] = {item.key: item.value for item in message.status[0].values}
    values["hazards"] = json.loads(values["hazards"])
    return values
