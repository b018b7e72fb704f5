"""The command line: `mgcda train | evaluate | predict`, and commands that other packages add.

A package adds a command by an entry point of the group "mgcda.commands": a function whose type-hinted arguments
become options. That is how `mgcda benchmark` comes from mgcda_ros without an import of ROS here.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from jsonargparse import auto_cli

from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, WeightsError
from mgcda_core.training.recipe import Recipe


def train(recipe: Recipe) -> None:
    """Train the three networks, going on from a checkpoint in recipe.out, and write calibrated weights there.

    Args:
        recipe: data, out and the settings of the training.
    """
    from mgcda_core.training.finish import finish
    from mgcda_core.training.loop import train as run

    started = time.monotonic()
    network = run(recipe)
    path = recipe.out / "mgcda.safetensors"
    card = finish(network, recipe, path, commit=_commit(), hours=(time.monotonic() - started) / 3600)
    print(f"{path}: threshold {card.threshold:g}, {card.metrics}")


def evaluate(root: Path, weights: Path = SHIPPED_WEIGHTS, long_side_px: int | None = None) -> None:
    """Print pixel AP and FPR95 of the trained score, max softmax and entropy on sets of labelled pictures.

    Args:
        root: a set, with images/ and labels_masks/ (0 normal, 1 anomaly, 255 ignored), or a folder of such sets.
        weights: a .safetensors file with its card beside it.
        long_side_px: longer side of the picture that the network sees; default: what the weights were made for.
    """
    from mgcda_core.deploy.detector import Detector
    from mgcda_core.evaluation.benchmark_table import evaluate as rows
    from mgcda_core.evaluation.benchmark_table import format_table

    print(format_table(rows(Detector(weights, long_side_px=long_side_px), root)))


def predict(
    images: Path, out: Path = Path("out/predict"), weights: Path = SHIPPED_WEIGHTS, threshold: float | None = None
) -> None:
    """Write an overlay and a 16-bit score map for each picture, and print its hazards.

    Args:
        images: a picture, or a folder of pictures.
        out: folder for {name}_overlay.jpg and {name}_score.png (65535 = probability 1).
        weights: a .safetensors file with its card beside it.
        threshold: probability above which a pixel belongs to a hazard; default: the weights' own.
    """
    from mgcda_core.deploy.detector import Detector
    from mgcda_core.prediction import picture_files, predict_file

    detector = Detector(weights)
    out.mkdir(parents=True, exist_ok=True)
    for path in picture_files(images):
        hazards = predict_file(detector, path, out, threshold or detector.card.threshold)
        print(f"{path}: {len(hazards)} hazard(s)")
        for hazard in hazards:
            on_road = "unknown" if hazard.on_road is None else f"{hazard.on_road:.2f}"
            print(f"  {hazard.id}: score {hazard.score:.2f}, box {hazard.box_px}, on road {on_road}")


def _commit() -> str:
    """Return the commit that this code was checked out at, or an empty string where that is unknown."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def commands() -> dict[str, Callable[..., None]]:
    """Return every command by name; one whose package cannot be imported says why when it is called."""
    found: dict[str, Callable[..., None]] = {"train": train, "evaluate": evaluate, "predict": predict}
    for point in entry_points(group="mgcda.commands"):
        try:
            found[point.name] = point.load()
        except ImportError as error:
            found[point.name] = _missing(point.name, error)
    return found


def _missing(name: str, error: ImportError) -> Callable[..., None]:
    def command() -> None:
        raise SystemExit(f"mgcda {name} needs {error.name}, which is not installed ({error})")

    command.__doc__ = f"Not available here: {error}"
    return command


def main() -> None:
    """Run a command: the console script mgcda. Errors that the user can mend end with one line, not a traceback."""
    logging.captureWarnings(True)
    try:
        auto_cli(commands(), prog="mgcda", as_positional=False)
    except (WeightsError, ValueError, FileNotFoundError) as error:
        print(f"mgcda: {error}", file=sys.stderr)
        raise SystemExit(2) from None
