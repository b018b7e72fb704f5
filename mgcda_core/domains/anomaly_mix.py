"""AnomalyMix: objects that the street data does not know, pasted into street pictures so that they could be there.

The reference (PEBAL, Tian et al., ECCV 2022) pastes unscaled, anywhere and with a hard edge: AnomalyMix.reference().
Here the size follows perspective, most objects stand on the road, some are so near that they fill the picture, edges,
colour and sharpness are matched and a contact shadow is cast. Known objects are pasted the same way and labelled
normal, so that "pasted" is not what the network learns to see. Every one of these is a field of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mgcda_core.datasets.classes import class_mask
from mgcda_core.datasets.cutout import Cutout
from mgcda_core.datasets.street_categories import STREET_CLASS_OF
from mgcda_core.domains.domain import require_sample, require_shares
from mgcda_core.domains.large_solids import large_solid
from mgcda_core.domains.pasting import Blending, paste
from mgcda_core.domains.perspective import FOOT_TOLERANCE_PX, RoadPlane, foot_rows, road_plane
from mgcda_core.domains.sample import ANOMALY, NORMAL, Sample
from mgcda_core.domains.shapes import random_shape
from mgcda_core.domains.varied_shapes import standing_shape, varied_shape

BLENDING = (
    "mirror", "soft_edge", "shadow", "match_colour", "match_exposure", "match_sharpness", "thrown_shadow",
)  # fmt: skip
"""The fields of Blending that are AnomalyMix's own too; flat, so that a recipe names them like the others."""
LARGE = (0.35, 0.95)
"""Heights of large objects, of the picture's height; widths, of its width, for those wider than tall."""
LARGEST_ENLARGEMENT_OF_LARGE = 1.5
LARGE_SIDE_PX = 120
LARGE_CATEGORIES = frozenset(
    "dog horse sheep cow elephant bear zebra giraffe bench chair couch bed toilet refrigerator oven boat airplane"
    " suitcase umbrella surfboard".split()
    + ["potted plant", "dining table", "fire hydrant", "parking meter", "teddy bear", "tv", "large"]
)
"""COCO's things that are as large as a person, or could be, and a person's own cut-outs in a folder named large: an
orange of three metres teaches little."""


