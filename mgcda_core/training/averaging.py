"""The moving average of the weights, which is what is validated, handed on and saved."""

from __future__ import annotations

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mgcda_core.networks.outputs import AnomalyNetwork


def start_average(network: AnomalyNetwork, decay: float) -> AveragedModel:
    """Return the average of a network that takes its first step next: the weights after that step, then decaying."""
    return AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=False)


@torch.no_grad()
def averaged_network(average: AveragedModel, network: AnomalyNetwork) -> AnomalyNetwork:
    """Return the averaged weights in evaluation mode, with the batch statistics of the network they came from."""
    result: AnomalyNetwork = average.module
    buffers = dict(network.named_buffers())
    for name, buffer in result.named_buffers():
        buffer.copy_(buffers[name])
    return result.eval()
