"""Domain targets: what they are at the start, at chance, and in between."""

from __future__ import annotations

import pytest
import torch

from mgcda_core.alignment.label_smoothing import DomainLabels

DOMAINS = torch.tensor([0, 2, 1, 2])


def at_accuracy(labels: DomainLabels, accuracy: float) -> DomainLabels:
    labels.accuracy.fill_(accuracy)
    return labels


@pytest.mark.parametrize("domain_count", [3, 4, 7])
@pytest.mark.parametrize("mode", ["dynamic", "static", "none"])
@pytest.mark.parametrize("accuracy", [1.0, 0.8, 0.4, 0.0])
def test_targets_sum_to_one_and_favour_the_true_domain(domain_count: int, mode: str, accuracy: float) -> None:
    targets = at_accuracy(DomainLabels(domain_count, mode), accuracy).targets(DOMAINS)
    assert targets.shape == (4, domain_count)
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(4))
    assert (targets >= 0).all()
    torch.testing.assert_close(targets.gather(1, DOMAINS[:, None])[:, 0], targets.amax(dim=1))


@pytest.mark.parametrize("mode", ["dynamic", "none"])
def test_a_training_starts_with_hard_labels(mode: str) -> None:
    assert torch.equal(DomainLabels(3, mode).targets(DOMAINS), torch.eye(3)[DOMAINS])


@pytest.mark.parametrize("domain_count", [2, 3, 5])
@pytest.mark.parametrize("below", [0.0, 0.1])
def test_chance_accuracy_and_less_give_uniform_targets(domain_count: int, below: float) -> None:
    labels = at_accuracy(DomainLabels(domain_count), 1 / domain_count - below)
    targets = labels.targets(torch.arange(domain_count))
    torch.testing.assert_close(targets, torch.full((domain_count, domain_count), 1 / domain_count))


def test_halfway_to_chance_is_halfway_to_uniform() -> None:
    targets = at_accuracy(DomainLabels(2), 0.75).targets(torch.tensor([0]))
    torch.testing.assert_close(targets, torch.tensor([[0.75, 0.25]]))


def test_static_targets_do_not_follow_the_accuracy() -> None:
    targets = at_accuracy(DomainLabels(3, "static", amount=0.3), 0.4).targets(torch.tensor([1]))
    torch.testing.assert_close(targets, torch.tensor([[0.15, 0.7, 0.15]]))


def test_the_running_accuracy_is_an_exponential_average() -> None:
    labels = DomainLabels(2, decay=0.9)
    expected = 1.0
    for accuracy in (0.5, 0.25, 1.0):
        labels.observe(torch.tensor(accuracy))
        expected = 0.9 * expected + 0.1 * accuracy
    assert labels.accuracy.item() == pytest.approx(expected)
    assert "accuracy" in labels.state_dict()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "some"}, "smoothing 'some' is not allowed"),
        ({"amount": 0.7}, "smoothing_amount 0.7 is not allowed for 3 domains; 0 to 0.667 is"),
        ({"decay": 1.0}, "accuracy_decay 1.0 is not allowed"),
    ],
)
def test_settings_that_make_no_sense_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DomainLabels(3, **arguments)
