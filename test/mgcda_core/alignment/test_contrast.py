"""The contrastive loss against a slow loop over the definition, and where there is nothing to contrast."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from mgcda_core.alignment.contrast import Embedded, contrastive_loss, domain_prototypes


def embedded(count: int, seed: int, *, domains: int = 3, width: int = 6) -> Embedded:
    generator = torch.Generator().manual_seed(seed)
    vectors = F.normalize(torch.randn(count, width, generator=generator, dtype=torch.float64), dim=1)
    anomalous = torch.randint(0, 2, (count,), generator=generator).bool()
    return Embedded(vectors.requires_grad_(), anomalous, torch.randint(0, domains, (count,), generator=generator))


def slow_loss(anchors: Embedded, positives: Embedded, negatives: Embedded, temperature: float) -> float:
    """InfoNCE as method.md defines it, one number at a time."""
    anchors, positives, negatives = (e._replace(vectors=e.vectors.detach()) for e in (anchors, positives, negatives))
    of_anchors: list[float] = []
    for vector, anomalous, domain in zip(*anchors, strict=True):
        away = [
            math.exp(float(vector @ other) / temperature)
            for other, its_class, its_domain in zip(*negatives, strict=True)
            if its_class != anomalous and its_domain == domain
        ]
        towards = [
            math.exp(float(vector @ other) / temperature)
            for other, its_class, its_domain in zip(*positives, strict=True)
            if its_class == anomalous and its_domain != domain
        ]
        if away and towards:
            of_anchors.append(sum(-math.log(one / (one + sum(away))) for one in towards) / len(towards))
    return sum(of_anchors) / len(of_anchors)


@pytest.mark.parametrize("temperature", [0.07, 0.1, 1.0])
@pytest.mark.parametrize("domains", [2, 3, 5])
def test_the_loss_is_the_slow_loops(temperature: float, domains: int) -> None:
    sets = [embedded(count, seed, domains=domains) for seed, count in enumerate((17, 23, 19))]
    found = contrastive_loss(*sets, temperature=temperature)
    assert found.item() == pytest.approx(slow_loss(*sets, temperature), rel=1e-9)


def test_the_gradient_is_the_slopes() -> None:
    anchors, positives, negatives = (embedded(count, seed, domains=2) for seed, count in enumerate((5, 6, 7)))

    def loss(a: torch.Tensor, p: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
        return contrastive_loss(
            anchors._replace(vectors=a), positives._replace(vectors=p), negatives._replace(vectors=n)
        )

    assert torch.autograd.gradcheck(loss, (anchors.vectors, positives.vectors, negatives.vectors))


def test_alike_across_domains_and_unlike_within_is_best() -> None:
    anomalous, domain = torch.tensor([0, 1, 0, 1]).bool(), torch.tensor([0, 0, 1, 1])
    good = Embedded(torch.tensor([[1.0, 0], [-1, 0], [1, 0], [-1, 0]]), anomalous, domain)
    bad = Embedded(torch.tensor([[1.0, 0], [1, 0], [-1, 0], [-1, 0]]), anomalous, domain)
    # softplus((-1 - 1) / 0.1) and softplus((1 + 1) / 0.1)
    assert contrastive_loss(good, good, good).item() == pytest.approx(math.log1p(math.exp(-20)), abs=1e-7)
    assert contrastive_loss(bad, bad, bad).item() == pytest.approx(20, abs=1e-4)


def only(chosen: Embedded, keep: torch.Tensor) -> Embedded:
    return Embedded(chosen.vectors.detach()[keep].requires_grad_(), chosen.anomalous[keep], chosen.domain[keep])


@pytest.mark.parametrize(
    "kept",
    [
        lambda e: e.domain == 0,
        lambda e: e.anomalous,
        lambda e: ~e.anomalous,
        lambda e: torch.zeros(len(e.domain), dtype=torch.bool),
    ],
    ids=["one domain", "no normal pixel", "no anomalous pixel", "no pixel"],
)
def test_nothing_to_contrast_is_zero_with_a_gradient(kept: object) -> None:
    everything = embedded(20, 3)
    few = only(everything, kept(everything))
    loss = contrastive_loss(few, few, few)
    loss.backward()
    assert loss.item() == 0
    assert few.vectors.grad is not None and not few.vectors.grad.any()


def test_an_anchor_without_negatives_does_not_turn_the_others_into_nan() -> None:
    everything = embedded(20, 3, domains=2)
    few = only(everything, (everything.domain == 0) | everything.anomalous)
    loss = contrastive_loss(few, few, few)
    loss.backward()
    assert loss.item() == pytest.approx(slow_loss(few, few, few, 0.1)) and few.vectors.grad.isfinite().all()


def test_prototypes_are_the_normalised_means_of_class_and_domain() -> None:
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(3, 4, 2, 2, generator=generator)
    labels = torch.tensor([[[0, 0], [1, 255]], [[0, 1], [1, 1]], [[0, 255], [255, 255]]])
    prototypes = domain_prototypes(embeddings, labels, torch.tensor([5, 2, 5]))
    assert prototypes.domain.tolist() == [2, 2, 5, 5] and prototypes.anomalous.tolist() == [False, True, False, True]
    normal_of_5 = (embeddings[0, :, 0, 0] + embeddings[0, :, 0, 1] + embeddings[2, :, 0, 0]) / 3
    torch.testing.assert_close(prototypes.vectors[2], normal_of_5 / normal_of_5.norm())
    assert domain_prototypes(embeddings, torch.full((3, 2, 2), 255), torch.tensor([0, 1, 1])).vectors.shape == (0, 4)
