"""The switches of the alignment, with what each is measured in."""

from __future__ import annotations

from dataclasses import dataclass

from mgcda_core.alignment.cacl import Strategy
from mgcda_core.alignment.label_smoothing import Smoothing


@dataclass(frozen=True)
class AlignmentSettings:
    """All weights at 0 (the default) train without alignment.

    feature_weight and output_weight: of the two domain classifiers' reversed gradients (a and b in docs/method.md).
    contrast_weight: of the contrastive loss (g). smoothing, smoothing_amount, accuracy_decay: of the domain labels
    (alignment/label_smoothing.py). steepness: of the reversal's ramp. strategy, per_class, hard_share, temperature,
    width: of the contrastive loss (alignment/cacl.py). watch: train the domain classifiers and the projector even where
    their weight is 0, to see what they see; the network does not learn from them then.
    """

    feature_weight: float = 0.0
    output_weight: float = 0.0
    contrast_weight: float = 0.0
    smoothing: Smoothing = "dynamic"
    smoothing_amount: float = 0.1
    accuracy_decay: float = 0.995
    steepness: float = 10.0
    strategy: Strategy = "anomaly_aware"
    per_class: int = 64
    hard_share: float = 0.5
    temperature: float = 0.1
    width: int = 128
    watch: bool = False

    def __post_init__(self) -> None:
        for name in ("feature_weight", "output_weight", "contrast_weight", "steepness"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; it must be 0 or more")

    @property
    def uses_domains(self) -> bool:
        """Return whether domain classifiers are trained."""
        return self.watch or self.feature_weight > 0 or self.output_weight > 0

    @property
    def uses_contrast(self) -> bool:
        """Return whether the projector is trained."""
        return self.watch or self.contrast_weight > 0
