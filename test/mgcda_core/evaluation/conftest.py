"""What the tests of the metrics share: score maps of the shipped weights, and the same made hard to bin."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.deploy.detector import Detector
from mgcda_core.frame import Frame
from mgcda_core.simulation.drive import Drive

ScoredFrames = list[tuple[np.ndarray, np.ndarray]]


@pytest.fixture(scope="session")
def driven_frames() -> ScoredFrames:
    """Return (scores, labels) of two frames of a drive: hazards are anomalies, the car's bonnet is ignored."""
    detector = Detector()
    frames = []
    for seed, time_s in ((7, 4.0), (9, 2.0)):
        rendered = Drive(seed=seed, width=640, height=360).render(time_s)
        labels = (rendered.instances > 0).astype(np.uint8)
        labels[-20:] = 255
        frames.append((detector.detect(Frame(rendered.image, 0, "")).probability, labels))
    assert all((labels == 1).any() for _, labels in frames)
    return frames


def surer(scores: np.ndarray, gain: float, offset: float = 0.0) -> np.ndarray:
    """Return the probabilities of a network whose logits are gain times as far from offset."""
    exact = scores.astype(np.float64)
    return (1 / (1 + np.exp(-gain * (np.log(exact / (1 - exact)) - offset)))).astype(np.float32)


CHANGES = {
    "as they are": lambda scores: scores,
    "8 bits": lambda scores: np.round(255 * scores).astype(np.float32) / np.float32(255),
    "4 levels": lambda scores: np.round(3 * scores),
    "sure near 1": lambda scores: surer(scores, 6, -2),
    "far too sure": lambda scores: surer(scores, 30),
    "sure near 0": lambda scores: surer(scores, 8, 2),
    "percent": lambda scores: 100 * surer(scores, 6),
    "likelihood of the normal": lambda scores: -1 + surer(scores, 4),
    "logits around 20": lambda scores: (20 + 0.1 * np.log(scores / (1 - scores))).astype(np.float32),
    "float16": lambda scores: scores.astype(np.float16).astype(np.float32),
}


@pytest.fixture(scope="session", params=CHANGES)
def real_frames(driven_frames: ScoredFrames, request: pytest.FixtureRequest) -> ScoredFrames:
    """Return the driven frames with their scores as other networks and file formats would give them."""
    return [(CHANGES[request.param](scores), labels) for scores, labels in driven_frames]


def pooled(frames: ScoredFrames) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of all judged pixels, float32 (N,), and whether they are anomalous, bool (N,)."""
    scores = np.concatenate([values[labels != 255] for values, labels in frames])
    return scores, np.concatenate([labels[labels != 255] == 1 for _, labels in frames])


@pytest.fixture(scope="session")
def pool() -> object:
    """Return pooled(), for tests that compare with metrics of all pixels at once."""
    return pooled
