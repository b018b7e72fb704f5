"""OpenVINO without its telemetry: a vehicle's computer tells nobody what it runs."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

TELEMETRY = "openvino_telemetry"


def import_openvino() -> ModuleType:
    """Import openvino so that converting a model sends nothing; raises ImportError where it is not installed.

    Its convert_model reports each use to its maker unless somebody refused on this machine. Where the package for that
    is missing, it has a stand-in that does nothing, so the package is kept from it. A process that has imported
    openvino by itself before keeps what it has.
    """
    if "openvino" in sys.modules:
        return importlib.import_module("openvino")
    kept = sys.modules.get(TELEMETRY)
    sys.modules[TELEMETRY] = None  # type: ignore[assignment]  # what makes an import fail
    try:
        return importlib.import_module("openvino")
    finally:
        del sys.modules[TELEMETRY]
        if kept is not None:
            sys.modules[TELEMETRY] = kept
