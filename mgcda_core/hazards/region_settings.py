"""What counts as a hazard region: every setting between a score map and a list of hazards."""

from __future__ import annotations

import math
from dataclasses import dataclass

MINIMUM_AREA_SHARE = 3e-5
"""Default for the smallest region, as a share of the picture: 62 pixels of 1920 x 1080, about one of the network's."""

HORIZON_SHARE = 0.42
"""Where the horizon is taken to lie in a picture of which nothing else is known, as a share of its height, from the
top: Cityscapes' and LostAndFound's camera, and the simulated one."""


@dataclass(frozen=True)
class RegionSettings:
    """How regions are cut out of a score map; shares, so that they mean the same to every camera.

    threshold: probability in (0, 1); a region has a pixel that exceeds it strictly.
    grow_share: a region grows to connected pixels that exceed this share of threshold; in (0, 1], 1: no growth. A
    share, because the threshold comes with the weights and the growth follows it.
    maximum_hole_share: holes up to this share of the area within the region's outline are filled; in [0, 1], 0: none.
    A larger hole stays open, so that a thin ring around a clear road does not make the road a hazard.

    minimum_area_share: regions with fewer pixels above threshold than this share of the picture's are left out where
    they end at the picture's lowest row; what they grow over does not count, so that growth makes no hazard of a speck.
    far_area_ratio: the minimum for regions that end at the horizon or above, relative to that; in (0, 1], 1: the same
    in every row. horizon_share: the horizon's row as a share of the picture's height, in [0, 1).

    merge_gap: two regions, one above the other, are one object where the rows between them are no more than this times
    the square root of the smaller one's area; 0: never. merge_overlap: and where the columns that they share are at
    least this share of the narrower one's, in (0, 1]. Regions side by side stay apart: a vehicle may fit between them.

    split_depth: a region is two objects where between two of its score maxima every way leads through a score lower
    than the lesser maximum by more than this probability; in (0, 1], 1: never. split_area_share: only regions of this
    share of the picture or more are split. split_part_share: each part has at least this share of the region.

    off_road_weight: what the score of a region with no road around it is multiplied by, in [0, 1], 1: no difference.
    The weight rises linearly with Hazard.on_road to 1; where on_road is None it is 1. minimum_score: hazards with a
    lower weighted score are left out, in [0, 1), 0: none.

    The defaults were chosen on 200 frames of eight rendered drives with the shipped weights: more of the hazards are
    found than as plain connected regions, with fewer false regions and fewer pieces of one hazard. Growing to less than
    0.7 changes little. Splitting waits for a deep valley, as 5 of 33 large regions fall apart at a depth of 0.1 and 1
    at 0.2 to 0.3: in doubt a region stays one, which a vehicle brakes for as well. Being off the road weighs, but
    leaves nothing out, as the semantic map errs too.

    The plain connected regions above the threshold: grow_share=1, maximum_hole_share=0, far_area_ratio=1, merge_gap=0,
    split_depth=1, off_road_weight=1.
    Raises ValueError for any other value.
    """

    threshold: float
    grow_share: float = 0.7
    maximum_hole_share: float = 0.25
    minimum_area_share: float = MINIMUM_AREA_SHARE
    far_area_ratio: float = 0.5
    horizon_share: float = HORIZON_SHARE
    merge_gap: float = 0.3
    merge_overlap: float = 0.5
    split_depth: float = 0.25
    split_area_share: float = 2e-3
    split_part_share: float = 0.15
    off_road_weight: float = 0.5
    minimum_score: float = 0.0

    def __post_init__(self) -> None:
        inside = "between 0 and 1"
        above = "above 0 and at most 1"
        below = "at least 0 and below 1"
        closed = "from 0 to 1"
        for name, allowed in {
            "threshold": inside,
            "grow_share": above,
            "maximum_hole_share": closed,
            "minimum_area_share": below,
            "far_area_ratio": above,
            "horizon_share": below,
            "merge_overlap": above,
            "split_depth": above,
            "split_area_share": closed,
            "split_part_share": closed,
            "off_road_weight": closed,
            "minimum_score": below,
        }.items():
            value = getattr(self, name)
            least = value > 0 if allowed in (inside, above) else value >= 0
            most = value < 1 if allowed in (inside, below) else value <= 1
            if not (least and most):
                raise ValueError(f"{name}: {value} is not allowed; it must be {allowed}")
        if not (math.isfinite(self.merge_gap) and self.merge_gap >= 0):
            raise ValueError(f"merge_gap: {self.merge_gap} is not allowed; it must be a finite number of at least 0")

    @property
    def grow_threshold(self) -> float:
        """Return the probability that every pixel of a region exceeds, holes aside."""
        return self.grow_share * self.threshold

    def minimum_area_px(self, lowest_row: float, height: int, width: int) -> float:
        """Return how many pixels above threshold a region that ends at lowest_row must have in a picture of this size.

        An object on flat ground appears as large as its foot lies below the horizon, so its area grows with the square
        of that; the objects just at the minimum are of one size in metres wherever they stand.
        """
        horizon = self.horizon_share * height
        nearness = min(max((lowest_row - horizon) / max(height - 1 - horizon, 1.0), 0.0), 1.0)
        ratio = self.far_area_ratio + (1 - self.far_area_ratio) * nearness**2
        return max(1.0, self.minimum_area_share * ratio * height * width)

    def road_weight(self, on_road: float | None) -> float:
        """Return what the score of a region with this Hazard.on_road is multiplied by."""
        return 1.0 if on_road is None else self.off_road_weight + (1 - self.off_road_weight) * on_road
