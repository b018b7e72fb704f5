"""Shadows on the road, haze and rain: what v2 has no transform for."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.domains.perspective import GROUND
from mgcda_core.domains.sample import ANOMALY, Sample
from mgcda_core.training.augmentation.chance import draw
from mgcda_core.training.augmentation.settings import AugmentationSettings


def random_scene(rng: np.random.Generator, sample: Sample, settings: AugmentationSettings) -> np.ndarray:
    """Return the sample's picture, uint8 (H, W, 3), with a shadow, haze or rain, each by its chance."""
    image = sample.image
    if (brightness := draw(rng, settings.shadow)) is not None:
        on_ground = ((sample.allowed & GROUND) != 0) | (sample.anomaly == ANOMALY)
        image = shaded(rng, image, on_ground, brightness)
    if (lost := draw(rng, settings.haze)) is not None:
        image = hazy(rng, image, lost)
    if (density := draw(rng, settings.rain)) is not None:
        image = rainy(rng, image, density)
    return image


def shaded(rng: np.random.Generator, image: np.ndarray, where: np.ndarray, brightness: float) -> np.ndarray:
    """Return the picture with one large soft-edged shadow, times brightness, where bool (H, W) allows it.

    A house's or a tree's, thrown across the road: a quadrilateral or a ragged outline wider than tall.
    """
    height, width = image.shape[:2]
    small = np.zeros((height // 4 + 1, width // 4 + 1), np.float32)
    middle = np.array([rng.uniform(0, 1), rng.uniform(0.45, 1)]) * small.shape[::-1]
    half = np.array([rng.uniform(0.2, 0.9), rng.uniform(0.04, 0.3)]) * small.shape[::-1]
    count = 4 if rng.random() < 0.5 else int(rng.integers(7, 20))
    angles = (np.arange(count) + rng.uniform(-0.3, 0.3, count)) * 2 * np.pi / count
    outline = middle + np.column_stack([np.cos(angles), np.sin(angles)]) * rng.uniform(0.6, 1.3, (count, 1)) * half
    cv2.fillPoly(small, [np.round(outline * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.6, 3.0))
    # Under a blue sky shadows are blue.
    darker = (1 - brightness) * np.array([1.03, 1.0, 0.95])
    gain = cv2.resize(soft, (width, height)) * where
    return (image * (1 - gain[..., None] * np.clip(darker, 0, 1).astype(np.float32))).astype(np.uint8)


def hazy(rng: np.random.Generator, image: np.ndarray, lost: float) -> np.ndarray:
    """Return the picture behind haze that takes the share lost at its top and a fifth of that at its bottom."""
    rows = np.linspace(0, 1, image.shape[0])
    veil = lost * (1 - 0.8 * np.clip((rows - 0.35) / 0.5, 0, 1))[:, None, None]
    colour = rng.uniform(150, 235) * (1 + rng.normal(0, 0.02, 3))
    # float32: half the time of float64.
    return (image * (1 - veil).astype(np.float32) + (veil * colour).astype(np.float32)).clip(0, 255).astype(np.uint8)


def rainy(rng: np.random.Generator, image: np.ndarray, density: float) -> np.ndarray:
    """Return the picture with slanted bright streaks, density per 1,000 pixels, and a little less contrast."""
    height, width = image.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    slant, reach = rng.uniform(-0.3, 0.3), rng.uniform(0.02, 0.07) * height
    count = max(1, int(density * height * width / 1000))
    starts = rng.uniform(0, 1, (count, 2)) * (width, height)
    lengths = reach * rng.uniform(0.4, 1.6, count)
    ends = starts + np.column_stack([slant * lengths, lengths])
    lines = np.round(np.stack([starts, ends], axis=1) * 16).astype(np.int32)
    cv2.polylines(streaks, list(lines), False, int(rng.integers(90, 220)), 1, cv2.LINE_AA, 4)
    streaks = cv2.GaussianBlur(streaks, (0, 0), 0.6)
    dull = cv2.addWeighted(image, 0.88, image, 0, 14)
    return cv2.addWeighted(dull, 1.0, cv2.cvtColor(streaks, cv2.COLOR_GRAY2RGB), float(rng.uniform(0.3, 0.7)), 0)
