"""Where hazards stand, smoothed over time: a Kalman filter on (x, y) and their velocity over ground, many at once.

Nearly all of them stand still, so that their velocity is taken for small until measurements say otherwise: an animal
that crosses is believed to move after some frames, and noise far away is not. A state is (x, y, velocity along x, along
y), metres and metres per second in the base frame; a row of NaN is a hazard without a position.
"""

from __future__ import annotations

import numpy as np

from mgcda_core.hazards.ego_motion import PlanarMotion

MOVING_DEVIATIONS = 3.0
"""From so many standard deviations (Mahalanobis) on a velocity is believed of what nobody sees."""


def measurement_covariances(positions: np.ndarray, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Return covariances float64 (N, 2, 2), square metres, of positions (N, 2) in the base frame.

    along, across: standard deviations (N,) along the line of sight from the base frame's origin and across it, metres.
    """
    x, y = _sights(positions).T
    along, across = along**2, across**2
    mixed = (along - across) * x * y
    result = np.stack([along * x * x + across * y * y, mixed, mixed, along * y * y + across * x * x], axis=-1)
    return result.reshape(-1, 2, 2)


def first_states(measured: np.ndarray, noise: np.ndarray, speed_mps: float) -> tuple[np.ndarray, np.ndarray]:
    """Return states (N, 4) and covariances (N, 4, 4) of hazards seen for the first time.

    measured: positions (N, 2), NaN where not known, with covariances noise (N, 2, 2). speed_mps: standard deviation of
    either component of a hazard's velocity, as long as nothing is known of it.
    """
    states = np.zeros((len(measured), 4))
    states[:, :2] = measured
    covariances = np.zeros((len(measured), 4, 4))
    covariances[:, :2, :2] = noise
    covariances[:, 2:, 2:] = speed_mps**2 * np.eye(2)
    return states, covariances


def predict(
    states: np.ndarray,
    covariances: np.ndarray,
    motion: PlanarMotion | None,
    seconds: float,
    variances: np.ndarray,
    acceleration_noise: float,
    moves: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return states (N, 4) and covariances (N, 4, 4) in the base frame, seconds later and after a motion of it.

    motion: None where it is not known: then nothing is moved, the hazard's own way is small beside the vehicle's.
    variances: (N,), square metres, added to positions in every direction. acceleration_noise: how far a velocity strays
    in one second, metres per second and square root of a second (white noise acceleration).
    moves: bool (N,), false for those that are taken to stand still until they are measured again.
    """
    covariances = covariances.copy()
    if motion is not None:
        step = np.tile(np.eye(4), (len(states), 1, 1))
        step[:, :2, 2:] = seconds * moves[:, None, None] * np.eye(2)
        turn = np.kron(np.eye(2), motion.rotation) @ step
        states = (turn @ states[..., None])[..., 0]
        states[:, :2] += motion.translation
        times = np.array([[seconds**3 / 3, seconds**2 / 2], [seconds**2 / 2, seconds]])
        noise = acceleration_noise**2 * np.kron(times, np.eye(2))
        covariances = turn @ covariances @ turn.transpose(0, 2, 1) + moves[:, None, None] * noise
    covariances[:, :2, :2] += variances[:, None, None] * np.eye(2)
    return states, covariances


def is_moving(states: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Return whether the velocity in states (N, 4) is none that standing still could be taken for, bool (N,)."""
    with np.errstate(invalid="ignore"):  # of velocities that are known to be 0
        return squared_deviations(states[:, 2:], covariances[:, 2:, 2:]) > MOVING_DEVIATIONS**2


def correct(
    states: np.ndarray, covariances: np.ndarray, measured: np.ndarray, noise: np.ndarray, speed_mps: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return states (N, 4) and covariances (N, 4, 4) after measured positions (N, 2) with covariances noise (N, 2, 2).

    A measurement without a prediction is as first_states() has it; a prediction without a measurement is lost.
    """
    gain = covariances[:, :, :2] @ inverted(covariances[:, :2, :2] + noise)
    corrected = states + ((measured - states[:, :2])[:, None] @ gain.transpose(0, 2, 1))[:, 0]
    remaining = covariances - gain @ covariances[:, :2]
    is_first = np.isnan(states[:, 0])
    corrected[is_first], remaining[is_first] = first_states(measured[is_first], noise[is_first], speed_mps)
    return corrected, remaining


def sigma_along(positions: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Return the standard deviation (N,) along the line of sight from the base frame's origin, metres."""
    sights = _sights(positions)
    return np.sqrt(np.einsum("ni,nij,nj->n", sights, covariances, sights))


def squared_deviations(offsets: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Return the squares (...) of the Mahalanobis distances of offsets (..., 2) with covariances (..., 2, 2)."""
    x, y = offsets[..., 0], offsets[..., 1]
    xx, xy, yy = covariances[..., 0, 0], covariances[..., 0, 1], covariances[..., 1, 1]
    return (x * x * yy - 2 * x * y * xy + y * y * xx) / determinants(covariances)


def determinants(matrices: np.ndarray) -> np.ndarray:
    """Return the determinants (...) of matrices (..., 2, 2)."""
    return matrices[..., 0, 0] * matrices[..., 1, 1] - matrices[..., 0, 1] * matrices[..., 1, 0]


def inverted(matrices: np.ndarray) -> np.ndarray:
    """Return the inverses of matrices (..., 2, 2)."""
    result = np.empty_like(matrices)
    result[..., 0, 0], result[..., 1, 1] = matrices[..., 1, 1], matrices[..., 0, 0]
    result[..., 0, 1], result[..., 1, 0] = -matrices[..., 0, 1], -matrices[..., 1, 0]
    return result / determinants(matrices)[..., None, None]


def _sights(positions: np.ndarray) -> np.ndarray:
    """Return unit vectors (N, 2) from the origin to positions (N, 2); straight ahead where those are the same."""
    angles = np.arctan2(positions[:, 1], positions[:, 0])
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)
