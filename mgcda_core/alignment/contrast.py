"""Cross-domain InfoNCE: same class, other domain together; other class, same domain apart (method.md section 4)."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F

MASKED = -1e4
"""Stands for minus infinity, whose gradient is NaN; similarities over temperature stay far above."""


class Embedded(NamedTuple):
    """Unit vectors float (N, E), whether each is of class anomalous, bool (N,), and its domain number, int64 (N,)."""

    vectors: torch.Tensor
    anomalous: torch.Tensor
    domain: torch.Tensor


def contrastive_loss(
    anchors: Embedded, positives: Embedded, negatives: Embedded, *, temperature: float = 0.1
) -> torch.Tensor:
    """Return the mean InfoNCE over anchors, a scalar.

    The positives of an anchor are those of its class from other domains, each set against all negatives: those of the
    other class from its own domain. An anchor that lacks either does not count; where none counts (a class is empty,
    there is one domain) the loss is zero, with a gradient of zero.
    """
    same_class = anchors.anomalous[:, None] == positives.anomalous[None]
    is_positive = same_class & (anchors.domain[:, None] != positives.domain[None])
    is_negative = anchors.anomalous[:, None] != negatives.anomalous[None]
    is_negative &= anchors.domain[:, None] == negatives.domain[None]
    counts = is_positive.any(dim=1) & is_negative.any(dim=1)
    if not bool(counts.any()):
        return anchors.vectors.sum() * 0
    towards = anchors.vectors[counts] @ positives.vectors.T / temperature
    away = anchors.vectors[counts] @ negatives.vectors.T / temperature
    against = away.masked_fill(~is_negative[counts], MASKED).logsumexp(dim=1, keepdim=True)
    each = F.softplus(against - towards) * is_positive[counts]
    return (each.sum(dim=1) / is_positive[counts].sum(dim=1)).mean()


def domain_prototypes(embeddings: torch.Tensor, labels: torch.Tensor, domains: torch.Tensor) -> Embedded:
    """Return the normalised mean vector of each class in each domain that has pixels of it.

    embeddings: float (B, E, h, w). labels: (B, h, w), 0 normal, 1 anomalous, others left out. domains: int64 (B,).
    """
    vectors: list[torch.Tensor] = []
    anomalous: list[bool] = []
    numbers: list[int] = []
    for domain in domains.unique().tolist():
        here = domains == domain
        pixels = embeddings[here].permute(0, 2, 3, 1)
        for value in (0, 1):
            members = pixels[labels[here] == value]
            if len(members):
                vectors.append(F.normalize(members.mean(dim=0), dim=0))
                anomalous.append(bool(value))
                numbers.append(domain)
    width, device = embeddings.shape[1], embeddings.device
    return Embedded(
        torch.stack(vectors) if vectors else embeddings.new_zeros((0, width)),
        torch.tensor(anomalous, dtype=torch.bool, device=device),
        torch.tensor(numbers, dtype=torch.int64, device=device),
    )
