"""The two building blocks that every decoder here is made of."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class ConvolutionBlock(nn.Sequential):
    """Convolution, batch normalisation, ReLU: (B, in, H, W) -> (B, out, ceil(H / stride), ceil(W / stride))."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int = 3, *, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )


class SeparableBlock(nn.Sequential):
    """A ConvolutionBlock of kernel 3 whose every filter has one 3x3 pattern, weighted per input channel.

    Blueprint separable convolution (Haase and Amthor, CVPR 2020, arXiv 2003.13549): a 1x1 convolution and a depthwise
    one, with an eighth of the multiply-adds at 64 channels.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, groups=out_channels, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )


DECODER_BLOCKS: dict[str, type[nn.Sequential]] = {"full": ConvolutionBlock, "separable": SeparableBlock}
"""What Architecture.convolutions names: the 3x3 convolutions of the decoders, which read and write the finest level."""


def resize_as(values: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """Resize (B, C, h, w) bilinearly to the height and width of reference (B, D, H, W)."""
    if values.shape[-2:] == reference.shape[-2:]:
        return values
    return F.interpolate(values, size=reference.shape[-2:], mode="bilinear", align_corners=False)
