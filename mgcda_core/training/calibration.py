"""Calibration and threshold of finished weights, from held-out synthetic pictures only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset
from tqdm import tqdm

from mgcda_core.deploy.weights import Calibration
from mgcda_core.domains.sample import ANOMALY, IGNORE
from mgcda_core.evaluation.pixel_metrics import PixelMetrics, pixel_metrics
from mgcda_core.frame import ScoreMap
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.regions import find_hazards
from mgcda_core.networks.layers import resize_as
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.scales import Scale, at_scales
from mgcda_core.training.losses import judged_labels, total_loss

THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.05), 2)

INDIFFERENCE = 0.01
"""Differences of F1 that 200 pictures cannot tell apart."""


@dataclass(frozen=True)
class HeldOut:
    """Logits of held-out pictures: logits float32 (H, W) and labels uint8 (H, W) per picture, sizes alike.

    domains: the number of each picture's domain, where that was asked for.
    """

    logits: list[np.ndarray]
    labels: list[np.ndarray]
    domains: list[int] = field(default_factory=list)

    def of_domain(self, number: int) -> HeldOut:
        """Return the pictures of one domain."""
        chosen = [place for place, domain in enumerate(self.domains) if domain == number]
        return HeldOut([self.logits[place] for place in chosen], [self.labels[place] for place in chosen])

    def judged(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all judged pixels in one: logits float32 (N,) and whether they are anomalous, bool (N,)."""
        scores = np.concatenate(
            [values[truth != IGNORE] for values, truth in zip(self.logits, self.labels, strict=True)]
        )
        return scores, np.concatenate([truth[truth != IGNORE] == ANOMALY for truth in self.labels])


@dataclass(frozen=True)
class Prediction:
    """Of one picture: logits float32 (H, W), labels uint8 (H, W), and the sum of the losses asked for."""

    logits: np.ndarray
    labels: np.ndarray
    loss: float


@torch.inference_mode()
def predict_picture(
    network: AnomalyNetwork,
    item: tuple[torch.Tensor, ...],
    *,
    learns: Collection[str] = (),
    scales: Sequence[Scale] = (),
) -> Prediction:
    """Run the network, wherever it is, on one item of a Mixture; learns: the losses to take; scales: further looks."""
    image, masks, anomaly, _, swapped = (
        values[None].to(network.mean.device) if isinstance(values, torch.Tensor) else values for values in item
    )
    anomaly = judged_labels(anomaly, swapped, uses_swapped=network.uses_swapped)
    outputs = at_scales(network, image.to(memory_format=torch.channels_last), scales, swapped)
    loss = float(total_loss(outputs, image, masks, anomaly, learns=learns)[0]) if learns else 0.0
    logits = resize_as(outputs.anomaly_logits, image)[0, 0]
    return Prediction(logits.cpu().numpy(), anomaly[0].cpu().numpy(), loss)


def predict_held_out(network: AnomalyNetwork, dataset: Dataset, *, scales: Sequence[Scale] = ()) -> HeldOut:
    """Run the network over a dataset of a Mixture's items and keep logits and labels; scales: further looks."""
    result = HeldOut([], [])
    for number in tqdm(range(len(dataset)), desc="held out"):
        item = dataset[number]
        predicted = predict_picture(network, item, scales=scales)
        result.logits.append(predicted.logits)
        result.labels.append(predicted.labels)
        result.domains.append(item[3])
    return result


