"""What the tests of mgcda_core share: small networks, small pictures, and data sets of a few made-up files."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.deploy.weights import Calibration, Card, save_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import build_network
from mgcda_core.networks.outputs import AnomalyNetwork


@pytest.fixture(scope="session")
def architecture() -> Architecture:
    """Return the shipped architecture with narrow decoders, which take less time and have the same wiring."""
    return Architecture(
        classes=STREET_CLASSES, segmentation_width=8, synthesis_widths=(12, 8, 8), dissimilarity_width=8, map_width=6
    )


@pytest.fixture(scope="session")
def network(architecture: Architecture) -> AnomalyNetwork:
    """Return a random network in evaluation mode whose batch statistics are not the trivial ones. Do not change it."""
    return lively_network(architecture)


def lively_network(architecture: Architecture) -> AnomalyNetwork:
    """Return a random network whose normalisations do something; fresh ones have mean 0, variance 1, scale 1."""
    torch.manual_seed(5)
    network = build_network(architecture).eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.5, 1.5)
                if module.affine:
                    module.weight.uniform_(0.7, 1.3)
                    module.bias.normal_(0, 0.2)
    return network


@pytest.fixture(scope="session")
def make_network() -> object:
    """Return lively_network(), for tests that want other architectures."""
    return lively_network


@pytest.fixture(scope="session")
def weights_file(network: AnomalyNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the session's network on disk, with its card. Do not change it: copy it."""
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    card = Card("tiny", network.architecture, Calibration(scale=2.5, bias=-0.75), threshold=0.3, long_side_px=512)
    save_weights(network, card, path)
    return path


def textured(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Return a picture with structure at several scales, uint8 (height, width, 3)."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for side in (2, 6, 20):
        picture += cv2.resize(rng.uniform(0, 85, (side, side, 3)).astype(np.float32), (width, height))
    return picture.astype(np.uint8)


@pytest.fixture(scope="session")
def make_picture() -> object:
    """Return textured(), for tests that want pictures of several sizes."""
    return textured


def write(path: Path, picture: np.ndarray) -> None:
    """Write an RGB picture or a label image, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) if picture.ndim == 3 else picture
    assert cv2.imwrite(str(path), stored)


@pytest.fixture(scope="session")
def write_picture() -> object:
    """Return write(), for tests that lay out data sets."""
    return write


def street_labels(height: int, width: int, values: tuple[int, int, int]) -> np.ndarray:
    """Return labels of three bands, (top, middle, bottom), with a void column at the left."""
    labels = np.full((height, width), values[1], np.uint8)
    labels[: height // 3] = values[0]
    labels[height // 2 :] = values[2]
    labels[:, :4] = 255
    return labels


def write_coco(root: Path, annotations: list[dict], pictures: dict[int, np.ndarray]) -> None:
    """Write COCO pictures and annotations; categories are 1 person, 3 car, 18 dog and 62 chair."""
    for number, picture in pictures.items():
        write(root / "images" / f"{number:012d}.png", picture)
    content = {
        "images": [
            {"id": number, "file_name": f"{number:012d}.png", "height": picture.shape[0], "width": picture.shape[1]}
            for number, picture in pictures.items()
        ],
        "categories": [{"id": i, "name": name} for i, name in ((1, "person"), (3, "car"), (18, "dog"), (62, "chair"))],
        "annotations": [{"id": number, "iscrowd": 0, **item} for number, item in enumerate(annotations, start=1)],
    }
    (root / "annotations").mkdir(parents=True, exist_ok=True)
    (root / "annotations" / "instances.json").write_text(json.dumps(content))


def rectangle(image_id: int, category_id: int, x: float, y: float, width: float, height: float) -> dict:
    """Return a COCO annotation of a rectangle."""
    outline = [x, y, x + width, y, x + width, y + height, x, y + height]
    return {
        "image_id": image_id, "category_id": category_id, "bbox": [x, y, width, height], "area": width * height,
        "segmentation": [outline],
    }  # fmt: skip


@pytest.fixture(scope="session")
def coco_tools() -> tuple:
    """Return write_coco() and rectangle()."""
    return write_coco, rectangle


@pytest.fixture(scope="session")
def training_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder laid out as the training wants it: camvid, idd_lite and coco, a few small pictures each."""
    root = tmp_path_factory.mktemp("data")
    for split in ("train", "val", "test"):
        for number in range(2):
            write(root / "camvid" / split / f"{split}{number}.png", textured(72, 96, number))
            write(root / "camvid" / f"{split}annot" / f"{split}{number}.png", street_labels(72, 96, (0, 1, 3)))
    for split in ("train", "val"):
        for number in range(2):
            folder = Path(split) / f"seq{number}"
            write(root / "idd_lite/leftImg8bit" / folder / f"{number}_image.jpg", textured(66, 90, 9 + number))
            write(root / "idd_lite/gtFine" / folder / f"{number}_label.png", street_labels(66, 90, (6, 5, 0)))
    pictures = {number: textured(80, 100, 20 + number) for number in (1, 2, 3)}
    objects = [rectangle(number, category, 10 + category, 20, 35, 40) for number in pictures for category in (3, 18)]
    write_coco(root / "coco", objects, pictures)
    return root
