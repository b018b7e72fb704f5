"""Every scene is opened once before a training: what is wrong with a street set shows at once."""

from __future__ import annotations

from collections.abc import Sequence

from mgcda_core.datasets.readable import Checked, check_readable
from mgcda_core.datasets.street_scene import StreetScene


def check_streets(scenes: Sequence[StreetScene], skip_unreadable: bool = False) -> Checked[StreetScene]:
    """Decode every picture and every label, and return which scenes can be read.

    skip_unreadable: scenes with a file that cannot be read or breaks off are left out and listed. Sizes that differ and
    label values outside of the class list are errors all the same: they are a fault of the whole set, not of a copy.
    Raises ValueError naming the first file that is wrong, and where there are no scenes or all were left out.
    """
    return check_readable(
        scenes,
        lambda scene: (scene.image_path, scene.label_path),
        StreetScene.read,
        what="street scenes",
        skip_unreadable=skip_unreadable,
    )
