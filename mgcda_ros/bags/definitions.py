"""Definitions of message types that rosbags does not know, from the classes that ROS made of them."""

from __future__ import annotations

import importlib
import re

from rosbags.typesys import get_types_from_msg
from rosbags.typesys.store import Typestore

_NAMES = {"boolean": "bool", "octet": "byte", "float": "float32", "double": "float64"}
"""Of IDL, as .msg files have them."""
_SEQUENCE = re.compile(r"sequence<(?P<item>.+?)(?:, (?P<most>\d+))?>")
_ARRAY = re.compile(r"(?P<item>.+)\[(?P<size>\d+)\]")


def type_name(message_class: type) -> str:
    """Return the name of a message class as in "sensor_msgs/msg/Image"."""
    return f"{message_class.__module__.split('.')[0]}/msg/{message_class.__name__}"


def define(types: Typestore, message_class: type) -> None:
    """Add a message class, and all that it is made of, to types where they are not known there.

    Constants are left out; they are no part of a message, and of a type's hash neither.
    """
    name = type_name(message_class)
    if name in types.fielddefs:
        return
    lines = []
    for field, kind in message_class.get_fields_and_field_types().items():
        item, ending = _parts(kind)
        if "/" in item:
            package, _, other = item.partition("/")
            define(types, getattr(importlib.import_module(f"{package}.msg"), other))
        lines.append(f"{_NAMES.get(item, item)}{ending} {field}")
    types.register(get_types_from_msg("\n".join(lines) + "\n", name))


def _parts(kind: str) -> tuple[str, str]:
    """Return the type of a field's items, and what a .msg file has behind it where there are several."""
    if (found := _SEQUENCE.fullmatch(kind)) is not None:
        return found["item"], f"[<={found['most']}]" if found["most"] else "[]"
    if (found := _ARRAY.fullmatch(kind)) is not None:
        return found["item"], f"[{found['size']}]"
    return kind, ""
