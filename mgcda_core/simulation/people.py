"""People on foot and on bicycles, as small drawn figures."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.simulation.textures import Texture, make_texture, tile_noise

_SKIN = np.array([[232, 190, 160], [198, 150, 116], [140, 98, 72], [92, 64, 50], [222, 176, 146]], float)


def _limb(
    picture: np.ndarray, alpha: np.ndarray, line: list[tuple[float, float]], width: int, color: np.ndarray
) -> None:
    points = [np.round(np.array(line)).astype(np.int32)]
    cv2.polylines(picture, points, False, color.tolist(), width, cv2.LINE_AA)
    cv2.polylines(alpha, points, False, 1.0, width, cv2.LINE_AA)


def walker_pictures(rng: np.random.Generator, steps: int = 4) -> tuple[Texture, ...]:
    """Return the phases of one person's stride, 0.85 m wide and 1.75 m tall, feet at the bottom edge."""
    rows, columns = 176, 86
    skin = _SKIN[rng.integers(len(_SKIN))]
    coat, trousers = rng.uniform(25, 205, 3), rng.uniform(22, 105) * rng.uniform(0.8, 1.2, 3)
    if rng.random() < 0.5:
        coat = np.full(3, rng.uniform(25, 120)) + rng.normal(0, 8, 3)
    hair = np.array([[40, 32, 28], [92, 62, 38], [160, 128, 84], [130, 128, 126]][rng.integers(4)], float)
    bag, skirt = rng.random() < 0.4, rng.random() < 0.2
    cloth = 1 + 0.12 * tile_noise(rng, (rows, columns), 9, 2)
    phases = []
    for step in range(steps):
        swing = np.sin(2 * np.pi * (step + 0.5) / steps)
        picture, alpha = np.zeros((rows, columns, 3), np.float32), np.zeros((rows, columns), np.float32)
        hip, middle, foot = 92.0, columns / 2, 171.0
        for sign in (1, -1):
            knee = (middle + sign * (5 + 5 * swing), 130.0)
            lift = 4.0 * max(0.0, sign * swing)
            _limb(
                picture,
                alpha,
                [(middle + sign * 4, hip), knee, (middle + sign * (4 + 10 * swing), foot - lift)],
                12,
                trousers * (1.0 if sign > 0 else 0.8),
            )
            shoe = (middle + sign * (4 + 10 * swing), foot - lift)
            _limb(picture, alpha, [shoe, (shoe[0] + 4, shoe[1] + 1)], 8, np.full(3, 34.0))
            _limb(
                picture,
                alpha,
                [
                    (middle + sign * 15, 44),
                    (middle + sign * (19 - 3 * swing), 70),
                    (middle + sign * (17 - 8 * swing), 92),
                ],
                9,
                coat * (0.85 if sign > 0 else 0.7),
            )
            cv2.circle(picture, (int(middle + sign * (17 - 8 * swing)), 95), 5, skin.tolist(), -1, cv2.LINE_AA)
            cv2.circle(alpha, (int(middle + sign * (17 - 8 * swing)), 95), 5, 1.0, -1, cv2.LINE_AA)
        low = 122 if skirt else 100
        torso = np.array(
            [
                [middle - 16, 38],
                [middle - 8, 33],
                [middle + 8, 33],
                [middle + 16, 38],
                [middle + 14, low],
                [middle - 14, low],
            ],
            np.int32,
        )
        cv2.fillConvexPoly(picture, torso, coat.tolist(), cv2.LINE_AA)
        cv2.fillConvexPoly(alpha, torso, 1.0, cv2.LINE_AA)
        if bag:
            cv2.rectangle(picture, (int(middle) + 12, 82), (int(middle) + 28, 106), (coat * 0.4).tolist(), -1)
            cv2.rectangle(alpha, (int(middle) + 12, 82), (int(middle) + 28, 106), 1.0, -1)
        cv2.ellipse(picture, (int(middle), 19), (9, 12), 0, 0, 360, skin.tolist(), -1, cv2.LINE_AA)
        cv2.ellipse(alpha, (int(middle), 19), (9, 12), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
        cv2.ellipse(picture, (int(middle), 14), (10, 10), 0, 150, 390, hair.tolist(), -1, cv2.LINE_AA)
        cv2.ellipse(alpha, (int(middle), 14), (10, 10), 0, 150, 390, 1.0, -1, cv2.LINE_AA)
        shade = np.linspace(1.12, 0.82, columns)[None, :, None]
        phases.append(make_texture(picture * shade * cloth[..., None], alpha))
    return tuple(phases)


def cyclist_picture(rng: np.random.Generator) -> Texture:
    """Return a cyclist from behind, 0.8 m wide and 1.8 m tall, the wheel on the bottom edge."""
    rows, columns = 180, 80
    picture, alpha = np.zeros((rows, columns, 3), np.float32), np.zeros((rows, columns), np.float32)
    coat, trousers, frame = rng.uniform(30, 220, 3), rng.uniform(25, 90) * np.ones(3), rng.uniform(40, 180, 3)
    middle = columns / 2
    _limb(picture, alpha, [(middle, 118), (middle, 176)], 6, np.full(3, 26.0))
    _limb(picture, alpha, [(middle, 92), (middle, 125)], 4, frame)
    for sign in (1, -1):
        _limb(
            picture,
            alpha,
            [(middle + sign * 7, 92), (middle + sign * 13, 120 + 6 * sign), (middle + sign * 9, 150 + 10 * sign)],
            11,
            trousers * (1 if sign > 0 else 0.8),
        )
        _limb(
            picture,
            alpha,
            [(middle + sign * 16, 48), (middle + sign * 24, 68), (middle + sign * 24, 82)],
            8,
            coat * 0.8,
        )
    _limb(picture, alpha, [(middle - 27, 82), (middle + 27, 82)], 3, np.full(3, 40.0))
    torso = np.array([[middle - 17, 44], [middle + 17, 44], [middle + 13, 98], [middle - 13, 98]], np.int32)
    cv2.fillConvexPoly(picture, torso, coat.tolist(), cv2.LINE_AA)
    cv2.fillConvexPoly(alpha, torso, 1.0, cv2.LINE_AA)
    helmet = rng.uniform(40, 230, 3)
    cv2.ellipse(picture, (int(middle), 26), (10, 13), 0, 0, 360, _SKIN[rng.integers(5)].tolist(), -1, cv2.LINE_AA)
    cv2.ellipse(alpha, (int(middle), 24), (11, 14), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (int(middle), 20), (12, 11), 0, 160, 380, helmet.tolist(), -1, cv2.LINE_AA)
    return make_texture(picture * np.linspace(1.1, 0.85, columns)[None, :, None], alpha)
