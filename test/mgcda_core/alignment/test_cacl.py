"""CACL on whole batches: every strategy, batches with nothing in them, and half precision."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from mgcda_core.alignment.cacl import CACL, Strategy, hardest
from mgcda_core.alignment.contrast import Embedded, contrastive_loss
from mgcda_core.alignment.projector import Projector
from mgcda_core.alignment.sampler import Pixels, sample_pixels

STRATEGIES = get_args(Strategy)
DOMAINS = torch.tensor([0, 1, 2, 1])


def batch(kind: str = "usual") -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return decoded features (4, 8, 12, 16), logits (4, 1, 12, 16) and labels (4, 48, 64)."""
    generator = torch.Generator().manual_seed(4)
    decoded = torch.randn(4, 8, 12, 16, generator=generator)
    logits = torch.randn(4, 1, 12, 16, generator=generator)
    labels = torch.zeros(4, 48, 64, dtype=torch.uint8)
    labels[:, :4] = 255
    if kind == "usual":
        labels[:, 16:32, 8:40] = 1
    elif kind == "one anomalous pixel":
        labels[2, 20, 24] = 1
    elif kind == "all void":
        labels[:] = 255
    return decoded.requires_grad_(), logits, labels


def loss_of(cacl: CACL, kind: str, domains: torch.Tensor = DOMAINS, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    decoded, logits, labels = batch(kind)
    loss = cacl(decoded, logits, labels, domains, torch.Generator().manual_seed(seed))
    loss.backward()
    return loss.detach(), decoded.grad


@pytest.fixture(params=STRATEGIES)
def cacl(request: pytest.FixtureRequest) -> CACL:
    torch.manual_seed(1)
    return CACL(8, strategy=request.param, per_class=10)


def test_a_usual_batch_has_a_loss_that_reaches_features_and_projector(cacl: CACL) -> None:
    loss, gradient = loss_of(cacl, "usual")
    assert loss > 0 and gradient.isfinite().all() and gradient.abs().max() > 0
    assert all(parameter.grad.abs().max() > 0 for parameter in cacl.parameters())


@pytest.mark.parametrize(
    ("kind", "domains"),
    [
        ("all void", DOMAINS),
        ("no anomaly", DOMAINS),
        ("usual", torch.zeros(4, dtype=torch.int64)),
        ("one anomalous pixel", torch.tensor([0, 0, 1, 0])),
    ],
    ids=["all void", "no anomaly", "one domain", "one anomalous pixel"],
)
def test_a_batch_with_little_in_it_gives_a_number_and_a_gradient(cacl: CACL, kind: str, domains: torch.Tensor) -> None:
    loss, gradient = loss_of(cacl, kind, domains)
    assert loss.isfinite() and gradient is not None and gradient.isfinite().all()
    if kind != "one anomalous pixel":
        assert loss == 0 and not gradient.any()
    else:
        # The pixel is a negative of its domain's normal ones, which have positives in the other.
        assert loss > 0 and gradient.any()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("temperature", [0.01, 0.1])
def test_half_precision_gives_no_nan(cacl: CACL, dtype: torch.dtype, temperature: float) -> None:
    cacl.temperature = temperature
    decoded, logits, labels = batch()
    expected = cacl(decoded.to(dtype).float(), logits, labels, DOMAINS, torch.Generator().manual_seed(0))
    with torch.autocast("cpu", dtype):
        found = cacl(decoded.to(dtype), logits.to(dtype), labels, DOMAINS, torch.Generator().manual_seed(0))
    found.backward()
    assert found.dtype == torch.float32 and decoded.grad.isfinite().all()
    torch.testing.assert_close(found, expected)


def test_the_draw_comes_from_the_generator_alone(cacl: CACL) -> None:
    losses = [loss_of(cacl, "usual", seed=seed)[0].item() for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


def test_training_it_brings_same_class_features_of_different_domains_together(cacl: CACL) -> None:
    """Free features under the loss alone: same class across domains above other class within a domain."""
    decoded, logits, labels = batch()
    features = decoded.detach().clone().requires_grad_()
    optimiser = torch.optim.Adam([features, *cacl.parameters()], lr=1e-2)
    for step in range(300):
        optimiser.zero_grad()
        cacl(features, logits, labels, DOMAINS, torch.Generator().manual_seed(step)).backward()
        optimiser.step()
    vectors = cacl.projector(features).detach()
    pixels = sample_pixels(labels[:, ::4, ::4].long(), per_class=30, generator=torch.Generator().manual_seed(9))
    chosen, domain = pixels.vectors(vectors), DOMAINS[pixels.picture]
    cosine = chosen @ chosen.T
    same_class = pixels.anomalous[:, None] == pixels.anomalous[None]
    same_domain = domain[:, None] == domain[None]
    assert cosine[same_class & ~same_domain].mean() > cosine[~same_class & same_domain].mean() + 0.3


def test_the_anomaly_aware_sample_is_what_the_strategy_says() -> None:
    """Against the loss put together by hand: misclassified pixels as anchors and negatives, any as positives."""
    torch.manual_seed(1)
    cacl = CACL(8, strategy="anomaly_aware", per_class=10, hard_share=1.0)
    decoded, logits, labels = batch()
    found = cacl(decoded, logits, labels, DOMAINS, torch.Generator().manual_seed(0))
    draw = torch.Generator().manual_seed(0)
    small = labels[:, ::4, ::4].long()
    hard = sample_pixels(small, per_class=10, generator=draw, probability=logits[:, 0].sigmoid())
    wrong = (logits[:, 0].sigmoid() >= 0.5).flatten(1)[hard.picture, hard.index] != hard.anomalous
    assert wrong.float().mean() > 0.95
    usual = sample_pixels(small, per_class=10, generator=draw)
    vectors = cacl.projector(decoded)
    hard_set, usual_set = (Embedded(p.vectors(vectors), p.anomalous, DOMAINS[p.picture]) for p in (hard, usual))
    torch.testing.assert_close(found, contrastive_loss(hard_set, usual_set, hard_set))


def test_hard_negatives_are_the_nearest_of_the_other_class_in_the_domain() -> None:
    pool = Pixels(torch.tensor([0, 0, 0, 0]), torch.arange(4), torch.tensor([True, True, True, False]))
    vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0], [1, 1], [0, 1], [1, 0]]), dim=1)
    of_pool = Embedded(vectors, pool.anomalous, torch.tensor([0, 0, 0, 0]))
    anchors = Embedded(torch.tensor([[0.0, 1], [1, 0]]), torch.tensor([False, False]), torch.tensor([0, 1]))
    # The second anchor is of another domain: to it the pool holds no negatives.
    chosen = hardest(pool, of_pool, anchors, per_class=2)
    assert chosen.index[chosen.anomalous].tolist() == [2, 1]


def test_the_projector_gives_unit_vectors() -> None:
    vectors = Projector(5, width=16)(torch.randn(2, 5, 3, 4))
    assert vectors.shape == (2, 16, 3, 4)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2, 3, 4))


def test_what_all_features_share_does_not_make_their_vectors_one() -> None:
    torch.manual_seed(0)
    features = 30 + torch.rand(2, 8, 12, 12)
    vectors = Projector(8, width=16)(features).permute(0, 2, 3, 1).reshape(-1, 16)
    assert float((vectors @ vectors.T).mean()) < 0.9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strategy": "best"}, "strategy 'best' is not allowed"),
        ({"per_class": 0}, "per_class 0 is not allowed"),
        ({"hard_share": 1.5}, "hard_share 1.5 is not allowed"),
        ({"temperature": 0.0}, "temperature 0.0 is not allowed"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CACL(8, **settings)
