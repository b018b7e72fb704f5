"""Objects that touch: two hills and the valley between them, noise, and a slow count of maxima by their depth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mgcda_core.hazards.region import Region
from mgcda_core.hazards.region_growing import grow_regions
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.region_splitting import WORKING_SIDE, split_region

EIGHT = np.ones((3, 3))


def hills(*centres: tuple[float, float], size: tuple[int, int] = (80, 160), height: float = 0.95) -> np.ndarray:
    """Return float32 (H, W), round hills 25 pixels wide at (x, y)."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    each = [height * np.exp(-((((columns - x) ** 2 + (rows - y) ** 2) / 25**2) ** 2)) for x, y in centres]
    return np.max(each, axis=0).astype(np.float32)


def split(probability: np.ndarray, *, threshold: float = 0.3, smallest_px: float = 1, **changed: float) -> list[Region]:
    """Return the parts of the one region in a picture."""
    wanted = RegionSettings(threshold, grow_share=1.0, maximum_hole_share=1.0, **changed)
    (region,) = grow_regions(probability, wanted, 1)
    parts = split_region(region, probability[region.window], wanted, smallest_px)
    check_parts(region, parts, probability, threshold, smallest_px)
    return parts


def check_parts(
    region: Region, parts: list[Region], probability: np.ndarray, threshold: float, smallest_px: float
) -> None:
    """Every pixel is in one part; each part is connected and a hazard of its own."""
    times = np.zeros(probability.shape, int)
    for part in parts:
        inside = part.mask > 0
        times[part.window] += inside
        assert part.area_px == inside.sum() and part.component == region.component
        assert ndimage.label(inside, structure=EIGHT)[1] == 1
        assert inside.any(axis=0).all() and inside.any(axis=1).all()
        assert probability[part.window][inside].max() > threshold
        assert ((part.certain > 0) == (inside & (probability[part.window] > threshold))).all()
        assert len(parts) == 1 or (part.certain > 0).sum() >= smallest_px
    whole = np.zeros(probability.shape, int)
    whole[region.window] = region.mask > 0
    assert (times == whole).all()


def test_two_hills_are_parted_in_the_valley() -> None:
    left, right = sorted(split(hills((50, 40), (95, 40))), key=lambda part: part.x)
    assert left.area_px == pytest.approx(right.area_px, rel=0.05)
    assert left.box[2] == pytest.approx(73, abs=3) and right.x == pytest.approx(73, abs=3)


def test_a_valley_less_deep_than_asked_for_parts_nothing() -> None:
    probability = hills((50, 40), (95, 40))
    depth = float(0.95 - probability[40, 72])
    assert 0.2 < depth < 0.6
    assert len(split(probability, split_depth=depth - 0.1)) == 2
    assert len(split(probability, split_depth=depth + 0.05)) == 1
    assert len(split(probability, split_depth=1.0)) == 1


def test_a_part_too_small_stays_with_its_neighbour() -> None:
    assert len(split(hills((40, 40), (85, 40), (130, 40)))) == 3
    small = np.maximum(hills((50, 40)), np.where(np.arange(160) < 84, hills((95, 40)), 0).astype(np.float32))
    parts = split(small, split_part_share=0.02)
    assert len(parts) == 2
    share = min(part.area_px for part in parts) / sum(part.area_px for part in parts)
    assert len(split(small, split_part_share=share + 0.05)) == 1
    assert len(split(small, split_part_share=0.02, smallest_px=min(part.area_px for part in parts) + 100)) == 1


@pytest.mark.parametrize("seed", range(8))
def test_noise_does_not_shatter_one_object(seed: int) -> None:
    """Noise as a network has it: 0.15 standard deviation at an eighth of the resolution."""
    rows, columns = np.mgrid[:240, :320]
    inside = (columns - 160) ** 2 / 140**2 + (rows - 120) ** 2 / 100**2 < 1
    noise = np.random.default_rng(seed).normal(0, 0.15, (30, 40))
    noise = ndimage.zoom(noise, 8, order=1)
    probability = np.where(inside, np.clip(0.75 + noise, 0.32, 1), 0).astype(np.float32)
    assert len(split(probability)) == 1
    two = np.where(np.abs(columns - 160) < 20, np.minimum(probability, 0.35), probability).astype(np.float32)
    assert len(split(two)) == 2, "a valley shows through that noise"


