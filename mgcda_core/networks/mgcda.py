"""The three networks composed: what runs on the vehicle, and nothing of the alignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from mgcda_core.networks.backbone import Backbone
from mgcda_core.networks.dissimilarity import DissimilarityNetwork
from mgcda_core.networks.layers import resize_as
from mgcda_core.networks.segmentation import SegmentationDecoder
from mgcda_core.networks.synthesis import SynthesisNetwork
from mgcda_core.networks.uncertainty import perceptual_difference, softmax_distance, softmax_entropy


@dataclass(frozen=True)
class Architecture:
    """Everything needed to build the network again; the weights card carries it.

    backbone: a timm name. classes: names of the semantic classes, index = label. mean and std: the
    normalisation that the backbone's weights expect, of RGB in [0, 1]. The widths are channels.
    """

    backbone: str = "efficientnet_lite0"
    classes: tuple[str, ...] = ()
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    segmentation_width: int = 48
    synthesis_widths: tuple[int, ...] = (64, 48, 32)
    dissimilarity_width: int = 64
    map_width: int = 24


class Outputs(NamedTuple):
    """What one pass gives, at a quarter of the input's resolution (h = ceil(H / 4)), float.

    anomaly_logits (B, 1, h, w); segmentation_logits (B, C, h, w); uncertainty (B, 3, h, w) in [0, 1]: entropy,
    distance, perceptual; reconstruction (B, 3, 2h, 2w), RGB in [0, 1].
    """

    anomaly_logits: torch.Tensor
    segmentation_logits: torch.Tensor
    uncertainty: torch.Tensor
    reconstruction: torch.Tensor


class MGCDA(nn.Module):
    """Segmentation, synthesis and dissimilarity on one shared encoder.

    The encoder is shared by all three (choice): SynBoost feeds its discriminator from networks that know nothing
    of each other and pays for four encoders; on a CPU one is what we can afford. The reconstruction is encoded at
    half the picture's resolution, which is all the detail that a synthesised picture has.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        if len(architecture.classes) < 2:
            raise ValueError(f"classes {architecture.classes!r}: a segmentation network needs two classes or more")
        self.architecture = architecture
        class_count = len(architecture.classes)
        self.register_buffer("mean", torch.tensor(architecture.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(architecture.std).view(1, 3, 1, 1), persistent=False)
        self.backbone = Backbone(architecture.backbone)
        self._levels = [i for i, stride in enumerate(self.backbone.strides) if stride >= 4]
        if not self._levels or self.backbone.strides[self._levels[0]] != 4:
            raise ValueError(
                f"backbone {architecture.backbone!r} has strides {self.backbone.strides}; one of stride 4 is needed"
            )
        channels = [self.backbone.channels[i] for i in self._levels]
        self.segmentation = SegmentationDecoder(channels, class_count, width=architecture.segmentation_width)
        self.synthesis = SynthesisNetwork(class_count, widths=architecture.synthesis_widths)
        self.dissimilarity = DissimilarityNetwork(
            channels, class_count, width=architecture.dissimilarity_width, map_width=architecture.map_width
        )

    def encode(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Return the encoder's features from stride 4 on for RGB (B, 3, H, W) in [0, 1]."""
        features = self.backbone((image - self.mean) / self.std)
        return [features[i] for i in self._levels]

    def forward(self, image: torch.Tensor) -> Outputs:
        """Run the three networks on RGB float (B, 3, H, W) in [0, 1]; H and W need not be multiples of anything.

        Each network learns from its own loss only: what the dissimilarity network is told of the other two
        (semantic map, reconstruction, uncertainty) carries no gradient back to them, as in the reference.
        """
        features = self.encode(image)
        segmentation_logits = self.segmentation(features)
        probabilities = segmentation_logits.detach().softmax(dim=1)
        semantics = F.one_hot(probabilities.argmax(dim=1), probabilities.shape[1])
        semantics = semantics.permute(0, 3, 1, 2).to(probabilities.dtype)
        reconstruction = self.synthesis(semantics)
        with torch.no_grad():
            coarse = self.encode(reconstruction)
            reconstruction_features = [resize_as(theirs, ours) for theirs, ours in zip(coarse, features, strict=True)]
            uncertainty = torch.cat(
                [
                    softmax_entropy(probabilities),
                    softmax_distance(probabilities),
                    perceptual_difference(features, reconstruction_features),
                ],
                dim=1,
            )
        anomaly_logits = self.dissimilarity(features, reconstruction_features, semantics, uncertainty)
        return Outputs(anomaly_logits, segmentation_logits, uncertainty, reconstruction)
