"""The trained score beside two baselines of the same segmentation network, on sets of labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from mgcda_core.datasets.benchmarks import LabelledPicture, pairs
from mgcda_core.deploy.detector import Detector, enlarge
from mgcda_core.evaluation.pixel_metrics import PixelMetrics, pixel_metrics
from mgcda_core.networks.uncertainty import softmax_entropy

METHODS = ("MGCDA", "max softmax", "entropy")


class Row(NamedTuple):
    """One line of the table: a method's metrics on one set."""

    dataset: str
    method: str
    images: int
    metrics: PixelMetrics


def score_maps(detector: Detector, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return one score map per method, float32 (H, W), higher is more anomalous, for uint8 (H, W, 3) RGB."""
    with torch.inference_mode():
        outputs = detector.run(detector.preprocess(image))
        probabilities = outputs.segmentation_logits.float().softmax(dim=1)
        height, width = image.shape[:2]
        return {
            "MGCDA": detector.probability(outputs, height, width),
            "max softmax": enlarge(1 - probabilities[0].amax(dim=0), height, width),
            "entropy": enlarge(softmax_entropy(probabilities)[0, 0], height, width),
        }


def evaluate_set(detector: Detector, pictures: Sequence[LabelledPicture], name: str) -> list[Row]:
    """Return one row per method over all judged pixels of the set."""
    scores: dict[str, list[np.ndarray]] = {method: [] for method in METHODS}
    anomalous: list[np.ndarray] = []
    for picture in tqdm(pictures, desc=name):
        image, labels = picture.read()
        judged = labels != 255
        anomalous.append(labels[judged] == 1)
        for method, values in score_maps(detector, image).items():
            scores[method].append(values[judged])
    truth = np.concatenate(anomalous)
    return [
        Row(name, method, len(pictures), pixel_metrics(np.concatenate(scores.pop(method)), truth)) for method in METHODS
    ]


def evaluate(detector: Detector, root: Path) -> list[Row]:
    """Return the rows of the set at root, or of every set below it; all are checked before the first is scored."""
    if not root.is_dir():
        raise ValueError(f"{root}: no such folder")
    below = sorted(path for path in root.iterdir() if (path / "images").is_dir())
    folders = below if below and not (root / "images").is_dir() else [root]
    sets = [(folder.name, pairs(folder)) for folder in folders]
    return [row for name, pictures in sets for row in evaluate_set(detector, pictures, name)]


def format_table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table, metrics in percent."""
    lines = ["| set | score | images | AP % | FPR95 % |", "|---|---|---|---|---|"]
    for row in rows:
        lines.append(
            f"| {row.dataset} | {row.method} | {row.images} | {100 * row.metrics.ap:.1f} "
            f"| {100 * row.metrics.fpr95:.1f} |"
        )
    return "\n".join(lines)
