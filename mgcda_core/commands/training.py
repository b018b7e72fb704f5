"""Commands that train, and that say what a training is worth, costs and sees."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from mgcda_core.networks.architecture import Architecture
from mgcda_core.training.precision import Precision
from mgcda_core.training.recipe import DOMAIN_NAMES, Recipe

SHIPPED_ARCHITECTURE = Architecture()


def train(recipe: Recipe) -> None:
    """Train the three networks, going on from a checkpoint in recipe.out, and write calibrated weights there.

    Args:
        recipe: data, out and the settings of the training.
    """
    from mgcda_core.training.launch import train_and_save

    # None in all processes of a training but the main one.
    if (saved := train_and_save(recipe, commit=_commit())) is not None:
        path, card = saved
        print(f"{path}: threshold {card.threshold:g}, {card.metrics}")


def alignment_study(recipe: Recipe, pictures: int = 200, plots: Path = Path("out/alignment")) -> None:
    """Train without alignment, with MDAT, with CACL and with both, and plot what each does to the features.

    Args:
        recipe: data, out and settings of all four trainings; recipe.alignment holds the weights of both parts.
        pictures: held-out ones to measure on.
        plots: folder for alignment_domains.png and alignment_contrast.png.
    """
    from mgcda_core.training.alignment_plots import format_study, plot_contrast, plot_domains
    from mgcda_core.training.alignment_study import study

    before, outcomes = study(recipe, pictures)
    plots.mkdir(parents=True, exist_ok=True)
    plot_domains(before, outcomes, plots / "alignment_domains.png", domain_count=len(recipe.domain_names))
    plot_contrast(before, outcomes, plots / "alignment_contrast.png")
    print(format_study(before, outcomes))


def ablate(
    recipe: Recipe,
    tables: dict[str, dict[str, dict[str, Any]]],
    seeds: tuple[int, ...] = (0, 1, 2),
    benchmarks: Path | None = None,
    out: Path = Path("out/ablation"),
) -> None:
    """Train a recipe with one thing changed at a time, several seeds each, and write tables and plots of the scores.

    Args:
        recipe: data, out and the settings that all trainings share; each has a folder of its own below out.
        tables: by name, of each its variants by name, and of a variant the settings that differ from recipe.
        seeds: of every variant.
        benchmarks: a set of the layout pairs, or a folder of sets, to score on besides held-out pictures.
        out: folder for ablation.md, ablation.csv and a plot per table.
    """
    from mgcda_core.datasets.benchmarks import open_sets
    from mgcda_core.training.ablation import ablate as run
    from mgcda_core.training.ablation import planned_runs
    from mgcda_core.training.ablation_report import write_report

    sets = [] if benchmarks is None else open_sets("pairs", benchmarks)
    outcomes = run(recipe, planned_runs(recipe, tables, seeds), sets, commit=_commit())
    print(write_report(outcomes, out))


def combine(
    recipe: Recipe,
    weights: tuple[Path, ...],
    shares: tuple[float, ...] = (),
    out: Path = Path("out/combined/mgcda.safetensors"),
) -> None:
    """Write the mean of several trained weights, calibrated like those of a training, and print how it does.

    It is for weights that went on from the same ones.

    Args:
        recipe: data, domains and scales; the held-out pictures to calibrate on and to compare by are its own.
        weights: .safetensors files of one architecture, with their cards beside them.
        shares: of each, above 0, adding up to 1; none: equal ones.
        out: where to write the mean, with its card beside it.
    """
    from mgcda_core.training.combination import combine as run
    from mgcda_core.training.combination import format_candidates

    print(format_candidates(run(recipe, weights, shares, out, commit=_commit())))


def training_cost(
    architecture: Architecture = SHIPPED_ARCHITECTURE,
    batch_size: int = 6,
    crop: tuple[int, int] = (352, 480),
    precision: Precision = "auto",
    steps: int = 10,
    threads: int = 2,
) -> None:
    """Print seconds per step and peak memory of a training without alignment, with MDAT, with CACL and with both.

    Args:
        architecture: of the network, with random weights.
        batch_size: random pictures per step.
        crop: height and width of the pictures, pixels.
        precision: bf16, fp16, fp32, or auto: what the machine is fast in.
        steps: timed per setting, after two that are not; the median counts.
        threads: of PyTorch on the CPU.
    """
    from mgcda_core.training.cost import format_costs, measure_costs

    print(format_costs(measure_costs(architecture, batch_size, crop, precision, steps=steps, threads=threads)))


def domains(
    data: Path,
    preview: Path = Path("out/domains"),
    names: tuple[str, ...] = DOMAIN_NAMES,
    columns: int = 3,
    rows: int = 4,
    seed: int = 0,
) -> None:
    """Write contact sheets of what the synthetic sources make, and one after augmentation, to be looked at.

    Anomalies are outlined in pink, normal pixels that were changed (decoys, shadows) in green, pixels that are told to
    be another class in yellow; pixels that are not judged are darkened.

    Args:
        data: folder with camvid, idd_lite and coco.
        preview: folder for {domain}.png and augmented.png.
        names: of the domains, as a recipe names them: with + between them they are put over one another.
        columns: of pairs on a sheet, the picture and its outlined copy.
        rows: of pairs on a sheet.
        seed: the same seed gives the same sheets.
    """
    from mgcda_core.domains.preview import Layout, write_sheets
    from mgcda_core.training.augmentation.pipeline import Augmentation
    from mgcda_core.training.domain_pictures import make_domain, open_things
    from mgcda_core.training.sources import StreetPictures
    from mgcda_core.training.street_source import street_sources

    layout = Layout(columns, rows)
    street = StreetPictures(list(street_sources(data, held_out=False).values()))
    things = open_things(data, held_out=False)
    made = [make_domain(name, {}, things, held_out=False) for name in names]
    for path in write_sheets(made, street, Augmentation(), preview, layout=layout, seed=seed):
        print(path)


def _commit() -> str:
    """Return the commit that this code was checked out at, or an empty string where that is unknown."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
