"""A user's own networks in place of ours: their answers in our classes, our classes in their pictures."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import AveragedModel

from mgcda_core.deploy.weights import Card, load_weights, save_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import build_network
from mgcda_core.networks.external import ExternalSegmentation, ExternalSynthesis
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.uncertainty import softmax_entropy

pytestmark = pytest.mark.filterwarnings(r"ignore:.torch\.jit\.(script|trace|save):FutureWarning")

OURS = ("road", "car", "person", "sky")
THEIRS = ("street", "sedan", "truck", "human", "thing")
TO_OURS = {"street": "road", "sedan": "car", "truck": "car", "human": "person", "thing": None}
TO_THEIRS = {"road": "street", "car": "sedan", "person": "human", "sky": None}
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.5)


class Halving(nn.Module):
    """A convolution of stride 2: class scores at half the picture's size."""

    def __init__(self, out_channels: int = len(THEIRS)) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, out_channels, 3, 2, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.convolution(image)


class Drawing(nn.Module):
    """A generator at twice the map's size, with colours from -1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.ConvTranspose2d(len(THEIRS), 3, 2, 2)

    def forward(self, semantics: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.convolution(semantics))


class Answering(nn.Module):
    """Gives the same answer to everything."""

    def __init__(self, answer: torch.Tensor) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.answer


def save_script(module: nn.Module, path: Path) -> Path:
    torch.jit.save(torch.jit.script(module), path.with_suffix(".pt"))
    return path.with_suffix(".pt")


def save_onnx(module: Halving, path: Path) -> Path:
    pytest.importorskip("onnxruntime", reason="onnxruntime, of the extras onnx and test, is not installed")
    helper = pytest.importorskip("onnx.helper", reason="onnx, of the extra test, is not installed")
    numbers = {"weight": module.convolution.weight.detach().numpy(), "bias": module.convolution.bias.detach().numpy()}
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", *numbers], ["scores"], strides=[2, 2], pads=[1, 1, 1, 1])],
        "theirs",
        [helper.make_tensor_value_info("image", 1, ("batch", 3, "height", "width"))],
        [helper.make_tensor_value_info("scores", 1, (None, None, None, None))],
        [helper.make_tensor(name, 1, array.shape, array.tobytes(), raw=True) for name, array in numbers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.with_suffix(".onnx").write_bytes(model.SerializeToString())
    return path.with_suffix(".onnx")


EITHER_FORMAT = pytest.mark.parametrize("save", [save_script, save_onnx])
Save = Callable[[nn.Module, Path], Path]


def write_card(path: Path, **changes: Any) -> None:
    """Write a segmentation card beside path, without normalisation; None leaves a field out."""
    fields = {
        "format": 1, "task": "segmentation", "name": "theirs", "classes": THEIRS, "class_map": TO_OURS,
        "mean": [0, 0, 0], "std": [1, 1, 1], "channel_order": "rgb", "output": "logits",
    } | changes  # fmt: skip
    content = {key: value for key, value in fields.items() if value is not None}
    path.with_suffix(".json").write_text(json.dumps(content))


def segmentation(path: Path, **changes: Any) -> ExternalSegmentation:
    write_card(path, **changes)
    return ExternalSegmentation(path, OURS)


def synthesis(path: Path, **changes: Any) -> ExternalSynthesis:
    fields = {"task": "synthesis", "output": None, "class_map": TO_THEIRS, "mean": [0.5] * 3, "std": [0.5] * 3}
    write_card(path, **fields | changes)
    return ExternalSynthesis(path, OURS)


def in_our_classes(theirs: torch.Tensor) -> torch.Tensor:
    """Return probabilities of OURS from those of THEIRS, as TO_OURS says, written out."""
    street, sedan, truck, human, thing = theirs.unbind(1)
    return torch.stack([street + thing / 4, sedan + truck + thing / 4, human + thing / 4, thing / 4], 1)


def in_their_classes(semantics: torch.Tensor) -> torch.Tensor:
    """Return the one-hot map over THEIRS of one over OURS, as TO_THEIRS says, written out."""
    road, car, person, _ = semantics.unbind(1)
    return torch.stack([road, car, 0 * car, person, 0 * car], 1)


@pytest.fixture
def module() -> Halving:
    torch.manual_seed(3)
    return Halving().requires_grad_(False)


@pytest.fixture
def generator() -> Drawing:
    torch.manual_seed(5)
    return Drawing().requires_grad_(False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "theirs"


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(2, 3, 33, 46, generator=torch.Generator().manual_seed(4))


@pytest.fixture
def semantics() -> torch.Tensor:
    labels = torch.randint(0, len(OURS), (2, 9, 13), generator=torch.Generator().manual_seed(6))
    return F.one_hot(labels, len(OURS)).permute(0, 3, 1, 2).float()


@EITHER_FORMAT
def test_the_answer_is_the_modules_in_our_classes(save: Save, module: Halving, image: torch.Tensor, path: Path) -> None:
    logits = segmentation(save(module, path))(image)
    assert logits.shape == (2, 4, 17, 23) and logits.dtype == torch.float32
    torch.testing.assert_close(logits.exp(), in_our_classes(module(image).softmax(1)))


@EITHER_FORMAT
def test_pictures_are_normalised_in_the_order_of_the_files_channels(
    save: Save, module: Halving, image: torch.Tensor, path: Path
) -> None:
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)
    rgb = segmentation(file := save(module, path), mean=MEAN, std=STD)
    torch.testing.assert_close(rgb(image).exp(), in_our_classes(module((image - mean) / std).softmax(1)))
    bgr = segmentation(file, mean=MEAN, std=STD, channel_order="bgr")
    torch.testing.assert_close(bgr(image).exp(), in_our_classes(module((image.flip(1) - mean) / std).softmax(1)))


def test_classes_that_match_need_no_map_and_keep_their_log_probabilities(image: torch.Tensor, path: Path) -> None:
    module = Halving(4).requires_grad_(False)
    network = segmentation(save_script(module, path), classes=OURS[::-1], class_map=None)
    torch.testing.assert_close(network(image), module(image).log_softmax(1).flip(1))


def test_padding_is_the_cards(module: Halving, image: torch.Tensor, path: Path) -> None:
    padded = F.pad(image, (0, 2, 0, 15), mode="replicate")
    expected = in_our_classes(module(padded).softmax(1))[..., :16, :23]
    torch.testing.assert_close(segmentation(save_script(module, path), multiple_of=48)(image).exp(), expected)


def answering(path: Path, *scores: float) -> torch.Tensor:
    """Return the logits of one pixel for a file that answers with these scores of THEIRS."""
    network = segmentation(save_script(Answering(torch.tensor(scores).float().view(1, -1, 1, 1)), path))
    return network(torch.rand(1, 3, 8, 8))


def test_void_reads_as_uncertain_in_every_class(path: Path) -> None:
    probabilities = answering(path, 0, 0, 0, 0, 90).softmax(1)
    torch.testing.assert_close(probabilities.flatten(), torch.full((4,), 0.25))
    assert float(softmax_entropy(probabilities)) == pytest.approx(1)


def test_a_class_that_nothing_maps_to_has_no_probability_and_no_nan(path: Path) -> None:
    logits = answering(path, 0, 90, 90, 0, -90)
    assert logits.isfinite().all()
    torch.testing.assert_close(logits.softmax(1).flatten(), torch.tensor([0.0, 1.0, 0.0, 0.0]))
    assert float(softmax_entropy(logits.softmax(1))) == pytest.approx(0, abs=1e-6)


def test_probabilities_read_as_the_logits_that_they_came_from(module: Halving, image: torch.Tensor, path: Path) -> None:
    expected = segmentation(save_script(module, path))(image)
    softmax = save_script(nn.Sequential(module, nn.Softmax(1)), path)
    torch.testing.assert_close(segmentation(softmax, output="probabilities")(image), expected)


def test_logits_and_probabilities_do_not_pass_for_each_other(module: Halving, image: torch.Tensor, path: Path) -> None:
    message = r"theirs.json: output 'probabilities' is not allowed; .* are not 0 .* lowest is {}\); .* to 'logits'"
    with pytest.raises(ValueError, match=message.format("-.*")):
        segmentation(save_script(module, path), output="probabilities")(image)
    with pytest.raises(ValueError, match=message.format("0.*")):
        segmentation(save_script(nn.Sequential(module, nn.Sigmoid()), path), output="probabilities")(image)
    message = "theirs.json: output 'logits' is not allowed; the file's answers are probabilities: .* to 'probabilities'"
    with pytest.raises(ValueError, match=message):
        segmentation(save_script(nn.Sequential(module, nn.Softmax(1)), path))(image)


@EITHER_FORMAT
def test_what_surrounds_a_network_does_not_change_what_it_computes(
    save: Save, module: Halving, image: torch.Tensor, path: Path
) -> None:
    expected = (network := segmentation(save(module, path)))(image)
    for _ in range(3):  # TorchScript compiles again on its second run
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(network(image), expected)
    with torch.inference_mode():
        assert torch.equal(network(image.contiguous(memory_format=torch.channels_last)), expected)
    with torch.no_grad():
        assert torch.equal(network(image), expected)
    assert not network(image.requires_grad_()).requires_grad
    coarse = image.detach().half()
    assert torch.equal(network.half().train()(coarse), network(coarse.float()))


@EITHER_FORMAT
def test_a_copy_shares_the_file_and_a_state_holds_nothing_of_it(
    save: Save, module: Halving, image: torch.Tensor, path: Path
) -> None:
    network = segmentation(save(module, path))
    assert not network.state_dict() and not list(network.parameters()) and not list(network.buffers())
    twin = copy.deepcopy(network)
    assert twin.file is network.file and torch.equal(twin(image), network(image))
    averaged = AveragedModel(nn.Sequential(nn.Conv2d(3, 3, 1), network))
    averaged.update_parameters(nn.Sequential(nn.Conv2d(3, 3, 1), network))
    assert averaged.module[1].file is network.file


def test_a_generator_draws_our_classes_as_its_own(generator: Drawing, semantics: torch.Tensor, path: Path) -> None:
    file = save_script(generator, path)
    expected = (generator(in_their_classes(semantics)) + 1) / 2
    network = synthesis(file)
    drawn = network(semantics)
    assert drawn.shape == (2, 3, 18, 26) and drawn.dtype == torch.float32
    torch.testing.assert_close(drawn, expected)
    torch.testing.assert_close(synthesis(file, channel_order="bgr")(semantics), expected.flip(1))
    for _ in range(3):
        with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
            assert torch.equal(network(semantics.bfloat16()), drawn)
    assert copy.deepcopy(network).file is network.file and not network.state_dict()
    assert not network(semantics.requires_grad_()).requires_grad


def test_colours_are_scaled_in_the_files_order_and_stay_in_range(
    generator: Drawing, semantics: torch.Tensor, path: Path
) -> None:
    mean, std = (0.0, 0.5, 1.0), (0.25, 0.5, 1.0)
    drawn = synthesis(save_script(generator, path), mean=mean, std=std, channel_order="bgr")(semantics)
    scale, shift = torch.tensor(std).view(1, 3, 1, 1), torch.tensor(mean).view(1, 3, 1, 1)
    expected = generator(in_their_classes(semantics)) * scale + shift
    assert expected.min() < 0 and expected.max() > 1
    torch.testing.assert_close(drawn, expected.clamp(0, 1).flip(1))


def test_a_map_is_padded_one_hot(generator: Drawing, semantics: torch.Tensor, path: Path) -> None:
    padded = F.pad(in_their_classes(semantics), (0, 3, 0, 7), mode="replicate")
    drawn = synthesis(save_script(generator, path), multiple_of=16)(semantics)
    torch.testing.assert_close(drawn, (generator(padded)[..., :18, :26] + 1) / 2)


def test_void_is_the_zero_vector_and_several_of_ours_may_be_one_of_theirs(
    generator: Drawing, semantics: torch.Tensor, path: Path
) -> None:
    file = save_script(generator, path)
    void = (generator(torch.zeros(1, 5, 9, 13)) + 1) / 2
    torch.testing.assert_close(synthesis(file)(torch.zeros(1, 4, 9, 13)), void)
    everything = synthesis(file, class_map=dict.fromkeys(OURS, "truck"))(semantics)
    truck = F.one_hot(torch.full((2, 9, 13), 2), 5).permute(0, 3, 1, 2).float()
    torch.testing.assert_close(everything, (generator(truck) + 1) / 2)


def test_an_unusable_answer_is_an_error(path: Path) -> None:
    answer = torch.zeros(1, 5, 4, 4)
    answer[0, 2, 3, 1] = float("nan")
    with pytest.raises(RuntimeError, match="theirs.pt: the network returned NaN or infinity"):
        segmentation(save_script(Answering(answer), path))(torch.rand(1, 3, 8, 8))
    with pytest.raises(RuntimeError, match="theirs.pt: the network returned NaN or infinity"):
        synthesis(save_script(Answering(answer[:, :3]), path))(torch.zeros(1, 4, 8, 8))
    with pytest.raises(ValueError, match="theirs.pt: an answer of 4 channels is not allowed; it must be 5, one for"):
        segmentation(save_script(Answering(torch.zeros(1, 4, 2, 2)), path))(torch.rand(1, 3, 8, 8))
    with pytest.raises(ValueError, match="theirs.pt: an answer of 5 channels is not allowed; it must be 3, colours"):
        synthesis(save_script(Answering(torch.zeros(1, 5, 2, 2)), path))(torch.zeros(1, 4, 8, 8))


def test_a_missing_file_and_a_card_for_the_other_task_are_refused(module: Halving, path: Path) -> None:
    with pytest.raises(ValueError, match="theirs.onnx: the file of the segmentation network does not exist"):
        segmentation(path.with_suffix(".onnx"))
    with pytest.raises(ValueError, match="theirs.json: task 'segmentation' is not allowed; it must be 'synthesis'"):
        synthesis(save_script(module, path), task="segmentation")


@pytest.fixture(params=[save_script, save_onnx])
def composed(request: pytest.FixtureRequest, architecture: Architecture, tmp_path: Path) -> AnomalyNetwork:
    """Return a whole network on a user's segmentation network and generator, whose files lie in tmp_path."""
    torch.manual_seed(1)
    eyes, brush = request.param(Halving(), tmp_path / "eyes"), save_script(Drawing(), tmp_path / "brush")
    segmentation(eyes)
    synthesis(brush)
    described = replace(
        architecture, classes=OURS, segmentation="file", segmentation_file=eyes.name, synthesis="file",
        synthesis_file=brush.name,
    )  # fmt: skip
    return build_network(described, tmp_path)


