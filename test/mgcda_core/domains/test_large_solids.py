"""Large solids: near, on the road's perspective, of about the height that was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.datasets.classes import class_mask
from mgcda_core.domains.large_solids import KINDS, VARIANTS, large_solid, solid_mesh
from mgcda_core.domains.perspective import road_plane

HEIGHT, WIDTH = 240, 320


def street() -> tuple[np.ndarray, np.ndarray]:
    allowed = np.full((HEIGHT, WIDTH), class_mask(["sky"]), np.int32)
    allowed[90:] = class_mask(["road"])
    return np.full((HEIGHT, WIDTH, 3), 110, np.uint8), allowed


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_stands_on_the_ground_and_is_no_trifle(kind: str) -> None:
    for variant in range(0, VARIANTS, 5):
        mesh = solid_mesh(kind, variant)
        assert mesh.vertices[:, 2].min() == pytest.approx(0, abs=1e-9)
        assert max(mesh.size_m) > 0.3
    assert solid_mesh(kind, 1) is solid_mesh(kind, 1)


@pytest.mark.parametrize("height_px", [60.0, 110.0])
def test_the_height_asked_for_is_nearly_met_and_never_far_exceeded(height_px: float) -> None:
    image, allowed = street()
    plane, met = road_plane(allowed), 0
    for seed in range(40):
        cutout, column, row = large_solid(np.random.default_rng(seed), image, plane, height_px)
        tall, wide = cutout.alpha.shape
        assert cutout.image.shape == (tall, wide, 3) and cutout.alpha.max() == 255
        assert cutout.alpha[0].any() and cutout.alpha[-1].any() and cutout.alpha[:, 0].any()
        # Seen from above the top and the near edge of the footprint add to the upright height.
        assert tall < 2.5 * height_px + 10
        met += 0.8 * height_px <= tall <= 1.8 * height_px
        assert row > plane.horizon and -WIDTH < column < 2 * WIDTH
    assert met >= 20


def test_the_same_chance_gives_the_same_solid() -> None:
    image, allowed = street()
    one, other = (large_solid(np.random.default_rng(5), image, road_plane(allowed), 80.0) for _ in range(2))
    assert np.array_equal(one[0].image, other[0].image) and one[1:] == other[1:]
