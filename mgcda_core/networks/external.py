"""A user's own segmentation network and a user's own generator in place of ours, from a file with a card beside it.

TorchScript files are programs that run on this machine when they are loaded: use only files that you trust (ONNX files
are data). How to write the card: docs/own_networks.md. The files compute on the CPU in float32, whatever surrounds
them; their weights belong to no state_dict, because they are never trained here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from mgcda_core.networks.external_card import ExternalCard, load_external_card
from mgcda_core.networks.external_file import ExternalFile

SUM_TOLERANCE = 0.01
"""How far half-precision probabilities may miss the sum of 1; logits never come so close in every pixel."""


class ExternalSegmentation(nn.Module):
    """A user's segmentation network, answering in our classes.

    path: of the file; classes: ours. Raises ValueError where file or card cannot be used, naming file, field and value.
    """

    def __init__(self, path: Path, classes: Sequence[str]) -> None:
        super().__init__()
        self.card = load_external_card(path, "segmentation", classes)
        self.file = ExternalFile(
            path, in_channels=3, out_channels=len(self.card.classes), multiple_of=self.card.multiple_of
        )
        # Plain tensors and no buffers: .half() and .to(device) of the network around must not reach them.
        self.colours = _colours(self.card)
        self.shares = torch.zeros(len(classes), len(self.card.classes))
        for channel, name in enumerate(self.card.classes):
            ours = self.card.class_map[name]
            if ours is None:
                # Spread evenly, void is what it means: it could be anything, and the entropy says so.
                self.shares[:, channel] = 1 / len(classes)
            else:
                self.shares[list(classes).index(ours), channel] = 1

    @torch.no_grad()
    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return log probabilities, float32 (B, len(classes), h, w), finite, for RGB float (B, 3, H, W) in [0, 1].

        h and w are the file's own and stand for all of H and W. Raises ValueError where the file's answer is not what
        the card says, RuntimeError where it is not a number.
        """
        with torch.autocast("cpu", enabled=False):
            mean, std = self.colours
            picture = _reorder(image.to("cpu", torch.float32), self.card)
            theirs = self._probabilities(self.file.run((picture - mean) / std))
            probabilities = torch.einsum("oc,bchw->bohw", self.shares, theirs)
            return probabilities.clamp_min_(torch.finfo(torch.float32).tiny).log_().to(image.device)

    def _probabilities(self, answer: torch.Tensor) -> torch.Tensor:
        lowest = float(answer.min())
        add_up = lowest >= -SUM_TOLERANCE and float((answer.sum(dim=1) - 1).abs().max()) <= SUM_TOLERANCE
        # Taken for the other, either would still look like an answer, only of a network that is never sure.
        if add_up != (self.card.output == "probabilities"):
            found = "probabilities: 0 or more, with a sum of 1 in every pixel; set output to 'probabilities'"
            if not add_up:
                found = (
                    f"not 0 or more with a sum of 1 in every pixel (the lowest is {lowest:.3g}); export what comes "
                    "before the softmax or sigmoid and set output to 'logits'"
                )
            card = self.file.path.with_suffix(".json")
            raise ValueError(f"{card}: output {self.card.output!r} is not allowed; the file's answers are {found}")
        if not add_up:
            return answer.softmax(dim=1)
        positive = answer.clamp_min(0)
        return positive / positive.sum(dim=1, keepdim=True)


class ExternalSynthesis(nn.Module):
    """A user's generator, drawing from our classes.

    path: of the file; classes: ours. Raises ValueError where file or card cannot be used, naming file, field and value.
    """

    def __init__(self, path: Path, classes: Sequence[str]) -> None:
        super().__init__()
        self.card = load_external_card(path, "synthesis", classes)
        self.file = ExternalFile(
            path, in_channels=len(self.card.classes), out_channels=3, one_hot=True, multiple_of=self.card.multiple_of
        )
        self.colours = _colours(self.card)
        self.shares = torch.zeros(len(self.card.classes), len(classes))
        for channel, name in enumerate(classes):
            if (theirs := self.card.class_map[name]) is not None:
                self.shares[self.card.classes.index(theirs), channel] = 1

    @torch.no_grad()
    def forward(self, semantics: torch.Tensor) -> torch.Tensor:
        """Return RGB float32 (B, 3, H', W') in [0, 1], at the file's own size, for one-hot float (B, C, h, w).

        A void pixel is the zero vector, and so is a class that the card maps to null. Raises ValueError where the
        file's answer is not what the card says, RuntimeError where it is not a number.
        """
        with torch.autocast("cpu", enabled=False):
            mean, std = self.colours
            theirs = torch.einsum("oc,bchw->bohw", self.shares, semantics.to("cpu", torch.float32))
            picture = _reorder(self.file.run(theirs) * std + mean, self.card)
            return picture.clamp(0, 1).to(semantics.device)


def _colours(card: ExternalCard) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(card.mean).view(1, 3, 1, 1), torch.tensor(card.std).view(1, 3, 1, 1)


def _reorder(picture: torch.Tensor, card: ExternalCard) -> torch.Tensor:
    """Return RGB in the file's order, or the file's order as RGB: the same swap."""
    return picture.flip(1) if card.channel_order == "bgr" else picture
