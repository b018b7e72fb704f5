"""RoadDebris: small solids lying on the road far ahead, and flat things that look like them and are harmless.

What cut-outs miss: obstacles that matter at speed are a few pixels tall, often of the road's own colour, and known by
their shape, their shading and the shadow at their foot. They are drawn here as solids in the perspective of the
picture's own horizon. Beside them lie covers, repairs, paint and stains, labelled normal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.datasets.cutout import Cutout
from mgcda_core.domains.debris_rendering import DebrisCamera, Rendering, render_debris
from mgcda_core.domains.debris_solids import KINDS, VARIANTS, debris_mesh
from mgcda_core.domains.domain import require_sample, require_shares
from mgcda_core.domains.ground_patches import draw_patch
from mgcda_core.domains.pasting import write_labels
from mgcda_core.domains.perspective import FOOT_TOLERANCE_PX, GROUND, RoadPlane, foot_rows, road_plane
from mgcda_core.domains.picture_light import picture_light
from mgcda_core.domains.sample import ANOMALY, Sample
from mgcda_core.domains.sharpness import blur_of, sharpness

COVERED = 0.35
"""Share of a pixel that a solid must cover for the pixel to be an anomaly."""


@dataclass(frozen=True)
class RoadDebris:
    """Draws solids and flat patches onto roads; all shares are probabilities in [0, 1].

    donors: objects that surfaces are borrowed from; without any, from the picture alone.
    Per picture: clean_share of nothing being drawn, patch_share of flat patches being drawn; maximum_objects and
    maximum_patches, 1 or more.
    Per object: low_contrast_share of having nearly the road's own colour, texture_share of a borrowed surface.
    height_px: least and largest height; maximum_width_px. shadows, match_sharpness, match_noise: whether objects throw
    shadows, are as blurred and as noisy as the picture is.
    """

    donors: Sequence[Cutout] = ()
    clean_share: float = 0.1
    patch_share: float = 0.7
    maximum_objects: int = 4
    maximum_patches: int = 5
    low_contrast_share: float = 0.5
    texture_share: float = 0.5
    height_px: tuple[float, float] = (4.0, 60.0)
    maximum_width_px: float = 110.0
    shadows: bool = True
    match_sharpness: bool = True
    match_noise: bool = True
    name: str = "road_debris"

    needs_street = True

    def __post_init__(self) -> None:
        names = ("clean_share", "patch_share", "low_contrast_share", "texture_share")
        require_shares("RoadDebris", **{name: getattr(self, name) for name in names})
        for name in ("maximum_objects", "maximum_patches"):
            if getattr(self, name) < 1:
                raise ValueError(f"RoadDebris.{name}: {getattr(self, name)} is not allowed; it must be 1 or more")
        if not 2 <= self.height_px[0] < self.height_px[1]:
            raise ValueError(
                f"RoadDebris.height_px: {self.height_px} is not allowed; (least, most) with 2 <= least < most"
            )

    def __call__(self, rng: np.random.Generator, sample: Sample | None) -> Sample:
        """Return a new sample with debris on its road; the input is left as it was, and without a road unchanged."""
        sample = require_sample(self.name, sample)
        result = sample.copy()
        plane = road_plane(sample.allowed)
        if rng.random() < self.clean_share or plane is None:
            return result
        height, width = sample.anomaly.shape
        camera = DebrisCamera(width * rng.uniform(0.8, 1.7), rng.uniform(1.2, 1.8), plane.horizon, (width - 1) / 2)
        if rng.random() < self.patch_share:
            for _ in range(int(rng.integers(1, self.maximum_patches + 1))):
                row = plane.draw_row(rng, nearness=2.0)
                if row - plane.horizon > 3:
                    draw_patch(rng, result.image, plane.road, camera, plane.draw_column(rng, row), row)
        light = picture_light(rng, sample.image, plane)
        look, feet = _Look.of(sample.image, plane), foot_rows(sample.allowed)
        places = [self._place(rng, plane, camera) for _ in range(int(rng.integers(1, self.maximum_objects + 1)))]
        # Far ones first: near ones hide them.
        for column, row, kind, variant in sorted(places, key=lambda place: place[1]):
            mesh = debris_mesh(kind, variant)
            rendering = render_debris(camera, mesh, column, row, float(rng.uniform(0, 2 * np.pi)), light)
            image = self._surface(rng, rendering, result.image, look, column, row)
            self._compose(rng, result, rendering, image, look, feet > row + FOOT_TOLERANCE_PX)
        return result

    def _place(self, rng: np.random.Generator, plane: RoadPlane, camera: DebrisCamera) -> tuple[int, int, str, int]:
        """Return column, row, kind and variant: the height in pixels is drawn, and the row follows from it."""
        kind, variant = list(KINDS)[int(rng.integers(len(KINDS)))], int(rng.integers(VARIANTS))
        length, wide, tall = debris_mesh(kind, variant).size_m
        least, most = self.height_px
        most = max(least, min(most, self.maximum_width_px * tall / max(length, wide)))
        wanted = np.exp(rng.uniform(np.log(least), np.log(most)))
        lowest, highest = (plane.row_for(limit, tall / camera.height_m) for limit in (least, most))
        row = plane.row_for(wanted, tall / camera.height_m)
        # A low solid is least pixels tall only near the camera: where the road ends before that, it is drawn lower.
        row = plane.nearest_row(float(np.clip(row, min(lowest, plane.rows[-1]), highest)))
        row = max(row, int(np.ceil(plane.horizon + 2)))
        return plane.draw_column(rng, plane.nearest_row(row)), row, kind, variant

    def _surface(
        self, rng: np.random.Generator, rendering: Rendering, picture: np.ndarray, look: _Look, column: int, row: int
    ) -> np.ndarray:
        """Return the object's colours, float32 (h, w, 3), as they fit the picture around (column, row)."""
        image, alpha = rendering.image, rendering.alpha
        mean = (image * alpha[..., None]).sum(axis=(0, 1)) / max(float(alpha.sum()), 1e-3)
        if rng.random() < self.low_contrast_share:
            around = picture[max(0, row - 6) : row + 6, max(0, column - 15) : column + 15].reshape(-1, 3).mean(axis=0)
            wanted = around * np.exp(rng.uniform(-1.0, 0.45)) * (1 + rng.normal(0, 0.06, 3))
            image = image * (wanted / np.maximum(mean, 8)) ** rng.uniform(0.75, 1.0)
        else:
            image = image * np.clip(look.brightness / 110, 0.3, 1.35)
        if rng.random() < self.texture_share:
            use_donor = bool(self.donors) and rng.random() < 0.6
            source = self.donors[int(rng.integers(len(self.donors)))].image if use_donor else picture
            image = image * _detail(rng, source, alpha.shape)
        return image.astype(np.float32)

    def _compose(
        self,
        rng: np.random.Generator,
        result: Sample,
        rendering: Rendering,
        image: np.ndarray,
        look: _Look,
        nearer: np.ndarray,
    ) -> None:
        alpha, shade = rendering.alpha, rendering.shade * float(self.shadows) * rng.uniform(0.7, 1.0)
        if self.match_sharpness and look.blur_px > 0:
            image, alpha = (cv2.GaussianBlur(array, (0, 0), look.blur_px) for array in (image, alpha))
        if self.match_noise:
            image = image + rng.standard_normal((*alpha.shape, 1), np.float32) * np.float32(look.noise)
        height, width = result.anomaly.shape
        x0, y0 = max(rendering.left, 0), max(rendering.top, 0)
        x1, y1 = min(rendering.left + alpha.shape[1], width), min(rendering.top + alpha.shape[0], height)
        if x1 <= x0 or y1 <= y0:
            return
        window = np.s_[y0:y1, x0:x1]
        inside = np.s_[y0 - rendering.top : y1 - rendering.top, x0 - rendering.left : x1 - rendering.left]
        hidden = nearer[window] & ((result.allowed[window] & GROUND) == 0)
        alpha = np.where(hidden, 0, alpha[inside])[..., None]
        shade = shade[inside][..., None]
        allowed = result.allowed[window]
        ground = ((allowed & GROUND) != 0) | (result.anomaly[window] == ANOMALY)
        under = result.image[window].astype(np.float32) * (1 - shade * ground[..., None])
        result.image[window] = np.clip(under + (image[inside] - under) * alpha, 0, 255).astype(np.uint8)
        # By what the solid covers, not by what the lens smears: a twig half a pixel wide is still seen.
        covered = (rendering.alpha[inside] >= COVERED) & ~hidden
        write_labels(result, window, covered, label=ANOMALY, allowed=0)


