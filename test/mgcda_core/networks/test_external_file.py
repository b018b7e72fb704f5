"""A network in a file: the same numbers as its module gives, at any size and in any batch, and no silent nonsense."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mgcda_core.networks.external_file import ExternalFile

pytestmark = pytest.mark.filterwarnings(r"ignore:.torch\.jit\.(script|trace|save):FutureWarning")


class Halving(nn.Module):
    """A convolution of stride 2: maps at half the size."""

    def __init__(self, in_channels: int = 3, out_channels: int = 5) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, out_channels, 3, 2, 1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.convolution(values)


class Picky(Halving):
    """Takes multiples of 8 alone."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if values.shape[2] % 8 != 0 or values.shape[3] % 8 != 0:
            raise ValueError("multiples of 8 only")
        return self.convolution(values)


class Flattening(Halving):
    """Has a batch of one baked in; with more pictures it fails."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.convolution(values.reshape(3, values.shape[2], values.shape[3])[None])


class Doubled(Halving):
    """Answers with two maps, the first of which counts, and drops half of it in training."""

    def forward(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return F.dropout(self.convolution(values), 0.5, self.training), values


class Named(Halving):
    """Answers with a dictionary, as torchvision's networks do."""

    def forward(self, values: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"out": self.convolution(values)}


class Answering(nn.Module):
    """Gives the same answer to everything."""

    def __init__(self, answer: torch.Tensor) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.answer


def save_script(module: nn.Module, folder: Path) -> Path:
    torch.jit.save(torch.jit.script(module), path := folder / "theirs.pt")
    return path


def save_trace(module: Halving, folder: Path) -> Path:
    example = torch.rand(1, module.convolution.in_channels, 16, 16)
    torch.jit.save(torch.jit.trace(module.eval(), example), path := folder / "theirs.torchscript")
    return path


def save_onnx(module: Halving, folder: Path, **changes: Any) -> Path:
    """Write the convolution as ONNX; changes: shape and kind of the input, kind of the answers, a second input."""
    pytest.importorskip("onnxruntime", reason="onnxruntime, of the extras onnx and test, is not installed")
    helper = pytest.importorskip("onnx.helper", reason="onnx, of the extra test, is not installed")
    number = helper.onnx.TensorProto.FLOAT
    kind, answers = changes.get("kind", number), changes.get("answers", number)
    weight, bias = module.convolution.weight.detach().numpy(), module.convolution.bias.detach().numpy()
    inputs = [helper.make_tensor_value_info("image", kind, changes.get("shape", ("b", weight.shape[1], "h", "w")))]
    if changes.get("second"):
        inputs.append(helper.make_tensor_value_info("noise", number, (1,)))
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["image"], ["values"], to=number),
            helper.make_node("Conv", ["values", "weight", "bias"], ["scores"], strides=[2, 2], pads=[1, 1, 1, 1]),
            helper.make_node("Cast", ["scores"], ["answer"], to=answers),
        ],
        "theirs",
        inputs,
        [helper.make_tensor_value_info("answer", answers, (None, None, None, None))],
        [
            helper.make_tensor("weight", number, weight.shape, weight.tobytes(), raw=True),
            helper.make_tensor("bias", number, bias.shape, bias.tobytes(), raw=True),
        ],
    )
    # Old enough a version for the onnxruntime that Python 3.10 gets.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (path := folder / "theirs.onnx").write_bytes(model.SerializeToString())
    return path


EVERY_FORMAT = pytest.mark.parametrize("save", [save_script, save_trace, save_onnx])
Save = Callable[[nn.Module, Path], Path]


def load(path: Path, **changes: Any) -> ExternalFile:
    return ExternalFile(path, **{"in_channels": 3, "out_channels": 5} | changes)


@pytest.fixture
def module() -> Halving:
    torch.manual_seed(3)
    return Halving().requires_grad_(False)


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(2, 3, 33, 46, generator=torch.Generator().manual_seed(4))


