"""On what a benchmark ran: the machine, the versions, the threads, and the memory of the process."""

from __future__ import annotations

import os
import platform
import resource
import sys
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import rclpy
import torch

from mgcda_core.deploy.detector import Detector
from mgcda_ros.machine import MIB

ENVIRONMENT = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "THP_MEM_ALLOC_ENABLE")
"""Variables that change how fast the network runs."""
CPU_INFO = Path("/proc/cpuinfo")


def surroundings(detector: Detector, threads: int | None) -> dict[str, Any]:
    """Return what a result should be read with, by name. threads: asked for, None: left to the runtime."""
    return {
        "date": date.today().isoformat(),
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "load before": round(psutil.getloadavg()[0], 2),
        "threads asked for": threads,
        "threads of PyTorch": torch.get_num_threads(),
        "threads of OpenCV": cv2.getNumThreads(),
        "environment": {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        "versions": {
            "Python": platform.python_version(),
            "PyTorch": torch.__version__,
            "NumPy": np.__version__,
            "OpenCV": cv2.__version__,
            "RMW": rclpy.get_rmw_implementation_identifier(),
        },
        "runtime": detector.runtime,
        "model": detector.model,
        "longer side, px": detector.long_side_px,
        "further looks": [scale.factor for scale in detector.card.scales],
    }


def cpu_name(cpu_info: Path = CPU_INFO) -> str:
    """Return the name of the CPU: from cpu_info where the system has that, otherwise Python's; or "unknown"."""
    if cpu_info.is_file():
        for line in cpu_info.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def memory_mib() -> dict[str, float]:
    """Return the memory of this process, MiB: resident now, and the most that it had so far."""
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    resident = psutil.Process().memory_info().rss
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return {"resident": round(resident / MIB, 1), "peak so far": round(peak / MIB, 1)}
