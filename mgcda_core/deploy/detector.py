"""The only way in for node, replay, command line and benchmark: a picture goes in, a score map comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mgcda_core.deploy.resizing import network_size
from mgcda_core.deploy.resolution_budget import checked_long_side
from mgcda_core.deploy.runtimes.choice import Choice, fall_back, open_runtime
from mgcda_core.deploy.runtimes.runtime import DeviceError, Maps
from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, Card, named_weights
from mgcda_core.frame import Frame, ScoreMap
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.scales import SMALLEST_SIDE_PX


class Detector:
    """Runs the network on a picture, or on several at once.

    weights: a .safetensors file, one that `mgcda export` wrote, or the name of shipped ones. long_side_px: pictures are
    scaled so that their longer side has this many pixels (never enlarged); None takes what the weights were made for,
    or exported for.
    threads: CPU threads for the network; None leaves the runtime's choice. runtime: what runs it, and where.
    Raises WeightsError (deploy/weights.py) where the weights cannot be used, RuntimeUnavailableError
    (deploy/runtimes/runtime.py) where the runtime or the device cannot, ValueError for a value that is not allowed.
    """

    def __init__(
        self,
        weights: str | Path = SHIPPED_WEIGHTS,
        *,
        long_side_px: int | None = None,
        threads: int | None = None,
        runtime: RuntimeSettings | None = None,
    ) -> None:
        weights = named_weights(weights)
        # Before the weights are loaded: a user's ONNX file takes its threads from here.
        if threads is not None:
            torch.set_num_threads(threads)
        self._settings = RuntimeSettings() if runtime is None else runtime
        self._weights, self._threads = weights, threads
        self._choice: Choice = open_runtime(weights, self._settings, threads)
        exported = self.card.exported
        own_size = self.card.long_side_px if exported is None else max(exported.height, exported.width)
        self.long_side_px = checked_long_side(own_size if long_side_px is None else long_side_px)
        if exported is not None and self.long_side_px != own_size:
            raise ValueError(
                f"long_side_px: {self.long_side_px} is not allowed: {weights.name} was exported for {own_size}; leave "
                "it out, or export the weights again"
            )

    @property
    def card(self) -> Card:
        """Return the card of the weights."""
        return self._choice.runtime.card

    @property
    def model(self) -> str:
        """Return the name of the weights, as reports carry it."""
        return self.card.name

    @property
    def network(self) -> AnomalyNetwork | None:
        """Return the PyTorch network, None where another runtime has it."""
        return self._choice.runtime.network

    @property
    def runtime(self) -> str:
        """Return in words what runs the network, where, and how precisely."""
        return self._choice.runtime.description

    @property
    def why_this_runtime(self) -> str:
        """Return in words why it was chosen."""
        return self._choice.why

    @property
    def fallback(self) -> str | None:
        """Return why it runs on the CPU though something else was asked for, None where it does not."""
        return self._choice.fallback

    def detect(self, frame: Frame) -> ScoreMap:
        """Return the score map of one frame, at the frame's own resolution.

        Raises ValueError where the image is not uint8 (H, W, 3) or of a size that an exported file does not take,
        DeviceError where the device fails, and RuntimeError where the network's answer is not a number: an unusable
        answer must never pass for a clear road.
        """
        return self.detect_together([frame])[0]

    def detect_together(self, frames: Sequence[Frame]) -> list[ScoreMap]:
        """Return the score map of each of several frames, those of one size in one batch; raises what detect raises."""
        for frame in frames:
            image = frame.image
            if image.dtype != np.uint8 or image.shape[2:] != (3,) or min(image.shape[:2]) < SMALLEST_SIDE_PX:
                raise ValueError(
                    f"image of shape {image.shape} and type {image.dtype} is not allowed; "
                    f"it must be uint8 (H, W, 3) of at least {SMALLEST_SIDE_PX} x {SMALLEST_SIDE_PX} pixels"
                )
        try:
            return self._detect_together(frames)
        except DeviceError as error:
            if not self._settings.cpu_fallback or self.fallback is not None:
                raise
            self._choice = fall_back(self._weights, self._settings, self._threads, str(error))
            return self._detect_together(frames)

    def _detect_together(self, frames: Sequence[Frame]) -> list[ScoreMap]:
        members: dict[tuple[int, int], list[int]] = {}
        for number, frame in enumerate(frames):
            members.setdefault(self._network_size(frame.image), []).append(number)
        found: dict[int, ScoreMap] = {}
        for numbers in members.values():
            answer = self._choice.runtime.run([self.preprocess(frames[number].image) for number in numbers])
            for place, number in enumerate(numbers):
                found[number] = self.postprocess(answer, frames[number], place)
        return [found[number] for number in range(len(frames))]

    def preprocess(self, image: np.ndarray) -> Any:
        """Return the network's input, of the runtime's own kind, from uint8 (H, W, 3)."""
        return self._choice.runtime.prepare(image, self._network_size(image))

    def run(self, picture: Any) -> Any:
        """Run the network on a preprocessed picture, at all scales of the card."""
        return self._choice.runtime.run([picture])

    def postprocess(self, answer: Any, frame: Frame, place: int = 0) -> ScoreMap:
        """Return what run() answered as the frame's score map; raises RuntimeError where it is not a number.

        place: of the frame in the batch.
        """
        height, width = frame.image.shape[:2]
        maps = self._choice.runtime.maps(answer, place, height, width)
        return ScoreMap(maps.probability, maps.semantics, frame.stamp, frame.frame_id)

    def wait(self) -> None:
        """Return when the device has done what it was told, which a GPU does while the program goes on."""
        self._choice.runtime.wait()

    def coarse(self, answer: Any) -> Maps:
        """Return what run() answered for one picture at the network's own resolution, unchecked."""
        return self._choice.runtime.coarse(answer)

    def _network_size(self, image: np.ndarray) -> tuple[int, int]:
        return network_size(*image.shape[:2], self.long_side_px)
