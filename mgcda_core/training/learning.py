"""What one training step computes, as one module: so that one gradient average over processes covers all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from mgcda_core.alignment.alignment import Alignment
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training.depthwise import depthwise_backward_in_float32
from mgcda_core.training.losses import judged_labels, total_loss
from mgcda_core.training.stages import Loss
from mgcda_core.training.teacher import Teacher, teacher_loss


class Batch(NamedTuple):
    """Items of the picture stream, stacked: image float (B, 3, H, W) in [0, 1], masks of allowed classes int32
    (B, H, W), anomaly uint8 (B, H, W), domains int64 (B,), swapped classes uint8 (B, H, W).
    """

    image: torch.Tensor
    masks: torch.Tensor
    anomaly: torch.Tensor
    domains: torch.Tensor
    swapped: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device, the pictures in the order of memory that convolutions like best."""
        image = self.image.to(device, memory_format=torch.channels_last, non_blocking=True)
        return Batch(image, *(values.to(device, non_blocking=True) for values in self[1:]))


class Learning(nn.Module):
    """The network, the alignment and the teacher where the stage has them, and the losses that the stage minimises.

    teacher_weight: of the teacher's loss, beside the labels'.
    """

    def __init__(
        self,
        network: AnomalyNetwork,
        alignment: Alignment | None,
        learns: Sequence[Loss],
        teacher: Teacher | None = None,
        teacher_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.network, self.alignment, self.learns = network, alignment, tuple(learns)
        self.teacher, self.teacher_weight = teacher, teacher_weight

    def forward(
        self, batch: Batch, progress: float, generator: torch.Generator
    ) -> tuple[torch.Tensor, dict[str, float]]:
        """Return the loss of a batch, a scalar, and its parts by name for the log.

        progress: share of the stage that is done, in [0, 1]. generator: of the alignment's draws, on the CPU.
        """
        with depthwise_backward_in_float32(batch.image.device):
            outputs = self.network(batch.image, batch.swapped)
        taught = None if self.teacher is None else self.teacher.answer(batch.image, batch.swapped)
        # The caller's autocast is meant for the network; logarithms and sums of many pixels need single precision.
        with torch.autocast(batch.image.device.type, enabled=False):
            anomaly = judged_labels(batch.anomaly, batch.swapped, uses_swapped=self.network.uses_swapped)
            loss, parts = total_loss(outputs, batch.image, batch.masks, anomaly, learns=self.learns)
            if self.alignment is not None:
                aligned = self.alignment(outputs, anomaly, batch.domains, progress, generator)
                loss, parts = loss + aligned.loss, parts | aligned.parts
            if taught is not None:
                difference = teacher_loss(outputs, taught, self.learns)
                loss, parts = loss + self.teacher_weight * difference, parts | {"teacher": float(difference.detach())}
        return loss, parts
