"""Sources of objects open by the name of their layout, street categories left out unless somebody says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgcda_core.datasets.object_sets import OBJECT_LAYOUTS, open_objects


@pytest.fixture
def roots(tmp_path: Path, coco_tools: tuple, make_picture: Callable, write_picture: Callable) -> dict[str, Path]:
    """Return a source of each layout that has a person and a dog."""
    write_coco, box = coco_tools
    objects = [box(1, 1, 10, 10, 40, 40), box(1, 18, 60, 10, 40, 40)]
    write_coco(tmp_path / "coco", objects, {1: make_picture(120, 160)})
    voc = tmp_path / "voc"
    write_picture(voc / "JPEGImages" / "a.jpg", make_picture(120, 160))
    mask = np.zeros((120, 160), np.uint8)
    mask[10:50, 10:50], mask[10:50, 60:100] = 1, 2
    write_picture(voc / "SegmentationObject" / "a.png", mask)
    write_picture(voc / "SegmentationClass" / "a.png", np.array([0, 15, 12], np.uint8)[mask])
    (voc / "ImageSets" / "Segmentation").mkdir(parents=True)
    (voc / "ImageSets" / "Segmentation" / "train.txt").write_text("a\n")
    for name in ("person", "dog"):
        (tmp_path / "rgba" / name).mkdir(parents=True)
        Image.new("RGBA", (40, 40), (9, 9, 9, 255)).save(tmp_path / "rgba" / name / "a.png")
    return {layout: tmp_path / layout for layout in OBJECT_LAYOUTS}


@pytest.mark.parametrize(("layout", "default"), [("coco", {"dog"}), ("voc", {"dog"}), ("rgba", {"dog", "person"})])
def test_street_categories_are_left_out_unless_chosen(roots: dict[str, Path], layout: str, default: set[str]) -> None:
    def categories(**choice: object) -> set[str]:
        return {cutout.category for cutout in open_objects(layout, roots[layout], **choice)}

    assert categories() == default
    assert categories(include=["person"]) == {"person"}
    assert categories(exclude=[]) == {"dog", "person"}
    assert categories(exclude=["dog"]) == {"person"}


@pytest.mark.parametrize("layout", OBJECT_LAYOUTS)
def test_opening_twice_gives_the_same_objects(roots: dict[str, Path], layout: str) -> None:
    first, second = (open_objects(layout, roots[layout], exclude=()) for _ in range(2))
    assert [item.image_id for item in first] == [item.image_id for item in second]
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.image, other.image) and np.array_equal(one.alpha, other.alpha)
        assert one.image.shape == (40, 40, 3) and one.image.dtype == one.alpha.dtype == np.uint8
        assert (one.alpha == 255).all()


@pytest.mark.parametrize("layout", OBJECT_LAYOUTS)
def test_sizes_are_limited_alike(roots: dict[str, Path], layout: str) -> None:
    assert open_objects(layout, roots[layout], maximum_side_px=10)[0].alpha.shape == (10, 10)
    found = open_objects(layout, roots[layout], minimum_area_px=1601)
    assert len(found) == (2 if layout == "rgba" else 0)


@pytest.mark.parametrize("side", [7, 33, 320])
@pytest.mark.parametrize("layout", OBJECT_LAYOUTS)
def test_an_object_knows_its_shape(roots: dict[str, Path], layout: str, side: int) -> None:
    for cutout in open_objects(layout, roots[layout], exclude=(), maximum_side_px=side):
        assert cutout.shape == cutout.alpha.shape == cutout.image.shape[:2]


@pytest.mark.parametrize("layout", ["coco", "voc"])
def test_to_know_its_shape_no_picture_is_decoded(
    roots: dict[str, Path], layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decoding all of COCO only to find its large objects would hold the first picture up for minutes."""
    found = open_objects(layout, roots[layout], exclude=())
    monkeypatch.setattr("mgcda_core.datasets.cutout._decoded", None)
    assert [cutout.shape for cutout in found] == [(40, 40)] * 2


@pytest.mark.parametrize(
    ("layout", "arguments", "message"),
    [
        ("lvis", {}, "layout is 'lvis'; allowed: coco, voc, rgba"),
        ("rgba", {"split": "train"}, "split is 'train', but a folder of cut-outs has none"),
        ("coco", {"maximum_side_px": 0}, "maximum_side_px is 0; it must be 1 or more"),
    ],
)
def test_an_argument_that_does_not_fit_is_named(tmp_path: Path, layout: str, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        open_objects(layout, tmp_path, **arguments)


@pytest.mark.parametrize("layout", OBJECT_LAYOUTS)
def test_a_missing_root_is_named(tmp_path: Path, layout: str) -> None:
    with pytest.raises(ValueError, match=f"nowhere: no such folder; give the folder that holds a source of .*{layout}"):
        open_objects(layout, tmp_path / "nowhere")
