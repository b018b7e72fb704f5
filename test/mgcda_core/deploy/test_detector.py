"""The one way in: what the score map promises, and that making it fast does not change the answer."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.resizing import enlarge, shrink
from mgcda_core.deploy.weights import Card, card_path, load_weights, save_weights
from mgcda_core.frame import Frame, ScoreMap
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.scales import Scale

MakePicture = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def detector(weights_file: Path) -> Detector:
    return Detector(weights_file)


def detect(detector: Detector, image: np.ndarray) -> ScoreMap:
    return detector.detect(Frame(image, stamp=0, frame_id="camera"))


def test_folding_the_normalisations_away_leaves_the_answer(
    detector: Detector, weights_file: Path, make_picture: MakePicture
) -> None:
    unfused, _ = load_weights(weights_file)
    image = detector.preprocess(make_picture(65, 97))
    with torch.inference_mode():
        expected, found = unfused(image), detector.run(image)
    for name, ours, theirs in zip(expected._fields, found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4, msg=lambda text, name=name: f"{name}: {text}")
    count = [sum(isinstance(m, nn.BatchNorm2d) for m in net.modules()) for net in (detector.network, unfused)]
    assert count[0] < count[1] / 4, f"{count[0]} of {count[1]} normalisations are left: this test compares nothing"


@pytest.mark.parametrize("size", [(65, 97), (64, 96), (127, 191), (32, 33), (200, 40)], ids=str)
def test_the_score_map_keeps_its_contract(detector: Detector, make_picture: MakePicture, size: tuple[int, int]) -> None:
    image = make_picture(*size)
    before = image.copy()
    result = detector.detect(Frame(image, stamp=1_700_000_000_123_456_789, frame_id="front_optical"))
    assert (result.stamp, result.frame_id) == (1_700_000_000_123_456_789, "front_optical")
    assert (result.probability.shape, result.probability.dtype) == (size, np.float32)
    assert 0 <= result.probability.min() and result.probability.max() <= 1
    assert (result.semantics.shape, result.semantics.dtype) == (size, np.uint8)
    assert result.semantics.max() < len(detector.card.architecture.classes)
    assert np.array_equal(image, before)


def test_the_probability_is_the_calibrated_logit(detector: Detector, make_picture: MakePicture) -> None:
    image = make_picture(64, 96)
    with torch.inference_mode():
        logits = detector.run(detector.preprocess(image)).anomaly_logits[0, 0].double().numpy()
    coarse = 1 / (1 + np.exp(-(2.5 * logits - 0.75)))  # the calibration of the session's card
    expected = cv2.resize(coarse.astype(np.float32), (96, 64), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(detect(detector, image).probability, expected, atol=1e-5)


def test_the_same_picture_gets_the_same_answer_again(detector: Detector, make_picture: MakePicture) -> None:
    first = detect(detector, make_picture(64, 96))
    detect(detector, make_picture(65, 97, 3))
    assert np.array_equal(detect(detector, make_picture(64, 96)).probability, first.probability)


@pytest.mark.parametrize(
    "view",
    [lambda p: p[::-1, ::-1], lambda p: p[..., ::-1], lambda p: p[::2, ::2], np.asfortranarray],
    ids=["turned", "BGR as RGB", "every second pixel", "columns first"],
)
def test_how_the_picture_lies_in_memory_does_not_matter(
    detector: Detector, make_picture: MakePicture, view: Callable
) -> None:
    image = view(make_picture(130, 194))
    expected = detect(detector, image.copy(order="C")).probability
    assert np.array_equal(detect(detector, image).probability, expected)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((64, 96, 3), np.float32),
        np.zeros((64, 96, 3), np.uint16),
        np.zeros((64, 96), np.uint8),
        np.zeros((64, 96, 4), np.uint8),
        np.zeros((31, 96, 3), np.uint8),
        np.zeros((64, 31, 3), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
    ],
    ids=["float", "16 bit", "grey", "alpha", "too low", "too narrow", "empty"],
)
def test_what_is_no_picture_is_refused(detector: Detector, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must be uint8"):
        detect(detector, image)


@pytest.mark.parametrize("part", ["dissimilarity.classifier", "segmentation.classifier", "synthesis.head"])
def test_an_answer_that_is_not_a_number_never_passes_for_a_clear_road(
    weights_file: Path, make_picture: MakePicture, part: str
) -> None:
    broken = Detector(weights_file)
    with torch.no_grad():
        broken.network.get_submodule(part).bias[0] = float("nan")
    with pytest.raises(RuntimeError, match="tiny returned NaN"):
        detect(broken, make_picture(64, 96))


def test_the_cards_scales_are_looked_at(
    weights_file: Path, detector: Detector, make_picture: MakePicture, tmp_path: Path
) -> None:
    network, card = load_weights(weights_file)
    save_weights(network, dataclasses.replace(card, scales=(Scale(0.5, 0.4),)), path := tmp_path / "two.safetensors")
    image = make_picture(128, 192)
    small = cv2.resize(image, (96, 64), interpolation=cv2.INTER_AREA)
    with torch.inference_mode():
        near, far = (detector.run(detector.preprocess(each)).anomaly_logits[0, 0].numpy() for each in (image, small))
    logits = 0.6 * near + 0.4 * enlarge(far, *near.shape)
    expected = enlarge(1 / (1 + np.exp(-(2.5 * logits - 0.75))), 128, 192)
    # OpenCV averages four pixels into one, rounded to 8 bits, where PyTorch weights sixteen.
    np.testing.assert_allclose(detect(Detector(path), image).probability, expected, atol=0.01)
    assert np.abs(detect(detector, image).probability - expected).max() > 0.04


def test_a_large_picture_is_seen_as_if_scaled_by_hand(
    weights_file: Path, detector: Detector, make_picture: MakePicture
) -> None:
    small = Detector(weights_file, long_side_px=96)
    image = make_picture(130, 192)
    by_hand = cv2.resize(image, (96, 65), interpolation=cv2.INTER_AREA)
    with torch.inference_mode():
        outputs = detector.run(torch.from_numpy(by_hand).permute(2, 0, 1)[None] / 255)
    logits = outputs.anomaly_logits[0, 0] * 2.5 - 0.75
    expected = cv2.resize(torch.sigmoid(logits).numpy(), (192, 130), interpolation=cv2.INTER_LINEAR)
    result = detect(small, image)
    assert result.probability.shape == (130, 192)
    np.testing.assert_allclose(result.probability, expected, atol=1e-5)


def test_a_small_picture_is_never_enlarged(detector: Detector, make_picture: MakePicture) -> None:
    assert detector.long_side_px == 512
    assert detector.preprocess(make_picture(65, 97)).shape == (1, 3, 65, 97)
    assert detector.preprocess(make_picture(256, 1024)).shape == (1, 3, 128, 512)


def test_preprocessing_keeps_the_colours_in_order(detector: Detector) -> None:
    image = np.zeros((64, 96, 3), np.uint8)
    image[:] = (255, 51, 0)
    values = detector.preprocess(image)[0, :, 5, 5]
    torch.testing.assert_close(values, torch.tensor([1.0, 0.2, 0.0]))


def test_a_size_too_small_to_see_anything_is_refused(weights_file: Path) -> None:
    with pytest.raises(ValueError, match="long_side_px: 63 is not allowed"):
        Detector(weights_file, long_side_px=63)


def test_the_detector_carries_the_name_of_its_weights(weights_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    shutil.copy(weights_file, path)
    card_path(path).write_text(card_path(weights_file).read_text().replace('"name": "tiny"', '"name": "mgcda-7"'))
    assert Detector(path).model == "mgcda-7"


def test_enlarging_keeps_a_pixel_where_it_was() -> None:
    values = np.zeros((9, 13), np.float32)
    values[4, 6] = 1.0
    large = enlarge(values, 36, 52)
    rows, columns = np.mgrid[:36, :52]
    centre = (large * rows).sum() / large.sum(), (large * columns).sum() / large.sum()
    assert centre == pytest.approx((4 * 4 + 1.5, 6 * 4 + 1.5))


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(1080, 1920, (1024, 576)), (64, 96, (48, 32)), (300, 400, (100, 75)), (301, 401, (100, 75)), (33, 47, (40, 28))],
)
def test_shrinking_takes_every_pixel_into_account(height: int, width: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (height, width, 3), dtype=np.uint8), (0, 0), 2)
    shrunk = shrink(picture, size)
    assert shrunk.shape == (size[1], size[0], 3)
    exact = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(shrunk - exact).mean() < 4


@pytest.mark.parametrize(
    "architecture",
    [
        Architecture(kind="direct", backbone="resnet18"),
        Architecture(backbone="mobilenetv3_small_050", strides=(4, 8, 16)),
        Architecture(backbone="convnext_atto", dissimilarity="reference"),
        Architecture(segmentation="separate", segmentation_backbone="resnet18", synthesis="spade"),
    ],
    ids=["direct", "mobilenetv3", "reference wiring", "separate segmentation"],
)
def test_every_architecture_is_folded_saved_loaded_and_run_alike(
    architecture: Architecture, tmp_path: Path, make_picture: MakePicture, make_network: Callable
) -> None:
    small = {"segmentation_width": 8, "synthesis_widths": (12, 8), "dissimilarity_width": 8, "map_width": 6}
    network = make_network(dataclasses.replace(architecture, classes=("sky", "road", "car"), **small))
    path = tmp_path / "other.safetensors"
    save_weights(network, Card("other", network.architecture), path)
    detector = Detector(path)
    picture = make_picture(96, 128)
    with torch.inference_mode():
        expected = network(detector.preprocess(picture)).anomaly_logits
        found = detector.run(detector.preprocess(picture)).anomaly_logits
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3)
    score_map = detector.detect(Frame(picture, 3, "camera"))
    assert score_map.probability.shape == score_map.semantics.shape == (96, 128)


def test_pictures_looked_at_together_get_the_answers_they_get_alone(
    detector: Detector, make_picture: MakePicture
) -> None:
    sizes = ((64, 96), (65, 97), (64, 96), (128, 64), (65, 97))
    # Some as negatives, so that no two are the same picture.
    pictures = [make_picture(*size) ^ np.uint8(255 * (number % 4 >= 2)) for number, size in enumerate(sizes)]
    frames = [Frame(image, stamp, f"camera {stamp}") for stamp, image in enumerate(pictures)]
    together = detector.detect_together(frames)
    assert [(found.stamp, found.frame_id) for found in together] == [(frame.stamp, frame.frame_id) for frame in frames]
    for frame, found in zip(frames, together, strict=True):
        alone = detector.detect(frame)
        assert np.abs(found.probability - alone.probability).max() < 1e-4
        assert (found.semantics == alone.semantics).mean() > 0.999  # of two classes as likely, rounding picks one
    assert not np.array_equal(together[0].probability, together[2].probability), "of two pictures"


def test_one_unusable_picture_among_several_is_refused(detector: Detector, make_picture: MakePicture) -> None:
    good = Frame(make_picture(64, 96), 0, "camera")
    with pytest.raises(ValueError, match=r"image of shape \(64, 96\)"):
        detector.detect_together([good, Frame(good.image[..., 0], 1, "camera")])
