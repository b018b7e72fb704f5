"""Another lens, another chip, another compression."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.training.augmentation.chance import draw
from mgcda_core.training.augmentation.settings import AugmentationSettings


def random_camera(rng: np.random.Generator, image: np.ndarray, settings: AugmentationSettings) -> np.ndarray:
    """Blur or sharpen, add noise and compress uint8 (H, W, 3) RGB, each by its chance."""
    # v2 takes 5.8 to 10.7 ms to blur, 15.3 ms to sharpen and 16.5 ms for noise; here 0.4, 1 and 3 ms (352 x 480).
    blur, weight = draw(rng, settings.blur), draw(rng, settings.sharpen)
    if blur is not None and blur > 0:
        image = cv2.GaussianBlur(image, (0, 0), blur)
    elif weight is not None:
        image = cv2.addWeighted(image, weight, cv2.GaussianBlur(image, (0, 0), 1.0), 1 - weight, 0)
    if (sigma := draw(rng, settings.noise)) is not None:
        image = noisy(rng, image, sigma)
    if (quality := draw(rng, settings.jpeg)) is not None:
        # v2's jpeg (2.1 ms, here 0.8 ms) goes away: torchvision 0.29 warns that its image encoders will be removed.
        # The channels are named for OpenCV, whose JPEG keeps brightness apart from colour and weighs them differently.
        stored = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        stored = cv2.imdecode(
            cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1], cv2.IMREAD_COLOR
        )
        image = cv2.cvtColor(stored, cv2.COLOR_BGR2RGB)
    return image


def noisy(rng: np.random.Generator, image: np.ndarray, sigma: float) -> np.ndarray:
    """Return the picture with normal noise of a deviation in [0, 255]; half of the time one value for all channels."""
    channels = 1 if rng.random() < 0.5 else 3
    # Drawn for a quarter of the picture and mirrored: drawing it for every pixel takes longer than all the rest.
    tall, wide = -(-image.shape[0] // 2), -(-image.shape[1] // 2)
    quarter = rng.standard_normal((tall, wide, channels), np.float32) * np.float32(sigma)
    half = np.concatenate([quarter, np.roll(quarter, tall // 3, axis=0)[:, ::-1]], axis=1)
    noise = np.concatenate([half, np.roll(half, wide // 3, axis=1)[::-1]])[: image.shape[0], : image.shape[1]]
    return np.clip(image + noise + np.float32(0.5), 0, 255).astype(np.uint8)
