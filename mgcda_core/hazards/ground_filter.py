"""Where hazards stand, smoothed over time: a Kalman filter on (x, y) of things that stand still, many at once.

Velocities are zero in the world by assumption; process noise leaves room for what moves. A row of NaN is a hazard
without a position.
"""

from __future__ import annotations

import numpy as np

from mgcda_core.hazards.ego_motion import PlanarMotion


def measurement_covariances(positions: np.ndarray, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Return covariances float64 (N, 2, 2), square metres, of positions (N, 2) in the base frame.

    along, across: standard deviations (N,) along the line of sight from the base frame's origin and across it, metres.
    """
    x, y = _sights(positions).T
    along, across = along**2, across**2
    mixed = (along - across) * x * y
    result = np.stack([along * x * x + across * y * y, mixed, mixed, along * y * y + across * x * x], axis=-1)
    return result.reshape(-1, 2, 2)


def predict(
    positions: np.ndarray, covariances: np.ndarray, motion: PlanarMotion | None, variances: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (N, 2) and covariances (N, 2, 2) in the base frame after a motion.

    motion: None where it is not known; then none is assumed. variances: (N,), square metres, added in every direction.
    """
    if motion is not None:
        positions = positions @ motion.rotation.T + motion.translation
        covariances = motion.rotation @ covariances @ motion.rotation.T
    return positions, covariances + variances[:, None, None] * np.eye(2)


def correct(
    positions: np.ndarray, covariances: np.ndarray, measured: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (N, 2) and covariances (N, 2, 2) after measured positions (N, 2) with covariances noise.

    A measurement without a prediction is taken as it is; a prediction without a measurement is lost.
    """
    gain = covariances @ inverted(covariances + noise)
    corrected = positions + ((measured - positions)[:, None] @ gain.transpose(0, 2, 1))[:, 0]
    remaining = covariances - gain @ covariances
    is_first = np.isnan(positions[:, 0])
    corrected[is_first], remaining[is_first] = measured[is_first], noise[is_first]
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