def test_a_whole_network_stands_on_both(composed: AnomalyNetwork, image: torch.Tensor) -> None:
    with torch.inference_mode():
        outputs = composed.eval()(image)
    assert all(output.isfinite().all() for output in outputs)
    assert outputs.anomaly_logits.shape == (2, 1, 9, 12) and outputs.segmentation_logits.shape == (2, 4, 17, 23)
    assert outputs.uncertainty.shape == (2, 3, 9, 12) and outputs.reconstruction.shape == (2, 3, 18, 24)
    assert {key.split(".")[0] for key in composed.state_dict()} == {"backbone", "dissimilarity"}


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_training_step_teaches_what_is_ours(composed: AnomalyNetwork, image: torch.Tensor, bfloat16: bool) -> None:
    optimiser = torch.optim.SGD(composed.train().parameters(), lr=0.1)
    before = {name: parameter.detach().clone() for name, parameter in composed.named_parameters()}
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        logits = composed(image).anomaly_logits
    F.binary_cross_entropy_with_logits(logits.float(), (logits.detach() > logits.mean()).float()).backward()
    optimiser.step()
    moved = {name for name, parameter in composed.named_parameters() if not torch.equal(parameter, before[name])}
    assert {name.split(".")[0] for name in moved} == {"backbone", "dissimilarity"}
    assert all(parameter.isfinite().all() for parameter in composed.parameters())


def test_weights_are_loaded_with_the_files_beside_them(
    composed: AnomalyNetwork, image: torch.Tensor, tmp_path: Path
) -> None:
    save_weights(composed, Card("ours", composed.architecture), tmp_path / "ours.safetensors")
    again, _ = load_weights(tmp_path / "ours.safetensors")
    with torch.inference_mode():
        torch.testing.assert_close(again(image).anomaly_logits, composed.eval()(image).anomaly_logits)
    (tmp_path / "eyes.json").unlink()
    with pytest.raises(ValueError, match="eyes.json: the card is missing; it belongs beside eyes"):
        load_weights(tmp_path / "ours.safetensors")
