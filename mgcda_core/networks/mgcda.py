"""Kind dissimilarity: the three networks composed. What runs on the vehicle, and nothing of the alignment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.backbone import Backbone
from mgcda_core.networks.dissimilarity import DissimilarityNetwork
from mgcda_core.networks.external import ExternalSegmentation, ExternalSynthesis
from mgcda_core.networks.layers import resize_as
from mgcda_core.networks.outputs import NOT_SWAPPED, AnomalyNetwork, Outputs
from mgcda_core.networks.pyramid import PyramidDecoder
from mgcda_core.networks.reference_dissimilarity import ReferenceDissimilarity
from mgcda_core.networks.segmentation import SegmentationNetwork
from mgcda_core.networks.spade_generator import SpadeGenerator
from mgcda_core.networks.synthesis import SynthesisNetwork
from mgcda_core.networks.top_down import TopDownDissimilarity
from mgcda_core.networks.uncertainty import uncertainty_maps

PERCEPTUAL_STAGES = 5
"""Of a perceptual backbone of its own, as in the reference: VGG19 from stride 1 to 16."""


class MGCDA(AnomalyNetwork):
    """Segmentation, synthesis and dissimilarity.

    By default one encoder is shared by all three (choice): SynBoost feeds its discriminator from networks that know
    nothing of each other and pays for four encoders; on a CPU one is what we can afford. The small generator's
    reconstruction is encoded at half the picture's resolution, which is all the detail that it has.

    folder: where the files of a user's own networks lie. Raises ValueError where they cannot be used.
    """

    uses_swapped = True

    def __init__(self, architecture: Architecture, folder: Path = Path()) -> None:
        super().__init__(architecture)
        class_count, channels, strides = len(architecture.classes), self.backbone.channels, architecture.strides
        self.segmentation: nn.Module
        decoder = {"width": architecture.segmentation_width, "convolutions": architecture.convolutions}
        if architecture.segmentation == "shared":
            self.segmentation = PyramidDecoder(channels, class_count, **decoder)
        elif architecture.segmentation == "separate":
            self.segmentation = SegmentationNetwork(architecture.segmentation_backbone, class_count, **decoder)
        else:
            self.segmentation = ExternalSegmentation(folder / architecture.segmentation_file, architecture.classes)
        self.synthesis: nn.Module
        if architecture.synthesis == "small":
            self.synthesis = SynthesisNetwork(class_count, widths=architecture.synthesis_widths)
        elif architecture.synthesis == "spade":
            # As fine as the picture where the finest level is, and never coarser than half of it.
            scale = max(1, strides[0] // 2)
            self.synthesis = SpadeGenerator(class_count, architecture.synthesis_widths, scale=scale)
        else:
            self.synthesis = ExternalSynthesis(folder / architecture.synthesis_file, architecture.classes)
        self.dissimilarity: TopDownDissimilarity
        if architecture.dissimilarity == "small":
            self.dissimilarity = DissimilarityNetwork(
                channels,
                class_count,
                width=architecture.dissimilarity_width,
                map_width=architecture.map_width,
                convolutions=architecture.convolutions,
            )
        else:
            self.dissimilarity = ReferenceDissimilarity(channels, strides, class_count)
        self.perceptual: Backbone | None = None
        if architecture.perceptual_backbone:
            strides = Backbone(architecture.perceptual_backbone).strides[:PERCEPTUAL_STAGES]
            self.perceptual = Backbone(architecture.perceptual_backbone, strides).requires_grad_(False)
        self.fused_channels = self.dissimilarity.fused_channels
        self.decoded_channels = self.dissimilarity.decoded_channels

    def learned_parts(self) -> Mapping[str, tuple[str, ...]]:
        """Return which loss trains which child; an encoder that the segmentation shares belongs to the segmentation.

        Trained by the anomaly alone it would leave the segmentation's decoder behind.
        """
        parts = {"segmentation": ("segmentation",), "synthesis": ("synthesis",), "anomaly": ("dissimilarity",)}
        owner = "segmentation" if self.architecture.segmentation == "shared" else "anomaly"
        parts[owner] = ("backbone", *parts[owner])
        finished = {name for name in ("segmentation", "synthesis") if getattr(self.architecture, name) == "file"}
        return {loss: names for loss, names in parts.items() if loss not in finished}

    def forward(self, image: torch.Tensor, swapped: torch.Tensor | None = None) -> Outputs:
        """Run the three networks on RGB float (B, 3, H, W) in [0, 1]; H and W need not be multiples of anything.

        Each network learns from its own loss only: what the dissimilarity network is told of the other two
        (semantic map, reconstruction, uncertainty) carries no gradient back to them, as in the reference.

        swapped: in training only, uint8 or int64 (B, H, W), class numbers, 255 where nothing is swapped. Semantic map,
        uncertainty and reconstruction are those of a network that is sure of the swapped class; the picture and the
        segmentation's logits stay, so that picture and reconstruction disagree exactly there.
        """
        features = self.encode(image)
        segmentation_logits = self._segment(image, features)
        probabilities = resize_as(segmentation_logits.detach(), features[0]).softmax(dim=1)
        if swapped is not None:
            probabilities = swap_classes(probabilities, swapped)
        semantics = F.one_hot(probabilities.argmax(dim=1), probabilities.shape[1])
        semantics = semantics.permute(0, 3, 1, 2).to(probabilities.dtype)
        reconstruction = self.synthesis(semantics)
        reconstruction_features = self._encode_reconstruction(reconstruction.detach(), image, features)
        with torch.no_grad():
            uncertainty = self._uncertainty(image, reconstruction, probabilities, (features, reconstruction_features))
        answer = self.dissimilarity(features, reconstruction_features, semantics, uncertainty)
        return Outputs(answer.logits, segmentation_logits, answer.fused, answer.decoded, uncertainty, reconstruction)

    def _segment(self, image: torch.Tensor, features: list[torch.Tensor]) -> torch.Tensor:
        if isinstance(self.segmentation, PyramidDecoder):
            return self.segmentation(features).logits
        if isinstance(self.segmentation, ExternalSegmentation):
            return self.segmentation(image)
        return self.segmentation(self.normalise(image))

    def _encode_reconstruction(
        self, reconstruction: torch.Tensor, image: torch.Tensor, features: list[torch.Tensor]
    ) -> list[torch.Tensor]:
        # In the reference the encoder sees both pictures alike and learns from both. In the small form it sees the
        # reconstruction at the size that it is drawn at, and learns from the real picture alone: half the cost.
        alike = self.architecture.dissimilarity == "reference"
        with torch.set_grad_enabled(torch.is_grad_enabled() and alike):
            coarse = self.encode(resize_as(reconstruction, image) if alike else reconstruction)
        return [resize_as(theirs, ours) for theirs, ours in zip(coarse, features, strict=True)]

    def _uncertainty(
        self,
        image: torch.Tensor,
        reconstruction: torch.Tensor,
        probabilities: torch.Tensor,
        pairs: tuple[list[torch.Tensor], list[torch.Tensor]],
    ) -> torch.Tensor:
        if self.perceptual is not None:
            ours = self.perceptual(self.normalise(image))
            theirs = self.perceptual(self.normalise(resize_as(reconstruction, image)))
            pairs = (ours, theirs)
        return uncertainty_maps(probabilities, *pairs, per_image=self.architecture.uncertainty_scale == "per_image")


def swap_classes(probabilities: torch.Tensor, swapped: torch.Tensor) -> torch.Tensor:
    """Return probabilities (B, C, h, w) with certainty of the swapped class where swapped (B, H, W) is not 255.

    The nearest pixel of swapped counts. Raises RuntimeError where it holds a class that is none of C (on a CPU).
    """
    nearest = F.interpolate(swapped[:, None].float(), size=probabilities.shape[-2:], mode="nearest").long()
    told = nearest != NOT_SWAPPED
    # Written into a copy, whose layout in memory is the original's: another layout would round differently.
    return probabilities.masked_fill(told, 0).scatter_add_(1, nearest.where(told, 0), told.to(probabilities.dtype))
