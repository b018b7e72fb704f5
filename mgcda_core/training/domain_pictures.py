"""The recipe's domains as a stream of tensors to learn from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch.utils.data import Dataset

from mgcda_core.datasets.coco_photographs import Photograph
from mgcda_core.datasets.cutout import Cutout
from mgcda_core.domains.anomaly_mix import AnomalyMix
from mgcda_core.domains.domain import Domain
from mgcda_core.domains.layered import Layered
from mgcda_core.domains.mixed import MixedDomains
from mgcda_core.domains.photographs import Photographs
from mgcda_core.domains.road_debris import RoadDebris
from mgcda_core.domains.sample import Sample
from mgcda_core.domains.simulated_drive import HELD_OUT_SEEDS, TRAINING_SEEDS, SimulatedDrive
from mgcda_core.domains.void_class import VoidClass
from mgcda_core.training.augmentation.pipeline import Augmentation
from mgcda_core.training.item import Item, item_of
from mgcda_core.training.object_source import COCO, ObjectSource, object_sources, photograph_sources
from mgcda_core.training.recipe import Recipe, layer_names
from mgcda_core.training.sources import StreetPictures
from mgcda_core.training.street_source import street_sources

HELD_OUT_STREAM = 1 << 32
"""Added to the seed, so that held-out pictures share no chance with the training's."""


class Things(NamedTuple):
    """What domains put into pictures, or find in them.

    unknown, known: objects that no street data set knows, and objects of street categories. photographs: reads the
    whole pictures, and which categories of their outlines are anomalies; only the domain that needs them waits.
    """

    unknown: list[Cutout]
    known: list[Cutout]
    photographs: Callable[[], tuple[list[Photograph], frozenset[str]]]


def open_things(
    data: Path, *, held_out: bool, sources: Sequence[ObjectSource] = COCO, left_out: Collection[Path] = ()
) -> Things:
    """Return what the sources have; arguments and errors as object_sources() has them."""
    chosen = {"held_out": held_out, "sources": sources, "left_out": left_out}
    return Things(*object_sources(data, **chosen), partial(photograph_sources, data, **chosen))


MAKERS: dict[str, Callable[..., Domain]] = {
    "void_class": lambda things, held_out, **settings: VoidClass(**settings),
    "anomaly_mix": lambda things, held_out, **settings: AnomalyMix(things.unknown, things.known, **settings),
    "anomaly_mix_plain": lambda things, held_out, **settings: AnomalyMix.plain(
        things.unknown, things.known, **settings
    ),
    "anomaly_mix_reference": lambda things, held_out, **settings: AnomalyMix.reference(things.unknown, **settings),
    "road_debris": lambda things, held_out, **settings: RoadDebris(things.unknown, **settings),
    "photographs": lambda things, held_out, **settings: Photographs(*things.photographs(), **settings),
    "simulated_drive": lambda things, held_out, **settings: SimulatedDrive(
        HELD_OUT_SEEDS if held_out else TRAINING_SEEDS, **settings
    ),
}


def make_domain(name: str, settings: Mapping[str, Mapping[str, Any]], things: Things, *, held_out: bool) -> Domain:
    """Return a domain by name, which may have several layers; settings: of single ones by name.

    Raises ValueError naming domains, or domain_settings where settings do not fit.
    """
    layers = [_single(layer, settings.get(layer, {}), things, held_out=held_out) for layer in layer_names(name)]
    try:
        return layers[0] if len(layers) == 1 else Layered(layers)
    except ValueError as error:
        raise ValueError(f"domains: {name}: {error}") from None


def _single(name: str, settings: Mapping[str, Any], things: Things, *, held_out: bool) -> Domain:
    try:
        return MAKERS[name](things, held_out, **settings)
    except (TypeError, ValueError) as error:
        raise ValueError(f"domain_settings.{name}: {dict(settings)} is not allowed; {error}") from None


class DomainPictures(Dataset):
    """Picture number i is the same whatever process makes it: all chance comes from (seed, i).

    Items as item.py has them; the domain is its place in recipe.domains. left_out: pictures that are not to be used.
    """

    def __init__(self, recipe: Recipe, length: int, *, held_out: bool, left_out: Collection[Path] = ()) -> None:
        chosen = {"held_out": held_out, "left_out": left_out}
        things = open_things(recipe.data, sources=recipe.objects, **chosen)
        streets = street_sources(recipe.data, sources=recipe.streets, **chosen)
        domains = [
            (make_domain(name, recipe.domain_settings, things, held_out=held_out), share)
            for name, share in recipe.domains.items()
        ]
        self.held_out = held_out
        self.mixed = MixedDomains(
            domains,
            StreetPictures(list(streets.values()), recipe.working_width_px),
            length=length,
            seed=recipe.seed + HELD_OUT_STREAM * held_out,
            augment=Augmentation(recipe.augmentation, crop=recipe.crop, base_width=recipe.working_width_px),
        )

    def __len__(self) -> int:
        return len(self.mixed)

    def sample(self, index: int) -> tuple[Sample, int]:
        """Return picture number index before it becomes tensors, and the number of its domain."""
        return self.mixed[index]

    def __getitem__(self, index: int) -> Item:
        return item_of(*self.sample(index))
