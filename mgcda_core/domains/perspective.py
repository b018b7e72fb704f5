"""Where the road lies in a picture, and how large things on it are: on flat ground a row is a distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgcda_core.datasets.classes import class_mask

ROAD = class_mask(["road"])
GROUND = class_mask(["road", "pavement"])
SKY = class_mask(["sky"])
FOOT_TOLERANCE_PX = 4
"""Labels end a few pixels beside the things they label."""


@dataclass(frozen=True)
class RoadPlane:
    """road: bool (H, W). rows: int (R,), ascending, the rows that show road. horizon: row where flat ground ends.

    An object that stands on row r and is as tall as the camera stands high reaches the horizon, so its height is
    (r - horizon) * metres / camera height, whatever the focal length.
    """

    road: np.ndarray
    rows: np.ndarray
    horizon: float

    def height_px(self, row: float, camera_heights: float) -> float:
        """Return the height in pixels of an object that stands on row and is so many camera heights tall."""
        return (row - self.horizon) * camera_heights

    def row_for(self, height_px: float, camera_heights: float) -> float:
        """Return the row that an object of so many camera heights stands on where it is height_px tall."""
        return self.horizon + height_px / camera_heights

    def nearest_row(self, row: float) -> int:
        """Return the row with road that is closest to row."""
        return int(self.rows[np.abs(self.rows - row).argmin()])

    def draw_column(self, rng: np.random.Generator, row: int) -> int:
        """Return a random column that shows road on row, which must be one of rows."""
        return int(rng.choice(np.flatnonzero(self.road[row])))

    def draw_row(self, rng: np.random.Generator, nearness: float = 1.3) -> int:
        """Return a random row with road; a nearness above 1 favours far rows, below 1 near ones.

        Rows first, then a pixel of that row: drawing pixels alone would put everything close to the bumper.
        """
        row = int(self.rows[0] + (self.rows[-1] - self.rows[0]) * rng.random() ** nearness)
        return self.nearest_row(row)


def road_plane(allowed: np.ndarray) -> RoadPlane | None:
    """Return the road of a picture, int32 (H, W) masks of allowed classes, or None where it shows none.

    The horizon is taken a fiftieth of the picture above the farthest road pixel.
    """
    road = allowed == ROAD
    rows = np.flatnonzero(road.any(axis=1))
    return RoadPlane(road, rows, rows[0] - 0.02 * allowed.shape[0]) if len(rows) else None


def foot_rows(allowed: np.ndarray) -> np.ndarray:
    """Return int32 (H, W): the row where what a pixel shows meets the ground below it.

    allowed: int32 (H, W). On road and pavement it is the pixel's own row, in the sky 0, and 2 H where the picture
    ends before the ground. What has its foot on a lower row than an object stands nearer and hides it, the vehicle's
    own bonnet included.
    """
    height = allowed.shape[0]
    own = np.where(allowed & GROUND, np.arange(height, dtype=np.int32)[:, None], np.int32(2 * height))
    feet = np.minimum.accumulate(own[::-1], axis=0)[::-1]
    return np.where(allowed == SKY, np.int32(0), feet)
