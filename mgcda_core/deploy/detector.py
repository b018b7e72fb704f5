"""The only way in for node, replay, command line and benchmark: a picture goes in, a score map comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, load_weights
from mgcda_core.frame import Frame, ScoreMap
from mgcda_core.networks.outputs import AnomalyNetwork, Outputs
from mgcda_core.networks.scales import at_scales


class Detector:
    """Runs the network on a picture, or on several at once.

    long_side_px: pictures are scaled so that their longer side has this many pixels (never enlarged); None takes
    what the weights were made for. threads: CPU threads for the network; None leaves PyTorch's choice.
    Raises WeightsError (deploy/weights.py) where the weights cannot be used.
    """

    def __init__(
        self, weights: Path = SHIPPED_WEIGHTS, *, long_side_px: int | None = None, threads: int | None = None
    ) -> None:
        # Before the weights are loaded: a user's ONNX file takes its threads from here.
        if threads is not None:
            torch.set_num_threads(threads)
        network, self.card = load_weights(weights)
        self.network: AnomalyNetwork = _fuse_batch_normalisation(network).to(memory_format=torch.channels_last)
        self.long_side_px = self.card.long_side_px if long_side_px is None else long_side_px
        if self.long_side_px < 64:
            raise ValueError(f"long_side_px: {self.long_side_px} is not allowed; it must be 64 pixels or more")

    @property
    def model(self) -> str:
        """Return the name of the weights, as reports carry it."""
        return self.card.name

    def detect(self, frame: Frame) -> ScoreMap:
        """Return the score map of one frame, at the frame's own resolution.

        Raises ValueError where the image is not uint8 (H, W, 3), and RuntimeError where the network's answer is
        not a number: an unusable answer must never pass for a clear road.
        """
        return self.detect_together([frame])[0]

    def detect_together(self, frames: Sequence[Frame]) -> list[ScoreMap]:
        """Return the score map of each of several frames, those of one size in one batch; raises what detect raises."""
        for frame in frames:
            image = frame.image
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or min(image.shape[:2]) < 32:
                raise ValueError(
                    f"image of shape {image.shape} and type {image.dtype} is not allowed; "
                    "it must be uint8 (H, W, 3) of at least 32 x 32 pixels"
                )
        with torch.inference_mode():
            inputs = [self.preprocess(frame.image) for frame in frames]
            members: dict[torch.Size, list[int]] = {}
            for number, image in enumerate(inputs):
                members.setdefault(image.shape, []).append(number)
            found: dict[int, ScoreMap] = {}
            for numbers in members.values():
                batch = torch.cat([inputs[number] for number in numbers]) if len(numbers) > 1 else inputs[numbers[0]]
                outputs = self.run(batch)
                for place, number in enumerate(numbers):
                    found[number] = self.postprocess(outputs, frames[number], place)
        return [found[number] for number in range(len(frames))]

    def preprocess(self, image: np.ndarray) -> torch.Tensor:
        """Return the network's input (1, 3, h, w), RGB float in [0, 1], from uint8 (H, W, 3)."""
        scale = min(1.0, self.long_side_px / max(image.shape[:2]))
        if scale < 1:
            image = shrink(image, (max(32, round(image.shape[1] * scale)), max(32, round(image.shape[0] * scale))))
        # Channels last is how the picture lies in memory, and what the convolutions like: no copy but the float one.
        return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float().div_(255)

    def run(self, image: torch.Tensor) -> Outputs:
        """Run the network on a preprocessed picture, at all scales of the card."""
        return at_scales(self.network, image, self.card.scales)

    def postprocess(self, outputs: Outputs, frame: Frame, place: int = 0) -> ScoreMap:
        """Return the network's outputs as the frame's score map; raises RuntimeError where they are not numbers.

        place: of the frame in the batch.
        """
        height, width = frame.image.shape[:2]
        # Checked before it is enlarged: a quarter of the resolution, a sixteenth of the work.
        if not bool(outputs.anomaly_logits[place].isfinite().all()):
            raise RuntimeError(f"the network {self.model} returned NaN or infinity")
        semantics = outputs.segmentation_logits[place].argmax(dim=0).to(torch.uint8).numpy()
        semantics = cv2.resize(semantics, (width, height), interpolation=cv2.INTER_NEAREST)
        return ScoreMap(self.probability(outputs, height, width, place), semantics, frame.stamp, frame.frame_id)

    def probability(self, outputs: Outputs, height: int, width: int, place: int = 0) -> np.ndarray:
        """Return the calibrated anomaly probability, float32 (height, width), of the network's outputs."""
        return enlarge(self.coarse_probability(outputs, place).numpy(), height, width)

    def coarse_probability(self, outputs: Outputs, place: int = 0) -> torch.Tensor:
        """Return the calibrated anomaly probability at the network's own resolution, float32 (h, w)."""
        calibration = self.card.calibration
        return (outputs.anomaly_logits[place, 0].float() * calibration.scale + calibration.bias).sigmoid()


def shrink(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture at a smaller size (width, height), every pixel of it taken into account.

    By halves, which OpenCV averages in 0.3 ms for 1080p, and the rest, less than a half, bilinearly; averaging to an
    uneven size at once takes 6 to 10 ms.
    """
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1] and not any(n % 2 for n in image.shape[:2]):
        image = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)
    below_half = image.shape[1] > 2 * size[0] or image.shape[0] > 2 * size[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if below_half else cv2.INTER_LINEAR)


def enlarge(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a map of the network, float32 (h, w), at the picture's size, bilinearly between pixel centres."""
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)


def _fuse_batch_normalisation(network: AnomalyNetwork) -> AnomalyNetwork:
    """Fold each batch normalisation that directly follows a convolution into it, in place: same result, less work."""
    for parent in list(network.modules()):
        children = list(parent.named_children())
        for (_, convolution), (name, normalisation) in zip(children[:-1], children[1:], strict=True):
            if not (isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d)):
                continue
            if not normalisation.affine or convolution.out_channels != normalisation.num_features:
                continue
            scale = normalisation.weight / torch.sqrt(normalisation.running_var + normalisation.eps)
            bias = torch.zeros_like(scale) if convolution.bias is None else convolution.bias
            convolution.weight = nn.Parameter(convolution.weight * scale.view(-1, 1, 1, 1))
            convolution.bias = nn.Parameter((bias - normalisation.running_mean) * scale + normalisation.bias)
            setattr(parent, name, getattr(normalisation, "act", None) or nn.Identity())
    return network
