"""Commands that look at pictures: score them against labels, or draw what is found."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

from mgcda_core.datasets.benchmarks import Layout, Track
from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS

AUTOMATIC = RuntimeSettings()


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
        weights: a .safetensors file with its card beside it, a file that `mgcda export` wrote, or mgcda_fast.
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
