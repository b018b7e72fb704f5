"""`mgcda export`: weights to a file of another runtime, checked against PyTorch before it is there."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from mgcda_core.deploy.deployed import DeployedNetwork
from mgcda_core.deploy.quantisation import quantise
from mgcda_core.deploy.runtimes.choice import open_runtime
from mgcda_core.deploy.runtimes.exported_file import CLASSES, PICTURE, PROBABILITY
from mgcda_core.deploy.runtimes.openvino_package import import_openvino
from mgcda_core.deploy.runtimes.pytorch_runtime import PyTorchRuntime, fuse_batch_normalisation
from mgcda_core.deploy.runtimes.runtime import RuntimeUnavailableError
from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import Card, Exported, load_weights, save_card

Target = Literal["onnx", "openvino", "torchscript"]
SUFFIXES: dict[Target, str] = {"onnx": ".onnx", "openvino": ".xml", "torchscript": ".pt"}
AGREEMENT = 1e-3
"""How far probabilities may lie from PyTorch's; an 8-bit file is measured by AP instead (docs/runtimes.md)."""
OPSET = 18


class ExportError(ValueError):
    """The exported file does not answer as PyTorch does; it is not kept."""


def export(
    weights: Path,
    out: Path,
    target: Target,
    size: tuple[int, int],
    pictures: Sequence[np.ndarray],
    *,
    int8_pictures: Sequence[np.ndarray] = (),
    further_looks: bool = True,
) -> tuple[Path, float]:
    """Write weights as a file for target, its card beside it, and return its path and the largest difference found.

    out: folder. size: (height, width) of the pictures that it will take, any number at once. pictures: two or more,
    uint8 (H, W, 3) of that size, to check it on. int8_pictures: of that size; where there are any, the file (onnx
    alone) computes in 8 bits, with ranges as these pictures have them. further_looks: false leaves the
    card's scales out.
    Raises WeightsError for weights that cannot be used, RuntimeUnavailableError where a package is missing,
    ExportError where the file answers otherwise than PyTorch.
    """
    if int8_pictures and target != "onnx":
        raise RuntimeUnavailableError(f"int8: not for {target}; set runtime to 'onnx', or leave int8 out")
    if len(pictures) < 2 or any(picture.shape != (*size, 3) for picture in (*pictures, *int8_pictures)):
        raise ValueError(f"pictures: two or more of height {size[0]} and width {size[1]} are needed to check the file")
    network, card = load_weights(weights)
    if not further_looks:
        card = replace(card, scales=())
    precision = "int8" if int8_pictures else "float32"
    how = ("" if further_looks else "_one_look") + ("_int8" if int8_pictures else "")
    name = f"{weights.stem}_{size[1]}x{size[0]}{how}{SUFFIXES[target]}"
    exported = Exported(target, precision, *size, hashlib.sha256(weights.read_bytes()).hexdigest(), 0.0)
    with tempfile.TemporaryDirectory(prefix="mgcda_export_") as folder:
        path = Path(folder) / name
        module = DeployedNetwork(fuse_batch_normalisation(network), card).eval().requires_grad_(False)
        _WRITERS[target](module, path, torch.zeros(2, *size, 3, dtype=torch.uint8))
        if int8_pictures:
            quantise(path, int8_pictures)
        save_card(replace(card, exported=exported), path)
        difference = _difference(path, weights, card, pictures)
        if not difference <= AGREEMENT and not int8_pictures:
            raise ExportError(
                f"{name}: probabilities differ by up to {difference:.2g} from PyTorch's, {AGREEMENT:g} is allowed; the "
                "file is not kept"
            )
        save_card(replace(card, exported=replace(exported, agreement=float(f"{difference:.2g}"))), path)
        out.mkdir(parents=True, exist_ok=True)
        for file in Path(folder).glob(f"{path.stem}.*"):
            shutil.move(file, out / file.name)
    return out / name, difference


def _difference(path: Path, weights: Path, card: Card, pictures: Sequence[np.ndarray]) -> float:
    """Return the largest difference in probability, alone and in a batch of all, NaN where an answer is none."""
    reference = PyTorchRuntime(load_weights(weights)[0], card)
    size = pictures[0].shape[:2]
    compute = _loaded(path)
    together = compute(np.stack(pictures))
    largest = 0.0
    for number, picture in enumerate(pictures):
        expected = reference.coarse(reference.run([reference.prepare(picture, size)])).probability
        for found in (compute(picture[None])[0], together[number]):
            # Of NaN the comparison is false either way: it must not pass for agreement.
            largest = float(np.maximum(largest, np.abs(found - expected).max()))
    return largest


def _loaded(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    if path.suffix == SUFFIXES["torchscript"]:
        module = torch.jit.load(str(path))
        return lambda pictures: module(torch.from_numpy(pictures))[0].numpy()
    runtime = open_runtime(path, RuntimeSettings(device="cpu")).runtime
    return lambda pictures: runtime.run([pictures])[0]


def _write_onnx(module: DeployedNetwork, path: Path, example: torch.Tensor) -> None:
    try:
        import onnxscript  # noqa: F401  (what PyTorch writes ONNX files with)
    except ImportError as error:
        raise _missing(error) from None
    shapes = {"picture": {0: torch.export.Dim.DYNAMIC}}
    with _quietly(), torch.no_grad():
        program = torch.onnx.export(
            module, (example,), input_names=[PICTURE], output_names=[PROBABILITY, CLASSES], dynamo=True,
            dynamic_shapes=shapes, opset_version=OPSET, verbose=False,
        )  # fmt: skip
    for node in program.model.graph:
        # Where in whose folder a line of code stood: nobody else's business.
        node.metadata_props.pop("pkg.torch.onnx.stack_trace", None)
    program.save(path)


def _write_openvino(module: DeployedNetwork, path: Path, example: torch.Tensor) -> None:
    try:
        openvino = import_openvino()
    except ImportError as error:
        raise _missing(error) from None
    # From PyTorch and not by way of ONNX: its reader of ONNX leaves the smoothing out of the second look's scaling.
    with _quietly():
        model = openvino.convert_model(module, example_input=example, input=[-1, *example.shape[1:]])
    for end, name in zip((*model.inputs, *model.outputs), (PICTURE, PROBABILITY, CLASSES), strict=True):
        end.get_tensor().set_names({name})
    openvino.save_model(model, path, compress_to_fp16=False)


def _write_torchscript(module: DeployedNetwork, path: Path, example: torch.Tensor) -> None:
    with _quietly(), torch.no_grad():
        torch.jit.trace(module, example, check_trace=False).save(str(path))


_WRITERS: dict[Target, Callable[[DeployedNetwork, Path, torch.Tensor], None]] = {
    "onnx": _write_onnx,
    "openvino": _write_openvino,
    "torchscript": _write_torchscript,
}


def _missing(error: ImportError) -> RuntimeUnavailableError:
    return RuntimeUnavailableError(f"{error.name} cannot be imported ({error}); pip install 'mgcda_ros[export]'")


class _quietly(warnings.catch_warnings):
    """Without what PyTorch says of its own deprecations, and of shapes that are meant to be fixed."""

    def __enter__(self) -> None:
        super().__enter__()
        for category in (DeprecationWarning, FutureWarning, UserWarning, torch.jit.TracerWarning):
            warnings.simplefilter("ignore", category)
