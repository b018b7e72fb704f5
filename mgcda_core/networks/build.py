"""From an architecture to its network, and the architectures that have a name."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.direct import Direct
from mgcda_core.networks.mgcda import MGCDA
from mgcda_core.networks.outputs import AnomalyNetwork

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

NAMED: dict[str, Architecture] = {
    "lite": Architecture(),
    "direct": Architecture(kind="direct"),
    "reference": Architecture(
        backbone="vgg16",
        strides=(1, 2, 4, 8),
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        segmentation="separate",
        segmentation_backbone="resnet50",
        segmentation_width=256,
        synthesis="spade",
        synthesis_widths=(1024, 1024, 512, 256, 128, 64),
        dissimilarity="reference",
        uncertainty_scale="per_image",
        perceptual_backbone="vgg19",
    ),
}
"""lite: the shipped weights'. direct: the same without synthesis. reference: SynBoost's, with a ResNet-50 pyramid where
it has WideResNet-38 and a SPADE generator where it has CC-FPSE: what it is fed by, not what it is."""


def build_network(architecture: Architecture, folder: Path = Path()) -> AnomalyNetwork:
    """Return the network, with random weights; folder: where the files of a user's own networks lie.

    Raises ValueError where the architecture cannot be built, with the field's name and value.
    """
    return Direct(architecture) if architecture.kind == "direct" else MGCDA(architecture, folder)
