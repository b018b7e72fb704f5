"""Prints docs/hazards.md's figures on positions and tracks: python test/mgcda_core/hazards/figures.py."""

from __future__ import annotations

import numpy as np
from test_ground_on_drives import find_sightings, relative_errors, sigma_ratios
from test_tracking_motion import STANDING, follow_moving
from test_tracking_on_drives import RATE, all_drives

from mgcda_core.evaluation.track_metrics import fragmentations, identity_switches, times_to_report

BANDS_M = ((0, 15), (15, 25), (25, 35), (35, 43))
MOVING = {
    "0": (0.0, 0.0), "2 m/s, crossing": (0.0, 2.0), "4 m/s, crossing": (0.0, 4.0), "8 m/s, crossing": (0.0, 8.0),
    "5 m/s, away": (5.0, 0.0),
}  # fmt: skip
WAYS = {"positions, odometry": {}, "positions": {"odometry": False}, "picture": {"on_ground": False, "odometry": False}}


def main() -> None:
    """Print the three tables."""
    sightings = find_sightings()
    errors = relative_errors(sightings)
    print(
        "| true distance | hazards | median error | 90 % within | sigma, stated over measured |\n|---|---|---|---|---|"
    )
    for low, high in BANDS_M:
        band = np.abs(errors[(errors[:, 0] >= low) & (errors[:, 0] < high), 1])
        ratio = np.median(sigma_ratios(sightings, low, high))
        print(
            f"| {low} to {high} m | {len(band)} | {100 * np.median(band):.1f} % | "
            f"{100 * np.percentile(band, 90):.1f} % | {ratio:.2f} |"
        )
    header = "| frames per second | hazards | id switches | fragmentations | median time to confirm | never |"
    print(f"\n| followed by {header}\n|---|---|---|---|---|---|---|")
    for name, way in WAYS.items():
        for every in (1, 2, 3):
            outcomes = all_drives(every, **way)
            times = [t for outcome in outcomes for t in times_to_report(outcome.reported, outcome.stamps).values()]
            print(
                f"| {name} | {RATE / every:.1f} | {len(times)} | "
                f"{sum(identity_switches(outcome.reported) for outcome in outcomes)} | "
                f"{sum(fragmentations(outcome.reported) for outcome in outcomes)} | "
                f"{np.median(times):.1f} s | {int(np.isinf(times).sum())} |"
            )
    print("\n| moves at | ids of one | error of its place | the same, taken to stand still |\n|---|---|---|---|")
    for name, velocity in MOVING.items():
        ids, error = follow_moving(velocity)
        ids_standing, error_standing = follow_moving(velocity, **STANDING)
        print(f"| {name} | {ids:.1f} | {error:.2f} m | {ids_standing:.1f} ids, {error_standing:.2f} m |")


if __name__ == "__main__":
    main()