@dataclass(frozen=True)
class _Look:
    """brightness: mean of the road, [0, 255]. blur_px: sigma that edges of the picture have. noise: sigma, [0, 255]."""

    brightness: float
    blur_px: float
    noise: float

    @classmethod
    def of(cls, image: np.ndarray, plane: RoadPlane) -> _Look:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        fine = np.abs(grey - cv2.GaussianBlur(grey, (3, 3), 0.8))[plane.road]
        # The median deviation is 0.674 sigma; the difference to a 3 x 3 mean holds about four fifths of the noise.
        noise = float(np.median(fine[::3])) / 0.674 / 0.8
        return cls(float(grey[plane.road].mean()), blur_of(sharpness(image)), min(noise, 12.0))


def _detail(rng: np.random.Generator, source: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return a piece of source as gains around 1, float32 (h, w, 3)."""
    tall, wide = (max(1, int(side * rng.uniform(0.2, 0.7))) for side in source.shape[:2])
    row, column = int(rng.integers(source.shape[0] - tall + 1)), int(rng.integers(source.shape[1] - wide + 1))
    patch = source[row : row + tall, column : column + wide].astype(np.float32)
    patch = cv2.resize(patch, shape[::-1], interpolation=cv2.INTER_AREA) + 20
    return np.clip(patch / patch.mean(axis=(0, 1)), 0.4, 1.8) ** np.float32(rng.uniform(0.4, 1.0))
