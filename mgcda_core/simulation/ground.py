"""The road plane seen by the camera: the picture from above, warped row by row, lit, shaded and hazed."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.simulation.ground_texture import ACROSS_M, ALONG_M, PERIOD_M, REACH_M, paint_ground
from mgcda_core.simulation.light import Light
from mgcda_core.simulation.pinhole import View, ground_rows
from mgcda_core.simulation.style import Style
from mgcda_core.simulation.textures import stream, tile_noise

_GRAIN_M = 6.0


class Ground:
    """The flat ground of one seed, ready to be drawn through one view."""

    def __init__(self, style: Style, seed: int, view: View) -> None:
        picture, self._labels = paint_ground(style, seed)
        self._view = view
        self.first_row, self.forward, self._per_pixel = ground_rows(view)
        width = view.camera.width
        centre = float(view.camera.intrinsics[0, 2])
        self._left = (centre - np.arange(width, dtype=np.float32))[None] * self._per_pixel[:, None].astype(np.float32)
        self._levels: dict[tuple[int, int], np.ndarray] = {}
        self._bands = self._choose_levels(picture)
        rng = stream(seed, 5)
        grain = np.clip(
            128 * (1 + 0.07 * rng.standard_normal((512, 512)) + 0.04 * tile_noise(rng, (512, 512), 12, 2)), 0, 255
        )
        self._grain = np.pad(cv2.merge([grain.astype(np.uint8)] * 3), ((0, 1), (0, 1), (0, 0)), mode="wrap")
        self._grain_from = int(np.searchsorted(-self.forward, -13.0))

    def _choose_levels(self, picture: np.ndarray) -> list[tuple[int, int, tuple[int, int]]]:
        """Split the rows into bands, each with the copy of the picture whose grain suits its distance."""
        focal, height = self._view.focal_px, self._view.height_m
        along = np.clip(np.round(np.log2(self.forward**2 / (focal * height) / ALONG_M * 0.8)), 0, 8).astype(int)
        across = np.clip(np.round(np.log2(self._per_pixel / ACROSS_M * 0.9)), 0, 5).astype(int)
        bands: list[tuple[int, int, tuple[int, int]]] = []
        for row, key in enumerate(zip(along.tolist(), across.tolist(), strict=True)):
            if bands and bands[-1][2] == key:
                bands[-1] = (bands[-1][0], row + 1, key)
            else:
                bands.append((row, row + 1, key))
            if key not in self._levels:
                size = (picture.shape[1] >> key[1], max(picture.shape[0] >> key[0], 2))
                small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
                self._levels[key] = np.concatenate([small[-1:], small, small[:1]])
        return bands

    def draw(
        self,
        image: np.ndarray,
        codes: np.ndarray,
        along_m: float,
        across_m: float,
        bend: float,
        light: Light,
        shadow: np.ndarray,
    ) -> None:
        """Paint the ground below the horizon into image (H, W, 3) and its labels into codes (H, W, 2).

        along_m, across_m: where the camera is on the road, metres. bend: curvature, 1/m. shadow:
        uint8 (rows below the horizon, W), darkness of the ground.
        """
        if not len(self.forward):
            return
        out = image[self.first_row :]
        offset = (across_m - 0.5 * bend * self.forward**2).astype(np.float32)
        across = self._left + offset[:, None]
        along = np.mod(along_m + self.forward, PERIOD_M).astype(np.float32)
        for start, stop, key in self._bands:
            level = self._levels[key]
            scale_rows = (level.shape[0] - 2) / PERIOD_M
            scale_columns = level.shape[1] / (2 * REACH_M)
            map_columns = (across[start:stop] + REACH_M) * np.float32(scale_columns) - np.float32(0.5)
            map_rows = np.broadcast_to(
                (along[start:stop, None] * scale_rows + 0.5).astype(np.float32), map_columns.shape
            )
            cv2.remap(
                level,
                map_columns,
                np.ascontiguousarray(map_rows),
                cv2.INTER_LINEAR,
                dst=out[start:stop],
                borderMode=cv2.BORDER_REPLICATE,
            )
        self._add_grain(out, across, along_m)
        cv2.multiply(out, cv2.cvtColor(255 - shadow, cv2.COLOR_GRAY2RGB), dst=out, scale=1 / 255)
        clear = np.exp(-self.forward / light.haze_range_m)[:, None]
        lit = light.ambient + light.sun * max(light.toward_sun[2], 0)
        mirrored = light.wet * np.clip(self.forward / 25, 0.15, 1)[:, None]
        gain = np.clip(127 * lit * clear * (1 - mirrored), 0, 255)
        lift = np.clip(light.haze_color * (1 - clear * (1 - mirrored)), 0, 255)
        size = (out.shape[1], out.shape[0])
        gain_map = cv2.resize(np.round(gain).astype(np.uint8)[:, None], size, interpolation=cv2.INTER_NEAREST)
        lift_map = cv2.resize(np.round(lift).astype(np.uint8)[:, None], size, interpolation=cv2.INTER_NEAREST)
        cv2.multiply(out, gain_map, dst=out, scale=1 / 127)
        cv2.add(out, lift_map, dst=out)
        column = np.clip((across + REACH_M) * np.float32(1 / ACROSS_M), 0, len(self._labels) - 1)
        codes[self.first_row :, :, 0] = self._labels[column.astype(np.int32)]

    def _add_grain(self, out: np.ndarray, across: np.ndarray, along_m: float) -> None:
        start = self._grain_from
        if start >= len(self.forward):
            return
        scale = np.float32(512 / _GRAIN_M)
        columns = np.mod(across[start:] * scale, np.float32(512))
        rows = np.mod((along_m + self.forward[start:]) * 512 / _GRAIN_M, 512).astype(np.float32)
        rows = np.ascontiguousarray(np.broadcast_to(rows[:, None], columns.shape))
        grain = cv2.remap(self._grain, columns, rows, cv2.INTER_LINEAR)
        cv2.multiply(out[start:], grain, dst=out[start:], scale=1 / 128)
