"""Connected regions of a score map: seeds above a threshold, grown over what is connected to them, holes filled."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from mgcda_core.hazards.region import Region
from mgcda_core.hazards.region_settings import RegionSettings


def grow_regions(probability: np.ndarray, settings: RegionSettings, smallest_px: float) -> list[Region]:
    """Return the connected regions (8-connectivity) above settings.grow_threshold with seeds above threshold.

    probability: float32 (H, W) without NaN. smallest_px: those of fewer seeds, at least 1, are left out.
    Holes up to settings.maximum_hole_share are filled; what lies in a filled hole is part of the region.
    """
    grow_threshold, threshold = np.float32(settings.grow_threshold), np.float32(settings.threshold)
    mask = probability > grow_threshold
    # Finding outlines takes 0.2 ms per million pixels, also where there are none: only the rows that have any.
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return []
    top, bottom = rows[0], rows[-1] + 1
    mask = mask[top:bottom].view(np.uint8)
    regions: list[Region] = []
    for x, y, piece, area, outline in _components(mask, (0, int(top)), smallest_px, settings.maximum_hole_share):
        height, width = piece.shape
        window = probability[y : y + height, x : x + width]
        # Filled holes included: an object in the hole of a faint ring must not vanish with the ring.
        certain = cv2.bitwise_and((window > threshold).view(np.uint8), piece)
        if cv2.countNonZero(certain) >= smallest_px:
            regions.append(Region(x, y, piece, certain, area, outline, len(regions)))
    return regions


def _components(
    mask: np.ndarray, corner: tuple[int, int], smallest_px: float, maximum_hole_share: float
) -> Iterator[tuple[int, int, np.ndarray, int, np.ndarray]]:
    """Yield (x, y, mask, area, outline), as a Region has them, of the connected regions, also those in open holes.

    corner: (x, y) of the mask's upper left pixel.
    """
    # Outlines first, components only inside each one's box: labelling a whole 1080p picture takes 7 to 13 ms.
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=corner)
    for outline in contours:
        x, y, width, height = cv2.boundingRect(outline)
        if width * height < smallest_px:
            continue
        outlined = np.zeros((height, width), np.uint8)
        cv2.drawContours(outlined, [outline], 0, 255, cv2.FILLED, offset=(-x, -y))
        outlined_px = cv2.countNonZero(outlined)
        if outlined_px < smallest_px:
            continue
        left, top = x - corner[0], y - corner[1]
        inside = cv2.bitwise_and(mask[top : top + height, left : left + width], outlined)
        if cv2.countNonZero(inside) == outlined_px:
            yield x, y, outlined, outlined_px, outline
            continue
        column, row = outline[0, 0]
        open_holes = _open_holes(inside, outlined, (row - y, column - x), maximum_hole_share * outlined_px)
        region = cv2.bitwise_and(outlined, cv2.bitwise_not(open_holes))
        area = cv2.countNonZero(region)
        if area >= smallest_px:
            yield x, y, region, area, outline
        yield from _components(cv2.bitwise_and(inside, open_holes), (x, y), smallest_px, maximum_hole_share)


def _open_holes(inside: np.ndarray, outlined: np.ndarray, own: tuple[int, int], largest_px: float) -> np.ndarray:
    """Return the holes larger than largest_px, uint8 (h, w), 255 there, of the region that own = (row, column) is in.

    outlined: the region with all its holes. inside: what of it is above the threshold, also objects in the holes.
    """
    _, labels = cv2.connectedComponents(inside, connectivity=8)
    holes = cv2.bitwise_and(outlined, cv2.bitwise_not(np.uint8(255) * (labels == labels[own])))
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(holes, connectivity=4)
    is_open = statistics[:, cv2.CC_STAT_AREA] > largest_px
    is_open[0] = False
    return np.uint8(255) * is_open[labels]
