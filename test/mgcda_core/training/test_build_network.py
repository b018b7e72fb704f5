"""Where a training starts: an encoder that has seen ImageNet."""

from __future__ import annotations

import torch

from mgcda_core.deploy.imagenet import efficientnet_lite0_weights, packaged_file
from mgcda_core.training.loop import build_network


def test_the_encoder_starts_on_imagenet_and_nothing_of_it_is_left_at_random() -> None:
    weights = efficientnet_lite0_weights(packaged_file())
    encoder = build_network().backbone.features.state_dict()
    assert len(encoder) > 200
    assert all(torch.equal(value, weights[key]) for key, value in encoder.items())
