"""MDAT: the classifiers learn to tell domains apart, and the features learn not to let them."""

from __future__ import annotations

import math

import pytest
import torch

from mgcda_core.alignment.domain_classifier import DomainClassifier
from mgcda_core.alignment.gradient_reversal import reversal_ramp
from mgcda_core.alignment.mdat import MDAT


def features(seed: int, *, batch: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Return fused (B, 5, 4, 6) and decoded (B, 7, 16, 24) features that want a gradient."""
    generator = torch.Generator().manual_seed(seed)
    fused = torch.randn(batch, 5, 4, 6, generator=generator)
    decoded = torch.randn(batch, 7, 16, 24, generator=generator)
    return fused.requires_grad_(), decoded.requires_grad_()


@pytest.fixture
def mdat() -> MDAT:
    torch.manual_seed(0)
    return MDAT(5, 7, 3)


DOMAINS = torch.tensor([0, 1, 2, 0, 1, 2])


def gradients(mdat: MDAT, progress: float, **weights: float) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Return the gradients that reach both maps, and the feature classifier's own largest."""
    mdat.zero_grad()
    fused, decoded = features(1)
    answers = mdat(fused, decoded, DOMAINS, progress, **weights)
    (answers.feature.loss + answers.output.loss).backward()
    return fused.grad, decoded.grad, float(mdat.feature_classifier.answer.weight.grad.abs().max())


def test_each_map_gets_its_own_weight_and_the_ramp_reversed(mdat: MDAT) -> None:
    """A classifier without reversal, on the same batch, is what the gradients are compared with."""
    plain = []
    for values, classifier in zip(features(1), (mdat.feature_classifier, mdat.output_classifier), strict=True):
        torch.nn.functional.cross_entropy(classifier(values), DOMAINS).backward()
        plain.append(values.grad)
    for progress, weight_f, weight_o in ((0.1, 0.5, 2.0), (1.0, 1.0, 0.0)):
        mdat.feature_labels.accuracy.fill_(1)
        mdat.output_labels.accuracy.fill_(1)
        found = gradients(mdat, progress, feature_weight=weight_f, output_weight=weight_o)
        for gradient, reference, weight in zip(found, plain, (weight_f, weight_o), strict=False):
            torch.testing.assert_close(gradient, -weight * reversal_ramp(progress) * reference)


def test_at_weight_zero_the_classifiers_watch_and_the_network_hears_nothing(mdat: MDAT) -> None:
    fused, decoded, own = gradients(mdat, 1.0, feature_weight=0.0, output_weight=0.0)
    assert not fused.any() and not decoded.any()
    assert own > 0


def test_one_domain_gives_a_zero_loss_with_a_gradient_and_no_accuracy(mdat: MDAT) -> None:
    fused, decoded = features(2)
    answers = mdat(fused, decoded, torch.ones(6, dtype=torch.int64), 0.5)
    (answers.feature.loss + answers.output.loss).backward()
    assert answers.feature.loss.item() == answers.output.loss.item() == 0
    assert math.isnan(answers.feature.accuracy) and mdat.feature_labels.accuracy.item() == 1
    assert fused.grad is not None and not fused.grad.any()


def test_a_classifier_learns_domains_that_differ(mdat: MDAT) -> None:
    """Domains with another mean in one channel can be told; domains without any difference cannot."""
    optimiser = torch.optim.Adam(mdat.parameters(), lr=3e-3)
    for step in range(120):
        fused, decoded = features(step)
        with torch.no_grad():
            fused[:, 0] += DOMAINS.view(-1, 1, 1)
        answers = mdat(fused, decoded, DOMAINS, 0.0)
        optimiser.zero_grad()
        (answers.feature.loss + answers.output.loss).backward()
        optimiser.step()
    mdat.eval()
    right = [0, 0]
    for step in range(1000, 1030):
        fused, decoded = features(step)
        with torch.no_grad():
            fused[:, 0] += DOMAINS.view(-1, 1, 1)
            for index, logits in enumerate((mdat.feature_classifier(fused), mdat.output_classifier(decoded))):
                right[index] += int((logits.argmax(dim=1) == DOMAINS).sum())
    assert right[0] > 0.95 * 180
    assert right[1] < 0.5 * 180


def test_features_that_are_free_to_move_become_indistinguishable(mdat: MDAT) -> None:
    """One learnable offset per domain: trained through the reversal, the offsets come together."""
    offsets = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    optimiser = torch.optim.Adam(
        [{"params": [offsets], "lr": 2e-2}, {"params": mdat.parameters(), "lr": 5e-3}], betas=(0.5, 0.9)
    )
    for step in range(300):
        fused, decoded = features(step)
        shifted = torch.cat([fused[:, :1] + offsets[DOMAINS].view(-1, 1, 1, 1), fused[:, 1:]], dim=1)
        answers = mdat(shifted, decoded, DOMAINS, step / 300)
        optimiser.zero_grad()
        (answers.feature.loss + answers.output.loss).backward()
        optimiser.step()
    assert float((offsets.max() - offsets.min()).detach()) < 0.5


@pytest.mark.parametrize("domain_count", [2, 3, 8])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (33, 47)], ids=str)
def test_any_number_of_domains_and_any_size(domain_count: int, size: tuple[int, int]) -> None:
    classifier = DomainClassifier(4, domain_count, stride=2)
    assert classifier(torch.rand(2, 4, *size)).shape == (2, domain_count)


def test_a_single_domain_cannot_be_classified() -> None:
    with pytest.raises(ValueError, match="domain_count 1 is not allowed"):
        DomainClassifier(4, 1)
