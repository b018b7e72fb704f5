"""Where the files beside the code lie (config/, launch/): installed by colcon, installed by pip, or in a checkout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PACKAGE = "mgcda_ros"
PROFILE_VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")
"""Either names a Fast DDS profile that the user chose."""


def shared_file(relative: str) -> Path:
    """Return the path of a shared file such as "config/mgcda.yaml"; FileNotFoundError lists where it is not."""
    places = [
        Path(prefix) / "share" / PACKAGE for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(":") if prefix
    ]
    places += [Path(__file__).resolve().parent.parent, Path(sys.prefix) / "share" / PACKAGE]
    for place in places:
        if (place / relative).is_file():
            return place / relative
    raise FileNotFoundError(f"{relative} is in none of {', '.join(map(str, places))}; install {PACKAGE} again")


def use_shared_memory_profile() -> None:
    """Have Fast DDS read config/fastdds_shm.xml, unless the user chose a profile; call before rclpy.init.

    Without it four of five best-effort 1080p frames are lost between two processes (docs/transport.md).
    """
    if not any(os.environ.get(variable) for variable in PROFILE_VARIABLES):
        os.environ[PROFILE_VARIABLES[0]] = str(shared_file("config/fastdds_shm.xml"))
