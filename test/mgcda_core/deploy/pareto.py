"""What fewer pixels, one look and other decoders cost in AP and save in time:
python test/mgcda_core/deploy/pareto.py SETS OUT [WEIGHTS ...]

Scores the shipped weights, or those that are named, on every set of the folder SETS, at several sizes, with one look
and with all that the card asks for, and times each on a rendered picture of 2:1, in PyTorch and as an exported ONNX
file. Writes pareto.json, pareto.md and pareto.png to OUT; what is in pareto.json already is not measured again.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from mgcda_core.datasets.benchmarks import open_sets
from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.export import export
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, load_card, load_weights, save_weights
from mgcda_core.exporting import rendered_pictures
from mgcda_core.frame import Frame
from mgcda_core.training.ablation import pixel_score

LONG_SIDES_PX = (1024, 832, 640, 512)
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
FRAMES, WARM_UP = 20, 3


def seconds_per_picture(detector: Detector, frame: Frame) -> float:
    """Return the median time of a look."""
    taken: list[float] = []
    for _ in range(WARM_UP + FRAMES):
        started = time.perf_counter()
        detector.detect(frame)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[WARM_UP:])


def measure(weights: Path, long_side_px: int, looks: int, sets: Path, out: Path) -> dict:
    """Return scores by set, and seconds by runtime."""
    network, card = load_weights(weights)
    file = out / f"{weights.stem}_looks_{looks}.safetensors"
    save_weights(network, card if looks > 1 else replace(card, scales=()), file)
    detector = Detector(file, long_side_px=long_side_px)
    scores = {labelled.name: pixel_score(detector, labelled) for labelled in open_sets("pairs", sets)}
    size = (long_side_px // 2, long_side_px)
    pictures = rendered_pictures(size)
    exported, _ = export(file, out, "onnx", size, pictures)
    frame = Frame(pictures[0], 0, "")
    seconds = {
        name: seconds_per_picture(each, frame) for name, each in (("pytorch", detector), ("onnx", Detector(exported)))
    }
    return {
        "weights": weights.stem, "convolutions": card.architecture.convolutions, "long_side_px": long_side_px,
        "looks": looks, "scores": scores, "seconds": seconds,
    }  # fmt: skip


def table(rows: list[dict]) -> str:
    """Return the rows as Markdown; AP / FPR95 in percent."""
    names = list(rows[0]["scores"])
    lines = [
        f"| weights | decoders | longer side | looks | {' | '.join(names)} | PyTorch, ms | ONNX Runtime, ms |",
        "|---" * (len(names) + 6) + "|",
    ]
    for row in rows:
        scores = " | ".join(
            f"{100 * ap:.1f} / {100 * fpr95:.1f}" for ap, fpr95 in (row["scores"][name] for name in names)
        )
        times = " | ".join(f"{1000 * row['seconds'][name]:.0f}" for name in ("pytorch", "onnx"))
        what = " | ".join(str(row[name]) for name in ("weights", "convolutions", "long_side_px", "looks"))
        lines.append(f"| {what} | {scores} | {times} |")
    return "\n".join(lines) + "\n"


def series(row: dict) -> tuple[str, int]:
    """Return what a line of the plot is of: the weights' name and the number of looks."""
    return row["weights"], row["looks"]


def plot(rows: list[dict], path: Path) -> None:
    """Write AP over milliseconds, a panel for each set."""
    names = list(rows[0]["scores"])
    figure, panels = plt.subplots(1, len(names), figsize=(4.2 * len(names), 4), constrained_layout=True)
    for panel, name in zip(panels, names, strict=True):
        for number, ((weights, looks), colour) in enumerate(
            zip(dict.fromkeys(map(series, rows)), COLOURS, strict=False)
        ):
            chosen = [row for row in rows if series(row) == (weights, looks)]
            panel.plot(
                [1000 * row["seconds"]["onnx"] for row in chosen], [100 * row["scores"][name][0] for row in chosen],
                "o-", color=colour, label=f"{weights}, {'one look' if looks == 1 else f'{looks} looks'}",
            )  # fmt: skip
            for row in chosen:
                place = (1000 * row["seconds"]["onnx"], 100 * row["scores"][name][0])
                panel.annotate(
                    f"{row['long_side_px']}",
                    place,
                    textcoords="offset points",
                    xytext=(4, 5 - 14 * (number % 2)),
                    fontsize=8,
                    color=colour,
                )
        panel.set(
            title=name,
            xlabel="ms per picture of 2:1, ONNX Runtime",
            ylabel="AP, %",
            ylim=(40, 100),
            xlim=(0, 1150 * max(row["seconds"]["onnx"] for row in rows)),
        )
        panel.grid(alpha=0.3)
        panel.legend(loc="lower right")
    figure.savefig(path, dpi=110)


def main(sets: Path, out: Path, *files: Path) -> None:
    """Measure what is missing and write all three files."""
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "pareto.json"
    rows = json.loads(kept.read_text()) if kept.is_file() else []
    for weights in files or (SHIPPED_WEIGHTS,):
        for looks in sorted({1, 1 + len(load_card(weights).scales)}):
            for long_side_px in LONG_SIDES_PX:
                if not any((*series(row), row["long_side_px"]) == (weights.stem, looks, long_side_px) for row in rows):
                    rows.append(measure(weights, long_side_px, looks, sets, out))
                    kept.write_text(json.dumps(rows, indent=1))
    rows.sort(key=lambda row: (*series(row), -row["long_side_px"]))
    (out / "pareto.md").write_text(table(rows))
    plot(rows, out / "pareto.png")
    print(table(rows))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
