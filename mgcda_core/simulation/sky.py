"""What lies too far away to move: sky, clouds, hills and the skyline, as one strip all around."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.simulation.light import Weather
from mgcda_core.simulation.pinhole import View
from mgcda_core.simulation.style import BUILDING, SKY, TREE, Style
from mgcda_core.simulation.textures import stream, tile_noise


class Backdrop:
    """The strip above the horizon, wide enough for a full swing of heading, that wraps around."""

    def __init__(self, style: Style, weather: Weather, seed: int, view: View) -> None:
        rng = stream(seed, 6)
        self._view = view
        width, height = view.camera.width, view.camera.height
        self._rows = int(np.clip(np.ceil(view.horizon_row) + 1, 0, height))
        self._span = 3 * width
        rows, span = max(self._rows, 1), self._span
        # The strip is drawn around the horizon row even when the image ends above it.
        horizon = max(view.horizon_row, 1.0)
        up = np.clip((horizon - np.arange(rows)) / view.focal_px, 0, 2)[:, None]
        blend = np.clip(1 - np.exp(-up * 4.5), 0, 1)[..., None]
        sky = np.repeat(weather.haze_color * (1 - blend) + weather.zenith_color * blend, span, axis=1).astype(
            np.float32
        )
        self._clouds(sky, up, weather, rng)
        labels = np.full((rows, span), SKY, np.uint8)
        self._layers(sky, labels, horizon, style, weather, rng)
        self._picture = np.concatenate([sky, sky[:, :width]], axis=1).clip(0, 255).astype(np.uint8)
        self._codes = np.concatenate([labels, labels[:, :width]], axis=1)

    @staticmethod
    def _clouds(sky: np.ndarray, up: np.ndarray, weather: Weather, rng: np.random.Generator) -> None:
        rows, span = sky.shape[:2]
        noise = tile_noise(rng, (rows, span), (max(8, rows / 2.2), span / 9), 5)
        # Clouds look flatter towards the horizon, where we see their layer edge on.
        squeeze = np.clip(np.sqrt(up / max(float(up.max()), 1e-3)), 0, 1) * (rows - 1)
        columns = np.broadcast_to(np.arange(span, dtype=np.float32), (rows, span))
        noise = cv2.remap(
            noise,
            np.ascontiguousarray(columns),
            np.ascontiguousarray(np.broadcast_to(squeeze.astype(np.float32), (rows, span))),
            cv2.INTER_LINEAR,
        )
        cover = np.clip((noise + 1.6 * weather.cloud - 0.75) * 0.9, 0, 1) * np.clip(up * 7, 0, 1)
        body = np.clip(0.5 + 0.35 * cv2.GaussianBlur(noise, (0, 0), 6), 0, 1)[..., None]
        if weather.sun > 0.3:
            color = np.array([250.0, 250, 250]) * (1 - 0.18 * body) + 0.08 * (weather.haze_color - 230)
            strength = 0.85
        else:
            color = weather.zenith_color * (1.12 - 0.3 * body)
            strength = 0.6
        mix = (strength * cover)[..., None]
        sky *= 1 - mix
        sky += mix * color

    @staticmethod
    def _layers(
        sky: np.ndarray, labels: np.ndarray, horizon: float, style: Style, weather: Weather, rng: np.random.Generator
    ) -> None:
        rows, span = labels.shape
        line = np.arange(rows)[:, None]
        per_unit = rows / 180
        distances = [1400.0, 600.0] if style.place != "rural" else [2200.0, 1000.0, 450.0]
        for distance in distances:
            rough = tile_noise(rng, (1, span), (1, span / rng.integers(4, 9)), 5)[0]
            tall = np.maximum((rng.uniform(5, 13) + 5 * rough) * per_unit, 1.0)
            inside = line > horizon - tall
            clear = np.exp(-distance / max(weather.haze_range_m * 4, 1))
            color = style.grass * rng.uniform(0.45, 0.75)
            texture = 1 + 0.12 * tile_noise(rng, (rows, span), 5, 2)
            shaded = (texture[..., None] * color) * clear + weather.haze_color * (1 - clear)
            sky[inside] = shaded[inside]
            labels[inside] = TREE
        clear = float(np.exp(-220 / weather.haze_range_m))
        if style.place in ("city", "industrial"):
            for _ in range(60):
                left, wide = int(rng.integers(0, span)), int(rng.integers(10, 42) * per_unit)
                tall = rng.uniform(6, 34 if style.place == "city" else 18) * per_unit
                top, right = int(max(horizon - tall, 0)), min(left + wide, span)
                color = rng.uniform(70, 150) + rng.normal(0, 8, 3)
                block = np.full((rows - top, right - left, 3), color, np.float32)
                block[1::3, 1::3] *= 0.7
                sky[top:, left:right] = block * clear + weather.haze_color * (1 - clear)
                labels[top:, left:right] = BUILDING
        rough = tile_noise(rng, (1, span), (1, 26 * per_unit), 3)[0]
        inside = line > horizon - np.maximum((3.2 + 2.2 * rough) * per_unit, 0.5)
        texture = 1 + 0.2 * tile_noise(rng, (rows, span), 3 * per_unit, 2)
        shaded = (texture[..., None] * style.grass * 0.55) * clear + weather.haze_color * (1 - clear)
        sky[inside] = shaded[inside]
        labels[inside] = TREE

    def draw(self, image: np.ndarray, codes: np.ndarray, heading_rad: float) -> None:
        """Paint the rows above the horizon into image (H, W, 3) and codes (H, W, 2)."""
        width = image.shape[1]
        start = int(np.round(self._view.focal_px * -heading_rad)) % self._span
        image[: self._rows] = self._picture[: self._rows, start : start + width]
        codes[: self._rows, :, 0] = self._codes[: self._rows, start : start + width]