@dataclass(frozen=True)
class AnomalyMix:
    """Pastes objects into street pictures; all shares are probabilities in [0, 1].

    unknown: objects that are anomalies. known: objects of street categories.
    Per picture: clean_share of nothing being pasted, large_share of one object standing near that takes 0.35 to 0.95
    of the picture's height, or width for wide ones; maximum_pastes: largest number of other objects, 1 or more.
    large_known_share: of the large object being a known one, where there are such: otherwise whatever is near and
    large, or cut by the picture's border, would look unknown. solid_share: of an unknown one being a rendered solid.
    Per object: known_share of being a known one, shape_share of being a random shape, on_road_share of standing on
    the road, small_share of standing far away, 4 to 24 pixels tall.
    perspective: size by the row that an object stands on; otherwise it keeps the cut-out's. varied_shapes: random
    shapes with more outlines and surfaces. occlusion: what stands nearer hides objects on the road. mirror to
    thrown_shadow: see Blending.
    """

    unknown: Sequence[Cutout]
    known: Sequence[Cutout]
    known_share: float = 0.2
    shape_share: float = 0.25
    on_road_share: float = 0.8
    clean_share: float = 0.1
    maximum_pastes: int = 5
    large_share: float = 0.3
    large_known_share: float = 0.35
    solid_share: float = 0.35
    small_share: float = 0.2
    perspective: bool = True
    varied_shapes: bool = True
    mirror: float = 0.5
    soft_edge: float = 0.7
    shadow: float = 0.6
    match_colour: float = 0.6
    match_exposure: float = 0.7
    match_sharpness: float = 0.8
    thrown_shadow: bool = True
    occlusion: bool = True
    name: str = "anomaly_mix"

    needs_street = True

    def __post_init__(self) -> None:
        shares = (
            "known_share",
            "shape_share",
            "on_road_share",
            "clean_share",
            "large_share",
            "large_known_share",
            "solid_share",
            "small_share",
        )
        require_shares("AnomalyMix", **{name: getattr(self, name) for name in (*shares, *BLENDING)})
        if self.maximum_pastes < 1:
            raise ValueError(f"AnomalyMix.maximum_pastes: {self.maximum_pastes} is not allowed; it must be 1 or more")

    @classmethod
    def reference(cls, unknown: Sequence[Cutout]) -> AnomalyMix:
        """Return the published way: one object per picture, unscaled, anywhere, with a hard edge, nothing matched."""
        return cls(
            unknown, (), known_share=0, shape_share=0, on_road_share=0, clean_share=0, maximum_pastes=1, large_share=0,
            small_share=0, perspective=False, varied_shapes=False, mirror=0, soft_edge=0, shadow=0, match_colour=0,
            match_exposure=0, match_sharpness=0, occlusion=False, name="anomaly_mix_reference",
        )  # fmt: skip

    @classmethod
    def plain(cls, unknown: Sequence[Cutout], known: Sequence[Cutout], **settings: Any) -> AnomalyMix:
        """Return pastes in perspective that differ in sharpness and exposure from their picture, none of them large.

        settings: fields that are to be otherwise.
        """
        plain = {
            "large_share": 0, "small_share": 0, "varied_shapes": False, "match_exposure": 0, "match_sharpness": 0,
            "thrown_shadow": False, "occlusion": False, "name": "anomaly_mix_plain",
        }  # fmt: skip
        return cls(unknown, known, **plain | settings)

    @cached_property
    def blending(self) -> Blending:
        """How objects meet their surroundings."""
        return Blending(**{name: getattr(self, name) for name in BLENDING})

    @cached_property
    def large_objects(self) -> tuple[Cutout, ...]:
        """The unknown objects that large ones are made of: sharp enough, and of LARGE_CATEGORIES if there are such."""
        sharp = _sharp(self.unknown)
        return tuple(cutout for cutout in sharp if cutout.category in LARGE_CATEGORIES) or sharp

    @cached_property
    def large_known_objects(self) -> tuple[Cutout, ...]:
        """The known objects that are sharp enough to be large."""
        return _sharp(self.known)

    def __call__(self, rng: np.random.Generator, sample: Sample | None) -> Sample:
        """Return a new sample with objects in it; the input is left as it was."""
        sample = require_sample(self.name, sample)
        result = sample.copy()
        if rng.random() < self.clean_share:
            return result
        plane = road_plane(sample.allowed)
        feet = foot_rows(sample.allowed) if self.occlusion and plane is not None else None
        for _ in range(int(rng.integers(1, self.maximum_pastes + 1))):
            draw = rng.random()
            if draw < self.known_share and self.known:
                cutout = self.known[int(rng.integers(len(self.known)))]
                label, allowed = NORMAL, _class_of(cutout)
            else:
                label, allowed = ANOMALY, 0
                if draw < self.known_share + self.shape_share or not self.unknown:
                    cutout = self._shape(rng, sample.image)
                else:
                    cutout = self.unknown[int(rng.integers(len(self.unknown)))]
            place = self._place(rng, plane, sample.anomaly.shape, cutout, known=label == NORMAL)
            hidden = self._hidden(feet, *place[:2])
            paste(rng, result, cutout, *place, label=label, allowed=allowed, blending=self.blending, hidden=hidden)
        # Last, because what stands nearest hides the rest.
        if self.large_share and rng.random() < self.large_share:
            self._paste_large(rng, result, plane, feet)
        return result

    @staticmethod
    def _hidden(feet: np.ndarray | None, column: int, row: int) -> np.ndarray | None:
        """Return bool (H, W): what stands nearer than an object with this foot, or None where that is not known."""
        if feet is None or not (0 <= row < feet.shape[0] and 0 <= column < feet.shape[1]) or feet[row, column] != row:
            return None
        return feet > row + FOOT_TOLERANCE_PX

    def _shape(self, rng: np.random.Generator, picture: np.ndarray, side_px: int = 96) -> Cutout:
        donor = self.unknown[int(rng.integers(len(self.unknown)))].image if self.unknown else picture
        make = varied_shape if self.varied_shapes else random_shape
        return make(rng, donor if rng.random() < 0.5 else picture, side_px=side_px)

    def _place(
        self, rng: np.random.Generator, plane: RoadPlane | None, shape: tuple[int, int], cutout: Cutout, *, known: bool
    ) -> tuple[int, int, float]:
        """Return the column and row of the object's base and its height, pixels."""
        height, width = shape
        if rng.random() < self.on_road_share and plane is not None:
            if self.perspective and not known and self.small_share and rng.random() < self.small_share:
                row = plane.draw_row(rng, nearness=4.0)
                return plane.draw_column(rng, row), row, float(np.exp(rng.uniform(np.log(4), np.log(24))))
            row = plane.draw_row(rng)
            column = plane.draw_column(rng, row)
            in_camera_heights = rng.uniform(0.8, 1.4) if known else np.exp(rng.uniform(np.log(0.12), np.log(1.2)))
            tall = plane.height_px(row, in_camera_heights) + 3
            return column, row, tall if self.perspective else cutout.alpha.shape[0]
        if self.perspective:
            size = height * np.exp(rng.uniform(np.log(0.04), np.log(0.45)))
            return int(rng.integers(width)), int(rng.integers(int(size), height + 1)), size
        tall, wide = cutout.alpha.shape
        column = int(rng.integers(max(1, width - wide + 1))) + wide // 2
        return column, int(rng.integers(min(tall, height), height + 1)), tall

    def _paste_large(
        self, rng: np.random.Generator, result: Sample, plane: RoadPlane | None, feet: np.ndarray | None
    ) -> None:
        height, width = result.anomaly.shape
        most = LARGEST_ENLARGEMENT_OF_LARGE
        label, allowed = ANOMALY, 0
        known = bool(self.large_known_objects) and rng.random() < self.large_known_share
        if not known and plane is not None and rng.random() < self.solid_share:
            cutout, column, row = large_solid(rng, result.image, plane, rng.uniform(*LARGE) * height)
            hidden, blending = self._hidden(feet, column, row), replace(self.blending, mirror=0.0)
            tall = cutout.alpha.shape[0]
            paste(rng, result, cutout, column, row, tall, label=ANOMALY, allowed=0, blending=blending, hidden=hidden)
            return
        if known:
            cutout = self.large_known_objects[int(rng.integers(len(self.large_known_objects)))]
            label, allowed = NORMAL, _class_of(cutout)
        elif not self.large_objects or rng.random() < self.shape_share:
            cutout = standing_shape(rng, result.image, side_px=int(0.8 * min(height, width)))
        else:
            cutout = self.large_objects[int(rng.integers(len(self.large_objects)))]
        tall, wide = cutout.alpha.shape
        side, picture_side = (wide, width) if wide > 1.3 * tall else (tall, height)
        share = rng.uniform(LARGE[0], np.clip(most * side / picture_side, LARGE[0], LARGE[1]))
        height_px = share * picture_side * tall / side
        column, row = self._large_place(rng, plane, (height, width), height_px, height_px * wide / tall)
        hidden, blending = self._hidden(feet, column, row), replace(self.blending, largest_enlargement=most)
        paste(
            rng, result, cutout, column, row, height_px, label=label, allowed=allowed, blending=blending, hidden=hidden
        )

    @staticmethod
    def _large_place(
        rng: np.random.Generator, plane: RoadPlane | None, shape: tuple[int, int], tall_px: float, wide_px: float
    ) -> tuple[int, int]:
        """Return column and row of the base: on the road or its edge, so near that tall_px is believable."""
        height, width = shape
        if plane is None:
            return int(rng.integers(width)), int(rng.uniform(0.6, 1.1) * height)
        # From waist-high and close to a giraffe some way off.
        row = plane.row_for(tall_px, float(np.exp(rng.uniform(np.log(0.7), np.log(3.5)))))
        row = int(np.clip(row, plane.horizon + 0.12 * height, 1.12 * height))
        column = plane.draw_column(rng, plane.nearest_row(row))
        if rng.random() < 0.4:
            # Beside the road, half of the time so far out that the picture's border cuts it.
            columns = np.flatnonzero(plane.road[plane.nearest_row(row)])
            edge = columns[0] if rng.random() < 0.5 else columns[-1]
            column = int(edge + rng.uniform(-0.5, 0.5) * wide_px)
        return int(np.clip(column, 0, width - 1)), row


def _sharp(objects: Sequence[Cutout]) -> tuple[Cutout, ...]:
    return tuple(cutout for cutout in objects if max(cutout.shape) >= LARGE_SIDE_PX)


def _class_of(known: Cutout) -> int:
    return class_mask([STREET_CLASS_OF[known.category]])
