"""What looks at a picture: which weights, at which size, by which runtime, on which device."""

from __future__ import annotations

from mgcda_core.deploy.resolution_budget import SMALLEST_PX
from mgcda_core.deploy.runtimes.settings import COMPILATIONS, PRECISIONS, RUNTIMES, RuntimeSettings
from mgcda_ros.parameters.rule import ParameterRule

NETWORK_RULES: tuple[ParameterRule, ...] = (
    ParameterRule(
        "weights",
        "",
        "Path of a .safetensors file with its card beside it, or of a file that `mgcda export` wrote; or the name of "
        "shipped weights: mgcda_lite (empty: these), or mgcda_fast, three times as fast and a little worse.",
        at_configure=True,
    ),
    ParameterRule(
        "long_side_px",
        0,
        "Longer side of the picture that the network sees, smaller is faster; 0: what the weights were made for, "
        "or exported for.",
        "px",
        SMALLEST_PX,
        4096,
        or_zero=True,
        at_configure=True,
    ),
    ParameterRule(
        "further_looks",
        RuntimeSettings.further_looks,
        "Look again at the smaller scales that the weights ask for; false: a third faster, and large things are missed "
        "more often.",
        at_configure=True,
    ),
    ParameterRule("threads", 0, "CPU threads of the network; 0: one per core.", "", 0, 256, at_configure=True),
    ParameterRule(
        "runtime",
        RuntimeSettings.runtime,
        "What runs the network; auto: what the file of the weights is for (.safetensors: PyTorch, .onnx: ONNX Runtime, "
        ".xml: OpenVINO).",
        choices=RUNTIMES,
        at_configure=True,
    ),
    ParameterRule(
        "device",
        RuntimeSettings.device,
        "Where: cpu, cuda or cuda:N; auto: a GPU where the runtime can use one, otherwise the CPU.",
        at_configure=True,
    ),
    ParameterRule(
        "precision",
        RuntimeSettings.precision,
        "Of the computation, lower is faster on a GPU; auto: float32, or what an exported file has.",
        choices=PRECISIONS,
        at_configure=True,
    ),
    ParameterRule(
        "compile",
        RuntimeSettings.compile,
        "Whether PyTorch compiles the network, which takes a minute and a C++ compiler (on) or, on a GPU, records CUDA "
        "graphs too (cuda_graphs).",
        choices=COMPILATIONS,
        at_configure=True,
    ),
    ParameterRule(
        "cpu_fallback",
        RuntimeSettings.cpu_fallback,
        "Where the device is missing or fails: go on with the CPU and be DEGRADED; false: be BLIND.",
        at_configure=True,
    ),
)
