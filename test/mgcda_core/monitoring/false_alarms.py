"""Prints in how many good pictures of labelled sets the monitor sees a fault.

python test/mgcda_core/monitoring/false_alarms.py SETS (a folder as `mgcda evaluate --layout pairs --root` takes it).
Each picture is shown as a camera that stands still for three seconds would: ten times, with a little noise.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from mgcda_core.datasets.benchmarks import open_sets
from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS
from mgcda_core.frame import Frame, ScoreMap
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_core.processing import Processor

SHOWN, STEP_NS, NOISE = 10, 300_000_000, 2.0


def problems(processor: Processor, image: np.ndarray, rng: np.random.Generator) -> set[str]:
    """Return what the monitor says of a picture that is shown again and again."""
    score_map = processor.detector.detect(Frame(image, 0, ""))
    monitor, found = PictureMonitor(), set()
    for number in range(SHOWN):
        noisy = np.clip(image + rng.normal(0, NOISE, image.shape), 0, 255).astype(np.uint8)
        stamp = (number + 1) * STEP_NS
        shown = ScoreMap(score_map.probability, score_map.semantics, stamp, "")
        found |= set(monitor.problems(Frame(noisy, stamp, ""), shown, processor.drivable))
    return found


def main(root: Path) -> None:
    """Print a line per set."""
    processor, rng = Processor(Detector(SHIPPED_WEIGHTS)), np.random.default_rng(0)
    for labelled in open_sets("pairs", root):
        seen = [problems(processor, picture.read()[0], rng) for picture in labelled.pictures]
        said = Counter(problem for each in seen for problem in each)
        print(f"{labelled.name}: {sum(map(bool, seen))} of {len(seen)} pictures DEGRADED", *said.items(), sep="\n  ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
