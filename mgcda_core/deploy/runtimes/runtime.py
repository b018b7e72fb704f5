"""The interface of every runtime: a picture is prepared, pictures of one size are run together, maps come back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mgcda_core.deploy.resizing import enlarge, enlarge_classes, shrink
from mgcda_core.deploy.weights import Card
from mgcda_core.networks.outputs import AnomalyNetwork


class RuntimeUnavailableError(ValueError):
    """What was asked for is not there: a package, a device, a driver; the message names the setting and the remedy."""


class DeviceError(RuntimeError):
    """The device failed while it worked, or ran out of memory; the same picture may well pass on the CPU."""


class Maps(NamedTuple):
    """What is known of one picture.

    probability: float32 (h, w) in [0, 1], NaN where the network's answer was no number.
    semantics: uint8, class numbers, at a size of its own.
    """

    probability: np.ndarray
    semantics: np.ndarray


class Runtime(ABC):
    """Runs one network. What prepare() and run() return is the runtime's own affair.

    name: as the setting has it. card: of the weights. description: for people: what it is, where it computes, how
    precise. network: the PyTorch network, where that is what runs.
    """

    name: str
    card: Card
    description: str
    network: AnomalyNetwork | None = None

    @abstractmethod
    def prepare(self, image: np.ndarray, size: tuple[int, int]) -> Any:
        """Return one picture, uint8 (H, W, 3) RGB, as the network reads it, at size (height, width).

        Raises ValueError where the runtime can't take pictures of that size, DeviceError where the device fails.
        """

    @abstractmethod
    def run(self, pictures: Sequence[Any]) -> Any:
        """Run the network on prepared pictures of one size; raises DeviceError where the device fails."""

    def wait(self) -> None:
        """Return when the device has done what it was told: at once, where nothing runs beside the program."""
        return

    @abstractmethod
    def coarse(self, answer: Any, place: int = 0) -> Maps:
        """Return the maps of one of the pictures at the network's own resolution, about a quarter of its input's."""

    def maps(self, answer: Any, place: int, height: int, width: int) -> Maps:
        """Return the maps of one of the pictures at the picture's size; raises RuntimeError for NaN."""
        found = self.coarse(answer, place)
        # Checked before it is enlarged: a quarter of the resolution, a sixteenth of the work.
        if not np.isfinite(found.probability).all():
            raise self.not_a_number()
        return Maps(enlarge(found.probability, height, width), enlarge_classes(found.semantics, height, width))

    def not_a_number(self) -> RuntimeError:
        """Return what is raised where the network's answer is none: it must never pass for a clear road."""
        return RuntimeError(f"the network {self.card.name} returned NaN or infinity")


def first_line(error: Exception) -> str:
    """Return what an error says in its first line, its kind where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def shrunk(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture, uint8 (H, W, 3), at size (height, width), contiguous, itself where it has that size."""
    if image.shape[:2] != size:
        image = shrink(image, (size[1], size[0]))
    return np.ascontiguousarray(image)
