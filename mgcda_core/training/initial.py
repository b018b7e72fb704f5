"""Where a training starts: encoders that have seen ImageNet, from files on disk, and everything else at random."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.deploy.imagenet import STAGE_DEPTHS, packaged_file, packaged_weights
from mgcda_core.deploy.weights import load_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.backbone import Backbone
from mgcda_core.networks.build import build_network
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.separable import separated
from mgcda_core.training.recipe import Recipe


def initial_network(recipe: Recipe) -> AnomalyNetwork:
    """Return the network to train: recipe.start_from's, or recipe.architecture with encoders from backbone_weights.

    Raises ValueError where a file does not fit. A backbone without a file starts at random, with a warning: it trains,
    but it has seen nothing.
    """
    if recipe.start_from is not None:
        network = load_weights(recipe.start_from)[0]
        _check_classes(network.architecture)
        if recipe.architecture.convolutions == "separable" and network.architecture.convolutions == "full":
            network = separated(network)
        return network
    architecture = recipe.architecture
    if not architecture.classes:
        architecture = replace(architecture, classes=STREET_CLASSES)
    _check_classes(architecture)
    network = build_network(architecture, recipe.out)
    for backbone in [module for module in network.modules() if isinstance(module, Backbone)]:
        file = recipe.backbone_weights.get(backbone.name)
        if file is not None:
            load_backbone(backbone, file)
        elif backbone.name in STAGE_DEPTHS:
            _fill(backbone, packaged_weights(backbone.name), packaged_file(backbone.name))
        else:
            logging.getLogger(__name__).warning(
                "backbone %s starts at random: backbone_weights names no file for it", backbone.name
            )
    return network


def _check_classes(architecture: Architecture) -> None:
    if architecture.segmentation != "file" and architecture.classes != STREET_CLASSES:
        raise ValueError(
            f"architecture.classes {architecture.classes} is not allowed in training: the street data are labelled "
            f"with {STREET_CLASSES}; leave it empty, or bring a segmentation network of your own (segmentation: file)"
        )


def load_backbone(backbone: Backbone, file: Path) -> None:
    """Fill a backbone from a safetensors file with timm's names; raises ValueError where the file does not fit."""
    try:
        stored = load_file(file)
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"backbone_weights: {file} is not a safetensors file ({error}); give timm's model.safetensors of "
            f"{backbone.name}"
        ) from None
    _fill(backbone, stored, file)


def _fill(backbone: Backbone, stored: Mapping[str, torch.Tensor], file: Path) -> None:
    found: dict[str, torch.Tensor] = {}
    for key, value in backbone.features.state_dict().items():
        # timm's feature pyramids join the first two parts of some names: stages.0.x is stages_0.x there.
        original = stored.get(key, stored.get(re.sub(r"^(\w+)_(\d+)\.", r"\1.\2.", key)))
        if original is None or original.shape != value.shape:
            what = "is missing" if original is None else f"has shape {tuple(original.shape)}, not {tuple(value.shape)}"
            raise ValueError(
                f"backbone_weights: in {file}, {key} of {backbone.name} {what}; take timm's file of that name"
            )
        found[key] = original
    backbone.features.load_state_dict(found)
