"""CACL: cross-domain anomaly-aware contrastive learning, at the level of single pixels (MGCDA; method.md section 4)."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import nn

from mgcda_core.alignment.contrast import Embedded, contrastive_loss, domain_prototypes
from mgcda_core.alignment.projector import Projector
from mgcda_core.alignment.sampler import Pixels, labels_at, sample_pixels

Strategy = Literal["anomaly_aware", "random", "hard_negative", "prototype"]

POOL = 4
"""hard_negative chooses its negatives from this many times as many."""


class CACL(nn.Module):
    """Projects the decoder's features and contrasts a sample of their pixels across domains.

    strategy: anomaly_aware, anchors and negatives drawn first from misclassified pixels, up to hard_share of them;
    random; hard_negative, the negatives that look most like an anchor; prototype, class means per domain as positives
    and negatives. per_class: pixels per picture and class. temperature: 0.07 to 0.2 is usual.
    """

    def __init__(
        self,
        decoded_channels: int,
        *,
        strategy: Strategy = "anomaly_aware",
        per_class: int = 64,
        hard_share: float = 0.5,
        temperature: float = 0.1,
        width: int = 128,
    ) -> None:
        super().__init__()
        if strategy not in get_args(Strategy):
            raise ValueError(f"strategy {strategy!r} is not allowed; it must be one of {get_args(Strategy)}")
        if per_class < 1:
            raise ValueError(f"per_class {per_class} is not allowed; it must be 1 or more")
        if not 0.01 <= temperature <= 10:
            raise ValueError(f"temperature {temperature} is not allowed; it must lie in 0.01 to 10")
        if not 0 <= hard_share <= 1:
            raise ValueError(f"hard_share {hard_share} is not allowed; it must lie in 0 to 1")
        self.strategy, self.per_class, self.temperature = strategy, per_class, temperature
        self.hard_share = hard_share
        self.projector = Projector(decoded_channels, width=width)

    def forward(
        self,
        decoded: torch.Tensor,
        logits: torch.Tensor,
        labels: torch.Tensor,
        domains: torch.Tensor,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """Return the contrastive loss, a scalar; zero with a gradient where there is nothing to contrast.

        decoded: (B, decoded_channels, h, w). logits: anomaly logits (B, 1, h, w). labels: (B, H, W), 0 normal,
        1 anomalous, 255 ignored; the nearest one counts. domains: int64 (B,). generator: of the draw, on the CPU.
        """
        # In single precision whatever surrounds it: exp(1 / 0.07) is beyond what half precision can hold.
        with torch.autocast(decoded.device.type, enabled=False):
            embeddings = self.projector(decoded.float())
            small = labels_at(labels, decoded)
            anchors, positives, negatives = self._choose(embeddings, logits.detach(), small, domains, generator)
            return contrastive_loss(anchors, positives, negatives, temperature=self.temperature)

    def _choose(
        self,
        embeddings: torch.Tensor,
        logits: torch.Tensor,
        labels: torch.Tensor,
        domains: torch.Tensor,
        generator: torch.Generator,
    ) -> tuple[Embedded, Embedded, Embedded]:
        def draw(per_class: int, probability: torch.Tensor | None = None) -> Pixels:
            return sample_pixels(
                labels,
                per_class=per_class,
                generator=generator,
                probability=probability,
                hard_share=self.hard_share,
            )

        def embedded(pixels: Pixels) -> Embedded:
            return Embedded(pixels.vectors(embeddings), pixels.anomalous, domains[pixels.picture])

        if self.strategy == "anomaly_aware":
            hard = embedded(draw(self.per_class, logits[:, 0].float().sigmoid()))
            return hard, embedded(draw(self.per_class)), hard
        anchors = embedded(draw(self.per_class))
        if self.strategy == "prototype":
            prototypes = domain_prototypes(embeddings, labels, domains)
            return anchors, prototypes, prototypes
        if self.strategy == "hard_negative":
            pool = draw(POOL * self.per_class)
            return anchors, anchors, embedded(hardest(pool, embedded(pool), anchors, self.per_class))
        return anchors, anchors, anchors


@torch.no_grad()
def hardest(pool: Pixels, embedded: Embedded, anchors: Embedded, per_class: int) -> Pixels:
    """Return, per picture and class, the per_class pixels of pool most similar to an anchor that they are negative to.

    embedded: the pool's vectors, in its order.
    """
    opposed = anchors.anomalous[:, None] != embedded.anomalous[None]
    opposed &= anchors.domain[:, None] == embedded.domain[None]
    similarity = (anchors.vectors @ embedded.vectors.T).masked_fill(~opposed, -2.0)
    hardness = similarity.amax(dim=0) if len(anchors.vectors) else similarity.new_zeros(similarity.shape[1])
    chosen: list[torch.Tensor] = []
    for picture in pool.picture.unique():
        for anomalous in (False, True):
            members = torch.nonzero((pool.picture == picture) & (pool.anomalous == anomalous))[:, 0]
            chosen.append(members[hardness[members].argsort(descending=True)[:per_class]])
    rows = torch.cat(chosen) if chosen else pool.picture
    return Pixels(pool.picture[rows], pool.index[rows], pool.anomalous[rows])
