"""The one declaration of every parameter, in the order of config/mgcda.yaml.

That file and docs/parameters.md are checked against this table by a test.
"""

from __future__ import annotations

from mgcda_ros.parameters.camera_rules import CAMERA_RULES
from mgcda_ros.parameters.hazard_rules import HAZARD_RULES
from mgcda_ros.parameters.network_rules import NETWORK_RULES
from mgcda_ros.parameters.output_rules import OUTPUT_RULES
from mgcda_ros.parameters.rule import ParameterRule
from mgcda_ros.parameters.watching_rules import WATCHING_RULES

RULES: tuple[ParameterRule, ...] = (*CAMERA_RULES, *NETWORK_RULES, *HAZARD_RULES, *OUTPUT_RULES, *WATCHING_RULES)
BY_NAME = {rule.name: rule for rule in RULES}
