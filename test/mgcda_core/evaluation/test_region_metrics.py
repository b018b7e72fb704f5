"""Region average precision: cases worked out by hand, and pycocotools run the long way, with masks and files."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy import ndimage

from mgcda_core.evaluation.region_metrics import RegionMetrics, StreamingRegionMetrics
from mgcda_core.evaluation.scored_regions import ScoredRegion, regions_of

Frames = list[tuple[np.ndarray, list[ScoredRegion]]]


def measured(frames: Frames, minimum_object_px: int = 1) -> RegionMetrics:
    metrics = StreamingRegionMetrics(minimum_object_px=minimum_object_px)
    for labels, found in frames:
        metrics.add(labels, found)
    return metrics.metrics()


def rectangle(x: int, y: int, width: int, height: int) -> np.ndarray:
    """Return a mask of a frame of 40 x 60."""
    mask = np.zeros((40, 60), bool)
    mask[y : y + height, x : x + width] = True
    return mask


def labelled(*objects: np.ndarray, void: np.ndarray | None = None) -> np.ndarray:
    labels = np.zeros((40, 60), np.uint8)
    for item in objects:
        labels[item] = 1
    if void is not None:
        labels[void] = 255
    return labels


LEFT, RIGHT, ELSEWHERE = rectangle(2, 2, 12, 12), rectangle(30, 4, 12, 12), rectangle(5, 25, 9, 9)
SHIFTED = rectangle(4, 2, 12, 12)
"""Shares 10 of 14 columns with LEFT: an overlap of 0.714, enough for 0.50, 0.55, 0.60, 0.65 and 0.70."""
L_SHAPE = LEFT & ~rectangle(8, 2, 6, 6)
"""Three quarters of LEFT, with the same box: an overlap of 0.75 for masks, enough for six of ten, and 1 for boxes."""
ALL = rectangle(0, 0, 60, 40)
BOTTOM = rectangle(0, 25, 60, 15)
STANDING = rectangle(20, 19, 5, 15)
"""Lies on BOTTOM with 0.6 of its pixels."""
PERFECT, HALF, UNDEFINED = (1, 1, 1, 1, 1), (0.5, 0.5, 0.5, 0.5, 1), (np.nan, np.nan, np.nan, np.nan, 0)


def regions(*masks: np.ndarray) -> list[ScoredRegion]:
    """Return the masks as regions, the surest first."""
    return [ScoredRegion(mask, 0.9 - 0.1 * place) for place, mask in enumerate(masks)]


HAND_MADE = {
    "found": ([(labelled(LEFT), regions(LEFT))], PERFECT),
    "missed": ([(labelled(LEFT), [])], (0, 0, 0, 0, 1)),
    "beside": ([(labelled(LEFT), regions(SHIFTED))], (0.5, 1, 0.5, 1, 1)),
    "box better than mask": ([(labelled(LEFT), regions(L_SHAPE))], (0.6, 1, 1, 1, 1)),
    # Precision is 1/2 wherever recall is reached.
    "false one first": ([(labelled(LEFT), regions(ELSEWHERE, LEFT))], HALF),
    "false one last": ([(labelled(LEFT), regions(LEFT, ELSEWHERE))], PERFECT),
    "reported twice": ([(labelled(LEFT), regions(LEFT, LEFT))], PERFECT),
    # Of the 101 recalls from 0 to 1, those to 0.50.
    "one of two": ([(labelled(LEFT, RIGHT), regions(LEFT))], (*[51 / 101] * 4, 2)),
    # The frames are one list by score: false, right, right. Precision is 1/2, and then 2/3 for both.
    "over frames": (
        [
            (labelled(LEFT), regions(LEFT)),
            (labelled(), [ScoredRegion(ELSEWHERE, 1.0)]),
            (labelled(RIGHT), [ScoredRegion(RIGHT, 0.1)]),
        ],
        (*[2 / 3] * 4, 2),
    ),
    # Nobody says what lies there: neither right nor wrong.
    "on ignored": ([(labelled(LEFT, void=BOTTOM), regions(ELSEWHERE, LEFT))], PERFECT),
    # Forgiven for overlaps of 0.50, 0.55 and 0.60, and wrong for the other seven.
    "partly on ignored": ([(labelled(LEFT, void=BOTTOM), regions(STANDING, LEFT))], (0.65, 1, 0.65, 1, 1)),
    # The box around a ring is the whole frame; but none of the region's pixels are ignored.
    "inside a ring of ignored": ([(labelled(LEFT, void=~rectangle(1, 1, 58, 38)), regions(ELSEWHERE, LEFT))], HALF),
    "no object": ([(labelled(), regions(LEFT))], UNDEFINED),
    "all ignored": ([(labelled(void=ALL), regions(LEFT))], UNDEFINED),
    "all anomalous": ([(labelled(ALL), regions(ALL))], PERFECT),
    "no frames": ([], UNDEFINED),
}


@pytest.mark.parametrize(("frames", "expected"), HAND_MADE.values(), ids=HAND_MADE)
def test_average_precision_is_that_worked_out_by_hand(frames: Frames, expected: tuple) -> None:
    assert tuple(measured(frames)) == pytest.approx(expected, nan_ok=True)


def by_files(frames: Frames, minimum_object_px: int, folder: Path) -> RegionMetrics:
    """Return what pycocotools makes of run-length masks read from files, ignored pixels as a crowd."""

    def annotation(mask: np.ndarray, image: int, crowd: int) -> dict:
        encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
        encoded["counts"] = encoded["counts"].decode()
        box = [float(value) for value in coco_mask.toBbox(encoded)]
        return {
            "image_id": image, "category_id": 1, "segmentation": encoded, "area": int(mask.sum()), "bbox": box,
            "iscrowd": crowd, "ignore": crowd,
        }  # fmt: skip

    truth, found, images, objects = [], [], [], 0
    for image, (labels, reported) in enumerate(frames, start=1):
        images.append({"id": image, "height": labels.shape[0], "width": labels.shape[1]})
        numbers, count = ndimage.label(labels == 1, np.ones((3, 3)))
        ignored = labels == 255
        for number in range(1, count + 1):
            mask = numbers == number
            if mask.sum() < minimum_object_px:
                ignored |= mask
            else:
                truth.append(annotation(mask, image, 0))
                objects += 1
        truth.append(annotation(ignored, image, 1))
        for mask, score, x, y in reported:
            whole = np.zeros(labels.shape, bool)
            whole[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
            found.append({**annotation(whole, image, 0), "score": score})
    for number, item in enumerate(truth, start=1):
        item["id"] = number
    (folder / "truth.json").write_text(
        json.dumps({"images": images, "categories": [{"id": 1, "name": "anomaly"}], "annotations": truth})
    )
    (folder / "found.json").write_text(json.dumps(found))
    results = []
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(folder / "truth.json"))
        detections = coco.loadRes(str(folder / "found.json"))
        for kind in ("segm", "bbox"):
            evaluation = COCOeval(coco, detections, kind)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            results += evaluation.stats[:2].tolist()
    return RegionMetrics(*results, objects)


def random_frame(rng: np.random.Generator, *, void: bool) -> tuple[np.ndarray, list[ScoredRegion]]:
    """Return boxes as objects, and as regions the same displaced, with others that are false."""
    labels, found = np.zeros((40, 60), np.uint8), []
    for _ in range(rng.integers(1, 5)):
        x, y, width, height = rng.integers(0, 40), rng.integers(0, 25), rng.integers(2, 14), rng.integers(2, 14)
        labels[rectangle(x, y, width, height)] = 1
        near = rectangle(max(0, x + rng.integers(-2, 3)), max(0, y + rng.integers(-2, 3)), width, height)
        found.append(ScoredRegion(near, float(rng.random())))
    for _ in range(rng.integers(0, 3)):
        x, y, width, height = rng.integers(0, 50), rng.integers(0, 35), rng.integers(2, 9), rng.integers(2, 6)
        found.append(ScoredRegion(np.ones((height, width), bool), float(rng.random()), int(x), int(y)))
    if void:
        labels[:, :15] = 255
    return labels, found


@pytest.mark.parametrize("seed", range(8))
def test_masks_are_scored_as_pycocotools_scores_them(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    frames = [random_frame(rng, void=seed % 2 == 1) for _ in range(6)]
    found, expected = measured(frames, 10), by_files(frames, 10, tmp_path)
    assert found[:2] == pytest.approx(expected[:2]) and found.objects == expected.objects


def test_boxes_are_scored_as_pycocotools_scores_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(99)
    frames = [random_frame(rng, void=False) for _ in range(12)]
    assert tuple(measured(frames)) == pytest.approx(tuple(by_files(frames, 1, tmp_path)))


def test_real_regions_are_scored_as_pycocotools_scores_them(driven_frames: list, tmp_path: Path) -> None:
    frames = [(labels, regions_of(scores, scores > 0.3, minimum_px=20)) for scores, labels in driven_frames]
    found, expected = measured(frames, 10), by_files(frames, 10, tmp_path)
    assert found[:2] == pytest.approx(expected[:2]) and found.objects == expected.objects > 0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_neither_order_nor_a_monotone_change_nor_how_a_mask_is_cut_matters(seed: int, random: object) -> None:
    rng = np.random.default_rng(seed)
    frames = [random_frame(rng, void=True) for _ in range(3)]
    expected = measured(frames)
    assert all(0 <= value <= 1 or np.isnan(value) for value in expected[:4])
    changed = []
    for labels, found in frames:
        whole = [ScoredRegion(np.pad(mask, ((y, 0), (x, 0))), 5 * np.exp(score) - 9) for mask, score, x, y in found]
        random.shuffle(whole)
        changed.append((labels, whole))
    random.shuffle(changed)
    assert tuple(measured(changed)) == pytest.approx(tuple(expected), nan_ok=True)


def test_no_more_regions_than_coco_counts() -> None:
    """The hundred surest are false: the right one is not looked at any more."""
    false = [ScoredRegion(ELSEWHERE, 0.9)] * 99
    assert measured([(labelled(LEFT), [*false, ScoredRegion(LEFT, 0.1)])]).mask_ap == pytest.approx(1 / 100)
    assert measured([(labelled(LEFT), [*false, ScoredRegion(ELSEWHERE, 0.9), ScoredRegion(LEFT, 0.1)])]).mask_ap == 0


def test_small_objects_are_ignored_with_the_regions_on_them() -> None:
    tiny = rectangle(50, 30, 3, 3)
    frames = [(labelled(LEFT, tiny), [ScoredRegion(tiny, 0.9), ScoredRegion(LEFT, 0.8)])]
    assert tuple(measured(frames, 10)) == pytest.approx((1, 1, 1, 1, 1))
    assert measured(frames, 9).objects == 2


def test_nothing_is_printed(capfd: pytest.CaptureFixture) -> None:
    measured(HAND_MADE["over frames"][0])
    assert capfd.readouterr() == ("", "")


def test_what_is_kept_of_a_frame_is_small() -> None:
    metrics = StreamingRegionMetrics()
    metrics.add(labelled(LEFT, RIGHT), [ScoredRegion(LEFT, 0.5), ScoredRegion(RIGHT, 0.4)])
    assert sum(part.nbytes for part in metrics._masks[0].values()) < 100


REFUSED = {
    "NaN": (ScoredRegion(LEFT, float("nan")), "NaN"),
    "empty": (ScoredRegion(np.zeros((3, 3), bool), 1.0), "0 pixels"),
    "outside": (ScoredRegion(np.ones((3, 3), bool), 1.0, 58, 0), r"\(58, 0\)"),
    "above": (ScoredRegion(np.ones((3, 3), bool), 1.0, 0, -1), r"\(0, -1\)"),
    "not bool": (ScoredRegion(LEFT.astype(np.uint8), 1.0), "uint8"),
}


@pytest.mark.parametrize(("region", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_region_is_refused_by_number(region: ScoredRegion, message: str) -> None:
    metrics = StreamingRegionMetrics()
    with pytest.raises(ValueError, match=rf"region 1: .*{message}"):
        metrics.add(labelled(LEFT), [ScoredRegion(LEFT, 1.0), region])
    assert metrics.metrics().objects == 0


def test_other_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="not among"):
        StreamingRegionMetrics().add(np.full((2, 2), 2, np.uint8), [])
