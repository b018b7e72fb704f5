"""Mud, tape or a leaf on part of the lens: that part stays dark and plain while the rest of the picture changes.

One picture cannot tell mud from a shadow, a wall or the road; many views can. Sky is brighter than the picture around
it, and the vehicle's own bonnet is left out with the lowest rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgcda_core.monitoring.persistence import NANOSECONDS
from mgcda_core.monitoring.ranges import require
from mgcda_core.monitoring.working_picture import WorkingPicture

VIEW_CHANGE = 0.08
"""Median change of the blocks that are not plain, relative to the picture's mean, which makes another view of it."""
VIEW_APART_S = 0.5
FEWEST_BLOCKS = 0.2
"""Share of the picture that must not be plain, so that its change says that the vehicle moves."""

ADAPTS = 0.2
"""How much of a change of a block's level is usual by the next view."""


@dataclass(frozen=True)
class CoveredPartSettings:
    """When a part of the picture is called covered; levels are relative to the picture's mean.

    views: how many different ones in a row it must have been plain in; 0: do not look for covered parts. Over CamVid's
    four drives and five rendered ones the longest such run of any block was 10. maximum_share: of the judged picture,
    in [0, 1]. plainest: root mean square slope, grey levels per pixel. brightest: what is brighter is not called
    covered. steadiness: how far a covered part may be from its usual level. ignored_bottom_share: of the picture's
    height, in [0, 1].
    """

    views: int = 30
    maximum_share: float = 0.02
    plainest: float = 1.5
    brightest: float = 0.8
    steadiness: float = 0.1
    ignored_bottom_share: float = 0.2

    def __post_init__(self) -> None:
        require("views", self.views, 0, 1e6)
        require("maximum_share", self.maximum_share, 0, 1)
        require("plainest", self.plainest, 0, 255, "grey levels per pixel")
        require("brightest", self.brightest, 0, 255)
        require("steadiness", self.steadiness, 0, 255)
        require("ignored_bottom_share", self.ignored_bottom_share, 0, 0.9)


class CoveredPart:
    """Remembers of every block in how many views it showed nothing; for pictures of one size, in order of time."""

    def __init__(self, settings: CoveredPartSettings) -> None:
        self._settings = settings
        self._views: np.ndarray | None = None
        self._usual = self._last_view = np.empty(0, np.float32)
        self._last_view_stamp = 0

    def problem(self, picture: WorkingPicture, stamp: int) -> str | None:
        """Take in one picture and return in a sentence that part of the lens is covered, or None.

        stamp: nanoseconds.
        """
        settings = self._settings
        if settings.views == 0:
            return None
        levels = picture.block_grey / max(1.0, float(picture.block_grey.mean()))
        plain = picture.block_slope < settings.plainest
        if self._views is None:
            self._views = np.zeros(levels.shape, np.int64)
            self._usual = levels.copy()
            self._last_view, self._last_view_stamp = levels, stamp
            return None
        shows_nothing = plain & (levels < settings.brightest) & (np.abs(levels - self._usual) <= settings.steadiness)
        self._views[~shows_nothing] = 0
        np.copyto(self._usual, levels, where=~shows_nothing)
        if self._is_another_view(levels, ~plain, stamp):
            self._views += shows_nothing
            # Dirt shines in the light of the scene, which changes slowly.
            self._usual += ADAPTS * (levels - self._usual)
            self._last_view, self._last_view_stamp = levels, stamp
        judged = self._views[: max(1, round(len(self._views) * (1 - settings.ignored_bottom_share)))]
        share = float(np.mean(judged >= settings.views))
        if share <= settings.maximum_share:
            return None
        return (
            f"part of the lens seems covered: {share:.1%} of the picture showed nothing in {settings.views} different "
            f"views, {settings.maximum_share:.1%} is the limit"
        )

    def _is_another_view(self, levels: np.ndarray, structured: np.ndarray, stamp: int) -> bool:
        if (stamp - self._last_view_stamp) * NANOSECONDS < VIEW_APART_S or structured.mean() < FEWEST_BLOCKS:
            return False
        # The median: traffic that crosses before a vehicle at rest changes less than half of the picture.
        return bool(np.median(np.abs(levels - self._last_view)[structured]) >= VIEW_CHANGE)
