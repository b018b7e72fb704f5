"""What people type, as the parser wants it: flags without a value, dashes in names, arguments without a name; sizes."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence

NAMELESS = {"info": "--weights"}
"""The option that a command takes without its name."""
NAMELESS_LISTS = {"replay": "--bags", "benchmark-compare": "--files"}
"""The same for several values, which come before all options."""
VALUE_OF_FLAG = {"--write_scores": "hdf5"}
"""Of options that are not yes or no, but may stand without a value."""


def plain_arguments(arguments: Sequence[str], commands: Mapping[str, Callable[..., None]]) -> list[str]:
    """Return the arguments with names spelled with underscores and a value for each flag that stands without one.

    arguments: the command's name first. commands: by name; their parameters of type bool are the flags.
    """
    if not arguments:
        return []
    command, *rest = arguments
    if command in NAMELESS and rest and not rest[0].startswith("-"):
        rest = [NAMELESS[command], *rest]
    if command in NAMELESS_LISTS:
        count = next((place for place, each in enumerate(rest) if each.startswith("-")), len(rest))
        if count:
            rest = [NAMELESS_LISTS[command], json.dumps(rest[:count]), *rest[count:]]
    values = VALUE_OF_FLAG | _flags(commands.get(command))
    found: list[str] = []
    for place, argument in enumerate(rest):
        name, equals, value = argument.partition("=")
        if not name.startswith("--"):
            found.append(argument)
            continue
        name = f"--{name[2:].replace('-', '_')}"
        found.append(f"{name}{equals}{value}")
        alone = place + 1 == len(rest) or rest[place + 1].startswith("--")
        if alone and not equals and name in values:
            found.append(values[name])
    return [command, *found]


def parsed_size(text: str) -> tuple[int, int] | None:
    """Return (width, height) of "1024x576", pixels, None where it is no such text."""
    if re.fullmatch(r"[1-9]\d*x[1-9]\d*", text) is None:
        return None
    width, height = text.split("x")
    return int(width), int(height)


def _flags(command: Callable[..., None] | None) -> dict[str, str]:
    if command is None:
        return {}
    parameters = inspect.signature(command).parameters.values()
    return {f"--{each.name}": "true" for each in parameters if each.annotation in (bool, "bool")}
