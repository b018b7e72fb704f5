"""What the process takes of the machine, and how warm that is."""

from __future__ import annotations

import psutil
import torch

MIB = 2**20
_process = psutil.Process()


def machine_figures() -> dict[str, float]:
    """Return memory_mib of this process and cpu_percent since the last call (100: one core), with what else there is.

    temperature_c: the warmest sensor of the machine, where it has any. gpu_memory_mib, gpu_memory_free_mib: held by
    this process, and free on the GPU that PyTorch uses, where it uses one.
    """
    figures = {"memory_mib": _process.memory_info().rss / MIB, "cpu_percent": _process.cpu_percent()}
    # Missing on other systems than Linux.
    sensors = getattr(psutil, "sensors_temperatures", dict)()
    if temperatures := [reading.current for readings in sensors.values() for reading in readings]:
        figures["temperature_c"] = max(temperatures)
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        figures["gpu_memory_mib"] = torch.cuda.memory_reserved() / MIB
        figures["gpu_memory_free_mib"] = torch.cuda.mem_get_info()[0] / MIB
    return figures
