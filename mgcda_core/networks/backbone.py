"""An image encoder: any timm backbone that can give feature maps of several strides."""

from __future__ import annotations

from collections.abc import Sequence

import timm
import torch
from torch import nn


class Backbone(nn.Module):
    """A timm backbone that returns its feature pyramid, finest level first.

    Channels and strides come from the backbone itself (method.md: "works with various
    architectures"). Nothing is downloaded: weights are random until a file is loaded.

    name: a timm model name. strides: of the levels wanted, rising; None: all that the backbone has.
    Raises ValueError where timm does not know the name, or the backbone lacks one of the strides.
    """

    def __init__(self, name: str, strides: Sequence[int] | None = None) -> None:
        super().__init__()
        if not timm.is_model(name):
            raise ValueError(
                f"backbone {name!r} is not a timm model; timm.list_models() lists {len(timm.list_models())} of them"
            )
        self.name = name
        try:
            features = timm.create_model(name, pretrained=False, features_only=True)
        except (RuntimeError, AttributeError, AssertionError) as error:
            raise ValueError(
                f"backbone {name!r} gives no feature pyramid ({error}); take a convolutional one"
            ) from None
        if getattr(features, "output_fmt", "NCHW") != "NCHW":
            raise ValueError(f"backbone {name!r} gives {features.output_fmt} features; take a convolutional one")
        available = tuple(features.feature_info.reduction())
        wanted = available if strides is None else tuple(strides)
        if not wanted or list(wanted) != sorted(set(wanted)) or not set(wanted) <= set(available):
            raise ValueError(
                f"strides {wanted} are not allowed for backbone {name!r}; choose, rising, from {available}"
            )
        indices = tuple(available.index(stride) for stride in wanted)
        if indices != tuple(range(len(available))):
            features = timm.create_model(name, pretrained=False, features_only=True, out_indices=indices)
            _drop_unused_stages(features)
        self.features = features
        self.channels: tuple[int, ...] = tuple(features.feature_info.channels())
        self.strides: tuple[int, ...] = wanted

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


def _drop_unused_stages(features: nn.Module) -> None:
    """Cut the stages behind the last level off, which timm's EfficientNet family would still compute."""
    stages = getattr(features, "blocks", None)
    last = features.feature_info.module_name()[-1]
    if isinstance(stages, nn.Sequential) and last.startswith("blocks."):
        features.blocks = stages[: int(last.split(".")[1]) + 1]
