"""Everything that one training depends on, with the shipped weights' own settings as defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.networks.architecture import Architecture


@dataclass(frozen=True)
class Recipe:
    """data: folder with camvid, idd_lite and coco. out: folder for the checkpoint, the log and the weights.
    start_from: weights to go on from with a new schedule, whose architecture then counts; None: ImageNet's, in the
    encoders alone. backbone_weights: their files by timm name (timm's model.safetensors; efficientnet_lite0's comes
    with a package). architecture: of the network; without classes, those of the street data. alignment: off by default.

    steps: optimiser steps of batch_size pictures. crop: height and width, pixels. shares: of camvid, idd_lite and
    rendered drives. encoder_rate_factor: the backbone's learning rate over the others'. frozen: prefixes of the
    backbone's parameters that keep their ImageNet values (the first layers cost most of the backward pass).
    average_decay: of the moving average of the weights, which is what gets saved. bfloat16: train in mixed precision.
    """

    data: Path
    out: Path
    start_from: Path | None = None
    backbone_weights: dict[str, Path] = field(default_factory=dict)
    architecture: Architecture = Architecture()
    alignment: AlignmentSettings = AlignmentSettings()
    steps: int = 2600
    batch_size: int = 6
    crop: tuple[int, int] = (352, 480)
    shares: tuple[float, float, float] = (0.42, 0.44, 0.14)
    learning_rate: float = 2e-3
    encoder_rate_factor: float = 0.25
    frozen: tuple[str, ...] = ("conv_stem", "bn1", "blocks.0", "blocks.1")
    weight_decay: float = 1e-4
    warmup_steps: int = 100
    average_decay: float = 0.997
    seed: int = 0
    threads: int = 2
    workers: int = 1
    bfloat16: bool = True
    checkpoint_every: int = 200
    validation_pictures: int = 200

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "threads", "checkpoint_every", "validation_pictures"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; it must be 1 or more")
        if min(self.crop) < 64:
            raise ValueError(f"crop: {self.crop} is not allowed; height and width must be 64 pixels or more")
        if len(self.shares) != 3 or min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise ValueError(f"shares: {self.shares} is not allowed; three shares of 0 or more that add up to 1")

    def as_dict(self) -> dict[str, object]:
        """Return the settings as JSON can hold them.

        Without the paths, which are of this machine only, and the architecture, which the card has of its own.
        """
        left_out = {"data", "out", "start_from", "backbone_weights", "architecture"}
        return {key: value for key, value in asdict(self).items() if key not in left_out}
