"""The options of `mgcda benchmark`, checked before anything is loaded or timed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mgcda_core.command_line import parsed_size

MOST_REGIONS = 200
MOST_IN_A_BATCH = 64
SMALLEST, LARGEST = (64, 36), (4096, 4096)
"""Width and height of pictures that mgcda_core.simulation draws, pixels."""


@dataclass(frozen=True)
class Options:
    """sizes: (width, height) by their names. batch_sizes: in the order asked for. frames, regions: of each size."""

    sizes: dict[str, tuple[int, int]]
    batch_sizes: tuple[int, ...]
    frames: int
    regions: int


def checked_options(
    *,
    sizes: str,
    batch_sizes: str,
    frames: int,
    regions: int,
    threads: int | None,
    json_file: Path | None,
    growth: Path | None,
) -> Options:
    """Return the options as numbers; raises ValueError naming the option, the value and what is allowed."""
    if frames < 1:
        raise ValueError(f"frames: {frames} is not allowed; it must be 1 or more")
    if not 0 <= regions <= MOST_REGIONS:
        raise ValueError(f"regions: {regions} is not allowed; it must be from 0 to {MOST_REGIONS}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads: {threads} is not allowed; it must be 1 or more, or left out")
    if json_file is not None and json_file.is_dir():
        raise ValueError(f"json_file: {json_file} is a folder; name a file")
    if growth is not None and growth.exists() and not growth.is_dir():
        raise ValueError(f"growth: {growth} is a file; name a folder")
    return Options(_sizes(sizes), _batch_sizes(batch_sizes), frames, regions)


def _sizes(text: str) -> dict[str, tuple[int, int]]:
    if not text.split():
        raise ValueError("sizes: none is given; name at least one, such as 1024x512")
    found: dict[str, tuple[int, int]] = {}
    for size in text.split():
        if (sides := parsed_size(size)) is None:
            raise ValueError(f"sizes: {size!r} is not allowed; it must be width x height, such as 1024x512")
        width, height = sides
        if not (SMALLEST[0] <= width <= LARGEST[0] and SMALLEST[1] <= height <= LARGEST[1]):
            allowed = " to ".join(f"{width}x{height}" for width, height in (SMALLEST, LARGEST))
            raise ValueError(f"sizes: {size!r} is not allowed; it must be from {allowed}")
        found[size] = sides
    return found


def _batch_sizes(text: str) -> tuple[int, ...]:
    for count in text.split():
        if re.fullmatch(r"[1-9]\d*", count) is None or int(count) > MOST_IN_A_BATCH:
            raise ValueError(
                f"batch_sizes: {count!r} is not allowed; each must be a whole number from 1 to {MOST_IN_A_BATCH}"
            )
    return tuple(dict.fromkeys(int(count) for count in text.split()))
