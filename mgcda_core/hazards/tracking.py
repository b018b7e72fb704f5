"""Hazards that persist: the same one keeps its id from frame to frame, and is not forgotten when one picture misses it.

What is reported of a hazard depends on whether this frame shows it:

- seen: box, outline, score and area of this frame, TENTATIVE or CONFIRMED. Its position is smoothed, and where this
  frame measured none (the region leaves the picture at its lower edge), moved by ego motion.
- COASTING, confirmed but not seen: box, outline, score and area as it was seen last; the position is moved by ego
  motion, and its sigma grows. The score does not fall: until it ends, it counts for braking like one in sight.
- tentative and not seen: nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from mgcda_core.frame import Hazard
from mgcda_core.hazards import box_motion, ground_filter
from mgcda_core.hazards.association import Estimates, associate
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.hazards.track import Track, measured_estimates
from mgcda_core.hazards.track_settings import TrackSettings


class Tracker:
    """Follows the hazards of one camera; what it keeps does not grow with the number of frames.

    first_id: of the first hazard; above those of a tracker before this one.
    """

    def __init__(self, settings: TrackSettings, first_id: int = 1) -> None:
        self._settings = settings
        self._tracks: list[Track] = []
        self._next_id = first_id
        self._stamp_ns: int | None = None
        self._frames = 0
        self._latest: tuple[Hazard, ...] = ()

    def adopt(self, settings: TrackSettings) -> None:
        """Go on with other settings from the next frame on; the hazards stay."""
        self._settings = settings
        for track in self._tracks:
            track.sightings = deque(track.sightings, maxlen=settings.confirm_window)

    @property
    def next_id(self) -> int:
        """Return the id of the next new hazard."""
        return self._next_id

    @property
    def is_settled(self) -> bool:
        """Return whether enough frames were seen since the start, a jump or a gap for a hazard to be confirmed.

        Until then "no confirmed hazard" does not mean that there is none.
        """
        return self._frames >= self._settings.confirm_window

    def update(
        self,
        hazards: Iterable[Hazard],
        stamp_ns: int,
        motion: EgoMotion | None = None,
        *,
        blind_distance_m: float = 0.0,
    ) -> tuple[Hazard, ...]:
        """Return the hazards of a frame as they are known over time, the most certain first.

        hazards: of one frame in any order; their ids are not looked at. stamp_ns: of that frame, nanoseconds.
        motion: odometry; without it, or where it does not reach, measured positions are not smoothed, others stay
        where they are and their sigmas grow as fast as unknown_speed_mps. blind_distance_m: ground nearer than this to
        the base frame's origin lies below the picture; a confirmed hazard there cannot be seen, and does not age while
        odometry tells where it is. 0: there is no such ground. Ids count from 1 and are never used again.
        A frame with the stamp of the one before is a duplicate: it changes nothing and gets the same answer. Where
        stamps go back, or leap by more than maximum_gap_s, all hazards start anew with new ids.
        """
        seconds = 0.0
        if self._stamp_ns is not None:
            if stamp_ns == self._stamp_ns:
                return self._latest
            seconds = (stamp_ns - self._stamp_ns) / 1e9
            if not 0 < seconds <= self._settings.maximum_gap_s:
                self._tracks, self._frames = [], 0
        seen = sorted(hazards, key=_order)
        if self._tracks or seen:
            self._follow(seen, stamp_ns, seconds, motion, blind_distance_m)
        self._stamp_ns = stamp_ns
        self._frames = min(self._frames + 1, self._settings.confirm_window)
        self._latest = self._report(stamp_ns) if self._tracks else ()
        return self._latest

    def _follow(
        self,
        seen: Sequence[Hazard],
        stamp_ns: int,
        seconds: float,
        motion: EgoMotion | None,
        blind_distance_m: float,
    ) -> None:
        is_motion_known = self._move(stamp_ns, seconds, motion)
        measured = measured_estimates(seen)
        predicted = self._estimates()
        if not is_motion_known:
            # Boxes are predicted by their own motion, which tells more then. And a place that is smoothed with one from
            # before the vehicle moved on is too far away.
            predicted = predicted._replace(positions_m=np.full_like(predicted.positions_m, np.nan))
        rows, columns = associate(predicted, measured, self._settings)
        seen_again = Estimates(*(part[columns] for part in measured))
        shifts = self._correct(rows, seen_again, stamp_ns, is_motion_known=is_motion_known)
        for row, column, shift in zip(rows.tolist(), columns.tolist(), shifts, strict=True):
            self._tracks[row].see(seen[column], shift, stamp_ns, self._settings)
        for row in set(range(len(self._tracks))) - set(rows.tolist()):
            track = self._tracks[row]
            # Where odometry has a gap, what was below the picture is taken to be there still.
            is_hidden = _is_below_picture(track, blind_distance_m) if is_motion_known else track.is_hidden
            track.miss(seconds, is_hidden=is_hidden)
        self._give_up_positions()
        self._tracks = [track for track in self._tracks if not track.is_over(self._settings)]
        for column in sorted(set(range(len(seen))) - set(columns.tolist())):
            self._begin(seen[column], Estimates(*(part[column] for part in measured)), stamp_ns)

    def _estimates(self) -> Estimates:
        boxes = np.array([track.box for track in self._tracks]).reshape(-1, 4)
        return Estimates(box_motion.corners(boxes), *_places(self._tracks))

    def _move(self, stamp_ns: int, seconds: float, motion: EgoMotion | None) -> bool:
        """Move all tracks to a later stamp, and return whether the vehicle's motion until then is known."""
        if not self._tracks:
            return False
        moved = None if motion is None else motion.between(self._stamp_ns, stamp_ns)
        variances = np.full(len(self._tracks), self._settings.process_noise**2 * seconds)
        # What lies before the bumper, where nobody can see it, lies there however long the vehicle stands.
        variances[[track.is_hidden and not track.is_moving for track in self._tracks]] = 0.0
        if moved is None:
            # The speed is unknown but does not change from frame to frame: the error grows with time, not its root.
            before = np.array([track.unknown_s for track in self._tracks])
            variances += self._settings.unknown_speed_mps**2 * ((before + seconds) ** 2 - before**2)
        states, covariances = _states(self._tracks)
        # What is not measured is taken to stand where it was, unless it moved: a place that grew uncertain by a
        # velocity that nobody measures would be given up, with the hazard still before the bumper.
        moves = np.array([track.is_measured or track.is_moving for track in self._tracks])
        own_ways = states[:, 2:] * (seconds * moves[:, None])
        states, covariances = ground_filter.predict(
            states, covariances, moved, seconds, variances, self._settings.acceleration_noise, moves
        )
        boxes = np.array([track.box for track in self._tracks])
        boxes += np.array([track.rates for track in self._tracks]) * seconds
        for track, box, state, covariance, way in zip(self._tracks, boxes, states, covariances, own_ways, strict=True):
            track.box, track.state, track.covariance = box, state, covariance
            if moved is None:
                track.unknown_s += seconds
            elif track.footprint_m is not None:
                track.footprint_m = moved.moved(track.footprint_m + [*way, 0.0])
        return moved is not None

    def _correct(self, rows: np.ndarray, measured: Estimates, stamp_ns: int, *, is_motion_known: bool) -> np.ndarray:
        """Correct the tracks in rows, measured as given for each; what was not measured stays.

        Return how far each one's place lies from where it was measured, float64 (K, 3), metres, NaN where it was not.
        """
        shifts = np.zeros((len(rows), 3))
        if not len(rows):
            return shifts
        tracks = [self._tracks[row] for row in rows.tolist()]
        boxes = box_motion.centred(measured.boxes_px)
        rates = box_motion.updated_rates(
            np.array([track.rates for track in tracks]),
            np.array([track.box for track in tracks]),
            boxes,
            np.array([stamp_ns - track.seen_ns for track in tracks]) / 1e9,
        )
        states, covariances = _states(tracks)
        if not is_motion_known:
            states[:] = np.nan
        states, covariances = ground_filter.correct(
            states, covariances, *measured[1:], self._settings.initial_speed_mps
        )
        for track, box, rate in zip(tracks, boxes, rates, strict=True):
            track.box, track.rates = box, rate
        moving = ground_filter.is_moving(states, covariances).tolist()
        for row in np.flatnonzero(~np.isnan(states[:, 0])).tolist():
            tracks[row].state, tracks[row].covariance = states[row], covariances[row]
            tracks[row].is_moving = moving[row]
        shifts[:, :2] = states[:, :2] - measured.positions_m
        return shifts

    def _begin(self, hazard: Hazard, measured: Estimates, stamp_ns: int) -> None:
        box = box_motion.centred(measured.boxes_px[None])[0]
        sightings = deque[bool](maxlen=self._settings.confirm_window)
        (state,), (covariance,) = ground_filter.first_states(
            measured.positions_m[None], measured.covariances[None], self._settings.initial_speed_mps
        )
        track = Track(self._next_id, hazard, stamp_ns, stamp_ns, box, state, covariance, sightings)
        shift = np.full(3, np.nan if np.isnan(measured.positions_m[0]) else 0.0)
        track.see(hazard, shift, stamp_ns, self._settings)
        self._tracks.append(track)
        self._next_id += 1

    def _give_up_positions(self) -> None:
        """Forget positions that were not measured in this frame and no longer tell anything."""
        unmeasured = [track for track in self._tracks if not track.is_measured]
        for track, sigma in zip(unmeasured, _sigmas(unmeasured), strict=True):
            if sigma > self._settings.maximum_sigma_m:
                track.forget_position()

    def _report(self, stamp_ns: int) -> tuple[Hazard, ...]:
        shown = [track for track in self._tracks if track.is_confirmed or not track.missed]
        reported = [track.as_hazard(stamp_ns, sigma) for track, sigma in zip(shown, _sigmas(shown), strict=True)]
        return tuple(sorted(reported, key=_order))


