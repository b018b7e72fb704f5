"""The network as it is deployed: a picture of bytes goes in, calibrated probability and classes come out."""

from __future__ import annotations

import torch
from torch import nn

from mgcda_core.deploy.weights import Card
from mgcda_core.networks.outputs import AnomalyNetwork, Outputs
from mgcda_core.networks.scales import at_scales


def calibrated(outputs: Outputs, card: Card) -> torch.Tensor:
    """Return the calibrated anomaly probability, float32 (B, h, w); NaN where the network's answer is no number."""
    logits = outputs.anomaly_logits[:, 0].float()
    probability = (logits * card.calibration.scale + card.calibration.bias).sigmoid()
    # The sigmoid of infinity is a number: it would pass for an answer.
    return torch.where(logits.abs() < torch.inf, probability, torch.nan)


def classes(outputs: Outputs) -> torch.Tensor:
    """Return the most likely class of each pixel, uint8 (B, h', w')."""
    return outputs.segmentation_logits.argmax(dim=1).to(torch.uint8)


class DeployedNetwork(nn.Module):
    """What an exported file holds: everything between the picture at the network's size and the two maps.

    Scaling to [0, 1], the normalisation, all looks of the card, softmax, uncertainty and calibration are in it.
    """

    def __init__(self, network: AnomalyNetwork, card: Card) -> None:
        super().__init__()
        self.network, self.card = network, card

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return probability, float32 (B, h, w), and classes, uint8 (B, h', w'), of RGB uint8 (B, H, W, 3)."""
        image = picture.permute(0, 3, 1, 2).float() / 255
        outputs = at_scales(self.network, image, self.card.scales)
        return calibrated(outputs, self.card), classes(outputs)
