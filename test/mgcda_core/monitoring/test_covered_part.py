"""Mud and tape are found where the rest of the picture moves; skies, bonnets and halts are not called covered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mgcda_core.monitoring.covered_part import CoveredPartSettings
from mgcda_core.monitoring.monitor import MonitorSettings

FRAMES = 80


def with_disc(picture: np.ndarray, index: int, *, share: float, soft: float, kind: str) -> np.ndarray:
    """Return the picture with a disc of mud (shining in the scene's light) or tape on the lens, and sensor noise."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    radius = np.sqrt(share * height * width / np.pi)
    distance = np.hypot(columns - 0.35 * width, rows - 0.4 * height) / radius
    cover = np.clip((1 + soft / 2 - distance) / max(soft, 1e-3), 0, 1)[..., None]
    colour = picture.mean() * np.array([0.5, 0.45, 0.4]) if kind == "mud" else np.array([12, 12, 14])
    noise = np.random.default_rng(index).normal(0, 1, picture.shape)
    return np.clip(picture + (colour - picture) * cover + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("seed", [3, 11])
@pytest.mark.parametrize(("kind", "soft"), [("tape", 0.0), ("mud", 0.3)])
def test_covered_part_is_found_with_its_size_and_nothing_else(
    drive_pictures: Callable, watch_pictures: Callable, seed: int, kind: str, soft: float
) -> None:
    pictures = [
        with_disc(picture, index, share=0.08, soft=soft, kind=kind)
        for index, picture in enumerate(drive_pictures(seed, FRAMES))
    ]
    said = watch_pictures(pictures)
    assert said[25] == ()  # 30 views take more than 25 frames
    (problem,) = said[-1]
    assert "part of the lens" in problem
    percent = float(problem.partition("%")[0].rpartition(" ")[2])
    # Of the upper four fifths that are judged; blocks that the edge runs through are not counted.
    assert 0.4 * 8 / 0.8 < percent <= 8 / 0.8


def test_lens_wiped_clean_is_fine_at_once(drive_pictures: Callable, watch_pictures: Callable) -> None:
    pictures = list(drive_pictures(11, FRAMES + 1))
    muddy = [with_disc(p, i, share=0.08, soft=0.3, kind="mud") for i, p in enumerate(pictures[:-1])]
    said = watch_pictures([*muddy, pictures[-1]])
    assert said[-2] and said[-1] == ()


def test_standing_before_a_dark_wall_is_no_evidence(drive_pictures: Callable, watch_pictures: Callable) -> None:
    still = drive_pictures(11, 1)[0]
    pictures = [with_disc(still, index, share=0.08, soft=0.0, kind="tape") for index in range(FRAMES)]
    for index, picture in enumerate(pictures):  # somebody crosses
        picture[90:150, 4 * index % 300 : 4 * index % 300 + 20] = (150, 30, 30)
    assert watch_pictures(pictures) == [()] * FRAMES


def painted(drive_pictures: Callable, rows: slice, colour: tuple[int, int, int]) -> list[np.ndarray]:
    rng, pictures = np.random.default_rng(1), []
    for picture in drive_pictures(11, FRAMES):
        changed = picture.copy()
        changed[rows] = np.clip(np.array(colour) + rng.normal(0, 1, changed[rows].shape), 0, 255)
        pictures.append(changed)
    return pictures


@pytest.mark.parametrize(
    ("rows", "colour"),
    [(slice(0, 60), (225, 228, 235)), (slice(0, 60), (255, 255, 255)), (slice(146, 180), (20, 20, 22))],
    ids=["overcast", "white sky", "bonnet"],
)
def test_sky_and_bonnet_are_not_called_covered(
    drive_pictures: Callable, watch_pictures: Callable, rows: slice, colour: tuple[int, int, int]
) -> None:
    assert watch_pictures(painted(drive_pictures, rows, colour)) == [()] * FRAMES


def test_the_same_dark_band_in_the_middle_is_and_zero_views_switch_it_off(
    drive_pictures: Callable, watch_pictures: Callable
) -> None:
    pictures = painted(drive_pictures, slice(60, 94), (20, 20, 22))
    assert "part of the lens" in watch_pictures(pictures)[-1][0]
    off = MonitorSettings(covered_part=CoveredPartSettings(views=0))
    assert watch_pictures(pictures, settings=off)[-1] == ()
