"""The same training with one thing changed at a time, several seeds each: what is it worth?"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from torch.utils.data import Dataset
from tqdm import tqdm

from mgcda_core.datasets.benchmarks import LabelledSet
from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.weights import load_weights
from mgcda_core.evaluation.pixel_metrics import PixelMetrics
from mgcda_core.evaluation.score_sources import OURS, DetectorScores
from mgcda_core.evaluation.streaming import StreamingPixelMetrics
from mgcda_core.training.calibration import held_out_metrics, predict_held_out
from mgcda_core.training.launch import WEIGHTS, train_and_save
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stream import open_mixture

HELD_OUT = "held out"
"""The set that is made of held-out synthetic pictures, beside the benchmark sets."""
RESULT = "result.json"


class Score(NamedTuple):
    """Of all pixels of a set, each in [0, 1]."""

    ap: float
    fpr95: float


@dataclass(frozen=True)
class Run:
    """One training: the variant of a table, the seed, and the recipe that comes of both."""

    table: str
    variant: str
    seed: int
    recipe: Recipe


@dataclass(frozen=True)
class Outcome:
    """A run and its scores by set, HELD_OUT first."""

    run: Run
    scores: dict[str, Score]


def planned_runs(
    recipe: Recipe, tables: Mapping[str, Mapping[str, Mapping[str, Any]]], seeds: Sequence[int]
) -> list[Run]:
    """Return every run of every table, seed by seed, so that a study that is stopped has whole comparisons.

    tables: by name, of each the variants by name, and of a variant the recipe's settings that differ; settings of
    settings by name ({alignment: {contrast_weight: 0.1}}). Variants that come to the same recipe are one training,
    below recipe.out. Raises ValueError for no table, no seed, and for a setting that the recipe does not have.
    """
    if not tables or not all(tables.values()):
        raise ValueError("tables: each must have one variant or more; name the settings that differ, {} for none")
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds: {list(seeds)} are not allowed; one or more, each once")
    runs: list[Run] = []
    for seed in seeds:
        for table, variants in tables.items():
            for variant, changes in variants.items():
                changed = varied(replace(recipe, seed=seed), changes, f"tables.{table}.{variant}")
                folder = recipe.out / f"{identity(changed)}_seed{seed}"
                runs.append(Run(table, variant, seed, replace(changed, out=folder)))
    return runs


def varied(settings: Any, changes: Mapping[str, Any], name: str) -> Any:
    """Return a dataclass with some fields changed, and fields of fields by their mapping.

    name: what an error calls it. Raises ValueError for a field that is not there or a value that is not allowed.
    """
    values: dict[str, Any] = {}
    known = [field.name for field in fields(settings)]
    for field, value in changes.items():
        if field not in known:
            raise ValueError(f"{name}.{field} is not a setting; there are {', '.join(known)}")
        current = getattr(settings, field)
        if is_dataclass(current):
            value = varied(current, value, f"{name}.{field}")
        elif isinstance(current, tuple) and isinstance(value, list):
            value = tuple(value)
        values[field] = value
    try:
        return replace(settings, **values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None


def identity(recipe: Recipe) -> str:
    """Return a name for everything that the trained weights depend on, but for the seed."""
    machine = {"data", "out", "seed", "threads", "workers", "checkpoint_every", "data_terms"}
    kept = {name: value for name, value in asdict(recipe).items() if name not in machine}
    # Paths in full: two weights to start from may have one name.
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()[:12]


def ablate(recipe: Recipe, runs: Sequence[Run], sets: Sequence[LabelledSet], *, commit: str) -> list[Outcome]:
    """Train and score every run, going on where a study was stopped; a run that was scored is not run again.

    recipe: whose held-out pictures all are scored on, whatever domains they have learned from. sets: benchmark sets,
    for evaluation only. Raises what training and evaluation raise, and ValueError where several processes were started.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ValueError(f"WORLD_SIZE: {os.environ['WORLD_SIZE']} is not allowed; an ablation runs in one process")
    held_out = open_mixture(recipe, recipe.validation_pictures, held_out=True)
    outcomes: list[Outcome] = []
    for number, run in enumerate(runs, start=1):
        print(f"run {number} of {len(runs)}: {run.table}, {run.variant}, seed {run.seed}", flush=True)
        outcomes.append(Outcome(run, scores_of(run.recipe, held_out, sets, commit=commit)))
    return outcomes


def scores_of(recipe: Recipe, held_out: Dataset, sets: Sequence[LabelledSet], *, commit: str) -> dict[str, Score]:
    """Return a recipe's scores by set, from the file that it left or by training it."""
    path, weights = recipe.out / RESULT, recipe.out / WEIGHTS
    stored = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if not weights.is_file():
        train_and_save(recipe, commit=commit)
    if HELD_OUT not in stored:
        stored[HELD_OUT] = _score(held_out_metrics(predict_held_out(load_weights(weights)[0], held_out)))
    for labelled in sets:
        if labelled.name not in stored:
            stored[labelled.name] = pixel_score(Detector(weights), labelled)
    path.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    return {name: Score(*stored[name]) for name in (HELD_OUT, *(labelled.name for labelled in sets))}


def pixel_score(detector: Detector, labelled: LabelledSet) -> Score:
    """Return a detector's score on a benchmark set."""
    metrics = StreamingPixelMetrics()
    with TemporaryDirectory(prefix="mgcda_ablate_") as kept, torch.inference_mode():
        source = DetectorScores(detector, baselines=False, kept=Path(kept))
        for picture in tqdm(labelled.pictures, desc=labelled.name, unit="image"):
            image, labels = picture.read()
            metrics.add(source.scores(picture, image)[OURS], labels)
    return _score(metrics.metrics())


def _score(metrics: PixelMetrics) -> Score:
    return Score(metrics.ap, metrics.fpr95)
