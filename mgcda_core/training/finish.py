"""From trained networks to weights that can be shipped: calibrated, with a threshold and a card."""

from __future__ import annotations

import copy
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from mgcda_core.deploy.weights import Card, load_card, save_weights
from mgcda_core.hazards.region_settings import MINIMUM_AREA_SHARE
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.scales import checked_scales
from mgcda_core.training.calibration import (
    best_threshold,
    fit_calibration,
    held_out_metrics,
    metrics_by_domain,
    predict_held_out,
)
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stream import open_mixture

COCO_TERMS = "COCO 2017 objects; every seventh picture held out; Flickr licences of the pictures, annotations CC BY 4.0"
DRIVES = "this package's own renderer, seeds 1000 to 1079; seeds 2000 to 2011 held out"
STREET_SETS = {
    "camvid": ("Cambridge-driving Labeled Video Database (SegNet split)", "research use"),
    "idd_lite": ("India Driving Dataset Lite", "research use"),
}
"""What a layout's set is, and its terms; of others the card names the layout."""


def data_sources(recipe: Recipe, before: Iterable[Card] = ()) -> dict[str, str]:
    """Return what the card says of the recipe's data, by name, and of that of the weights before it."""
    streets: dict[str, str] = {}
    for source in recipe.streets:
        what, *terms = STREET_SETS.get(source.layout, (f"layout {source.layout}",))
        splits = f"{what}, {' and '.join(source.training)}", f"{' and '.join(source.held_out)} held out"
        streets[source.root.name] = "; ".join([*splits, *terms])
    objects = {
        source.root.name: COCO_TERMS if source.layout == "coco" else f"objects, layout {source.layout}"
        for source in recipe.objects
    }
    drives = {"simulated_drive": DRIVES} if "simulated_drive" in {*recipe.domain_names, *recipe.layers} else {}
    told = streets | objects | recipe.data_terms | drives
    for name, terms in ((name, terms) for card in before for name, terms in card.data.items()):
        own = told.get(name, "")
        if terms not in own:
            told[name] = terms if own in terms else f"{own}; before that: {terms}"
    return told


def cards_before(recipe: Recipe) -> dict[str, Card]:
    """Return the cards of the weights that a recipe makes its own from, by how."""
    files = {"went_on_from": recipe.start_from, "taught_by": recipe.teacher}
    return {how: load_card(file) for how, file in files.items() if file is not None}


def history(recipe: Recipe, hours: float) -> dict[str, Any]:
    """Return what the card says of the training, of the one that it went on from and its teacher's, and so on back."""
    told = {"recipe": recipe.as_dict(), "hours": round(hours, 2), "finished": time.strftime("%Y-%m-%d")}
    return told | {how: past(card) for how, card in cards_before(recipe).items()}


def past(card: Card) -> dict[str, Any]:
    """Return what a card says of the weights that others were made from."""
    return {"name": card.name, "seed": card.seed, "commit": card.commit, **card.training}


def halve_kernels(network: AnomalyNetwork) -> None:
    """Round the kernels of convolutions to 16 bits: nearly all of a file, and none of the variances, which overflow."""
    for parameter in network.parameters():
        if parameter.ndim > 1:
            parameter.data = parameter.data.half()


def finish(
    network: AnomalyNetwork,
    recipe: Recipe,
    path: Path,
    *,
    commit: str,
    training: dict[str, Any],
    before: Iterable[Card] = (),
    left_out: Collection[Path] = (),
) -> Card:
    """Calibrate network on held-out synthetic pictures, choose its threshold and write weights and card to path.

    training: what the card says of it, from history(). before: cards of the weights that it was made from, whose data
    it has learned from too. left_out: pictures that cannot be read.
    Raises ValueError where the network has learned nothing: its scores could not be told from their opposite.
    The held-out pictures are street scenes, drives and objects that training never saw; no benchmark is looked at.
    """
    stored = copy.deepcopy(network)
    if recipe.stored == "float16":
        halve_kernels(stored)
    pictures = open_mixture(recipe, recipe.validation_pictures, held_out=True, left_out=left_out)
    scales = checked_scales(recipe.scales)
    held_out = predict_held_out(copy.deepcopy(stored).float(), pictures, scales=scales)
    calibration = fit_calibration(*held_out.judged())
    if calibration.scale <= 0:
        raise ValueError(
            f"the network has not learned: on held-out pictures anomalies score lower than the road (calibration scale "
            f"{calibration.scale:.3f}); train for more steps than {recipe.plan()[-1].last}"
        )
    threshold, region_f1 = best_threshold(held_out, calibration, MINIMUM_AREA_SHARE)
    metrics = held_out_metrics(held_out)
    card = Card(
        name=path.stem,
        architecture=network.architecture,
        calibration=calibration,
        threshold=threshold,
        long_side_px=recipe.long_side_px,
        scales=scales,
        data=data_sources(recipe, before),
        metrics={
            "held_out_synthetic": {
                "pictures": recipe.validation_pictures,
                "pixel_ap": round(metrics.ap, 4),
                "pixel_fpr95": round(metrics.fpr95, 4),
                "region_f1": round(region_f1, 4),
                "domains": metrics_by_domain(held_out, recipe.domain_names),
            }
        },
        training=training,
        seed=recipe.seed,
        commit=commit,
    )
    save_weights(stored, card, path)
    return card
