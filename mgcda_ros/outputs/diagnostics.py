"""/diagnostics: how a camera fares, for people and aggregators, once a second (REP 107)."""

from __future__ import annotations

from collections.abc import Mapping

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from std_msgs.msg import Header

from mgcda_core.frame import Status
from mgcda_ros.outputs.status import LEVELS


def diagnostics_message(
    status: Status, message: str, *, name: str, hardware_id: str, now: Time, values: Mapping[str, str | int | float]
) -> DiagnosticArray:
    """Return diagnostic_msgs/DiagnosticArray with one status, whose values are in docs/interfaces.md.

    name: the node's full name, and the camera's. hardware_id: the camera, by its frame_id. Hazards are not in it: they
    are in ~/status, one message per frame.
    """
    pairs = [KeyValue(key=key, value=_text(value)) for key, value in values.items()]
    found = DiagnosticStatus(
        level=LEVELS[status],
        name=f"{name}: anomaly detection",
        message=f"{status.name}: {message}",
        hardware_id=hardware_id,
        values=[KeyValue(key="status", value=status.name), *pairs],
    )
    return DiagnosticArray(header=Header(stamp=now), status=[found])


def _text(value: str | int | float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
