"""The averaged weights on held-out pictures, in the middle of a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch.utils.data import Dataset

from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training.calibration import HeldOut, held_out_metrics, predict_picture
from mgcda_core.training.processes import Processes
from mgcda_core.training.stages import Loss


class Validation(NamedTuple):
    """pixel_ap and pixel_fpr95 in [0, 1]; loss: the mean over the pictures of the losses that the stage minimises."""

    pixel_ap: float
    pixel_fpr95: float
    loss: float

    def goodness(self, learns: Sequence[Loss]) -> float:
        """Return what the best checkpoint is chosen by, higher is better.

        The AP where the anomaly is learnt; a stage that does not learn it cannot change it for the better, and is
        judged by its loss.
        """
        return self.pixel_ap if "anomaly" in learns else -self.loss


def validate(network: AnomalyNetwork, pictures: Dataset, learns: Sequence[Loss], processes: Processes) -> Validation:
    """Return how the network does on pictures, which the processes share out among them; the same in all of them."""
    logits: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    losses: list[float] = []
    for number in range(processes.index, len(pictures), processes.count):
        predicted = predict_picture(network, pictures[number], learns=learns)
        logits.append(predicted.logits)
        labels.append(predicted.labels)
        losses.append(predicted.loss)
    held_out = HeldOut(processes.gather(logits), processes.gather(labels))
    loss = float(np.mean(processes.gather(losses)))

    def judged() -> Validation:
        metrics = held_out_metrics(held_out)
        return Validation(metrics.ap, metrics.fpr95, loss)

    return processes.from_main(judged)
