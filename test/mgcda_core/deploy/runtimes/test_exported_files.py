"""Exported files: the same answers as PyTorch's, for any number of pictures, or no file at all."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from mgcda_core.deploy import export as export_module
from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.export import ExportError, export
from mgcda_core.deploy.runtimes.runtime import RuntimeUnavailableError
from mgcda_core.deploy.weights import Calibration, Card, WeightsError, card_path, load_card, save_weights
from mgcda_core.frame import Frame
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.scales import Scale

MakePicture = Callable[..., np.ndarray]
SIZE = (64, 96)
NEEDS = {"onnx": "onnxscript", "openvino": "openvino", "torchscript": "torch"}


@pytest.fixture(scope="module")
def weights(make_network: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return weights that look twice, as the shipped ones do, of few layers: exporting takes long.

    Random logits lie close together: the calibration spreads them over the probabilities.
    """
    small = {"segmentation_width": 8, "synthesis_widths": (12, 8), "dissimilarity_width": 8, "map_width": 6}
    network = make_network(Architecture(backbone="resnet18", classes=("sky", "road", "car"), **small))
    card = Card("two", network.architecture, Calibration(40.0, 6.8), long_side_px=512, scales=(Scale(0.67, 0.35),))
    path = tmp_path_factory.mktemp("two_looks") / "two.safetensors"
    save_weights(network, card, path)
    return path


@pytest.fixture(scope="module")
def pictures(make_picture: MakePicture) -> list[np.ndarray]:
    return [make_picture(*SIZE, seed=seed) for seed in range(3)]


@pytest.fixture(scope="module", params=["onnx", "openvino", "torchscript"])
def exported(
    request: pytest.FixtureRequest, weights: Path, pictures: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    pytest.importorskip(NEEDS[request.param], reason=f"{NEEDS[request.param]} is not installed: no {request.param}")
    return export(weights, tmp_path_factory.mktemp("exported"), request.param, SIZE, pictures)[0]


def needs_a_runtime(exported: Path) -> None:
    if exported.suffix == ".pt":
        pytest.skip("TorchScript files are for programs in C++: nothing here runs them")


def test_a_file_answers_as_pytorch_does(exported: Path, weights: Path, pictures: list[np.ndarray]) -> None:
    needs_a_runtime(exported)
    theirs, ours = Detector(exported), Detector(weights, long_side_px=96)
    larger = np.repeat(np.repeat(pictures[0], 2, axis=0), 2, axis=1)  # scaled down to the file's size
    for image in (*pictures, larger):
        found, expected = (detector.detect(Frame(image, 5, "camera")) for detector in (theirs, ours))
        assert np.ptp(expected.probability) > 0.1, "of a map that is the same everywhere: this test compares nothing"
        assert np.abs(found.probability - expected.probability).max() < 1e-3
        assert np.array_equal(found.semantics, expected.semantics)
        assert (found.stamp, found.frame_id) == (5, "camera")


def test_a_file_takes_any_number_of_pictures(exported: Path, pictures: list[np.ndarray]) -> None:
    needs_a_runtime(exported)
    detector = Detector(exported)
    for count in (1, 2, 3):
        together = detector.detect_together([Frame(image, 0, "") for image in pictures[:count]])
        for image, found in zip(pictures, together, strict=False):
            alone = detector.detect(Frame(image, 0, ""))
            assert np.abs(found.probability - alone.probability).max() < 1e-4


def test_a_torchscript_file_answers_as_pytorch_does(exported: Path, weights: Path, pictures: list[np.ndarray]) -> None:
    if exported.suffix != ".pt":
        pytest.skip("of TorchScript alone: the others have a runtime here")
    detector = Detector(weights, long_side_px=96)
    probability, classes = torch.jit.load(str(exported))(torch.from_numpy(np.stack(pictures)))
    assert (classes.dtype, probability.shape) == (torch.uint8, classes.shape)
    for image, found in zip(pictures, probability.numpy(), strict=True):
        expected = detector.coarse(detector.run(detector.preprocess(image))).probability
        assert np.abs(found - expected).max() < 1e-3


def test_the_card_tells_where_a_file_comes_from(exported: Path, weights: Path) -> None:
    assert card_path(exported).name == f"{exported.name}.json"
    card, origin = load_card(exported), load_card(weights)
    assert dataclasses.replace(card, exported=None) == origin
    assert (card.exported.height, card.exported.width, card.exported.precision) == (*SIZE, "float32")
    assert card.exported.weights_sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert 0 <= card.exported.agreement < 1e-3


def test_a_file_tells_nothing_of_the_folders_that_it_was_made_in(exported: Path) -> None:
    if exported.suffix == ".pt":
        pytest.skip("TorchScript keeps the source lines of what it traced: docs/runtimes.md says so")
    assert str(Path(export_module.__file__).parents[2]).encode() not in exported.read_bytes()


def test_a_picture_of_another_shape_is_refused_with_the_remedy(exported: Path, make_picture: MakePicture) -> None:
    needs_a_runtime(exported)
    with pytest.raises(ValueError, match="exported for 96 x 64; .* with --size 192x144 --long_side_px 96"):
        Detector(exported).detect(Frame(make_picture(144, 192), 0, ""))


def test_another_working_size_is_refused(exported: Path) -> None:
    needs_a_runtime(exported)
    assert Detector(exported).long_side_px == 96
    with pytest.raises(ValueError, match="long_side_px: 128 is not allowed: .* was exported for 96"):
        Detector(exported, long_side_px=128)


def test_a_broken_file_is_refused(exported: Path, tmp_path: Path) -> None:
    needs_a_runtime(exported)
    path = tmp_path / exported.name
    path.write_bytes(exported.read_bytes()[:2000])
    card_path(path).write_text(card_path(exported).read_text())
    with pytest.raises(WeightsError, match=f"{path.name}: not a"):
        Detector(path)


def test_a_file_without_its_card_is_refused(exported: Path, tmp_path: Path) -> None:
    needs_a_runtime(exported)
    path = tmp_path / exported.name
    path.write_bytes(exported.read_bytes())
    with pytest.raises(WeightsError, match="the card is missing"):
        Detector(path)


def test_somebody_elses_onnx_file_is_refused(weights: Path, tmp_path: Path) -> None:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("image", "mask")]
    graph = helper.make_graph([helper.make_node("Neg", ["image"], ["mask"])], "other", ends[:1], ends[1:])
    path = tmp_path / "other.onnx"
    onnx.save(helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 18)]), path)
    card = card_path(path)
    card.write_text(card_path(weights).read_text())
    with pytest.raises(WeightsError, match="its card tells of no export"):
        Detector(path)
    told = '"exported": {"runtime": "onnx", "precision": "float32", "height": 64, "width": 96, "weights_sha256": "", '
    card.write_text(card.read_text().replace('"seed": 0', f'{told}"agreement": 0.0}},\n  "seed": 0'))
    with pytest.raises(WeightsError, match=r"inputs \['image'\] and outputs \['mask'\] are not those of an exported"):
        Detector(path)


