"""What the working resolution is worth where training never looked, and how far away: held-out drives, rendered large.

python test/mgcda_core/deploy/held_out_drives.py [WEIGHTS ...]

Prints AP and FPR95 over 48 pictures of 1920 x 1080 of held-out drives, and how many of the hazards are seen by
distance: three tenths of their pixels above the score that one normal pixel in a thousand exceeds.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, load_card
from mgcda_core.domains.simulated_drive import HELD_OUT_SEEDS
from mgcda_core.evaluation.streaming import StreamingPixelMetrics
from mgcda_core.frame import Frame
from mgcda_core.simulation.drive import Drive, RenderedFrame

SIZE = {"width": 1920, "height": 1080}
TIMES_S = (3.0, 9.0, 15.0, 21.0)
LONG_SIDES_PX = (1024, 832, 640, 512)
BANDS_M = ((0, 15), (15, 30), (30, 45), (45, 65))
SMALLEST_PX = 20
FALSE_SHARE, SEEN_SHARE = 0.001, 0.3


def row(detector: Detector, pictures: list[RenderedFrame]) -> str:
    """Return the cells of one setting: AP, FPR95, seen hazards of all in each band."""
    metrics, scores = StreamingPixelMetrics(), []
    for picture in pictures:
        scores.append(detector.detect(Frame(picture.image, 0, "")).probability)
        metrics.add(scores[-1], (picture.instances > 0).astype(np.uint8))
    # Every fourth pixel both ways: enough for a thousandth of a hundred million.
    normal = [
        score[::4, ::4][picture.instances[::4, ::4] == 0] for score, picture in zip(scores, pictures, strict=True)
    ]
    threshold = np.quantile(np.concatenate(normal), 1 - FALSE_SHARE)
    counts = {band: [0, 0] for band in BANDS_M}
    for score, picture in zip(scores, pictures, strict=True):
        for hazard in picture.hazards:
            for low, high in BANDS_M:
                if hazard.visible_px >= SMALLEST_PX and low <= hazard.distance_m < high:
                    seen = (score[picture.instances == hazard.id % 255] > threshold).mean() >= SEEN_SHARE
                    counts[low, high][0] += int(seen)
                    counts[low, high][1] += 1
    found = metrics.metrics()
    cells = [f"{seen} of {count}" for seen, count in counts.values()]
    return " | ".join([f"{100 * found.ap:.1f} / {100 * found.fpr95:.2f}", *cells])


def main(*files: Path) -> None:
    """Print the table."""
    pictures = [Drive(seed=seed, **SIZE).render(time) for seed in HELD_OUT_SEEDS for time in TIMES_S]
    print(
        "| weights | looks | longer side | AP / FPR95 | "
        + " | ".join(f"{low} to {high} m" for low, high in BANDS_M)
        + " |"
    )
    print("|---" * (4 + len(BANDS_M)) + "|")
    for weights in files or (SHIPPED_WEIGHTS,):
        looks = 1 + len(load_card(weights).scales)
        for further_looks in (True, False)[:looks]:
            for side in LONG_SIDES_PX:
                detector = Detector(weights, long_side_px=side, runtime=RuntimeSettings(further_looks=further_looks))
                cells = row(detector, pictures)
                print(f"| {weights.stem} | {looks if further_looks else 1} | {side} | {cells} |", flush=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
