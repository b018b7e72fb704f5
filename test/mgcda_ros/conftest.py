"""ROS in the test's own process talks to this machine only, as the children do that harness.py starts."""

from __future__ import annotations

import os

os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
