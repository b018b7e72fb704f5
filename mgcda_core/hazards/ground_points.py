"""Footprints as points, for planners that know obstacles as point clouds only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mgcda_core.hazards.outlines import Outlines, counted, joined

MOST_POINTS = 20_000
"""On all outlines, and as many inside of them; that takes 2 ms."""
_LEAST_SHARE = 4.0


def footprint_points(footprints: Sequence[np.ndarray], spacing_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points, float64 (P, 3), metres, in and on footprints (N, 3), and int64 (P,), the footprint of each.

    First those on the outlines: every corner, and between corners as many as it takes to lie no further apart than
    spacing_m. Then those inside, on a lattice of spacing_m through each footprint's least x and y, at the height of the
    footprint's first point. No ground in a footprint lies farther than 0.87 spacings from a point.

    However large footprints are, there are no more than MOST_POINTS on the outlines, corners aside, and as many inside:
    each footprint has an equal share, 4 at least. One that needs more has them further apart. On its outline that is
    its length divided by the share, with 20 hazards the thousandth part; inside it is as far as a lattice over its
    extent in x and y then needs, and no less than on its outline.
    """
    if not footprints:
        return np.empty((0, 3)), np.empty(0, np.int64)
    together = joined(footprints)
    share = max(_LEAST_SHARE, MOST_POINTS / len(footprints))
    sides = together.corners[together.following] - together.corners
    lengths = np.sqrt(np.einsum("ni,ni->n", sides, sides))
    spacing = np.maximum(spacing_m, np.add.reduceat(lengths, together.first_of) / share)
    counts = np.maximum(1, np.ceil(lengths / spacing[together.owner])).astype(np.int64)
    side, step = counted(counts)
    on = together.corners[side] + (step / counts[side])[:, None] * sides[side]
    inside, inside_owner = _inside(together, np.maximum(spacing, _lattice_spacing(together, share)))
    return np.concatenate([on, inside]), np.concatenate([together.owner[side], inside_owner])


def _lattice_spacing(footprints: Outlines, share: float) -> np.ndarray:
    """Return the spacings (H,) with which a lattice over the extent of each footprint has no more than share points.

    That is where (width / spacing + 1) * (height / spacing + 1) = share.
    """
    least, greatest = footprints.extents
    width, height = (greatest - least).T
    both = width + height
    return (both + np.sqrt(both**2 + 4 * (share - 1) * width * height)) / (2 * (share - 1))


def _inside(footprints: Outlines, spacing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lattice points inside, with spacings (H,), and the footprint of each.

    Along each row of a lattice they are those between an odd crossing of the outline and the next.
    """
    least, _ = footprints.extents
    owner, following = footprints.owner, footprints.following
    x, y = ((footprints.corners[:, :2] - least[owner]) / spacing[owner, None]).T
    # A side crosses the rows from the first at or above its lower end to the last below its upper one. Whole numbers
    # of the corners: an outline ends where it began, so that every row is crossed an even number of times.
    row_of = np.ceil(y).astype(np.int64)
    side, row = counted(np.abs(row_of[following] - row_of))
    row += np.minimum(row_of, row_of[following])[side]
    end = following[side]
    column = x[side] + (row - y[side]) / (y[end] - y[side]) * (x[end] - x[side])

    crosser = owner[side]
    order = np.lexsort((column, row, crosser))
    enters, leaves = order[0::2], order[1::2]
    first = np.ceil(column[enters]).astype(np.int64)
    last = np.floor(column[leaves]).astype(np.int64)
    span, step = counted(np.maximum(0, last - first + 1))
    place, owner = enters[span], crosser[enters[span]]
    points = np.empty((len(span), 3))
    points[:, 0] = least[owner, 0] + (first[span] + step) * spacing[owner]
    points[:, 1] = least[owner, 1] + row[place] * spacing[owner]
    points[:, 2] = footprints.corners[footprints.first_of[owner], 2]
    return points, owner
