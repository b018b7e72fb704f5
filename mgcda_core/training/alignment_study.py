"""What alignment does to the features: one training per setting, measured on held-out pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.utils.data import Dataset
from tqdm import tqdm

from mgcda_core.alignment.alignment import Alignment
from mgcda_core.alignment.sampler import labels_at, sample_pixels
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training.checkpoint import load_checkpoint
from mgcda_core.training.log import read_log
from mgcda_core.training.loop import initial_state, train
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stream import open_mixture

FOLDS = 5
PIXELS_PER_CLASS = 20


@dataclass(frozen=True)
class Measured:
    """Of one network on held-out pictures.

    feature_probe and output_probe: accuracy of a logistic regression that tells the domain from mean and deviation of
    the fused and of the decoded channels, trained anew and cross-validated: what the features still give away.
    across: mean cosine of pixels of the same class in different domains. apart: of different classes in the same
    domain. Both of (decoded features, projected features), centred: behind a ReLU everything points the same way.
    """

    feature_probe: float
    output_probe: float
    across: tuple[float, float]
    apart: tuple[float, float]


@dataclass(frozen=True)
class Outcome:
    """One setting's training: its log by column, and what was measured after it."""

    log: dict[str, list[float]]
    after: Measured


def settings_of(recipe: Recipe) -> dict[str, Recipe]:
    """Return the four recipes by name: recipe.alignment as it is, its parts alone, and neither.

    Where a part is switched off it watches; classifiers that only watch are given hard labels, to be as good as can be.
    """
    both = replace(recipe.alignment, watch=True)
    if not (both.feature_weight and both.output_weight and both.contrast_weight):
        raise ValueError("recipe.alignment: feature_weight, output_weight and contrast_weight must all be above 0")
    mdat = replace(both, contrast_weight=0.0)
    cacl = replace(both, feature_weight=0.0, output_weight=0.0, smoothing="none")
    settings = {"none": replace(cacl, contrast_weight=0.0), "MDAT": mdat, "CACL": cacl, "both": both}
    return {name: replace(recipe, alignment=each, out=recipe.out / name) for name, each in settings.items()}


def study(recipe: Recipe, pictures: int) -> tuple[Measured, dict[str, Outcome]]:
    """Train once per setting below recipe.out, going on where a run was stopped; return before, and after by name.

    All settings start from the same network and projector, so there is one before.
    """
    held_out = open_mixture(recipe, pictures, held_out=True)
    settings = settings_of(recipe)
    network, alignment = initial_state(settings["none"])
    before = measure(network.eval(), alignment, held_out)
    outcomes: dict[str, Outcome] = {}
    for name, each in settings.items():
        trained = train(each).network.cpu()
        alignment.load_state_dict(load_checkpoint(each.out / "checkpoint.pt")["alignment"])
        outcomes[name] = Outcome(read_log(each.out / "log.csv"), measure(trained, alignment, held_out))
    return before, outcomes


@torch.no_grad()
def measure(network: AnomalyNetwork, alignment: Alignment, pictures: Dataset) -> Measured:
    """Return what network's features tell of the domains of pictures; alignment must have a projector."""
    statistics: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])
    vectors: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])
    anomalous: list[torch.Tensor] = []
    domains: list[int] = []
    of_pixels: list[torch.Tensor] = []
    draw = torch.Generator().manual_seed(0)
    alignment.eval()
    for index in tqdm(range(len(pictures)), desc="measure"):
        image, _, anomaly, domain, _ = pictures[index]
        outputs = network(image[None].to(memory_format=torch.channels_last))
        for features, kept in zip((outputs.fused, outputs.decoded), statistics, strict=True):
            kept.append(torch.cat([features.mean(dim=(2, 3)), features.std(dim=(2, 3))], dim=1)[0])
        pixels = sample_pixels(labels_at(anomaly[None], outputs.decoded), per_class=PIXELS_PER_CLASS, generator=draw)
        projected = alignment.cacl.projector(outputs.decoded)
        for embeddings, chosen in zip((outputs.decoded, projected), vectors, strict=True):
            chosen.append(pixels.vectors(embeddings))
        anomalous.append(pixels.anomalous)
        domains.append(domain)
        of_pixels.append(torch.full_like(pixels.index, domain))
    probes = [domain_probe(torch.stack(kept).numpy(), np.array(domains)) for kept in statistics]
    groups = torch.cat(anomalous), torch.cat(of_pixels)
    cosines = [mean_cosines(centred(torch.cat(chosen), *groups), *groups) for chosen in vectors]
    return Measured(*probes, *zip(*cosines, strict=True))


def domain_probe(statistics: np.ndarray, domains: np.ndarray) -> float:
    """Return the cross-validated accuracy of a logistic regression from float (N, C) to domain numbers int (N,)."""
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    return float(cross_val_score(probe, statistics, domains, cv=FOLDS).mean())


def centred(vectors: torch.Tensor, anomalous: torch.Tensor, domains: torch.Tensor) -> torch.Tensor:
    """Return vectors (N, E) minus the mean over the means of all classes and domains, at length 1.

    anomalous: bool (N,). domains: int64 (N,). Every group counts alike, however many pixels it has.
    """
    groups = 2 * domains + anomalous
    middle = torch.stack([vectors[groups == group].mean(dim=0) for group in groups.unique()]).mean(dim=0)
    return F.normalize(vectors - middle, dim=1)


def mean_cosines(vectors: torch.Tensor, anomalous: torch.Tensor, domains: torch.Tensor) -> tuple[float, float]:
    """Return the mean cosine of (same class, other domain) and of (other class, same domain), both classes alike.

    vectors: unit, float (N, E). anomalous: bool (N,). domains: int64 (N,).
    """
    cosine = vectors @ vectors.T
    same_class = anomalous[:, None] == anomalous[None]
    same_domain = domains[:, None] == domains[None]
    across = [float(cosine[same_class & ~same_domain & (anomalous == kind)[:, None]].mean()) for kind in (False, True)]
    return sum(across) / 2, float(cosine[~same_class & same_domain].mean())
