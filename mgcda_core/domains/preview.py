"""Contact sheets: what the domains make, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mgcda_core.domains.domain import Domain
from mgcda_core.domains.mixed import Augment, Street
from mgcda_core.domains.sample import ANOMALY, IGNORE, NORMAL, NOT_SWAPPED, Sample

ANOMALY_COLOUR = (255, 40, 200)
DECOY_COLOUR = (40, 220, 60)
SWAPPED_COLOUR = (255, 200, 0)
WIDTH_PX = 480
"""Of one picture on a sheet."""
CHANGED = 14
"""Difference in [0, 255] above which a normal pixel counts as changed: part of a decoy or of a shadow."""


@dataclass(frozen=True)
class Layout:
    """pairs: picture beside outlined picture. columns, rows: of pairs on a sheet."""

    columns: int = 3
    rows: int = 4

    def __post_init__(self) -> None:
        for name in ("columns", "rows"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; it must be 1 or more")


def outlined(sample: Sample, before: Sample | None = None) -> np.ndarray:
    """Return the picture, uint8 (H, W, 3), with what is known of it drawn in.

    Anomalies are outlined in ANOMALY_COLOUR, swapped pixels in SWAPPED_COLOUR, pixels not judged are darkened. With
    before, of the same size, normal pixels that the domain changed are outlined in DECOY_COLOUR.
    """
    picture = sample.image.copy()
    ignored = sample.anomaly == IGNORE
    picture[ignored] //= 3
    if before is not None and before.image.shape == sample.image.shape:
        difference = np.abs(sample.image.astype(np.int16) - before.image).max(axis=2)
        changed = (difference > CHANGED) & (sample.anomaly == NORMAL)
        changed |= (sample.allowed != before.allowed) & (sample.anomaly == NORMAL)
        # Single pixels are a pasted edge's fringe.
        _outline(picture, cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3))), DECOY_COLOUR)
    swapped = np.zeros_like(ignored) if sample.swapped is None else sample.swapped != NOT_SWAPPED
    _outline(picture, (sample.anomaly == ANOMALY) & ~swapped, ANOMALY_COLOUR)
    _outline(picture, swapped, SWAPPED_COLOUR)
    return picture


def _outline(picture: np.ndarray, mask: np.ndarray, colour: tuple[int, int, int]) -> None:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, contours, -1, colour, 1, cv2.LINE_8)


def sheet(pictures: Sequence[np.ndarray], *, columns: int) -> np.ndarray:
    """Return pictures, uint8 (H, W, 3) of any sizes, side by side at WIDTH_PX, from left to right, top to bottom."""
    tall = max(round(WIDTH_PX * picture.shape[0] / picture.shape[1]) for picture in pictures)
    rows = -(-len(pictures) // columns)
    whole = np.zeros((rows * tall, columns * WIDTH_PX, 3), np.uint8)
    for index, picture in enumerate(pictures):
        size = (WIDTH_PX, round(WIDTH_PX * picture.shape[0] / picture.shape[1]))
        row, column = divmod(index, columns)
        place = np.s_[row * tall : row * tall + size[1], column * WIDTH_PX : (column + 1) * WIDTH_PX]
        whole[place] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return whole


def domain_sheet(
    domain: Domain, street: Street, *, layout: Layout = Layout(), seed: int = 0, augment: Augment | None = None
) -> np.ndarray:
    """Return one domain's sheet: pictures, each with its outlined copy on its right; the same for the same seed."""
    pictures: list[np.ndarray] = []
    for index in range(layout.columns * layout.rows):
        pictures += _pair(np.random.default_rng((seed, index)), domain, street, augment)
    return sheet(pictures, columns=2 * layout.columns)


def _pair(rng: np.random.Generator, domain: Domain, street: Street, augment: Augment | None) -> list[np.ndarray]:
    before = street(rng) if domain.needs_street else None
    sample = domain(rng, before)
    if augment is not None:
        sample, before = augment(rng, sample), None
    return [sample.image, outlined(sample, before)]


def write_sheets(
    domains: Sequence[Domain], street: Street, augment: Augment, out: Path, *, layout: Layout = Layout(), seed: int = 0
) -> list[Path]:
    """Write {domain}.png for every domain and augmented.png, all domains in turn after augmentation.

    Returns the paths. Raises ValueError for no domain and OSError where a sheet cannot be written.
    """
    if not domains:
        raise ValueError("domains: an empty list is not allowed; name one or more")
    out.mkdir(parents=True, exist_ok=True)
    sheets = {domain.name: domain_sheet(domain, street, layout=layout, seed=seed) for domain in domains}
    pictures: list[np.ndarray] = []
    for index in range(layout.columns * layout.rows):
        pictures += _pair(np.random.default_rng((seed, index, 1)), domains[index % len(domains)], street, augment)
    sheets["augmented"] = sheet(pictures, columns=2 * layout.columns)
    paths: list[Path] = []
    for name, picture in sheets.items():
        paths.append(out / f"{name}.png")
        if not cv2.imwrite(str(paths[-1]), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)):
            raise OSError(f"{paths[-1]}: cannot be written")
    return paths
