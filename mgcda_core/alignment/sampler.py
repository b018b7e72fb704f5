"""Which pixels the contrastive loss looks at: a few per picture and class, so that rare anomalies are not drowned."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F


class Pixels(NamedTuple):
    """Chosen pixels, int64 (N,) each but the last: picture number, flat index into (h, w); anomalous bool (N,)."""

    picture: torch.Tensor
    index: torch.Tensor
    anomalous: torch.Tensor

    def vectors(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Return the embeddings (N, E) of these pixels from (B, E, h, w)."""
        return embeddings.flatten(2)[self.picture, :, self.index]


def labels_at(labels: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    """Return labels (B, H, W) at the size of features (B, C, h, w), int64, the nearest one each."""
    return F.interpolate(labels[:, None].float(), size=features.shape[-2:], mode="nearest")[:, 0].long()


def sample_pixels(
    labels: torch.Tensor,
    *,
    per_class: int,
    generator: torch.Generator,
    probability: torch.Tensor | None = None,
    hard_share: float = 1.0,
) -> Pixels:
    """Draw up to per_class pixels of each class from each picture, at random.

    With probability given, misclassified pixels come first (anomalous below 0.5, normal at 0.5 and above), up to
    hard_share of per_class, and any others fill what is left: the paper's anomaly-aware sampling.

    labels: (B, h, w), 0 normal, 1 anomalous, anything else is never drawn. probability: P(anomaly), float (B, h, w).
    generator: on the CPU, so that the draw does not depend on the device.
    """
    pictures: list[torch.Tensor] = []
    indices: list[torch.Tensor] = []
    classes: list[torch.Tensor] = []
    flat = labels.flatten(1)
    # A second order for the rest: wrong pixels that were not among the first stand late in the order that chose those.
    order, rest_order = torch.rand((2, *flat.shape), generator=generator).to(flat.device)
    wrong = torch.zeros_like(flat, dtype=torch.bool)
    if probability is not None:
        wrong = (probability.flatten(1) >= 0.5) != (flat == 1)
    hard_count = round(hard_share * per_class)
    for picture, values in enumerate(flat):
        for anomalous in (False, True):
            candidates = torch.nonzero(values == int(anomalous))[:, 0]
            candidates = candidates[order[picture, candidates].argsort()]
            is_wrong = wrong[picture, candidates]
            first = is_wrong & (is_wrong.cumsum(dim=0) <= hard_count)
            rest = candidates[~first]
            rest = rest[rest_order[picture, rest].argsort()]
            chosen = torch.cat([candidates[first], rest])[:per_class]
            indices.append(chosen)
            pictures.append(torch.full_like(chosen, picture))
            classes.append(torch.full_like(chosen, anomalous, dtype=torch.bool))
    return Pixels(torch.cat(pictures), torch.cat(indices), torch.cat(classes))
