"""Every file of a recipe's data is read once before the first step."""

from __future__ import annotations

import logging
from pathlib import Path

from mgcda_core.datasets.object_check import check_objects
from mgcda_core.datasets.street_check import check_streets
from mgcda_core.training.object_source import object_sources
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stream import explained_data
from mgcda_core.training.street_source import street_sources

logger = logging.getLogger(__name__)


def unreadable_pictures(recipe: Recipe) -> frozenset[Path]:
    """Return the pictures to leave out: with recipe.skip_unreadable those that cannot be read, which are logged.

    Raises ValueError naming the first file or folder that is wrong.
    """
    with explained_data(recipe):
        scenes = [
            scene
            for held_out in (False, True)
            for found in street_sources(recipe.data, held_out=held_out, sources=recipe.streets).values()
            for scene in found
        ]
        objects = [
            cutout
            for held_out in (False, True)
            for kind in object_sources(recipe.data, held_out=held_out, sources=recipe.objects)
            for cutout in kind
        ]
        checks = [check_streets(scenes, recipe.skip_unreadable)]
        if objects:
            checks.append(check_objects(objects, recipe.skip_unreadable))
    for checked in checks:
        if checked.skipped:
            logger.warning("%s", checked.summary())
    return frozenset(item.image_path for checked in checks for item in checked.skipped)
