"""MDAT: multi-source domain adversarial training, at the scene level (MGCDA; method.md section 3)."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from mgcda_core.alignment.domain_classifier import DomainClassifier
from mgcda_core.alignment.gradient_reversal import reversal_ramp, reverse_gradient
from mgcda_core.alignment.label_smoothing import DomainLabels, Smoothing


class DomainAnswer(NamedTuple):
    """Of one classifier on one batch: cross-entropy with the smoothed targets, and accuracy in [0, 1]; scalars.

    A batch of one domain, which cannot be told from another, has loss 0 with a gradient, and no accuracy (NaN).
    """

    loss: torch.Tensor
    accuracy: torch.Tensor


class DomainAnswers(NamedTuple):
    """Of the feature and of the output domain classifier."""

    feature: DomainAnswer
    output: DomainAnswer


class MDAT(nn.Module):
    """A feature and an output domain classifier behind gradient reversal.

    Two stages, because what reaches the encoder from the decoder's end alone has faded through the depth.
    """

    def __init__(
        self,
        fused_channels: int,
        decoded_channels: int,
        domain_count: int,
        *,
        smoothing: Smoothing = "dynamic",
        smoothing_amount: float = 0.1,
        accuracy_decay: float = 0.995,
        steepness: float = 10.0,
    ) -> None:
        super().__init__()
        self.steepness = steepness
        self.feature_classifier = DomainClassifier(fused_channels, domain_count)
        self.output_classifier = DomainClassifier(decoded_channels, domain_count, stride=2)
        settings = {"amount": smoothing_amount, "decay": accuracy_decay}
        self.feature_labels = DomainLabels(domain_count, smoothing, **settings)
        self.output_labels = DomainLabels(domain_count, smoothing, **settings)

    def forward(
        self,
        fused: torch.Tensor,
        decoded: torch.Tensor,
        domains: torch.Tensor,
        progress: float,
        *,
        feature_weight: float = 1.0,
        output_weight: float = 1.0,
    ) -> DomainAnswers:
        """Return both answers; the classifiers learn from them at full rate, the network at minus the weights.

        fused: (B, fused_channels, h, w); decoded: (B, decoded_channels, h', w'). domains: int64 (B,).
        progress: share of the training that is done, in [0, 1]; the reversal grows with it from 0.
        The weights (a and b of method.md) multiply what is reversed, not the loss: at 0 the classifiers still learn
        and watch, and the network does not hear of them.
        """
        ramp = reversal_ramp(progress, steepness=self.steepness)
        feature = self.feature_classifier(reverse_gradient(fused.float(), ramp * feature_weight))
        output = self.output_classifier(reverse_gradient(decoded.float(), ramp * output_weight))
        return DomainAnswers(_judge(feature, domains, self.feature_labels), _judge(output, domains, self.output_labels))


def _judge(logits: torch.Tensor, domains: torch.Tensor, labels: DomainLabels) -> DomainAnswer:
    if bool((domains == domains[0]).all()):
        return DomainAnswer(logits.sum() * 0, logits.new_tensor(float("nan")))
    loss = F.cross_entropy(logits, labels.targets(domains))
    accuracy = (logits.argmax(dim=1) == domains).float().mean()
    labels.observe(accuracy)
    return DomainAnswer(loss, accuracy)
