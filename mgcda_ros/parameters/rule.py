"""What is said of one parameter: type, default, range, unit and description."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rcl_interfaces.msg import ParameterDescriptor

Value = bool | int | float | str


@dataclass(frozen=True)
class ParameterRule:
    """One parameter: its type is the default's; minimum and maximum are inclusive; choices are for strings.

    or_zero: zero is allowed too, below the minimum, and means "decide for me". per_camera: where parameter cameras
    names several, each has one of its own, CAMERA.NAME. at_configure: a change needs a node that is not configured; all
    others count from the next frame on. read_only: it may not be changed once the node has started.
    """

    name: str
    default: Value
    description: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    or_zero: bool = False
    per_camera: bool = False
    at_configure: bool = False
    read_only: bool = False

    @property
    def allowed(self) -> str:
        """Return in words which values are allowed."""
        if self.choices:
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        kind = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}[type(self.default)]
        if self.minimum is None or self.maximum is None:
            return kind
        unit = f" {self.unit}" if self.unit else ""
        return f"{'0, or ' if self.or_zero else ''}{kind} from {self.minimum:g} to {self.maximum:g}{unit}"

    @property
    def takes_effect(self) -> str:
        """Return in words when a change counts."""
        if self.read_only:
            return "when the node starts"
        return "at configure" if self.at_configure else "with the next frame"

    def descriptor(self) -> ParameterDescriptor:
        """Return the descriptor that `ros2 param describe` shows."""
        from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

        described = ParameterDescriptor(
            name=self.name,
            description=self.description,
            additional_constraints=f"{self.allowed}; takes effect {self.takes_effect}",
            read_only=self.read_only,
        )
        if self.minimum is not None and self.maximum is not None:
            lowest = 0 if self.or_zero else self.minimum
            if isinstance(self.default, float):
                described.floating_point_range = [
                    FloatingPointRange(from_value=float(lowest), to_value=float(self.maximum))
                ]
            else:
                described.integer_range = [IntegerRange(from_value=int(lowest), to_value=int(self.maximum))]
        return described

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with value, naming it and what is allowed, or None."""
        right_type = type(value) is type(self.default)
        in_range = True
        if right_type and self.minimum is not None and self.maximum is not None:
            in_range = math.isfinite(value) and self.minimum <= value <= self.maximum
            in_range = in_range or (self.or_zero and value == 0)
        if right_type and in_range and (not self.choices or value in self.choices):
            return None
        hint = ", with a decimal point" if isinstance(self.default, float) and type(value) is int else ""
        return f"parameter {self.name}: {value!r} is not allowed; it must be {self.allowed}{hint}"
