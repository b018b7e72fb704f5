"""Objects that touch, told apart by the score: a watershed from the maxima that a deep enough valley separates.

Maxima and their depth as in mathematical morphology (h-maxima: P. Soille, Morphological Image Analysis, 2nd edition,
2004, chapter 6), on a small and smoothed copy of the score, where noise has little depth.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from mgcda_core.hazards.region import Region, outline_of
from mgcda_core.hazards.region_settings import RegionSettings

WORKING_SIDE = 48
"""Most cells along the longer side of the copy: two objects side by side have 12 or more each, and a valley some."""

LEVELS = 8
"""Heights at which the parts grow towards each other, so that the border between them follows the valley."""

_NEIGHBOURS = np.ones((3, 3), np.uint8)
_REACH = 8 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | 1 << 8
"""cv2.floodFill writes 1 into its mask where it comes over the 8 neighbours."""


class _Relief(NamedTuple):
    """score: float32 (h, w), smoothed mean probability of the region's pixels in each cell, -1 where there are none.

    share: float32 (h, w), of the cell that the region covers. cell: its side, pixels. left, above: pixels of the first
    cells that lie outside of the region's window.
    """

    score: np.ndarray
    share: np.ndarray
    cell: int
    left: int
    above: int


def split_region(
    region: Region, probability: np.ndarray, settings: RegionSettings, smallest_part_px: float
) -> list[Region]:
    """Return the parts of a region that settings.split_depth tells apart, or the region itself.

    probability: float32 (h, w), of the region's window. Every pixel of the region is in exactly one part; each part is
    connected and has smallest_part_px pixels above settings.threshold or more; smallest_part_px: 1 or more.
    """
    relief = _relief(region, probability)
    cores = _cores(relief.score, settings)
    if cores.max() < 2:
        return [region]
    least_share = max(settings.split_part_share, smallest_part_px / region.area_px)
    labels = _large_basins(cores, relief, least_share * float(relief.share.sum()))
    if labels.max() < 2:
        return [region]
    parts = _parts(region, _enlarged(labels, relief, region.mask))
    sound = all(cv2.countNonZero(part.certain) >= smallest_part_px for part in parts)
    return parts if sound else [region]


def _relief(region: Region, probability: np.ndarray) -> _Relief:
    height, width = region.mask.shape
    # Whole cells: averaging to an uneven size takes five times as long.
    cell = -(-max(height, width) // WORKING_SIDE)
    above, left = (-height % cell) // 2, (-width % cell) // 2
    margins = above, -height % cell - above, left, -width % cell - left
    inside = cv2.copyMakeBorder(cv2.copyTo(probability, region.mask), *margins, cv2.BORDER_CONSTANT)
    covered = cv2.copyMakeBorder(region.mask, *margins, cv2.BORDER_CONSTANT)
    cells = inside.shape[1] // cell, inside.shape[0] // cell
    mass = cv2.resize(inside, cells, interpolation=cv2.INTER_AREA)
    share = cv2.resize(covered, cells, interpolation=cv2.INTER_AREA) / np.float32(255)
    # Both smoothed: what lies outside of the region must not draw its rim down.
    weight = cv2.GaussianBlur(share, (3, 3), 0, borderType=cv2.BORDER_CONSTANT)
    mass = cv2.GaussianBlur(mass, (3, 3), 0, borderType=cv2.BORDER_CONSTANT)
    score = np.where(share > 0, mass / np.maximum(weight, 1e-6), np.float32(-1))
    return _Relief(score, share, cell, left, above)


def _cores(score: np.ndarray, settings: RegionSettings) -> np.ndarray:
    """Return the tops that lie deeper than split_depth apart, uint8 (h, w): 0 none, else a number, 1 the highest."""
    cores = np.zeros(score.shape, np.uint8)
    is_top = (score >= cv2.dilate(score, _NEIGHBOURS)) & (score > settings.threshold)
    tops = np.where(is_top, score, np.float32(0))
    count = 0
    while (highest := cv2.minMaxLoc(tops))[1] > 0:
        height, place = highest[1], highest[3]
        around = np.zeros((score.shape[0] + 2, score.shape[1] + 2), np.uint8)
        cv2.floodFill(score, around, place, 0, loDiff=settings.split_depth, upDiff=2.0, flags=_REACH)
        reached = around[1:-1, 1:-1].view(bool)
        if score[reached].max() <= height:
            count = min(count + 1, 255)
            cores[reached] = count
        # Other tops within reach are no cores: they lie no deeper below this one, or a higher one, than split_depth.
        tops[reached] = 0
    return cores


def _large_basins(cores: np.ndarray, relief: _Relief, least: float) -> np.ndarray:
    """Return what drains to each core, uint8 (h, w), numbered from 1; without the cores that get less than least.

    least: sum of relief.share.
    """
    while True:
        labels = _watershed(cores, relief.score)
        areas = np.bincount(labels.ravel(), weights=relief.share.ravel())[1:]
        small = areas < least
        if not small.any():
            return labels
        # The smallest first, as its neighbours gain from it.
        cores = np.where(np.isin(cores, np.flatnonzero(areas == areas.min()) + 1), 0, cores)
        cores = np.unique(np.append(cores, 0), return_inverse=True)[1][:-1].reshape(labels.shape).astype(np.uint8)


def _watershed(cores: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return cores grown over the whole map, from the highest level to the lowest."""
    for level in np.linspace(score.max(), -1, LEVELS):
        cores = _grown(cores, score >= level)
    return cores


def _grown(labels: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return labels, uint8 (h, w), grown step by step over what is allowed, bool (h, w), and connected to them."""
    while True:
        reached = np.where((labels == 0) & allowed, cv2.dilate(labels, _NEIGHBOURS), labels)
        if np.array_equal(reached, labels):
            return labels
        labels = reached


def _enlarged(labels: np.ndarray, relief: _Relief, mask: np.ndarray) -> np.ndarray:
    """Return the labels at the mask's size, uint8 (H, W), each of them connected; 0 outside of the mask."""
    height, width = mask.shape
    size = labels.shape[1] * relief.cell, labels.shape[0] * relief.cell
    window = np.s_[relief.above : relief.above + height, relief.left : relief.left + width]
    nearness = [
        cv2.resize((labels == label).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)[window]
        for label in range(1, int(labels.max()) + 1)
    ]
    full = np.where(mask > 0, np.argmax(nearness, axis=0) + 1, 0).astype(np.uint8)
    kept = np.zeros_like(full)
    for label in range(1, len(nearness) + 1):
        count, pieces, statistics, _ = cv2.connectedComponentsWithStats(
            (full == label).astype(np.uint8), connectivity=8
        )
        if count > 1:
            kept[pieces == 1 + statistics[1:, cv2.CC_STAT_AREA].argmax()] = label
    # What a border cut off from its part goes to the part that it touches.
    return _grown(kept, mask > 0)


def _parts(region: Region, labels: np.ndarray) -> list[Region]:
    parts = []
    for label in np.unique(labels[labels > 0]):
        mask = np.uint8(255) * (labels == label)
        x, y, width, height = cv2.boundingRect(mask)
        part = np.ascontiguousarray(mask[y : y + height, x : x + width])
        certain = cv2.bitwise_and(region.certain[y : y + height, x : x + width], part)
        x, y = region.x + x, region.y + y
        parts.append(Region(x, y, part, certain, cv2.countNonZero(part), outline_of(part, x, y), region.component))
    return parts
