"""The names of the steps of a chain, and the rows of a table that are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

DECODE = "decode"
"""Of a compressed picture; a camera that sends raw ones has none, so it is in no sum but its own."""
CONVERT, PREPROCESS, NETWORK, POSTPROCESS = "convert", "preprocess", "network", "postprocess"
REGIONS, LOCATE, MONITOR = "regions", "positions, tracks", "self-monitoring"
BUILD, PUBLISH = ", build", ", publish"
"""What the names of an output's two steps end with."""
PART = "- "
"""Rows that begin so are parts of the row above them."""
ALL_BUILD, ALL_PUBLISH = f"all messages{BUILD}", f"all messages{PUBLISH}"
ALL_BUT_NETWORK, WHOLE = "all but network and overlay", "whole chain"

FROM_REGIONS = (
    REGIONS, LOCATE, "~/hazards", "~/hazards_3d", "~/objects", "~/markers", "~/cloud", "~/grid", "~/nearest",
    "~/stop_distance", "~/status",
)  # fmt: skip
"""What is made of a score map for a planner; the pictures among the outputs are not in it."""
SCALING = (PREPROCESS, POSTPROCESS)
"""To the network's resolution and back; they come with the network, whatever the messages."""
FOR_PEOPLE = ("~/overlay",)
"""Outputs that no vehicle subscribes to; they are timed, and summed up apart."""

Seconds = Mapping[str, Sequence[float]]


def chain_rows(steps: Seconds) -> dict[str, np.ndarray]:
    """Return the rows of a chain and their sums, seconds (frames,), in the table's order.

    steps: seconds by name, as Chain files them, DECODE beside them or not. Raises ValueError where one has durations
    for other frames than the rest.
    """
    if len({len(values) for values in steps.values()}) != 1:
        raise ValueError("every step must have a duration for every frame")
    timed = {name: np.asarray(values, float) for name, values in steps.items()}
    rows: dict[str, np.ndarray] = {}
    if DECODE in timed:
        rows[DECODE] = timed.pop(DECODE)
    for name, values in timed.items():
        if name.endswith(BUILD):
            topic = name.removesuffix(BUILD)
            rows[topic] = values + timed[topic + PUBLISH]
        rows[PART + name if name.endswith((BUILD, PUBLISH)) else name] = values
    return rows | _sums({name: v for name, v in rows.items() if not name.startswith(PART)}, timed)


def _sums(rows: Mapping[str, np.ndarray], timed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    chain = {name: values for name, values in rows.items() if name != DECODE}
    beside = {name: values for name, values in chain.items() if name not in (NETWORK, *FOR_PEOPLE)}
    sums = {
        ALL_BUILD: sum(values for name, values in timed.items() if name.endswith(BUILD)),
        ALL_PUBLISH: sum(values for name, values in timed.items() if name.endswith(PUBLISH)),
        "regions to messages in metres": sum(values for name, values in chain.items() if name in FROM_REGIONS),
        "conversion, hazards, messages": sum(values for name, values in beside.items() if name not in SCALING),
        ALL_BUT_NETWORK: sum(beside.values()),
        WHOLE: sum(chain.values()),
    }
    if DECODE in rows:
        sums[f"{WHOLE}, compressed camera"] = sums[WHOLE] - chain[CONVERT] + rows[DECODE]
    return sums
