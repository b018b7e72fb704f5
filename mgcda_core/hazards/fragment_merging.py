"""Fragments of one object, joined: regions that stand one above the other with little between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mgcda_core.hazards.outlines import counted
from mgcda_core.hazards.region import Region, outline_of
from mgcda_core.hazards.region_settings import RegionSettings


class _Bridge(NamedTuple):
    """columns: int (N,) of the picture. first, stop: int (N,), the rows between two regions in each of them."""

    columns: np.ndarray
    first: np.ndarray
    stop: np.ndarray


def merge_fragments(regions: Sequence[Region], settings: RegionSettings) -> list[Region]:
    """Return the regions with the fragments of one object joined, as settings.merge_gap and merge_overlap say.

    The mask of a joined region covers the rows between its fragments as well, so that it has one outline; area_px is
    the fragments' sum. Two parts of one component were told apart on purpose: a group that would join them again
    stays as it was.
    """
    if settings.merge_gap == 0 or len(regions) < 2:
        return list(regions)
    bridges: dict[tuple[int, int], _Bridge] = {}
    for first, second in _near_pairs(regions, settings):
        allowed = settings.merge_gap * min(regions[first].area_px, regions[second].area_px) ** 0.5
        bridge = _bridge_between(regions[first], regions[second], allowed)
        if bridge is not None:
            bridges[first, second] = bridge
    if not bridges:
        return list(regions)
    first, second = np.array(list(bridges)).T
    links = coo_array((np.ones(len(first)), (first, second)), shape=(len(regions), len(regions)))
    group_of = connected_components(links, directed=False)[1]
    merged: list[Region] = []
    for group in range(group_of.max() + 1):
        members = [regions[index] for index in np.flatnonzero(group_of == group)]
        if len(members) == 1 or len({member.component for member in members}) < len(members):
            merged += members
        else:
            own = [bridge for (index, _), bridge in bridges.items() if group_of[index] == group]
            merged.append(_joined(members, own))
    return merged


def _near_pairs(regions: Sequence[Region], settings: RegionSettings) -> list[tuple[int, int]]:
    """Return the pairs whose boxes are near enough in rows and overlap enough in columns."""
    # Sorted by their left edges, a region's partners are those that begin before it ends: no table of all pairs, which
    # noise of thousands of specks would make large.
    boxes = np.array([region.box for region in regions])
    order = boxes[:, 0].argsort(kind="stable")
    left, top, right, bottom = boxes[order].T
    size = np.sqrt([regions[index].area_px for index in order.tolist()])
    partners = np.searchsorted(left, right) - np.arange(len(order)) - 1
    first, place = counted(partners)
    # The partners of each are the regions after it.
    second = first + 1 + place
    shared = np.minimum(right[first], right[second]) - left[second]
    gap = np.maximum(top[first] - bottom[second], top[second] - bottom[first])
    width = right - left
    near = gap <= settings.merge_gap * np.minimum(size[first], size[second])
    near &= shared >= settings.merge_overlap * np.minimum(width[first], width[second])
    return list(zip(order[first[near]].tolist(), order[second[near]].tolist(), strict=True))


def _bridge_between(one: Region, other: Region, allowed: float) -> _Bridge | None:
    """Return the rows between two regions where they are at most allowed, or None where they nowhere are.

    Boxes say little of it: that of a slanting region may hold another whole one.
    """
    columns = np.arange(max(one.x, other.x), min(one.box[2], other.box[2]))
    (one_top, one_stop), (other_top, other_stop) = _profile(one, columns), _profile(other, columns)
    first = np.where(one_stop <= other_top, one_stop, other_stop)
    stop = np.where(one_stop <= other_top, other_top, one_top)
    near = (stop >= first) & (stop - first <= allowed)
    return _Bridge(columns[near], first[near], stop[near]) if near.any() else None


def _profile(region: Region, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of a region, and the first below it, in columns of the picture that it has pixels in."""
    part = region.mask[:, columns[0] - region.x : columns[-1] + 1 - region.x]
    return region.y + part.argmax(axis=0), region.y + part.shape[0] - part[::-1].argmax(axis=0)


def _joined(members: Sequence[Region], bridges: Sequence[_Bridge]) -> Region:
    """Return one region of several and of what lies between them."""
    corners = np.array([member.box for member in members])
    left, top, right, bottom = *corners[:, :2].min(axis=0).tolist(), *corners[:, 2:].max(axis=0).tolist()
    mask, certain = np.zeros((2, bottom - top, right - left), np.uint8)
    for member in members:
        x, y, stop_x, stop_y = member.box
        window = np.s_[y - top : stop_y - top, x - left : stop_x - left]
        mask[window] |= member.mask
        certain[window] |= member.certain
    for bridge in bridges:
        for column, first, stop in zip(*bridge, strict=True):
            mask[first - top : stop - top, column - left] = 255
    area = sum(member.area_px for member in members)
    return Region(left, top, mask, certain, area, outline_of(mask, left, top), members[0].component)
