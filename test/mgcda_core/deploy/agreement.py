"""How far the probabilities of the runtimes lie from those of PyTorch on real pictures.

python test/mgcda_core/deploy/agreement.py IMAGES FILE...
FILE: what `mgcda export` wrote, for the size that the pictures are scaled to; PyTorch's way on a GPU is compared too,
on the GPU where there is one, otherwise on the CPU.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from mgcda_core.datasets.picture import read_picture
from mgcda_core.deploy.resizing import network_size
from mgcda_core.deploy.runtimes.choice import open_runtime
from mgcda_core.deploy.runtimes.pytorch_device import PyTorchDeviceRuntime
from mgcda_core.deploy.runtimes.runtime import Runtime
from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, load_weights
from mgcda_core.prediction import picture_files


def main(images: Path, files: list[Path]) -> None:
    """Print a line per runtime: largest and mean difference, and the share of pixels of another class."""
    reference = open_runtime(SHIPPED_WEIGHTS, RuntimeSettings(device="cpu")).runtime
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    others: dict[str, Runtime] = {
        f"PyTorch, the way of a GPU, on {device}": PyTorchDeviceRuntime(*load_weights(SHIPPED_WEIGHTS), device)
    }
    others |= {(runtime := open_runtime(file, RuntimeSettings()).runtime).description: runtime for file in files}
    differences: dict[str, list[tuple[float, float, float]]] = {name: [] for name in others}
    pictures = picture_files(images)
    for file in pictures:
        image = read_picture(file)
        height, width = image.shape[:2]
        size = network_size(height, width, reference.card.long_side_px)
        expected = reference.maps(reference.run([reference.prepare(image, size)]), 0, height, width)
        for name, runtime in others.items():
            found = runtime.maps(runtime.run([runtime.prepare(image, size)]), 0, height, width)
            apart = np.abs(found.probability - expected.probability)
            differences[name].append((apart.max(), apart.mean(), (found.semantics != expected.semantics).mean()))
    print(f"{len(pictures)} pictures of {images}, against {reference.description}\n")
    print("| runtime | largest difference | mean difference | pixels of another class |\n|---|---|---|---|")
    for name, rows in differences.items():
        largest, mean, classes = np.max([row[0] for row in rows]), *np.mean([row[1:] for row in rows], axis=0)
        print(f"| {name} | {largest:.1e} | {mean:.1e} | {100 * classes:.4f} % |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(file) for file in sys.argv[2:]])