@EVERY_FORMAT
def test_the_answer_is_the_modules_at_any_size(
    save: Save, module: Halving, image: torch.Tensor, tmp_path: Path
) -> None:
    file = load(save(module, tmp_path))
    for pictures in (image, image[:1, :, :20], image[1:], image.contiguous(memory_format=torch.channels_last)):
        torch.testing.assert_close(file.run(pictures), module(pictures))


@EVERY_FORMAT
def test_a_copy_shares_the_file(save: Save, module: Halving, tmp_path: Path) -> None:
    file = load(save(module, tmp_path))
    assert copy.deepcopy([file])[0] is file


@pytest.mark.parametrize("shape", [(1, 3, "h", "w"), (1, 3, 33, 46)], ids=["any size", "one size"])
def test_an_onnx_file_for_one_picture_takes_a_batch(
    module: Halving, image: torch.Tensor, tmp_path: Path, shape: tuple[int | str, ...]
) -> None:
    torch.testing.assert_close(load(save_onnx(module, tmp_path, shape=shape)).run(image), module(image))


def test_a_torchscript_file_for_one_picture_takes_a_batch(image: torch.Tensor, tmp_path: Path) -> None:
    file = load(save_script(module := Flattening().requires_grad_(False), tmp_path))
    torch.testing.assert_close(file.run(image), module.convolution(image))


@pytest.mark.parametrize("side", [35, 37, 39, 40])
def test_pictures_are_padded_to_a_multiple_and_the_answer_cropped_back(side: int, tmp_path: Path) -> None:
    path, image = save_script(module := Picky().requires_grad_(False), tmp_path), torch.rand(2, 3, 44, side)
    padded = F.pad(image, (0, 40 - side, 0, 4), mode="replicate")
    expected = module(padded)[..., :22, : round(side / 2)]
    torch.testing.assert_close(load(path, multiple_of=8).run(image), expected)


def test_a_side_may_be_shorter_than_what_is_added_to_it(tmp_path: Path) -> None:
    file = load(save_script(Picky().requires_grad_(False), tmp_path), multiple_of=64)
    assert file.run(torch.rand(1, 3, 1, 70)).shape == (1, 5, 1, 35)


def test_a_file_of_one_size_sees_the_whole_picture_at_that_size(module: Halving, tmp_path: Path) -> None:
    file = load(save_onnx(module, tmp_path, shape=(1, 3, 16, 24)), multiple_of=32)
    image = torch.rand(2, 3, 48, 100)
    shrunk = F.interpolate(image, size=(16, 24), mode="bilinear", antialias=True)
    torch.testing.assert_close(file.run(image), module(shrunk))


def test_a_map_stays_one_hot_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = save_onnx(module := Halving(4, 3).requires_grad_(False), tmp_path, shape=(1, 4, 18, 26))
    semantics = F.one_hot(torch.randint(0, 4, (2, 9, 13)), 4).permute(0, 3, 1, 2).float()
    file = load(path, in_channels=4, out_channels=3, one_hot=True)
    enlarged = semantics.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(file.run(semantics), module(enlarged))


def test_of_several_answers_the_first_counts_and_dropout_is_off(image: torch.Tensor, tmp_path: Path) -> None:
    file = load(save_script(module := Doubled().requires_grad_(False).train(), tmp_path))
    torch.testing.assert_close(file.run(image), module.convolution(image))


@pytest.mark.parametrize("kind", ["FLOAT16", "DOUBLE"])
def test_answers_of_another_precision_are_float32_here(
    kind: str, module: Halving, image: torch.Tensor, tmp_path: Path
) -> None:
    proto = pytest.importorskip("onnx", reason="onnx, of the extra test, is not installed").TensorProto
    answer = load(save_onnx(module, tmp_path, answers=getattr(proto, kind))).run(image)
    assert answer.dtype == torch.float32
    torch.testing.assert_close(answer, module(image), atol=2e-3, rtol=2e-3)


