"""Learning from a teacher: the loss in closed form, and a student that comes nearer to its teacher."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
import torch

from mgcda_core.deploy.weights import Card, load_card, load_weights, save_weights
from mgcda_core.networks.outputs import AnomalyNetwork, Outputs
from mgcda_core.networks.scales import at_scales, checked_scales
from mgcda_core.training import loop
from mgcda_core.training.initial import initial_network
from mgcda_core.training.launch import train_and_save
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stages import Stage
from mgcda_core.training.teacher import Teacher, teacher_loss


def outputs(anomaly: torch.Tensor, classes: torch.Tensor) -> Outputs:
    return Outputs(anomaly, classes, torch.empty(0), torch.empty(0))


@pytest.fixture
def random_outputs() -> list[Outputs]:
    generator = torch.Generator().manual_seed(4)
    return [
        outputs(3 * torch.randn(2, 1, 5, 7, generator=generator).double(), torch.randn(2, 4, 5, 7, generator=generator))
        for _ in range(2)
    ]


def test_the_loss_is_the_divergence_and_the_dice_of_the_probabilities(random_outputs: list[Outputs]) -> None:
    ours, theirs = random_outputs
    divergence = shared = squares = classes = 0.0
    p = ours.anomaly_logits.sigmoid().flatten().tolist()
    q = theirs.anomaly_logits.sigmoid().flatten().tolist()
    for mine, told in zip(p, q, strict=True):
        divergence += told * math.log(told / mine) + (1 - told) * math.log((1 - told) / (1 - mine))
        shared, squares = shared + mine * told, squares + mine**2 + told**2
    mine = ours.segmentation_logits.softmax(1).permute(0, 2, 3, 1).reshape(-1, 4).tolist()
    told = theirs.segmentation_logits.softmax(1).permute(0, 2, 3, 1).reshape(-1, 4).tolist()
    for pixel, taught in zip(mine, told, strict=True):
        classes += sum(b * math.log(b / a) for a, b in zip(pixel, taught, strict=True))
    anomaly = 2 * divergence / len(p) + 0.5 * (1 - (2 * shared + 1) / (squares + 1))
    segmentation = classes / len(p)
    assert float(teacher_loss(ours, theirs, ("anomaly",))) == pytest.approx(anomaly, rel=1e-5)
    assert float(teacher_loss(ours, theirs, ("segmentation",))) == pytest.approx(segmentation, rel=1e-5)
    both = teacher_loss(ours, theirs, ("segmentation", "anomaly", "synthesis"))
    assert float(both) == pytest.approx(anomaly + segmentation, rel=1e-5)
    assert float(teacher_loss(ours, theirs, ("synthesis",))) == 0


def test_the_loss_is_least_at_the_teachers_own_answers(random_outputs: list[Outputs]) -> None:
    ours, theirs = random_outputs
    anomaly = theirs.anomaly_logits.clone().requires_grad_()
    classes = theirs.segmentation_logits.clone().requires_grad_()
    least = teacher_loss(outputs(anomaly, classes), theirs, ("anomaly", "segmentation"))
    least.backward()
    assert float(least.detach()) == pytest.approx(0, abs=1e-6)
    assert float(anomaly.grad.abs().max()) < 1e-6 and float(classes.grad.abs().max()) < 1e-6
    assert float(teacher_loss(ours, theirs, ("anomaly", "segmentation"))) > 0.1


def test_answers_that_are_sure_to_the_last_bit_give_a_finite_loss() -> None:
    sure = outputs(torch.tensor([[[[200.0, -200.0]]]]), torch.tensor([[[[300.0, -300.0]], [[-300.0, 300.0]]]]))
    other = outputs(-sure.anomaly_logits, -sure.segmentation_logits)
    assert math.isfinite(float(teacher_loss(other, sure, ("anomaly", "segmentation"))))
    assert float(teacher_loss(sure, sure, ("anomaly", "segmentation"))) == pytest.approx(0, abs=1e-5)


def test_a_teacher_answers_with_its_cards_looks_and_learns_nothing(network: AnomalyNetwork, tmp_path: Path) -> None:
    scales = checked_scales([(0.5, 0.4)])
    save_weights(network, Card("teacher", network.architecture, scales=scales), tmp_path / "teacher.safetensors")
    teacher = Teacher(tmp_path / "teacher.safetensors", network.architecture, torch.device("cpu"))
    image = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(6))
    swapped = torch.full((2, 64, 96), 255, dtype=torch.uint8)
    swapped[:, 10:30, 10:40] = 2
    with torch.no_grad():
        expected = at_scales(network, image, scales, swapped).anomaly_logits
    found = teacher.answer(image.requires_grad_(), swapped)
    assert torch.allclose(found.anomaly_logits, expected, atol=1e-5)
    assert not found.anomaly_logits.requires_grad
    assert not any(parameter.requires_grad for parameter in teacher.network.parameters())


def test_a_teacher_of_other_classes_is_refused(weights_file: Path, network: AnomalyNetwork) -> None:
    other = dataclasses.replace(network.architecture, classes=("road", "sky"))
    with pytest.raises(ValueError, match=r"teacher: .*tiny.safetensors has the classes .*they must be the same"):
        Teacher(weights_file, other, torch.device("cpu"))


@pytest.fixture
def student(small: Recipe, weights_file: Path) -> Recipe:
    separable = dataclasses.replace(small.architecture, convolutions="separable")
    return dataclasses.replace(small, start_from=weights_file, teacher=weights_file, architecture=separable)


def test_a_student_starts_from_the_teacher_with_separable_convolutions_and_its_card_names_the_teacher(
    student: Recipe, weights_file: Path
) -> None:
    assert initial_network(student).architecture.convolutions == "separable"
    assert initial_network(dataclasses.replace(student, architecture=load_card(weights_file).architecture))
    path, card = train_and_save(student, commit="abc")
    assert card.training["taught_by"]["name"] == card.training["went_on_from"]["name"] == "tiny"
    assert load_weights(path)[0].architecture.convolutions == "separable"
    assert "teacher" in (student.out / "log.csv").read_text().splitlines()[0]


def test_a_student_comes_nearer_to_its_teacher_than_where_it_started(student: Recipe, weights_file: Path) -> None:
    student = dataclasses.replace(student, steps=30, teacher_weight=20.0, learning_rate=3e-3, checkpoint_every=100)
    torch.set_num_threads(1)
    teacher = Teacher(weights_file, load_card(weights_file).architecture, torch.device("cpu"))
    batch = next(loop.batches(loop.open_mixture(student, 8, held_out=True), student, range(8)))

    def distance(network: AnomalyNetwork) -> float:
        with torch.no_grad():
            told = teacher.answer(batch.image, batch.swapped)
            return float(teacher_loss(network.eval()(batch.image, batch.swapped), told, ("anomaly", "segmentation")))

    before = distance(initial_network(student))
    assert distance(loop.train(student).network) < 0.5 * before


def test_a_teacher_is_asked_only_in_stages_that_it_has_an_answer_to(
    student: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    answer = Teacher.answer

    def counted(self: Teacher, image: torch.Tensor, swapped: torch.Tensor) -> Outputs:
        asked.append(len(image))
        return answer(self, image, swapped)

    monkeypatch.setattr(Teacher, "answer", counted)
    stages = (Stage("drawing", learns=("synthesis",), steps=2), Stage("finding", learns=("anomaly",), steps=3))
    loop.train(dataclasses.replace(student, stages=stages))
    assert asked == [student.batch_size] * 3


def test_a_weight_of_nothing_is_refused(student: Recipe) -> None:
    with pytest.raises(ValueError, match="teacher_weight: 0 is not allowed; it must be above 0"):
        dataclasses.replace(student, teacher_weight=0)
