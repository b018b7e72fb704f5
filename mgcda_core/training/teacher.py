"""Finished weights whose answers a training learns beside its labels (Hinton et al., 2015, arXiv 1503.02531).

A small network learns so what a large one, a mean of several, or one with more looks at a picture has learnt.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import torch
import torch.nn.functional as F

from mgcda_core.deploy.runtimes.pytorch_runtime import fuse_batch_normalisation
from mgcda_core.deploy.weights import load_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.layers import resize_as
from mgcda_core.networks.outputs import Outputs
from mgcda_core.networks.scales import at_scales
from mgcda_core.training.stages import Loss

TAUGHT: frozenset[Loss] = frozenset({"anomaly", "segmentation"})
"""The losses that a teacher has an answer to; it draws no pictures for a synthesis to learn from."""


class Teacher:
    """The network of a weights file, with all the looks that its card asks for; it learns nothing.

    architecture: of the network that it teaches. Raises WeightsError where the file cannot be used, and ValueError
    where its classes are others.
    """

    def __init__(self, weights: Path, architecture: Architecture, device: torch.device) -> None:
        network, card = load_weights(weights)
        if card.architecture.classes != architecture.classes:
            raise ValueError(
                f"teacher: {weights} has the classes {card.architecture.classes}, the network that learns "
                f"{architecture.classes}; they must be the same"
            )
        network = fuse_batch_normalisation(network).requires_grad_(False)
        self.network = network.to(device=device, memory_format=torch.channels_last)
        self.scales = card.scales

    @torch.no_grad()
    def answer(self, image: torch.Tensor, swapped: torch.Tensor) -> Outputs:
        """Return the teacher's outputs; image and swapped as AnomalyNetwork.forward() has them."""
        return at_scales(self.network, image, self.scales, swapped)


def teacher_loss(ours: Outputs, theirs: Outputs, learns: Collection[str]) -> torch.Tensor:
    """Return how far our answers are from the teacher's, a scalar, 0 where they are equal.

    learns: of anomaly, 2 x the divergence of the probabilities + 0.5 x their dice loss, weighted as in anomaly_loss()
    and over all pixels, those without labels too; of segmentation, the divergence of the class probabilities. Both are
    Kullback and Leibler's, of ours from the teacher's, averaged over pixels. Other losses count for nothing.
    """
    parts = [ours.anomaly_logits.new_zeros(())]
    if "anomaly" in learns:
        logits = ours.anomaly_logits.float()
        target = torch.sigmoid(resize_as(theirs.anomaly_logits.float(), logits))
        entropy = F.binary_cross_entropy(target, target)
        divergence = F.binary_cross_entropy_with_logits(logits, target) - entropy
        probability = logits.sigmoid()
        shared, squares = (probability * target).sum(), probability.square().sum() + target.square().sum()
        parts.append(2 * divergence + 0.5 * (1 - (2 * shared + 1) / (squares + 1)))
    if "segmentation" in learns:
        classes = ours.segmentation_logits.float().log_softmax(dim=1)
        told = resize_as(theirs.segmentation_logits.float(), classes).log_softmax(dim=1)
        parts.append(F.kl_div(classes, told, reduction="none", log_target=True).sum(dim=1).mean())
    return torch.stack(parts).sum()
