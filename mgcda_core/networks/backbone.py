"""An image encoder: any timm backbone that can give feature maps of several strides."""

from __future__ import annotations

import timm
import torch
from torch import nn


class Backbone(nn.Module):
    """A timm backbone that returns its feature pyramid, finest level first.

    Channels and strides come from the backbone itself (method.md: "works with various
    architectures"). Nothing is downloaded: weights are random until a file is loaded.

    name: a timm model name. Raises ValueError where timm does not know it.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        if not timm.is_model(name):
            raise ValueError(
                f"backbone {name!r} is not a timm model; timm.list_models() lists {len(timm.list_models())} of them"
            )
        self.name = name
        self.features = timm.create_model(name, pretrained=False, features_only=True)
        self.channels: tuple[int, ...] = tuple(self.features.feature_info.channels())
        self.strides: tuple[int, ...] = tuple(self.features.feature_info.reduction())

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Return one (B, channels[i], ceil(H / strides[i]), ceil(W / strides[i])) map per level.

        image: float (B, 3, H, W), normalised as the weights of the backbone expect.
        """
        return self.features(image)

    def train(self, mode: bool = True) -> Backbone:
        """Keep batch normalisation on its ImageNet statistics: batches here are too small and too alike."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self
