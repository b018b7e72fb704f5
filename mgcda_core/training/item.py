"""A sample as the tensors that a training takes."""

from __future__ import annotations

import numpy as np
import torch

from mgcda_core.domains.sample import NOT_SWAPPED, Sample

Item = tuple[torch.Tensor, torch.Tensor, torch.Tensor, int, torch.Tensor]


def item_of(sample: Sample, domain: int) -> Item:
    """Return image float (3, H, W) in [0, 1], allowed classes int32 (H, W), anomaly uint8 (H, W), domain, swapped.

    swapped: uint8 (H, W), classes that pixels are told to be, 255 where there are none.
    """
    image, allowed, anomaly = (
        torch.from_numpy(np.ascontiguousarray(array)) for array in (sample.image, sample.allowed, sample.anomaly)
    )
    if sample.swapped is None:
        swapped = torch.full_like(anomaly, NOT_SWAPPED)
    else:
        swapped = torch.from_numpy(np.ascontiguousarray(sample.swapped))
    return image.permute(2, 0, 1).float() / 255, allowed, anomaly, domain, swapped
