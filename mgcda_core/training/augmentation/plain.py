"""Augmentation as the shipped weights saw it, number for number: mixture.py's recipe depends on it.

AugmentationSettings.plain() has the same shares and ranges in pipeline.py, which draws in another order.
"""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.domains.sample import Sample


def random_crop(
    rng: np.random.Generator, sample: Sample, *, height: int, width: int, base_width: int, scales: tuple[float, float]
) -> Sample:
    """Scale the picture to base_width times a random factor from scales, and cut height x width pixels out of it.

    What lies beyond the picture is black, void and not judged. Half of the results are mirrored.
    """
    scale = base_width / sample.image.shape[1] * np.exp(rng.uniform(*np.log(scales)))
    size = (round(sample.image.shape[1] * scale), round(sample.image.shape[0] * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    below, beside = max(0, height - size[1]), max(0, width - size[0])
    top = int(rng.integers(max(size[1], height) - height + 1))
    left = int(rng.integers(max(size[0], width) - width + 1))
    step = -1 if rng.random() < 0.5 else 1
    window = np.s_[top : top + height, left : left + width]

    def cut(array: np.ndarray, beyond: int, interpolation: int = cv2.INTER_NEAREST) -> np.ndarray:
        array = cv2.resize(array, size, interpolation=interpolation)
        if below or beside:
            array = cv2.copyMakeBorder(array, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=beyond)
        return np.ascontiguousarray(array[window][:, ::step])

    return sample.relabelled(cut(sample.image, 0, interpolation), cut)


def random_light(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Change exposure, white balance, gamma, saturation, sharpness, noise and compression of uint8 (H, W, 3) RGB."""
    lookup = np.linspace(0, 1, 256)[:, None] ** np.exp(rng.uniform(-0.35, 0.35))
    lookup = lookup * rng.uniform(0.8, 1.3) * rng.uniform(0.9, 1.1, 3) + rng.uniform(-0.06, 0.06)
    lookup = np.clip(lookup * 255, 0, 255).astype(np.uint8)
    image = cv2.merge([cv2.LUT(image[..., channel], lookup[:, channel]) for channel in range(3)])
    if rng.random() < 0.6:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        saturation = rng.uniform(0.2, 1.5)
        image = cv2.addWeighted(image, saturation, grey, 1 - saturation, 0)
    if rng.random() < 0.15:
        image = cv2.addWeighted(image, haze := rng.uniform(0.6, 0.95), image, 0, 255 * (1 - haze) * 0.8)
    draw = rng.random()
    if draw < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.3))
    elif draw < 0.5:
        blurred = cv2.GaussianBlur(image, (0, 0), 1.0)
        image = cv2.addWeighted(image, amount := rng.uniform(1.3, 2.2), blurred, 1 - amount, 0)
    if rng.random() < 0.4:
        # Drawn once at a quarter of the size: drawing it for every pixel takes longer than all the rest.
        noise = rng.normal(0, rng.uniform(2, 10), (64, 64, 3))
        tiles = (-(-image.shape[0] // 64), -(-image.shape[1] // 64), 1)
        noise = np.tile(noise, tiles)[: image.shape[0], : image.shape[1]]
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))]
        image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)
    return image
