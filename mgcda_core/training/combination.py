"""Several trained weights as one: the mean of their tensors, which costs nothing at run time.

Weights that went on from the same ones and were trained on other pictures, or on other domains, lie in one valley of
the loss; their mean does there what an ensemble of them does (Wortsman et al., "Model soups", ICML 2022, arXiv
2203.05482).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mgcda_core.deploy.weights import Card, WeightsError, load_weights
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.scales import checked_scales
from mgcda_core.training.calibration import metrics_by_domain, predict_held_out
from mgcda_core.training.finish import finish, past
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stream import open_mixture


@dataclass(frozen=True)
class Candidate:
    """Weights by name, with pixel_ap and pixel_fpr95 on the held-out pictures of each domain."""

    name: str
    domains: dict[str, dict[str, float]]


def checked_shares(files: Sequence[Path], shares: Sequence[float]) -> list[float]:
    """Return the shares of files, equal ones for none; raises ValueError where they do not fit."""
    if len(files) < 2:
        raise ValueError(f"weights: {len(files)} file(s) are not allowed; a mean needs two or more")
    shares = list(shares) or [1 / len(files)] * len(files)
    if len(shares) != len(files) or min(shares) <= 0 or not math.isclose(sum(shares), 1, abs_tol=1e-6):
        raise ValueError(
            f"shares: {shares} are not allowed; one above 0 for each of the {len(files)} weights, adding up to 1"
        )
    return shares


def mean_network(files: Sequence[Path], shares: Sequence[float] = ()) -> tuple[AnomalyNetwork, list[Card]]:
    """Return the network whose tensors are the weighted means of the files', in evaluation mode, and the files' cards.

    shares: of each file; none: equal ones. Counters are the first file's. Raises ValueError for shares that do not fit,
    and WeightsError where a file cannot be used or is of another architecture than the first.
    """
    shares = checked_shares(files, shares)
    network, card = load_weights(files[0])
    cards = [card]
    mean = {
        name: value.double() * shares[0] for name, value in network.state_dict().items() if value.is_floating_point()
    }
    for file, share in zip(files[1:], shares[1:], strict=True):
        other, card = load_weights(file)
        if card.architecture != cards[0].architecture:
            raise WeightsError(f"{file}: another architecture than {files[0].name}'s; only alike weights have a mean")
        cards.append(card)
        state = other.state_dict()
        for name, value in mean.items():
            value += state[name].double() * share
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name in mean:
                value.copy_(mean[name])
    return network, cards


def combine(
    recipe: Recipe, files: Sequence[Path], shares: Sequence[float], path: Path, *, commit: str
) -> list[Candidate]:
    """Write the mean of files to path, calibrated on recipe's held-out pictures; return each file and the mean.

    Raises what mean_network() and finish() raise.
    """
    network, cards = mean_network(files, shares)
    pictures = open_mixture(recipe, recipe.validation_pictures, held_out=True)
    scales, names = checked_scales(recipe.scales), recipe.domain_names
    candidates = []
    for file, card in zip(files, cards, strict=True):
        held_out = predict_held_out(load_weights(file)[0], pictures, scales=scales)
        candidates.append(Candidate(f"{card.name} ({file.parent.name})", metrics_by_domain(held_out, names)))
    told = training_of_mean(cards, checked_shares(files, shares))
    card = finish(network, recipe, path, commit=commit, training=told, before=cards)
    return [*candidates, Candidate("mean", card.metrics["held_out_synthetic"]["domains"])]


def training_of_mean(cards: Sequence[Card], shares: Sequence[float]) -> dict[str, Any]:
    """Return what the card of a mean says of its training: that of each part."""
    parts = [{"share": round(share, 4), **past(card)} for card, share in zip(cards, shares, strict=True)]
    return {"mean_of": parts, "finished": max(str(part.get("finished", "")) for part in parts)}


def format_candidates(candidates: Sequence[Candidate]) -> str:
    """Return AP / FPR95 in percent on held-out pictures as a Markdown table, a column per domain."""
    names = list(dict.fromkeys(name for each in candidates for name in each.domains))
    lines = ["| weights | " + " | ".join(names) + " | mean AP |", "|---" * (len(names) + 2) + "|"]
    for each in candidates:
        cells = [
            f"{100 * each.domains[name]['pixel_ap']:.1f} / {100 * each.domains[name]['pixel_fpr95']:.1f}"
            if name in each.domains
            else "-"
            for name in names
        ]
        found = [values["pixel_ap"] for values in each.domains.values()]
        mean = f"{100 * sum(found) / len(found):.1f}" if found else "-"
        lines.append(f"| {each.name} | " + " | ".join([*cells, mean]) + " |")
    return "\n".join(lines)
