"""Pictures to the network's size on a GPU, to the same bytes as on the host.

A network that is told classes answers otherwise where a byte differs by one and a class with it: by up to 0.09 on
ObstacleTrack's pictures, where PyTorch's own bilinear scaling stood here.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from mgcda_core.deploy.resizing import can_be_halved

ONE = 2048
"""OpenCV's weights of a byte are multiples of 1 / 2048."""


def shrunk_on_device(picture: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Return what resizing.shrink makes of a picture: uint8 (3, H, W) at size (height, width), uint8 too."""
    height, width = size
    if tuple(picture.shape[-2:]) == size:
        return picture
    while can_be_halved(picture.shape[-2], picture.shape[-1], (width, height)):
        picture = (F.avg_pool2d(picture[None].float(), 2)[0] + 0.5).to(torch.uint8)
    if tuple(picture.shape[-2:]) == size:
        return picture
    if picture.shape[-1] > 2 * width or picture.shape[-2] > 2 * height:
        rows, columns = (
            area_weights(had, wanted, picture.device) for had, wanted in zip(picture.shape[-2:], size, strict=True)
        )
        return (rows @ picture.float() @ columns.T).round().to(torch.uint8)
    return _bilinear(picture, size)


def _bilinear(picture: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    left, right, left_share, right_share = _neighbours(picture.shape[-1], size[1], picture.device)
    values = picture.int()
    across = values[..., left] * left_share + values[..., right] * right_share
    upper, lower, upper_share, lower_share = _neighbours(picture.shape[-2], size[0], picture.device)
    # Cut off twice on the way back to bytes, as OpenCV does to stay within 16 bits.
    across = across >> 4
    above = (across[..., upper, :] * upper_share[:, None]) >> 16
    below = (across[..., lower, :] * lower_share[:, None]) >> 16
    return ((above + below + 2) >> 2).clamp(0, 255).to(torch.uint8)


def _neighbours(had: int, wanted: int, device: torch.device) -> tuple[torch.Tensor, ...]:
    """Return the numbers of every wanted pixel's two neighbours and their shares of ONE, int (wanted,) each."""
    places = torch.arange(wanted, dtype=torch.float64, device=device)
    centres = ((places + 0.5) * (had / wanted) - 0.5).float().clamp(0, had - 1)
    first = centres.floor()
    share = centres - first
    numbers = first.long()
    return (
        numbers,
        (numbers + 1).clamp_max(had - 1),
        ((1 - share) * ONE).round().int(),
        (share * ONE).round().int(),
    )


def area_weights(had: int, wanted: int, device: torch.device) -> torch.Tensor:
    """Return the matrix, float (wanted, had), that averages had pixels into fewer: each by the length that falls in."""
    edges = torch.arange(wanted + 1, dtype=torch.float64, device=device) * had / wanted
    pixels = torch.arange(had, dtype=torch.float64, device=device)
    upper = torch.minimum(edges[1:, None], pixels + 1)
    lower = torch.maximum(edges[:-1, None], pixels)
    return ((upper - lower).clamp_min(0) * wanted / had).float()
