"""Domain labels that soften as the domains become indistinguishable (MGCDA, dynamic label smoothing)."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn

Smoothing = Literal["dynamic", "static", "none"]


class DomainLabels(nn.Module):
    """Keeps a running accuracy of one domain classifier and turns domain numbers into targets.

    The target of the true domain is 1 - e, of each other one e / (D - 1). Mode none: e = 0. static: e = amount.
    dynamic: e grows from 0 at accuracy 1 to (D - 1) / D, uniform targets, at chance (1 / D) and below.
    decay: of the exponential moving average of the batch accuracy, which starts at 1: hard labels (choice).
    """

    def __init__(
        self, domain_count: int, mode: Smoothing = "dynamic", *, amount: float = 0.1, decay: float = 0.995
    ) -> None:
        super().__init__()
        highest = (domain_count - 1) / domain_count
        if mode not in ("dynamic", "static", "none"):
            raise ValueError(f"smoothing {mode!r} is not allowed; it must be 'dynamic', 'static' or 'none'")
        if not 0 <= amount <= highest:
            raise ValueError(
                f"smoothing_amount {amount} is not allowed for {domain_count} domains; 0 to {highest:.3f} is"
            )
        if not 0 <= decay < 1:
            raise ValueError(f"accuracy_decay {decay} is not allowed; it must be 0 or more and less than 1")
        self.domain_count, self.mode, self.amount, self.decay = domain_count, mode, amount, decay
        self.accuracy: torch.Tensor
        self.register_buffer("accuracy", torch.ones(()))

    def smoothing(self) -> torch.Tensor:
        """Return e, a scalar tensor in [0, (D - 1) / D]."""
        if self.mode != "dynamic":
            return torch.full_like(self.accuracy, self.amount if self.mode == "static" else 0.0)
        chance = 1 / self.domain_count
        return (1 - chance) * ((1 - self.accuracy) / (1 - chance)).clamp(0, 1)

    def targets(self, domains: torch.Tensor) -> torch.Tensor:
        """Return targets (B, D) that sum to 1 for domain numbers int64 (B,)."""
        hard = F.one_hot(domains, self.domain_count).to(self.accuracy.dtype)
        smoothing = self.smoothing()
        return hard * (1 - smoothing) + (1 - hard) * smoothing / (self.domain_count - 1)

    @torch.no_grad()
    def observe(self, accuracy: torch.Tensor) -> None:
        """Take a batch's accuracy, a scalar in [0, 1], into the running one."""
        self.accuracy.lerp_(accuracy.to(self.accuracy), 1 - self.decay)
