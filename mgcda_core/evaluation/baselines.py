"""What any segmentation network says of anomalies without having learned of them: the scores to compare with."""

from __future__ import annotations

from collections.abc import Callable

import torch

from mgcda_core.networks.uncertainty import softmax_entropy


def max_softmax(logits: torch.Tensor) -> torch.Tensor:
    """Return 1 - the largest class probability, (B, 1, H, W) in [0, 1] (Hendrycks and Gimpel, ICLR 2017)."""
    return 1 - logits.softmax(dim=1).amax(dim=1, keepdim=True)


def max_logit(logits: torch.Tensor) -> torch.Tensor:
    """Return minus the largest class logit, (B, 1, H, W), unbounded (Hendrycks et al., ICML 2022)."""
    return -logits.amax(dim=1, keepdim=True)


def entropy(logits: torch.Tensor) -> torch.Tensor:
    """Return the softmax entropy over ln C, (B, 1, H, W) in [0, 1]."""
    return softmax_entropy(logits.softmax(dim=1))


def energy(logits: torch.Tensor) -> torch.Tensor:
    """Return minus the log of the summed exponentials, (B, 1, H, W), unbounded (Liu et al., NeurIPS 2020)."""
    return -logits.logsumexp(dim=1, keepdim=True)


BASELINES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "max softmax": max_softmax,
    "max logit": max_logit,
    "entropy": entropy,
    "energy": energy,
}
"""By name: class logits, float (B, C, H, W), to a score, higher is more anomalous.

A user's network that gives probabilities has logits whose exponentials sum to 1: its energy is 0 everywhere.
"""
