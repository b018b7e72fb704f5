"""One camera over time: Frame -> ScoreMap -> regions -> positions -> tracks -> how far the vehicle may drive.

The node, the replay and the demonstration all go this way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mgcda_core.frame import Frame, Hazard, ScoreMap
from mgcda_core.hazards.corridor import CorridorSettings, stop_distance
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.hazards.ground import GroundSettings, locate, nearest_visible_ground
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.track_settings import TrackSettings
from mgcda_core.hazards.tracking import Tracker
from mgcda_core.processing import Processor


@dataclass(frozen=True)
class FollowSettings:
    """How positions, tracks and the corridor are made.

    tracks: None for pictures that do not follow each other, each of which then stands alone. corridor: None where the
    vehicle's size is not known.
    """

    ground: GroundSettings = GroundSettings()
    tracks: TrackSettings | None = TrackSettings()
    corridor: CorridorSettings | None = None


@dataclass(frozen=True)
class Outlook:
    """What is known after a frame.

    hazards: as they are known over time. is_settled: whether enough frames were seen for a hazard to be confirmed;
    until then no hazard does not mean that there is none. stop_distance_m: from the vehicle's front to the nearest
    confirmed hazard in its corridor; inf where the corridor is clear, as far as the status of the report is OK; NaN
    where that is not known.
    """

    score_map: ScoreMap
    hazards: tuple[Hazard, ...]
    is_settled: bool
    stop_distance_m: float


class Follower:
    """Follows the hazards of one camera. motion: the vehicle's odometry, or None where there is none."""

    def __init__(
        self, processor: Processor, settings: FollowSettings = FollowSettings(), motion: EgoMotion | None = None
    ) -> None:
        self.processor, self.settings, self.motion = processor, settings, motion
        self._next_id = 1
        self._blind_distance_m = 0.0
        self._tracker = self._new_tracker()

    def _new_tracker(self) -> Tracker | None:
        return None if self.settings.tracks is None else Tracker(self.settings.tracks, self._next_id)

    def follow(self, frame: Frame, score_map: ScoreMap | None = None) -> Outlook:
        """Return what is known after the next frame; raises what Detector.detect raises.

        score_map: of the frame, where the detector has looked at it already.
        """
        try:
            if score_map is None:
                return self.advance(frame, *self.processor.process(frame))
            return self.advance(frame, score_map, self.processor.hazards(score_map))
        except Exception:
            self.forget()
            raise

    def adopt(self, regions: RegionSettings, settings: FollowSettings) -> None:
        """Go on with other settings; hazards are kept, unless following itself begins or ends."""
        self.processor = replace(self.processor, settings=regions)
        self.settings = settings
        if self._tracker is None or settings.tracks is None:
            self.forget()
        else:
            self._tracker.adopt(settings.tracks)

    def forget(self) -> None:
        """Start anew, with no hazards and new ids: half updated, it could lose hazards without a word."""
        if self._tracker is not None:
            self._next_id = self._tracker.next_id
        self._tracker = self._new_tracker()

    def advance(self, frame: Frame, score_map: ScoreMap, found: Sequence[Hazard]) -> Outlook:
        """Return what is known after the next frame, with what was found in it."""
        camera = frame.camera
        located = locate(found, camera, self.settings.ground)
        if self._tracker is None:
            # No hazard is ever confirmed then, and only confirmed ones make a stop distance.
            return Outlook(score_map, located, True, math.nan)
        # While it is not known where the camera sits, what it could not see before it cannot see now.
        if camera is not None and camera.extrinsics is not None:
            self._blind_distance_m = nearest_visible_ground(camera)
        hazards = self._tracker.update(
            located,
            frame.stamp,
            self.motion,
            blind_distance_m=self._blind_distance_m,
        )
        settled, corridor = self._tracker.is_settled, self.settings.corridor
        # Without positions a clear corridor would only mean that nobody can say what stands in it.
        knows = settled and corridor is not None and camera is not None and camera.extrinsics is not None
        return Outlook(score_map, hazards, settled, stop_distance(hazards, corridor) if knows else math.nan)
