"""The page of frames: what it says of each, and in which order."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from mgcda_core.evaluation.frame_page import (
    FALSE,
    FOUND,
    MISSED,
    FrameEntry,
    frame_f1,
    html_table,
    write_judgement,
    write_page,
    write_picture,
)

LABELS = np.zeros((40, 60), np.uint8)
LABELS[10:20, 10:30] = 1
LABELS[:5] = 255


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (slice(10, 20), (1.0, 0.0)),
        (slice(10, 15), (2 * 100 / (100 + 200), 0.0)),
        (slice(0, 0), (0.0, 0.0)),
        (slice(10, 30), (2 * 200 / (400 + 200), 200 / 1900)),
        (slice(0, 20), (2 * 200 / (300 + 200), 100 / 1900)),
    ],
    ids=["exact", "half", "nothing", "twice as tall", "over ignored pixels"],
)
def test_f1_counts_judged_pixels(rows: slice, expected: tuple[float, float]) -> None:
    mask = np.zeros(LABELS.shape, bool)
    mask[rows, 10:30] = True
    assert frame_f1(mask, LABELS) == pytest.approx(expected)


def test_a_frame_without_anomalies_is_perfect_only_unmarked() -> None:
    clean = np.zeros((4, 5), np.uint8)
    nothing, one = np.zeros((4, 5), bool), np.eye(4, 5, dtype=bool)
    assert frame_f1(nothing, clean) == (1.0, 0.0)
    assert frame_f1(one, clean) == (0.0, pytest.approx(0.2))
    assert frame_f1(one, np.full((4, 5), 255, np.uint8)) == (1.0, 0.0)


def test_frames_stand_worst_first_with_their_pictures(tmp_path: Path) -> None:
    entries = [
        FrameEntry("good", 0.9, 0.0, "a"),
        FrameEntry("<bad>", 0.1, 0.0, "b"),
        FrameEntry("noisy", 0.1, 0.5, "c"),
    ]
    for entry in entries:
        image = np.full((*LABELS.shape, 3), 120, np.uint8)
        score = np.random.default_rng(0).uniform(-5, 3, LABELS.shape).astype(np.float32)
        write_picture(tmp_path / "frames", entry.stem, image)
        write_judgement(tmp_path / "frames", entry.stem, score, LABELS == 1, LABELS)
    table = html_table(("method", "AP"), [("M & co", "0.5")])
    write_page(tmp_path / "index.html", title="A set", sections=[table], entries=entries)
    page = (tmp_path / "index.html").read_text()
    assert re.findall(r"<figcaption><b>(.*?)</b>", page) == ["noisy", "&lt;bad&gt;", "good"]
    assert "<td>M &amp; co</td><td>0.5</td>" in page
    sources = re.findall(r'src="(.*?)"', page)
    assert len(sources) == 12 and all((tmp_path / source).is_file() for source in sources)


def test_the_mask_picture_tells_found_missed_and_false_apart(tmp_path: Path) -> None:
    mask = np.zeros(LABELS.shape, bool)
    mask[10:20, 10:20] = mask[30:38, 40:55] = True
    image = np.full((*LABELS.shape, 3), 90, np.uint8)
    write_picture(tmp_path, "frame", image)
    write_judgement(tmp_path, "frame", np.zeros(LABELS.shape, np.float32), mask, LABELS)
    shown = cv2.cvtColor(cv2.imread(str(tmp_path / "frame_mask.jpg")), cv2.COLOR_BGR2RGB).astype(int)
    scale = shown.shape[1] / 60
    for (row, column), colour in (((15, 15), FOUND), ((15, 25), MISSED), ((34, 48), FALSE)):
        assert np.abs(shown[int(row * scale), int(column * scale)] - colour).max() < 25