def test_a_file_that_fails_says_on_what_and_why(tmp_path: Path) -> None:
    message = r"theirs.pt: the file failed on an input of shape \(1, 3, 33, 40\): .*multiples of 8 only; .* multiple_of"
    with pytest.raises(RuntimeError, match=message):
        load(save_script(Picky(), tmp_path)).run(torch.rand(1, 3, 33, 40))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_an_answer_that_is_no_number_is_an_error(value: float, tmp_path: Path) -> None:
    answer = torch.zeros(1, 5, 4, 4)
    answer[0, 2, 3, 1] = value
    with pytest.raises(RuntimeError, match="theirs.pt: the network returned NaN or infinity"):
        load(save_script(Answering(answer), tmp_path)).run(torch.rand(1, 3, 8, 8))


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (Answering(torch.zeros(1, 4, 2, 2)), "an answer of 4 channels is not allowed; it must be 5, one for each of"),
        (Answering(torch.zeros(2, 5, 2, 2)), r"an answer of shape \(2, 5, 2, 2\) to one picture is not allowed"),
        (Answering(torch.zeros(1, 5, 0, 2)), r"an answer of shape \(1, 5, 0, 2\) to one picture is not allowed"),
        (Answering(torch.zeros(1, 2, 2).long()), r"an answer of type torch.int64 \(1, 2, 2\) is not allowed; .* float"),
        (Answering(torch.zeros(1, 5, 2)), r"an answer of type torch.float32 \(1, 5, 2\) is not allowed"),
        (Named(), r"an answer of type dict is not allowed; it must be float \(1, 5, height, width\)"),
    ],
    ids=["channels", "batch", "nothing", "labels", "three dimensions", "dictionary"],
)
def test_an_answer_of_another_form_is_refused(module: nn.Module, message: str, tmp_path: Path) -> None:
    file = load(save_script(module, tmp_path))
    with pytest.raises(ValueError, match=f"theirs.pt: {message}"):
        file.run(torch.rand(1, 3, 8, 8))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("theirs.pt", r"not a TorchScript file that can be loaded \(.+\); weights alone \(state_dict\) are not a netw"),
        ("theirs.onnx", r"not an ONNX file that onnxruntime can run \(.+\); export it again"),
        ("theirs.pth", r"suffix '.pth' is not allowed; it must be one of \('.pt', '.ts', '.torchscript'\) for Torch"),
    ],
)
@pytest.mark.parametrize("whole", [True, False], ids=["state_dict", "cut off"])
def test_what_is_no_network_is_refused(name: str, message: str, whole: bool, module: Halving, tmp_path: Path) -> None:
    if name.endswith(".onnx"):
        pytest.importorskip("onnxruntime", reason="onnxruntime, of the extras onnx and test, is not installed")
    torch.save(module.state_dict(), path := tmp_path / name)
    path.write_bytes(path.read_bytes()[: None if whole else 100])
    with pytest.raises(ValueError, match=f"{name}: {message}"):
        load(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": (4, 3, "h", "w")}, r"input 'image' of tensor\(float\) \[4, 3, .* tensor\(float\) \(1 or free, 3, h"),
        ({"shape": (1, 5, "h", "w")}, r"input 'image' of tensor\(float\) \[1, 5, .* tensor\(float\) \(1 or free, 3, h"),
        ({"kind": 10}, r"input 'image' of tensor\(float16\) .* is not allowed; it must be tensor\(float\)"),
        ({"answers": 7}, r"output 'answer' of tensor\(int64\) is not allowed; .* not labels"),
        ({"second": True}, r"inputs \['image', 'noise'\] are not allowed; it must be one alone"),
    ],
    ids=["batch", "channels", "half", "labels", "inputs"],
)
def test_an_onnx_file_of_another_form_is_refused(
    changes: dict[str, Any], message: str, module: Halving, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"theirs.onnx: {message}"):
        load(save_onnx(module, tmp_path, **changes))


def test_without_onnxruntime_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (path := tmp_path / "theirs.onnx").write_bytes(b"")
    with pytest.raises(ValueError, match=r"theirs.onnx: onnxruntime, which .* pip install 'mgcda_ros\[onnx\]'"):
        load(path)


def test_loading_torchscript_does_not_warn_the_one_who_drives(
    module: Halving, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = save_script(module, tmp_path)
    recwarn.clear()
    load(path)
    assert not recwarn.list