def _states(tracks: Sequence[Track]) -> tuple[np.ndarray, np.ndarray]:
    """Return the states (N, 4) and covariances (N, 4, 4) of tracks."""
    states = np.array([track.state for track in tracks]).reshape(-1, 4)
    return states, np.array([track.covariance for track in tracks]).reshape(-1, 4, 4)


def _places(tracks: Sequence[Track]) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions (N, 2) and covariances (N, 2, 2) of tracks."""
    states, covariances = _states(tracks)
    return states[:, :2], covariances[:, :2, :2]


def _sigmas(tracks: Sequence[Track]) -> list[float]:
    """Return the standard deviation of the distance of each track, metres."""
    return ground_filter.sigma_along(*_places(tracks)).tolist() if tracks else []


def _is_below_picture(track: Track, blind_distance_m: float) -> bool:
    x, y = track.position
    return bool(track.is_confirmed and x > 0 and np.hypot(x, y) < blind_distance_m)


def _order(hazard: Hazard) -> tuple:
    """Return what hazards are sorted by: the most certain first, then by all else that tells two of them apart."""
    footprint = b"" if hazard.footprint_m is None else hazard.footprint_m.tobytes()
    sigmas = hazard.distance_sigma_m or 0.0, hazard.width_sigma_m or 0.0
    return -hazard.score, hazard.box_px, hazard.area_px, footprint, hazard.polygon_px.tobytes(), sigmas
