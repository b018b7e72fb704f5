"""The command line: `mgcda train | evaluate | predict | info ...`, and commands that other packages add.

A package adds a command by an entry point of the group "mgcda.commands": a function whose type-hinted arguments
become options. That is how `mgcda benchmark` comes from mgcda_ros without an import of ROS here.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal

from jsonargparse import auto_cli

from mgcda_core.command_line import plain_arguments
from mgcda_core.datasets.benchmarks import Layout, Track
from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, WeightsError, named_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.training.errors import TrainingError, TrainingStopped
from mgcda_core.training.precision import Precision
from mgcda_core.training.recipe import Recipe

SHIPPED_ARCHITECTURE = Architecture()
AUTOMATIC = RuntimeSettings()


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


def evaluate(
    root: Path,
    layout: Layout = "pairs",
    out: Path = Path("out/evaluate"),
    weights: Path = SHIPPED_WEIGHTS,
    long_side_px: int | None = None,
    anomaly_value: int | None = None,
    split: str | None = None,
    track: Track | None = None,
    scores: Path | None = None,
    write_scores: Literal["hdf5", "npy", "npz", "png"] | None = None,
    baselines: bool = False,
    binned: bool = False,
    corruptions: bool = False,
    runtime: RuntimeSettings = AUTOMATIC,
) -> None:
    """Print pixel, component and region metrics on sets of labelled pictures, and write them with plots and pages.

    Args:
        root: a set; of the layouts pairs and segmentmeifyoucan also a folder of sets.
        layout: how the set lies on disk (docs/evaluation.md).
        out: folder for metrics.json, metrics.csv, and per set curves.png and index.html with the frames, worst first.
        weights: a .safetensors file with its card beside it, a file that `mgcda export` wrote, or mgcda_fast.
        long_side_px: longer side of the picture that the network sees; default: what the weights were made for.
        anomaly_value: 2 where a set of pairs marks anomalies with 2.
        split: part of the set; lostandfound: test (default) or train; segmentmeifyoucan: validation.
        track: whose smallest components count; default: what the folder's name says, otherwise the layout's.
        scores: folder with one score map per picture ({id}.npy, .npz, .hdf5 or 16-bit .png), to evaluate in place of
            the weights; the folder's name is the method's.
        write_scores: write the scores in this format to scores/ below out; without a value: hdf5, for a submission.
        baselines: add max softmax, max logit, entropy and energy of the same segmentation network.
        binned: add SegmentMeIfYouCan's binned pixel metrics, and the components at their threshold.
        corruptions: score all pictures again under fog, rain, dusk, over-exposure, motion blur, dirt and JPEG at five
            strengths each: 35 times as long.
        runtime: what runs the network, on which device, how precisely.
    """
    from mgcda_core.datasets.benchmarks import open_sets
    from mgcda_core.deploy.detector import Detector
    from mgcda_core.evaluation.evaluate import about
    from mgcda_core.evaluation.evaluate import evaluate as run
    from mgcda_core.evaluation.result_table import format_table
    from mgcda_core.evaluation.score_sources import DetectorScores, FileScores

    if scores is not None and (baselines or corruptions or write_scores):
        raise ValueError(f"scores: {scores} are what they are; leave baselines, corruptions and write_scores out")
    sets = open_sets(layout, root, anomaly_value=anomaly_value, split=split, track=track)
    if scores is not None and len(sets) > 1:
        raise ValueError(f"scores: {scores} are of one set, and {root} holds {len(sets)}; give the set itself as root")
    with tempfile.TemporaryDirectory(prefix="mgcda_evaluate_") as kept:
        if scores is not None:
            source, described = FileScores(scores), about(layout, scores.resolve().name)
        else:
            detector = Detector(weights, long_side_px=long_side_px, runtime=runtime)
            source = DetectorScores(detector, baselines=baselines, kept=Path(kept))
            described = about(layout, detector.model, detector.long_side_px)
        rows = run(
            sets,
            source,
            out,
            about=described,
            binned=binned,
            corruptions=corruptions,
            write_scores=write_scores and f".{write_scores}",
        )
    print(format_table(rows))


def predict(
    images: Path, out: Path = Path("out/predict"), weights: Path = SHIPPED_WEIGHTS, threshold: float | None = None
) -> None:
    """Write an overlay and a 16-bit score map for each picture, and print its hazards.

    Args:
        images: a picture, or a folder of pictures.
        out: folder for {name}_overlay.jpg and {name}_score.png (65535 = probability 1).
        weights: as in evaluate.
        threshold: probability above which a pixel belongs to a hazard; default: the weights' own.
    """
    from mgcda_core.deploy.detector import Detector
    from mgcda_core.hazards.region_settings import RegionSettings
    from mgcda_core.prediction import picture_files, predict_file
    from mgcda_core.processing import Processor

    processor = Processor(Detector(weights), None if threshold is None else RegionSettings(threshold))
    out.mkdir(parents=True, exist_ok=True)
    for path in picture_files(images):
        hazards = predict_file(processor, path, out)
        print(f"{path}: {len(hazards)} hazard(s)")
        for hazard in hazards:
            on_road = "unknown" if hazard.on_road is None else f"{hazard.on_road:.2f}"
            print(f"  {hazard.id}: score {hazard.score:.2f}, box {hazard.box_px}, on road {on_road}")


def export(
    runtime: Literal["onnx", "openvino", "torchscript"] = "onnx",
    size: str = "1920x1080",
    long_side_px: int | None = None,
    out: Path = Path("out/export"),
    weights: Path = SHIPPED_WEIGHTS,
    int8: Path | None = None,
    further_looks: bool = True,
) -> None:
    """Write weights as a file of another runtime, the preprocessing inside and a card beside it, checked on pictures.

    Args:
        runtime: onnx (ONNX Runtime, TensorRT), openvino, or torchscript (for programs in C++; nothing here runs it).
        size: width x height of the camera's pictures; the file takes them scaled down to long_side_px.
        long_side_px: longer side of the picture that the network sees; default: what the weights were made for.
        out: folder for the file.
        weights: a .safetensors file with its card beside it, or mgcda_fast.
        int8: a folder of training pictures, to compute in 8 bits with ranges as these have them; onnx alone.
        further_looks: false leaves the card's smaller scales out: a third faster, large things are missed more often.
    """
    from mgcda_core.deploy.export import export as run
    from mgcda_core.exporting import calibration_pictures, rendered_pictures, seen_size

    weights = named_weights(weights)
    wanted = seen_size(size, weights, long_side_px)
    calibration = [] if int8 is None else calibration_pictures(int8, wanted)
    pictures = rendered_pictures(wanted)
    how = {"int8_pictures": calibration, "further_looks": further_looks}
    path, difference = run(weights, out, runtime, wanted, pictures, **how)
    print(f"{path}: probabilities differ by up to {difference:.2g} from PyTorch's, on rendered pictures")


def info(weights: Path = SHIPPED_WEIGHTS, height: int = 512, width: int = 1024) -> None:
    """Print what weights are made of: parameters and multiply-adds per part, and where they come from.

    Args:
        weights: a .safetensors file with its card beside it, or mgcda_fast; goes without the option's name too.
        height: of the picture that multiply-adds are counted for, pixels.
        width: of that picture, pixels.
    """
    from mgcda_core.deploy.cost import part_costs
    from mgcda_core.deploy.weights import load_weights

    network, card = load_weights(named_weights(weights))
    print(
        f"{card.name}: {card.architecture.kind}, {card.architecture.backbone}, {len(card.architecture.classes)} classes"
    )
    print(f"trained {card.training.get('finished', 'at an unknown date')} on {', '.join(card.data) or 'unknown data'}")
    for scale in card.scales:
        print(f"looks again at {scale.factor:g} of the picture's size, with a weight of {scale.weight:g}")
    print(f"\n| part | parameters | multiply-adds at {width} x {height}, one look |\n|---|---|---|")
    costs = part_costs(network, height, width)
    for cost in costs:
        counted = "in a user's file" if cost.multiply_adds is None else f"{cost.multiply_adds / 1e9:.2f} G"
        print(f"| {cost.name} | {cost.parameters:,} | {counted} |")
    print(
        f"| all | {sum(cost.parameters for cost in costs):,} "
        f"| {sum(cost.multiply_adds or 0 for cost in costs) / 1e9:.2f} G |"
    )


def architectures(
    backbones: tuple[str, ...] = ("efficientnet_lite0", "mobilenetv3_large_100", "resnet18"),
    height: int = 512,
    width: int = 1024,
    class_count: int = 19,
    frames: int = 5,
    reference: bool = False,
) -> None:
    """Print parameters, multiply-adds and milliseconds of the architectures on this machine, with random weights.

    Args:
        backbones: timm names; both kinds are built on each.
        height: of the picture, pixels.
        width: of the picture, pixels.
        class_count: number of semantic classes.
        frames: measured per architecture; the median counts.
        reference: whether to measure the reference configuration too, which takes minutes per frame on a CPU.
    """
    from mgcda_core.evaluation.architecture_table import architecture_rows, format_rows, variants
    from mgcda_core.networks.build import NAMED

    size = {"class_count": class_count, "height": height, "width": width}
    rows = architecture_rows(list(variants(backbones)), frames=frames, **size)
    if reference:
        rows += architecture_rows([("reference configuration", NAMED["reference"])], frames=1, **size)
    print(format_rows(rows))


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


def domains(data: Path, preview: Path = Path("out/domains"), columns: int = 3, rows: int = 4, seed: int = 0) -> None:
    """Write contact sheets of what the synthetic sources make, and one after augmentation, to be looked at.

    Anomalies are outlined in pink, normal pixels that were changed (decoys, shadows) in green, pixels that are told to
    be another class in yellow; pixels that are not judged are darkened.

    Args:
        data: folder with camvid, idd_lite and coco.
        preview: folder for {domain}.png and augmented.png.
        columns: of pairs on a sheet, the picture and its outlined copy.
        rows: of pairs on a sheet.
        seed: the same seed gives the same sheets.
    """
    from mgcda_core.domains.preview import Layout, write_sheets
    from mgcda_core.training.augmentation.pipeline import Augmentation
    from mgcda_core.training.domain_pictures import every_domain, open_things
    from mgcda_core.training.sources import StreetPictures
    from mgcda_core.training.street_source import street_sources

    layout = Layout(columns, rows)
    street = StreetPictures(list(street_sources(data, held_out=False).values()))
    made = every_domain(open_things(data, held_out=False))
    for path in write_sheets(made, street, Augmentation(), preview, layout=layout, seed=seed):
        print(path)


def _commit() -> str:
    """Return the commit that this code was checked out at, or an empty string where that is unknown."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def commands() -> dict[str, Callable[..., None]]:
    """Return every command by name; one whose package cannot be imported says why when it is called."""
    found: dict[str, Callable[..., None]] = {
        "train": train, "evaluate": evaluate, "predict": predict, "info": info, "architectures": architectures,
        "alignment-study": alignment_study, "ablate": ablate, "training-cost": training_cost, "domains": domains,
        "combine": combine, "export": export,
    }  # fmt: skip
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
    found = commands()
    try:
        auto_cli(found, args=plain_arguments(sys.argv[1:], found), prog="mgcda", as_positional=False)
    except ModuleNotFoundError as error:
        if (error.name or "mgcda").startswith("mgcda"):
            raise
        print(
            f"mgcda: {sys.argv[1]} needs {error.name}, which is not installed (docs/dependencies.md says which extra "
            "brings it)",
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    except TrainingStopped as stopped:
        print(f"mgcda: {stopped}", file=sys.stderr)
        raise SystemExit(stopped.exit_code) from None
    except (WeightsError, ValueError, FileNotFoundError, TrainingError) as error:
        print(f"mgcda: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    # For torchrun -m and accelerate launch -m, which start modules and know nothing of console scripts.
    main()
