"""Objects of a recipe: which of a source are anomalies, which decoys, and which are kept for validation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mgcda_core.training.object_source import ObjectSource, object_sources, photograph_sources

PERSON, CAR, DOG, CHAIR = 1, 3, 18, 62


@pytest.fixture
def data(tmp_path: Path, coco_tools: tuple, make_picture: Callable) -> Path:
    write, box = coco_tools
    annotations = [
        box(number, kind, 10 + 50 * place, 10, 40, 40)
        for number in range(1, 16)
        for place, kind in enumerate((DOG, PERSON))
    ]
    write(tmp_path / "coco", annotations, {number: make_picture(120, 160, number) for number in range(1, 16)})
    for name in ("box", "bag"):
        folder = tmp_path / "mine" / name
        folder.mkdir(parents=True)
        for number in range(8):
            cutout = np.dstack([make_picture(40, 40, number), np.full((40, 40), 255, np.uint8)])
            cv2.imwrite(str(folder / f"{number}.png"), cutout)
    return tmp_path


def categories(data: Path, *sources: ObjectSource) -> tuple[set[str], set[str]]:
    return tuple({each.category for each in kind} for kind in object_sources(data, held_out=False, sources=sources))


def test_what_street_data_knows_is_a_decoy_unless_it_is_asked_for(data: Path) -> None:
    coco = Path("coco")
    assert categories(data, ObjectSource("coco", coco)) == ({"dog"}, {"person"})
    assert categories(data, ObjectSource("coco", coco, include=("person",))) == ({"person"}, set())
    assert categories(data, ObjectSource("coco", coco, exclude=("dog",))) == ({"person"}, set())
    assert categories(data, ObjectSource("coco", coco, include=("dog",))) == ({"dog"}, {"person"})
    with pytest.raises(ValueError, match="unicorn"):
        categories(data, ObjectSource("coco", coco, include=("unicorn",)))


def test_several_sources_are_put_together_and_each_holds_out_every_seventh_picture(data: Path) -> None:
    sources = (ObjectSource("coco", Path("coco")), ObjectSource("rgba", Path("mine"), exclude=("bag",)))
    training, held_out = (object_sources(data, held_out=half, sources=sources) for half in (False, True))
    assert [len(kind) for kind in training] == [12 + 6, 12]
    assert [len(kind) for kind in held_out] == [3 + 2, 3]
    assert {each.image_id for each in held_out[1]} == {1, 8, 15}
    for kind in (0, 1):
        assert not {each.reference for each in training[kind]} & {each.reference for each in held_out[kind]}


def test_pictures_that_are_left_out_are_used_for_nothing(data: Path) -> None:
    picture = data / "coco" / "images" / "000000000003.png"
    assert picture.is_file()
    unknown, known = object_sources(data, held_out=False, left_out={picture})
    assert 3 not in {each.image_id for each in unknown + known}
    assert len(unknown) == len(known) == 11


def test_a_photograph_is_held_out_where_its_objects_are(data: Path) -> None:
    sources = (ObjectSource("coco", Path("coco")), ObjectSource("rgba", Path("mine")))
    for held_out in (False, True):
        photographs, unknown = photograph_sources(data, held_out=held_out, sources=sources)
        objects = object_sources(data, held_out=held_out, sources=sources[:1])
        assert {each.image_id for each in photographs} == {each.image_id for kind in objects for each in kind}
        assert unknown == {"dog", "box", "bag"}
    picture = data / "coco" / "images" / "000000000003.png"
    left, _ = photograph_sources(data, held_out=False, left_out={picture})
    assert len(left) == 11 and picture not in {each.path for each in left}
