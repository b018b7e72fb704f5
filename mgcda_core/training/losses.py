"""What each of the three networks learns from."""

from __future__ import annotations

from collections.abc import Collection

import torch
import torch.nn.functional as F

from mgcda_core.domains.sample import ANOMALY, IGNORE, NORMAL
from mgcda_core.networks.layers import resize_as
from mgcda_core.networks.outputs import NOT_SWAPPED, Outputs


def allowed_classes(masks: torch.Tensor, class_count: int) -> torch.Tensor:
    """Return bool (B, C, H, W) from integer bit masks (B, H, W): whether class c is allowed at a pixel."""
    bits = torch.arange(class_count, device=masks.device).view(1, -1, 1, 1)
    return (masks.long()[:, None] >> bits) & 1 == 1


def segmentation_loss(logits: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    """Return minus the log of the summed probability of the allowed classes, averaged over pixels that allow any.

    With one allowed class per pixel this is cross-entropy. logits: float (B, C, H, W); allowed: bool, same shape.
    Zero, with a gradient, where every pixel is void.
    """
    log_probability = logits.log_softmax(dim=1)
    known = allowed.any(dim=1)
    of_set = torch.logsumexp(log_probability.masked_fill(~allowed, -1e4), dim=1)
    return -(of_set * known).sum() / known.sum().clamp_min(1)


def anomaly_loss(logits: torch.Tensor, anomaly: torch.Tensor, *, positive_weight: float = 2.0) -> torch.Tensor:
    """Return 2 x binary cross-entropy + 0.5 x dice loss over judged pixels (ignored ones count for nothing).

    logits: float (B, 1, H, W). anomaly: (B, H, W), 0 normal, 1 anomaly, 255 ignored.
    """
    judged = (anomaly != IGNORE).float()
    target = (anomaly == ANOMALY).float()
    scores = logits[:, 0]
    weight = torch.tensor(positive_weight, device=logits.device)
    entropy = F.binary_cross_entropy_with_logits(scores, target, pos_weight=weight, reduction="none")
    entropy = (entropy * judged).sum() / judged.sum().clamp_min(1)
    probability = scores.sigmoid() * judged
    dice = 1 - (2 * (probability * target).sum() + 1) / (probability.sum() + target.sum() + 1)
    return 2 * entropy + 0.5 * dice


def synthesis_loss(reconstruction: torch.Tensor, image: torch.Tensor, anomaly: torch.Tensor) -> torch.Tensor:
    """Return the mean absolute difference to the picture, both RGB in [0, 1], over normal pixels.

    reconstruction: (B, 3, h, w); image: (B, 3, H, W) is reduced to its size; anomaly: (B, H, W). Anomalies are
    left out, so that the network never learns to draw one.
    """
    target = F.interpolate(image, size=reconstruction.shape[-2:], mode="area")
    normal = F.interpolate((anomaly == NORMAL).float()[:, None], size=reconstruction.shape[-2:], mode="nearest")
    return ((reconstruction - target).abs() * normal).sum() / (3 * normal.sum()).clamp_min(1)


def judged_labels(anomaly: torch.Tensor, swapped: torch.Tensor, *, uses_swapped: bool) -> torch.Tensor:
    """Return the anomaly labels (B, H, W) that a network can answer, others 255.

    swapped: (B, H, W), 255 where no class is swapped. A network that does not use it (AnomalyNetwork.uses_swapped) sees
    an ordinary road user where a class is swapped, and must not learn to call it an anomaly.
    """
    return anomaly if uses_swapped else anomaly.masked_fill(swapped != NOT_SWAPPED, IGNORE)


def total_loss(
    outputs: Outputs,
    image: torch.Tensor,
    masks: torch.Tensor,
    anomaly: torch.Tensor,
    *,
    learns: Collection[str] | None = None,
) -> tuple[torch.Tensor, dict[str, float]]:
    """Return the sum of the losses and each of them by name.

    learns: the losses to take (segmentation, synthesis, anomaly); None: every loss that something learns from.
    Labels are compared at half the picture's resolution (anomaly) and the logits' own (segmentation), nearest pixel.
    """
    logits, reconstruction = outputs.segmentation_logits.float(), outputs.reconstruction
    if learns is None:
        # A user's own network comes from a file, finished; kind direct synthesises nothing.
        learning = {"segmentation": logits, "synthesis": reconstruction}
        learns = {"anomaly"} | {name for name, made in learning.items() if made is not None and made.requires_grad}
    parts: dict[str, torch.Tensor] = {}
    stride = -(-image.shape[-1] // logits.shape[-1])  # rounded up, as the network rounds a quarter of an odd size
    fine = anomaly[:, None, ::2, ::2]
    if "anomaly" in learns:
        parts["anomaly"] = anomaly_loss(resize_as(outputs.anomaly_logits.float(), fine), fine[:, 0])
    if "segmentation" in learns:
        allowed = allowed_classes(masks[:, ::stride, ::stride], logits.shape[1])
        parts["segmentation"] = segmentation_loss(logits, allowed)
    if "synthesis" in learns and reconstruction is not None:
        parts["synthesis"] = synthesis_loss(reconstruction.float(), image, anomaly)
    return sum(parts.values()), {name: float(part.detach()) for name, part in parts.items()}