def test_a_thin_slanting_region_is_one() -> None:
    rows, columns = np.mgrid[:300, :500]
    for slope in (0.05, 0.3, 0.55):
        line = np.abs(rows - 10 - slope * columns) < 2.5
        assert len(split(np.where(line, 0.9, 0).astype(np.float32), split_part_share=0.05)) == 1


def test_a_flat_region_and_the_smallest_are_one() -> None:
    assert len(split(np.ones((60, 90), np.float32))) == 1
    assert len(split(np.full((1, 1), 0.5, np.float32))) == 1
    assert len(split(np.full((1, 400), 0.5, np.float32))) == 1


def smooth_noise(seed: int, size: tuple[int, int], sigma: float) -> np.ndarray:
    """Return float32 (H, W) from 0.35 to 1: hills and valleys, one region above 0.3."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=size), sigma)
    return (0.35 + 0.65 * (noise - noise.min()) / np.ptp(noise)).astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(20, 150), st.integers(20, 150), st.sampled_from([0.0, 0.05, 0.15]))
def test_no_pixel_is_lost_and_every_part_is_sound(seed: int, height: int, width: int, part_share: float) -> None:
    probability = smooth_noise(seed, (height, width), 5)
    probability *= smooth_noise(seed + 1, (height, width), 2) > 0.5  # with holes and bays
    wanted = RegionSettings(0.3, split_depth=0.1, split_part_share=part_share, maximum_hole_share=0.1)
    for region in grow_regions(probability, wanted, 20):
        check_parts(region, split_region(region, probability[region.window], wanted, 15), probability, 0.3, 15)


def maxima_deeper_than(values: np.ndarray, depth: float) -> tuple[int, float]:
    """Return how many maxima are deeper than depth, and how near the nearest to it is, by raising pixel after pixel."""
    order = np.argsort(-values.ravel(), kind="stable")
    height, width = values.shape
    root: dict[int, int] = {}

    def find(pixel: int) -> int:
        while root[pixel] != pixel:
            pixel = root[pixel]
        return pixel

    depths = [float("inf")]
    for pixel in order.tolist():
        root[pixel] = pixel
        row, column = divmod(pixel, width)
        for near_row in range(max(row - 1, 0), min(row + 2, height)):
            for near_column in range(max(column - 1, 0), min(column + 2, width)):
                near = near_row * width + near_column
                if near in root and (one := find(near)) != (other := find(pixel)):
                    low, high = sorted((one, other), key=lambda top: values.flat[top])
                    depths.append(float(values.flat[low] - values.flat[pixel]))
                    root[low] = high
    return sum(each > depth for each in depths), min(abs(each - depth) for each in depths)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.1, 0.2, 0.3]))
def test_there_are_as_many_parts_as_maxima_deep_enough_also_in_a_mirror(seed: int, depth: float) -> None:
    size = (WORKING_SIDE - 8, WORKING_SIDE)
    probability = smooth_noise(seed, size, 3)
    kernel = np.outer((1, 2, 1), (1, 2, 1)) / 16
    smoothed = ndimage.convolve(probability.astype(float), kernel, mode="constant")
    smoothed /= ndimage.convolve(np.ones(size), kernel, mode="constant")
    count, margin = maxima_deeper_than(smoothed, depth)
    assume(margin > 1e-4)
    parts = split(probability, split_depth=depth, split_part_share=0.0)
    assert len(parts) == count
    mirrored = split(np.ascontiguousarray(probability[:, ::-1]), split_depth=depth, split_part_share=0.0)
    expected = sorted((part.box, part.area_px) for part in parts)
    width = size[1]
    assert expected == sorted(
        ((width - right, top, width - left, bottom), part.area_px)
        for part in mirrored
        for left, top, right, bottom in [part.box]
    )


@pytest.mark.parametrize("shift", [0, 1, 3])
def test_a_large_picture_in_a_mirror_is_split_alike(shift: int) -> None:
    probability = np.kron(hills((45 + shift, 40), (92, 44)), np.ones((5, 5), np.float32))
    parts = split(probability)
    mirrored = split(np.ascontiguousarray(probability[:, ::-1]))
    assert len(parts) == len(mirrored) == 2
    areas, mirrored_areas = (sorted(part.area_px for part in found) for found in (parts, mirrored))
    assert areas == pytest.approx(mirrored_areas, rel=0.02)
