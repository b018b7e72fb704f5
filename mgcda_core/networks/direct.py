"""Kind direct: segmentation and anomaly heads on one encoder, no synthesis; for vehicles with little compute."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.outputs import AnomalyNetwork, Outputs
from mgcda_core.networks.pyramid import PyramidDecoder


class Direct(AnomalyNetwork):
    """The same encoder and segmentation as the shipped network, and an anomaly head that sees the picture alone."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__(architecture)
        channels, width = self.backbone.channels, architecture.segmentation_width
        settings = {"width": width, "convolutions": architecture.convolutions}
        self.segmentation = PyramidDecoder(channels, len(architecture.classes), **settings)
        self.anomaly = PyramidDecoder(channels, 1, **settings)
        self.fused_channels = self.decoded_channels = width

    def learned_parts(self) -> Mapping[str, tuple[str, ...]]:
        """Return which loss trains which child; the encoder belongs to the segmentation."""
        return {"segmentation": ("backbone", "segmentation"), "anomaly": ("anomaly",)}

    def forward(self, image: torch.Tensor, swapped: torch.Tensor | None = None) -> Outputs:
        """Return Outputs for RGB float (B, 3, H, W) in [0, 1]; uncertainty and reconstruction are None.

        swapped changes nothing: without a reconstruction there is nothing for a picture to disagree with.
        """
        features = self.encode(image)
        anomaly = self.anomaly(features)
        return Outputs(anomaly.logits, self.segmentation(features).logits, anomaly.fused, anomaly.decoded)
