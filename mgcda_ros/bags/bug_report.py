"""The last frames as a bag, with what the node said of them and its parameters: what a bug report needs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from rclpy.serialization import serialize_message

from mgcda_ros.bags.definitions import type_name
from mgcda_ros.bags.writer import BagWriter


class Kept(NamedTuple):
    """A message that was kept. stamp_ns: of its header, or of when it came."""

    stamp_ns: int
    topic: str
    message: Any


def save_bug_report(
    folder: Path, kept: Iterable[Kept], parameters: Mapping[str, Any], facts: Mapping[str, str]
) -> Path:
    """Write a new folder below folder, named by the time, with bag/, parameters.yaml and facts.yaml; return it.

    parameters: by full name, as a parameter file of the node has them. Raises OSError where it cannot be written, and
    leaves nothing half written under that name.
    """
    name = time.strftime("mgcda_%Y%m%dT%H%M%SZ", time.gmtime())
    made, number = folder / name, 1
    while made.exists():
        number += 1
        made = folder / f"{name}_{number}"
    unfinished = made.with_name(f".{made.name}.unfinished")
    unfinished.mkdir(parents=True)
    with BagWriter(unfinished / "bag") as bag:
        for stamp_ns, topic, message in sorted(kept, key=lambda each: each.stamp_ns):
            bag.write(topic, type_name(type(message)), stamp_ns, serialize_message(message))
    content = {"/**": {"ros__parameters": dict(parameters)}}
    (unfinished / "parameters.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    (unfinished / "facts.yaml").write_text(yaml.safe_dump(dict(facts), sort_keys=False), encoding="utf-8")
    return unfinished.rename(made)
