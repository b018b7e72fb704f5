"""Weights on disk: a safetensors file and, beside it, a JSON card that says what they are.

Nothing here unpickles: a weights file that somebody downloaded cannot run code.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import build_network
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.scales import Scale, checked_scales

CARD_FORMAT = 1
_FOLDER = Path(__file__).parent.parent / "weights"
SHIPPED = {name: _FOLDER / f"{name}.safetensors" for name in ("mgcda_fast", "mgcda_lite")}
"""The weights in the package by name; docs/model_card.md says what each is for."""
SHIPPED_WEIGHTS = SHIPPED["mgcda_lite"]
"""Those that are used where none are named."""


class WeightsError(ValueError):
    """The weights or their card cannot be used; the message names the file and what to do."""


@dataclass(frozen=True)
class Calibration:
    """Turns an anomaly logit into a probability: sigmoid(scale * logit + bias), fitted on held-out synthetic data."""

    scale: float = 1.0
    bias: float = 0.0


@dataclass(frozen=True)
class Exported:
    """What `mgcda export` made of the weights. runtime: that the file is for; precision: of its weights.

    height and width: of the pictures that it takes, pixels. weights_sha256: of the .safetensors file that it came from.
    agreement: the largest difference in probability to PyTorch that the check after the export found.
    """

    runtime: str
    precision: str
    height: int
    width: int
    weights_sha256: str
    agreement: float


@dataclass(frozen=True)
class Card:
    """What the weights are.

    name: of the model, as reports carry it. threshold: probability above which a pixel belongs to a hazard region,
    in (0, 1). long_side_px: the longer side of the picture that the network is meant to see. scales: further looks at
    the same picture (networks/scales.py). data, metrics, training: for the reader. seed and commit: what it was trained
    with. exported: of an exported file, None for weights.
    """

    name: str
    architecture: Architecture
    calibration: Calibration = field(default_factory=Calibration)
    threshold: float = 0.5
    long_side_px: int = 1024
    scales: tuple[Scale, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    commit: str = ""
    exported: Exported | None = None
    format: int = CARD_FORMAT


def named_weights(named: str | Path) -> Path:
    """Return the file that is meant: a path as it is (~ expanded), shipped weights by name, "" for SHIPPED_WEIGHTS.

    Raises WeightsError for a name without a folder and a suffix that is not one of SHIPPED.
    """
    path = Path(named).expanduser()
    if path == Path():
        return SHIPPED_WEIGHTS
    if path.suffix or path.parent != Path():
        return path
    if path.name not in SHIPPED:
        raise WeightsError(
            f"{named}: neither a file of weights nor the name of shipped ones; these are {' and '.join(SHIPPED)}"
        )
    return SHIPPED[path.name]


def card_path(weights: Path) -> Path:
    """Return where the card lies: beside the file, .json in place of .safetensors, after any other suffix."""
    return weights.with_suffix(".json" if weights.suffix == ".safetensors" else f"{weights.suffix}.json")


def save_weights(network: AnomalyNetwork, card: Card, path: Path) -> None:
    """Write the network's tensors to path (float32, half where the tensor was half) and the card beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
    save_file(tensors, path, metadata={"model": card.name})
    save_card(card, path)


def save_card(card: Card, path: Path) -> None:
    """Write the card beside path."""
    stored = asdict(card)
    if card.exported is None:
        del stored["exported"]
    card_path(path).write_text(json.dumps(stored, indent=2) + "\n")


def load_card(weights: Path) -> Card:
    """Read and check the card beside weights; raises WeightsError naming the file and the field."""
    path = card_path(weights)
    try:
        stored = json.loads(path.read_text())
    except FileNotFoundError:
        raise WeightsError(f"{path}: the card is missing; it belongs beside {weights.name}, copy both") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise WeightsError(f"{path}: not a JSON card ({error}); copy it again") from None
    if not isinstance(stored, dict) or stored.get("format") != CARD_FORMAT:
        found = stored.get("format") if isinstance(stored, dict) else type(stored).__name__
        raise WeightsError(f"{path}: card format {found!r} is not {CARD_FORMAT}; the weights are of another version")
    try:
        architecture = _from_dict(Architecture, stored.pop("architecture"))
        calibration = _from_dict(Calibration, stored.pop("calibration"))
        scales = checked_scales(stored.pop("scales", ()))
        exported = None if stored.get("exported") is None else _from_dict(Exported, stored["exported"])
        stored["exported"] = exported
        card = Card(architecture=architecture, calibration=calibration, scales=scales, **stored)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path}: a field of the card is missing, unknown or malformed: {error}") from None
    numbers = {"threshold": card.threshold, "long_side_px": card.long_side_px, **asdict(card.calibration)}
    if exported is not None:
        numbers |= {"exported height": exported.height, "exported width": exported.width}
    for name, value in numbers.items():
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            raise WeightsError(f"{path}: {name} {value!r} is not allowed; it must be a finite number")
    if card.calibration.scale <= 0:
        raise WeightsError(f"{path}: calibration scale {card.calibration.scale} is not allowed; it must be above 0")
    if not 0 < card.threshold < 1:
        raise WeightsError(f"{path}: threshold {card.threshold} is not allowed; it must lie between 0 and 1")
    return card


def load_weights(path: Path) -> tuple[AnomalyNetwork, Card]:
    """Build the network that the card describes and fill it from path; returned in evaluation mode.

    Raises WeightsError where the file is missing or corrupt, or holds another architecture than the card says.
    """
    if not path.is_file():
        raise WeightsError(f"{path}: the weights file does not exist; give the path of a .safetensors file")
    card = load_card(path)
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a whole safetensors file ({error}); copy it again") from None
    try:
        network = build_network(card.architecture, path.parent)
    except (RuntimeError, TypeError, ValueError) as error:
        raise WeightsError(f"{card_path(path)}: {error}") from None
    _check_tensors(path, network.state_dict(), tensors)
    network.load_state_dict(tensors)
    return network.eval(), card


def _check_tensors(path: Path, expected: dict[str, torch.Tensor], found: dict[str, torch.Tensor]) -> None:
    missing, unknown = expected.keys() - found.keys(), found.keys() - expected.keys()
    wrong = [key for key in expected.keys() & found.keys() if expected[key].shape != found[key].shape]
    if missing or unknown or wrong:
        examples = ", ".join(sorted([*missing, *unknown, *wrong])[:3])
        raise WeightsError(
            f"{path}: the weights do not fit the architecture in {card_path(path).name}: {len(missing)} tensors "
            f"missing, {len(unknown)} unknown, {len(wrong)} of another shape ({examples}); weights and card belong "
            "to different models"
        )
    broken = sorted(key for key, value in found.items() if value.is_floating_point() and not value.isfinite().all())
    if broken:
        raise WeightsError(f"{path}: tensor {broken[0]} holds NaN or infinity; the training that wrote it failed")


def _from_dict(cls: type, stored: dict[str, Any]) -> Any:
    kinds = {item.name: item for item in fields(cls)}
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}
    if unknown := values.keys() - kinds.keys():
        raise TypeError(f"{cls.__name__} has no {sorted(unknown)}")
    return cls(**values)
