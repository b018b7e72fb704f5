"""Prints how far the metrics lie from scikit-learn's and from each other: the table in docs/evaluation.md.

Not a test: `python test/mgcda_core/evaluation/agreement.py --root SET` takes minutes, and 20 bytes a pixel at its end.
"""

from __future__ import annotations

import argparse
import math
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
from tqdm import tqdm

from mgcda_core.datasets.benchmarks import open_sets
from mgcda_core.deploy.detector import Detector
from mgcda_core.evaluation.pixel_metrics import PixelMetrics, pixel_metrics
from mgcda_core.evaluation.score_sources import OURS, DetectorScores
from mgcda_core.evaluation.segment_me_if_you_can import BinnedPixelMetrics
from mgcda_core.evaluation.streaming import StreamingPixelMetrics

Frames = list[tuple[np.ndarray, np.ndarray]]
SKLEARN_PIXELS = 20_000_000


def scored(root: Path) -> Frames:
    """Return (scores, labels) of the set at root with the shipped weights."""
    (labelled,) = open_sets("pairs", root)
    with tempfile.TemporaryDirectory() as kept:
        source = DetectorScores(Detector(), baselines=False, kept=Path(kept))
        frames = []
        for picture in tqdm(labelled.pictures, desc="scores"):
            image, labels = picture.read()
            frames.append((source.scores(picture, image)[OURS], labels))
    return frames


def many(frames: Frames, pixels: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the frames again and again, each time as another network would score them; every second time in 8 bits."""
    rng = np.random.default_rng(0)
    judged = turn = 0
    while judged < pixels:
        scores, labels = frames[turn % len(frames)]
        logits = np.log(np.clip(scores, 1e-6, 1 - 1e-6) / (1 - np.clip(scores, 1e-6, 1 - 1e-6)))
        changed = (1 / (1 + np.exp(-(logits * rng.uniform(0.5, 3) + rng.normal(0, 1))))).astype(np.float32)
        yield (np.round(changed * 255) / np.float32(255) if turn % 2 else changed), labels
        judged += int((labels != 255).sum())
        turn += 1


def pooled(frames: Iterator[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the judged pixels of all frames: scores float32 (N,), and whether they are anomalous, bool (N,)."""
    scores, truth = zip(
        *((scores[labels != 255], labels[labels != 255] == 1) for scores, labels in frames), strict=True
    )
    return np.concatenate(scores), np.concatenate(truth)


def print_row(name: str, found: PixelMetrics, expected: PixelMetrics) -> None:
    """Print the difference of each metric; NaN leaves a cell empty."""
    differences = (abs(one - other) for one, other in zip(found[:4], expected[:4], strict=True))
    shown = " | ".join("" if math.isnan(difference) else f"{difference:.1e}" for difference in differences)
    print(f"| {name} | {shown} |")


def main() -> None:
    """Score the set once, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="a set with images/ and labels_masks/")
    parser.add_argument("--pixels", type=float, default=200e6, help="judged pixels to stream")
    arguments = parser.parse_args()
    frames = scored(arguments.root)
    streaming, seconds, count = StreamingPixelMetrics(), 0.0, 0
    for scores, labels in tqdm(many(frames, int(arguments.pixels)), desc="streaming"):
        started = time.process_time()
        streaming.add(scores, labels)
        seconds += time.process_time() - started
        count += int((labels != 255).sum())
    streamed = streaming.metrics()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{count:,} pixels streamed in {seconds:.1f} s, {streaming.nbytes / 2**20:.0f} MiB held")
    print(f"peak memory of the process, network and frames with it: {memory:.2f} GiB\n")
    print("| | AP | FPR95 | AUROC | best F1 |\n|---|---|---|---|---|")
    few, truth = pooled(many(frames, SKLEARN_PIXELS))
    exact = pixel_metrics(few, truth)
    print_row(
        f"exact against scikit-learn, {len(few):,} pixels",
        exact._replace(fpr95=math.nan, best_f1=math.nan),
        exact._replace(ap=average_precision_score(truth, few), auroc=roc_auc_score(truth, few)),
    )
    binned = BinnedPixelMetrics()
    for scores, labels in many(frames, SKLEARN_PIXELS):
        binned.add(scores, labels)
    print_row(f"binned against exact, {len(few):,} pixels", binned.metrics(), exact)
    print_row(f"streaming against exact, {count:,} pixels", streamed, pixel_metrics(*pooled(many(frames, count))))


if __name__ == "__main__":
    main()
