"""A folder of cut-outs: what is visible is the object, its folder is its category."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgcda_core.datasets.rgba_objects import rgba_objects


def save(path: Path, rgba: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgba).save(path, **({"lossless": True, "exact": True} if path.suffix == ".webp" else {}))


def picture() -> np.ndarray:
    """Return 12 x 20: an orange box at rows 3 to 8 and columns 5 to 14, half transparent in its first column."""
    rgba = np.zeros((12, 20, 4), np.uint8)
    rgba[3:9, 5:15] = (250, 120, 10, 255)
    rgba[3:9, 5, 3] = 128
    return rgba


@pytest.mark.parametrize("suffix", [".png", ".webp", ".PNG"])
def test_the_visible_box_is_cut_out_in_rgb(tmp_path: Path, suffix: str) -> None:
    save(tmp_path / f"box{suffix}", picture())
    (cutout,) = rgba_objects(tmp_path)
    assert (cutout.category, cutout.image_id) == ("object", "box")
    assert cutout.image.shape == (6, 10, 3) and (cutout.image == (250, 120, 10)).all()
    assert (cutout.alpha[:, 0] == 128).all() and (cutout.alpha[:, 1:] == 255).all()
    assert rgba_objects(tmp_path, maximum_side_px=5)[0].alpha.shape == (3, 5)


def test_folders_are_categories_and_paths_the_order(tmp_path: Path) -> None:
    for name in ("z.png", "tyre/b.png", "tyre/a.webp", "box/c.png"):
        save(tmp_path / name, picture())
    (tmp_path / "notes.txt").touch()
    found = rgba_objects(tmp_path)
    assert [cutout.image_id for cutout in found] == ["box/c", "tyre/a", "tyre/b", "z"]
    assert [cutout.category for cutout in found] == ["box", "tyre", "tyre", "object"]
    assert [cutout.image_id for cutout in rgba_objects(tmp_path, include=["tyre"])] == ["tyre/a", "tyre/b"]
    assert [cutout.image_id for cutout in rgba_objects(tmp_path, exclude=["tyre"])] == ["box/c", "z"]
    with pytest.raises(ValueError, match=r"categories \['tire'\] are not in the set; it has box, object, tyre"):
        rgba_objects(tmp_path, include=["tire"])


def test_a_palette_with_a_transparent_colour_is_a_cutout(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 0, 0, 10, 200, 30])
    image.putpixel((1, 2), 1)
    image.save(tmp_path / "a.png", transparency=0)
    (cutout,) = rgba_objects(tmp_path)
    assert cutout.image.tolist() == [[[10, 200, 30]]] and cutout.alpha.tolist() == [[255]]


def test_a_missing_or_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere: no such folder; expected PNG or WebP"):
        rgba_objects(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no pictures found; expected PNG or WebP pictures with an alpha channel"):
        rgba_objects(tmp_path)


def test_a_picture_without_alpha_is_named(tmp_path: Path) -> None:
    save(tmp_path / "a.png", picture()[..., :3])
    with pytest.raises(ValueError, match=r"a\.png: has no alpha channel"):
        rgba_objects(tmp_path)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"a\.png: not a readable picture"):
        rgba_objects(tmp_path)
    noise = np.random.default_rng(0).integers(1, 255, (64, 64, 4), np.uint8)
    save(tmp_path / "a.png", noise)
    content = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"a\.png: not a readable picture"):
        _ = rgba_objects(tmp_path)[0].image


def test_a_picture_that_shows_nothing_is_named(tmp_path: Path) -> None:
    save(tmp_path / "a.png", np.zeros((4, 4, 4), np.uint8))
    with pytest.raises(ValueError, match=r"a\.png: transparent from edge to edge"):
        _ = rgba_objects(tmp_path)[0].alpha
