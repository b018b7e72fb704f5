"""What the runtimes of exported files share: pictures of bytes at one fixed size, two maps out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from mgcda_core.deploy.runtimes.runtime import Maps, Runtime, shrunk
from mgcda_core.deploy.weights import Card, WeightsError

PICTURE, PROBABILITY, CLASSES = "picture", "probability", "classes"
"""The names of an exported file's input and outputs."""


class ExportedFile(Runtime):
    """Runs a file that `mgcda export` wrote, for pictures of the size in its card."""

    def __init__(self, card: Card) -> None:
        if card.exported is None:
            raise WeightsError(f"{card.name}: its card tells of no export; write the file with `mgcda export`")
        self.card = card
        self.size = (card.exported.height, card.exported.width)

    def prepare(self, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Return the picture, uint8 (1, h, w, 3), scaled down; raises ValueError for another size than the file's."""
        if size != self.size:
            raise ValueError(
                f"a picture of {image.shape[1]} x {image.shape[0]} pixels, which the network is to see at "
                f"{size[1]} x {size[0]}, is not allowed: the file was exported for {self.size[1]} x {self.size[0]}; "
                f"export it again with --size {image.shape[1]}x{image.shape[0]} --long_side_px {max(self.size)}"
            )
        return shrunk(image, size)[None]

    def run(self, pictures: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return probability, float32 (B, h, w), and classes, uint8 (B, h', w'), of prepared pictures."""
        return self.compute(np.concatenate(pictures) if len(pictures) > 1 else pictures[0])

    @abstractmethod
    def compute(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return probability and classes of uint8 (B, H, W, 3); raises DeviceError where the device fails."""

    def coarse(self, answer: tuple[np.ndarray, np.ndarray], place: int = 0) -> Maps:
        """Return the maps of one picture at the network's own resolution."""
        return Maps(answer[0][place], answer[1][place])
