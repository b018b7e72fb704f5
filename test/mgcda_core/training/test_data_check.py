"""Broken files are found before the first step, named, and left out only where that is asked for."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mgcda_core.training import loop
from mgcda_core.training.data_check import unreadable_pictures
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stream import open_mixture


@pytest.fixture
def broken(small: Recipe, tmp_path: Path) -> tuple[Recipe, dict[str, Path]]:
    """Return a recipe whose data has one broken picture of every kind, and these."""
    data = shutil.copytree(small.data, tmp_path / "data")
    files = {
        "camvid": sorted((data / "camvid" / "train").iterdir())[0],
        "idd_lite": sorted((data / "idd_lite" / "leftImg8bit" / "val").rglob("*_image.*"))[0],
        "coco": sorted((data / "coco" / "images").iterdir())[-1],
    }
    for path in files.values():
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
    return replace(small, data=data, domains={"anomaly_mix": 1.0}, shares=(0.5, 0.5, 0.0)), files


def test_sound_data_leaves_nothing_out(small: Recipe) -> None:
    assert unreadable_pictures(small) == frozenset()


@pytest.mark.parametrize("kind", ["camvid", "idd_lite", "coco"])
def test_a_broken_file_ends_the_training_before_it_begins(
    broken: tuple[Recipe, dict[str, Path]], small: Recipe, kind: str
) -> None:
    recipe, files = broken
    for other, path in files.items():
        if other != kind:
            shutil.copy(small.data / path.relative_to(recipe.data), path)
    with pytest.raises(ValueError, match=files[kind].name):
        loop.train(recipe)
    assert not (recipe.out / "log.csv").exists()


def test_asked_to_training_goes_on_without_broken_files_and_lists_them(
    broken: tuple[Recipe, dict[str, Path]], caplog: pytest.LogCaptureFixture
) -> None:
    recipe, files = broken
    recipe = replace(recipe, skip_unreadable=True)
    with caplog.at_level(logging.WARNING):
        trained = loop.train(recipe)
    assert trained.left_out == frozenset(files.values())
    assert "street scenes can be read, 2 were skipped" in caplog.text and "objects can be read, 1 were" in caplog.text
    for path in files.values():
        assert str(path) in caplog.text
    for domains in ({"anomaly_mix": 1.0}, {}):
        pictures = open_mixture(replace(recipe, domains=domains), 20, left_out=trained.left_out)
        for index in range(20):
            _ = pictures[index]


def test_without_the_check_skipping_is_refused(small: Recipe) -> None:
    with pytest.raises(ValueError, match="skip_unreadable: true is not allowed with check_data false"):
        replace(small, check_data=False, skip_unreadable=True)