def fit_calibration(logits: np.ndarray, anomalous: np.ndarray, *, rounds: int = 30) -> Calibration:
    """Return the scale and bias that maximise the likelihood (Platt scaling, without smoothing), by damped Newton.

    logits: float (N,); anomalous: bool (N,), with both kinds present.
    """
    if anomalous.all() or not anomalous.any():
        raise ValueError("calibration needs anomalous and normal pixels; the held-out pictures hold one kind only")
    design = np.stack([logits.astype(np.float64), np.ones(len(logits))], axis=1)
    weights = np.array([1.0, 0.0])
    surprise = _surprise(design @ weights, anomalous)
    for _ in range(rounds):
        probability = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (probability - anomalous)
        hessian = (design * (probability * (1 - probability))[:, None]).T @ design
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        # A whole step overshoots where most pixels are certain, and then runs off to infinity.
        while _surprise(design @ (weights - step), anomalous) > surprise and np.abs(step).max() > 1e-9:
            step /= 2
        weights -= step
        surprise = _surprise(design @ weights, anomalous)
        if np.abs(step).max() < 1e-6:
            break
    return Calibration(scale=float(weights[0]), bias=float(weights[1]))


def _surprise(logits: np.ndarray, anomalous: np.ndarray) -> float:
    return float(np.logaddexp(0, logits).sum() - logits[anomalous].sum())


def best_threshold(held_out: HeldOut, calibration: Calibration, minimum_area_share: float) -> tuple[float, float]:
    """Return the lowest threshold whose F1 of regions against labelled objects is within INDIFFERENCE of the best.

    The F1 at that threshold comes with it. The lowest, because the curve is flat and a missed hazard costs more than
    a false one.

    An object is found where a region touches it; a region is false where it touches none and lies on judged pixels.
    """
    found, missed, false = (np.zeros(len(THRESHOLDS)) for _ in range(3))
    for logits, labels in zip(held_out.logits, held_out.labels, strict=True):
        probability = 1 / (1 + np.exp(-(calibration.scale * logits + calibration.bias)))
        score_map = ScoreMap(probability.astype(np.float32), None, 0, "")
        for index, threshold in enumerate(THRESHOLDS):
            hits, misses, wrong = count_regions(
                score_map, labels, threshold=float(threshold), minimum_area_share=minimum_area_share
            )
            found[index] += hits
            missed[index] += misses
            false[index] += wrong
    f1 = 2 * found / np.maximum(2 * found + missed + false, 1)
    best = int(np.flatnonzero(f1 >= f1.max() - INDIFFERENCE)[0])
    return float(THRESHOLDS[best]), float(f1[best])


def count_regions(
    score_map: ScoreMap, labels: np.ndarray, *, threshold: float, minimum_area_share: float
) -> tuple[int, int, int]:
    """Return (objects touched by a region, objects missed, regions on judged pixels that touch no object)."""
    settings = RegionSettings(threshold, minimum_area_share=minimum_area_share)
    regions = np.zeros(labels.shape, np.uint8)
    false = 0
    for hazard in find_hazards(score_map, settings):
        cv2.fillPoly(single := np.zeros_like(regions), [hazard.polygon_px.astype(np.int32)], 1)
        inside = labels[single > 0]
        regions |= single
        false += not (inside == ANOMALY).any() and (inside != IGNORE).mean() > 0.5
    count, objects = cv2.connectedComponents((labels == ANOMALY).astype(np.uint8), connectivity=8)
    sizes = np.bincount(objects.ravel(), minlength=count)
    touched = np.bincount(objects[regions > 0].ravel(), minlength=count) > 0
    relevant = np.flatnonzero(sizes[1:] >= minimum_area_share * labels.size) + 1
    return int(touched[relevant].sum()), int((~touched[relevant]).sum()), int(false)


def held_out_metrics(held_out: HeldOut) -> PixelMetrics:
    """Return pixel AP and FPR95 of the held-out pictures."""
    return pixel_metrics(*held_out.judged())


def metrics_by_domain(held_out: HeldOut, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return pixel_ap and pixel_fpr95 by the domains' names; none of one without both kinds of pixels."""
    found: dict[str, dict[str, float]] = {}
    for number, name in enumerate(names):
        if not (pictures := held_out.of_domain(number)).logits:
            continue
        logits, anomalous = pictures.judged()
        if anomalous.any() and not anomalous.all():
            metrics = pixel_metrics(logits, anomalous)
            found[name] = {"pixel_ap": round(metrics.ap, 4), "pixel_fpr95": round(metrics.fpr95, 4)}
    return found
