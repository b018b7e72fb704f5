"""How often weights take known things for hazards: regions on held-out street pictures, by what is labelled there.

python test/mgcda_core/deploy/held_out_streets.py DATA [WEIGHTS ...]
DATA: the folder with camvid and idd_lite. Prints regions per picture at the weights' own threshold, and their labels:
that of most of their pixels; void is what the set has no label for, and may be a hazard.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.datasets.street_scene import StreetScene
from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.weights import SHIPPED
from mgcda_core.frame import Frame, Hazard
from mgcda_core.processing import Processor
from mgcda_core.training.street_source import street_sources


def label_of(hazard: Hazard, allowed: np.ndarray) -> str:
    """Return the class of most pixels inside a hazard's outline; allowed: bit masks of classes, 0 where void."""
    inside = np.zeros(allowed.shape, np.uint8)
    cv2.fillPoly(inside, [hazard.polygon_px.astype(np.int32)], 1)
    values = allowed[inside > 0]
    counts = {name: np.count_nonzero(values >> bit & 1) for bit, name in enumerate(STREET_CLASSES)}
    counts["void"] = np.count_nonzero(values == 0)
    return max(counts, key=lambda name: counts[name])


def labels_of_regions(processor: Processor, scenes: Sequence[StreetScene]) -> Counter[str]:
    """Return how many regions there are of each label in all scenes."""
    found: Counter[str] = Counter()
    for scene in tqdm(scenes, unit="picture"):
        image, allowed = scene.read()
        _, hazards = processor.process(Frame(image, 0, ""))
        found.update(label_of(hazard, allowed) for hazard in hazards)
    return found


def main(data: Path, *files: Path) -> None:
    """Print the table."""
    print("| weights | set | pictures | regions per picture | on |\n|---|---|---|---|---|")
    for weights in files or SHIPPED.values():
        processor = Processor(Detector(weights))
        for name, scenes in street_sources(data, held_out=True).items():
            found = labels_of_regions(processor, scenes)
            parts = ", ".join(f"{label} {count / len(scenes):.2f}" for label, count in found.most_common())
            print(
                f"| {weights.stem} | {name} | {len(scenes)} | {found.total() / len(scenes):.2f} | {parts} |", flush=True
            )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
