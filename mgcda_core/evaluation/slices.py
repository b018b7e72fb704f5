"""How many of the labelled obstacles are found, by their size and by how near they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mgcda_core.datasets.labelled_picture import ANOMALY
from mgcda_core.evaluation.components import find_components
from mgcda_core.evaluation.horizon import HORIZON_SHARE, horizon_row

SIZE_EDGES_PX = (100, 500, 2_500, 10_000)
REGIONS = ("far", "middle", "near")


class Recall(NamedTuple):
    """Obstacles and how many of them are found; their pixels and how many of these are predicted."""

    obstacles: int
    found: int
    area_px: int
    hit_px: int

    @property
    def found_share(self) -> float:
        """Share of the obstacles that are found; NaN where there are none."""
        return self.found / self.obstacles if self.obstacles else float("nan")

    @property
    def hit_share(self) -> float:
        """Share of the obstacles' pixels that are predicted; NaN where there are none."""
        return self.hit_px / self.area_px if self.area_px else float("nan")


class Obstacle(NamedTuple):
    """One labelled obstacle of a frame: its pixels, how many of them are predicted, and its lowest row."""

    area_px: int
    hit_px: int
    foot_row: int


def labelled_obstacles(predicted: np.ndarray, labels: np.ndarray) -> list[Obstacle]:
    """Return the 8-connected regions of label 1, with what bool predicted (H, W) finds of them.

    labels: uint8 (H, W), 0 normal, 1 anomaly, 255 ignored. Raises ValueError where the two differ in shape.
    """
    require_mask(predicted, labels)
    found = find_components(labels == ANOMALY)
    hits = np.bincount(found.labels[predicted], minlength=len(found.sizes))
    feet = found.boxes[:, 1] + found.boxes[:, 3] - 1
    return [Obstacle(int(found.sizes[item]), int(hits[item]), int(feet[item])) for item in range(1, len(found.sizes))]


def require_mask(predicted: np.ndarray, labels: np.ndarray) -> None:
    """Raise ValueError unless predicted is bool and of the labels' shape, (H, W)."""
    if predicted.dtype != bool or predicted.ndim != 2 or predicted.shape != labels.shape:
        raise ValueError(
            f"predicted is {predicted.dtype} {predicted.shape}; expected bool of the labels' shape, {labels.shape}"
        )


def region_index(foot_row: int, height: int, horizon: float = HORIZON_SHARE) -> int:
    """Return the place in REGIONS of an obstacle that stands on a row of a picture of height rows.

    The rows from the horizon (a share of the height) to the bottom fall into three equal bands. Where an obstacle
    stands tells how far away it is, so its lowest row counts; one that ends above the horizon is far.
    """
    top = horizon_row(height, horizon)
    return min(2, max(0, (foot_row - top) * 3 // (height - top)))


class SlicedRecall:
    """Adds up the recall of obstacles by size and by region, frame by frame; keeps counts only.

    size_edges_px: rising areas in pixels between one slice and the next; an area on an edge belongs to the greater.
    found_share: the part of an obstacle's pixels, above 0 to 1, that must be predicted for it to count as found.
    horizon: share of the picture's height, see region_index(). Raises ValueError for other values.
    """

    def __init__(
        self,
        *,
        size_edges_px: Sequence[int] = SIZE_EDGES_PX,
        found_share: float = 0.5,
        horizon: float = HORIZON_SHARE,
    ) -> None:
        edges = list(size_edges_px)
        if edges != sorted(set(edges)) or any(edge < 1 for edge in edges):
            raise ValueError(f"size_edges_px is {tuple(edges)}; allowed: rising numbers of pixels from 1 on")
        if not 0 < found_share <= 1:
            raise ValueError(f"found_share is {found_share}; allowed: above 0 to 1")
        horizon_row(1, horizon)
        self._edges, self._found_share, self._horizon = edges, found_share, horizon
        self._sizes = np.zeros((len(edges) + 1, 4), np.int64)
        self._regions = np.zeros((len(REGIONS), 4), np.int64)

    def add(self, predicted: np.ndarray, labels: np.ndarray) -> None:
        """Add a frame: bool predicted (H, W), and uint8 labels (H, W) of 0 normal, 1 anomaly and 255 ignored."""
        for obstacle in labelled_obstacles(predicted, labels):
            found = obstacle.hit_px >= self._found_share * obstacle.area_px
            counts = (1, found, obstacle.area_px, obstacle.hit_px)
            self._sizes[np.searchsorted(self._edges, obstacle.area_px, side="right")] += counts
            self._regions[region_index(obstacle.foot_row, labels.shape[0], self._horizon)] += counts

    def counts(self) -> dict[str, np.ndarray]:
        """Return all that is kept, by name."""
        return {"sizes": self._sizes, "regions": self._regions}

    def add_counts(self, counts: Mapping[str, np.ndarray]) -> None:
        """Add the counts() of other frames in the same slices."""
        self._sizes, self._regions = self._sizes + counts["sizes"], self._regions + counts["regions"]

    def by_size(self) -> dict[str, Recall]:
        """Return the recall of each slice by size, smallest first."""
        bounds = [f"{low} to {high - 1} px" for low, high in zip(self._edges, self._edges[1:], strict=False)]
        names = [f"below {self._edges[0]} px", *bounds, f"from {self._edges[-1]} px"] if self._edges else ["all"]
        return _named(names, self._sizes)

    def by_region(self) -> dict[str, Recall]:
        """Return the recall of each of REGIONS."""
        return _named(REGIONS, self._regions)

    def total(self) -> Recall:
        """Return the recall of all obstacles."""
        return Recall(*self._regions.sum(axis=0).tolist())


def _named(names: Sequence[str], counts: np.ndarray) -> dict[str, Recall]:
    return {name: Recall(*row) for name, row in zip(names, counts.tolist(), strict=True)}
