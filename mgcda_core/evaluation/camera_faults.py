"""What goes wrong in the camera itself: too much light, motion, dirt on the lens, too much compression."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.evaluation.linear_light import to_light, to_picture

EXPOSURE = (1.5, 2.1, 2.9, 4.0, 5.5)
GLARE = (0.1, 0.15, 0.2, 0.25, 0.3)
MOTION_SHARE = (0.004, 0.008, 0.014, 0.022, 0.032)
DIRT_SPOTS = (12, 25, 45, 70, 100)
JPEG_QUALITY = (30, 20, 13, 9, 6)
"""Each of the five values belongs to a strength; exposure times the right one, motion as a share of the width."""

_SPOTS = 100
_BLOBS = 4
_DIRT_PASSES = np.float32([0.26, 0.21, 0.15])


def over_exposure(image: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Return the picture exposed too long: what is bright turns white and spills over its edges."""
    light = to_light(image) * np.float32(EXPOSURE[strength - 1])
    height, width = image.shape[:2]
    small = cv2.resize(np.minimum(light, 4), (max(1, width // 8), max(1, height // 8)), interpolation=cv2.INTER_AREA)
    spill = cv2.GaussianBlur(np.maximum(small - 1, 0), (0, 0), max(1.0, width / 8 * 0.02))
    spill = cv2.resize(spill, (width, height), interpolation=cv2.INTER_LINEAR)
    return to_picture(light + spill * np.float32(GLARE[strength - 1]))


def motion_blur(image: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Return the picture smeared along a line, mostly sideways as in a bend; what it shows stays where it was."""
    length = MOTION_SHARE[strength - 1] * image.shape[1]
    angle = rng.normal(0, np.radians(20))
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    half = int(np.ceil(np.abs(reach).max())) + 1
    line = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
    ends = np.round(np.array([half - reach, half + reach]) * 16).astype(np.int32)
    cv2.polylines(line, [ends], False, 255, 1, cv2.LINE_AA, 4)
    kernel = line.astype(np.float32)
    # Symmetric, so that nothing moves.
    kernel += kernel[::-1, ::-1]
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def lens_dirt(image: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Return the picture through a lens with mud on it: brown spots, out of focus because the lens is so near."""
    height, width = image.shape[:2]
    # Drawn at a quarter of the size: nothing on the lens has sharp edges.
    rows, columns = max(8, height // 4), max(8, width // 4)
    places = rng.uniform(0, 1, (_SPOTS, 2)) * (columns, rows)
    radii = columns * rng.uniform(0.08, 0.19, _SPOTS) ** 2
    opacities = rng.uniform(0.6, 0.97, _SPOTS)
    offsets = rng.normal(0, 0.7, (_SPOTS, _BLOBS, 2))
    shapes = rng.uniform(0.4, 1.0, (_SPOTS, _BLOBS, 2))
    cover = np.zeros((rows, columns), np.float32)
    for number in range(DIRT_SPOTS[strength - 1]):
        spot = np.zeros((rows, columns), np.float32)
        for offset, shape in zip(offsets[number], shapes[number], strict=True):
            centre = np.round(places[number] + offset * radii[number]).astype(int).tolist()
            axes = np.maximum(1, np.round(shape * radii[number])).astype(int).tolist()
            cv2.ellipse(spot, centre, axes, 0, 0, 360, float(opacities[number]), -1)
        np.maximum(cover, spot, out=cover)
    cover = cv2.GaussianBlur(cover, (0, 0), max(0.6, columns * 0.005))
    cover = cv2.resize(cover, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    light = to_light(image)
    # So near to the lens, dirt shines in the light of the whole picture.
    dirt = _DIRT_PASSES * light.mean()
    return to_picture(light + (dirt - light) * cover)


def jpeg(image: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Return the picture as it comes back from a JPEG of low quality."""
    stored = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY[strength - 1]])[1]
    return np.ascontiguousarray(cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1])
