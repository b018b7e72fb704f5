"""Pictures made worse, each in seven ways and five strengths, to see how scores hold up. Labels stay as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from mgcda_core.evaluation.camera_faults import jpeg, lens_dirt, motion_blur, over_exposure
from mgcda_core.evaluation.weather import dusk, fog, rain

STRENGTHS = (1, 2, 3, 4, 5)
CORRUPTIONS: dict[str, Callable[[np.ndarray, int, np.random.Generator], np.ndarray]] = {
    "fog": fog,
    "rain": rain,
    "dusk": dusk,
    "over_exposure": over_exposure,
    "motion_blur": motion_blur,
    "lens_dirt": lens_dirt,
    "jpeg": jpeg,
}
"""Each takes uint8 (H, W, 3) RGB, a strength and a source of chance, and returns a new picture of the same kind."""


def corrupt(image: np.ndarray, name: str, strength: int, picture_id: str) -> np.ndarray:
    """Return uint8 (H, W, 3) RGB made worse; nothing moves, so the picture's labels still fit.

    name: one of CORRUPTIONS. strength: 1, mild, to 5, severe. picture_id: chance depends on it and on the name only,
    so the same call always gives the same picture, and a higher strength has more of the same streaks and spots.
    Raises ValueError for an argument that is none of these.
    """
    if name not in CORRUPTIONS:
        raise ValueError(f"corruption is {name!r}; allowed: {', '.join(CORRUPTIONS)}")
    if strength not in STRENGTHS:
        raise ValueError(f"strength is {strength!r}; allowed: 1 to {STRENGTHS[-1]}")
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"the picture is {image.dtype} {image.shape}; expected uint8 (height, width, 3) RGB")
    digest = hashlib.sha256(f"{name}/{picture_id}".encode()).digest()
    return CORRUPTIONS[name](image, strength, np.random.default_rng(int.from_bytes(digest[:16], "little")))
