"""Settings refuse what makes no sense, naming it, its value and what is allowed."""

from __future__ import annotations

import pytest

from mgcda_core.monitoring.covered_lens import CoveredLensSettings
from mgcda_core.monitoring.covered_part import CoveredPartSettings
from mgcda_core.monitoring.exposure import ExposureSettings
from mgcda_core.monitoring.frozen import FrozenSettings
from mgcda_core.monitoring.road import RoadSettings
from mgcda_core.monitoring.sharpness import SharpnessSettings


@pytest.mark.parametrize(
    ("settings", "name", "value", "allowed"),
    [
        (ExposureSettings, "darkest_mean", -1.0, "from 0 to 255 grey levels"),
        (ExposureSettings, "white_share", 1.5, "from 0 to 1"),
        (SharpnessSettings, "minimum", float("nan"), "from 0 to 2"),
        (SharpnessSettings, "weakest_edge", 0.0, "from 0.1 to 255"),
        (CoveredLensSettings, "maximum_plain_share", 2.0, "from 0 to 1"),
        (CoveredPartSettings, "views", -1, "from 0 to 1e+06"),
        (CoveredPartSettings, "ignored_bottom_share", 1.0, "from 0 to 0.9"),
        (FrozenSettings, "after_s", -0.1, "from 0 to 3600 s"),
        (FrozenSettings, "frames", 1, "from 2 to 1e+06"),
        (RoadSettings, "minimum_share", float("inf"), "from 0 to 1"),
    ],
)
def test_wrong_value_is_refused(settings: type, name: str, value: float, allowed: str) -> None:
    with pytest.raises(ValueError) as refused:
        settings(**{name: value})
    message = str(refused.value)
    assert message.startswith(f"{name}: {value} is not allowed; it must be") and allowed in message