@pytest.mark.parametrize("value", [0.7, float("nan")], ids=["another answer", "no number"])
def test_a_file_that_answers_otherwise_is_not_kept(
    weights: Path, pictures: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    write = export_module._WRITERS["torchscript"]

    def write_another(module: torch.nn.Module, path: Path, example: torch.Tensor) -> None:
        with torch.no_grad():
            module.network.dissimilarity.classifier.bias += value
        write(module, path, example)

    monkeypatch.setitem(export_module._WRITERS, "torchscript", write_another)
    with pytest.raises(ExportError, match="probabilities differ by up to (0|nan)"):
        export(weights, tmp_path / "out", "torchscript", SIZE, pictures)
    assert not (tmp_path / "out").exists()


def test_pictures_of_another_size_cannot_check_a_file(weights: Path, make_picture: MakePicture, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two or more of height 64 and width 96"):
        export(weights, tmp_path, "onnx", SIZE, [make_picture(64, 96), make_picture(96, 64)])


def test_eight_bits_are_for_onnx_alone(weights: Path, pictures: list[np.ndarray], tmp_path: Path) -> None:
    with pytest.raises(RuntimeUnavailableError, match="int8: not for openvino"):
        export(weights, tmp_path, "openvino", SIZE, pictures, int8_pictures=pictures)


@pytest.mark.parametrize("exported", ["onnx"], indirect=True)
def test_an_eight_bit_file_is_smaller_and_answers_nearly_alike(
    exported: Path, weights: Path, pictures: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Written once already: writing it takes most of the time.
    monkeypatch.setitem(export_module._WRITERS, "onnx", lambda module, path, example: shutil.copy(exported, path))
    path, difference = export(weights, tmp_path, "onnx", SIZE, pictures, int8_pictures=pictures)
    assert path.name == "two_96x64_int8.onnx" and path.stat().st_size < 0.5 * weights.stat().st_size
    kinds = {node.op_type for node in onnx.load(path).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    assert load_card(path).exported.precision == "int8"
    ours, theirs = Detector(weights, long_side_px=96), Detector(path)
    expected, found = (d.detect(Frame(pictures[0], 0, "")).probability for d in (ours, theirs))
    assert difference > 0 and np.abs(found - expected).mean() < 0.1
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.8
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, f"{path.name}.json"]
