"""MDAT and CACL together, as the training loop uses them; nothing of this is in the saved weights."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from mgcda_core.alignment.cacl import CACL
from mgcda_core.alignment.mdat import MDAT
from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.networks.outputs import AnomalyNetwork, Outputs


class AlignmentStep(NamedTuple):
    """loss: to add to the networks' own, a scalar. parts: for the log, by name."""

    loss: torch.Tensor
    parts: dict[str, float]


class Alignment(nn.Module):
    """Looks at two feature maps of any AnomalyNetwork; the network itself knows nothing of it.

    network: read for its channels only. domain_count: two or more where domains are used.
    """

    def __init__(self, settings: AlignmentSettings, network: AnomalyNetwork, domain_count: int) -> None:
        super().__init__()
        self.settings = settings
        self.mdat: MDAT | None = None
        self.cacl: CACL | None = None
        if settings.uses_domains:
            self.mdat = MDAT(
                network.fused_channels,
                network.decoded_channels,
                domain_count,
                smoothing=settings.smoothing,
                smoothing_amount=settings.smoothing_amount,
                accuracy_decay=settings.accuracy_decay,
                steepness=settings.steepness,
            )
        if settings.uses_contrast:
            self.cacl = CACL(
                network.decoded_channels,
                strategy=settings.strategy,
                per_class=settings.per_class,
                hard_share=settings.hard_share,
                temperature=settings.temperature,
                width=settings.width,
            )

    def forward(
        self,
        outputs: Outputs,
        anomaly: torch.Tensor,
        domains: torch.Tensor,
        progress: float,
        generator: torch.Generator,
    ) -> AlignmentStep:
        """Return the weighted sum of what the settings ask for.

        anomaly: (B, H, W), 0 normal, 1 anomalous, 255 ignored. domains: int64 (B,). progress: in [0, 1].
        """
        settings = self.settings
        loss = outputs.decoded.new_zeros((), dtype=torch.float32)
        parts: dict[str, float] = {}
        if self.mdat is not None:
            answers = self.mdat(
                outputs.fused,
                outputs.decoded,
                domains,
                progress,
                feature_weight=settings.feature_weight,
                output_weight=settings.output_weight,
            )
            for name, answer in answers._asdict().items():
                loss = loss + answer.loss
                parts |= {f"domain_{name}": float(answer.loss.detach()), f"accuracy_{name}": float(answer.accuracy)}
        if self.cacl is not None:
            watched = settings.contrast_weight == 0
            decoded = outputs.decoded.detach() if watched else outputs.decoded
            contrast = self.cacl(decoded, outputs.anomaly_logits, anomaly, domains, generator)
            loss = loss + contrast * (1.0 if watched else settings.contrast_weight)
            parts["contrast"] = float(contrast.detach())
        return AlignmentStep(loss, parts)
