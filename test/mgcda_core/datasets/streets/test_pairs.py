"""A set of one's own: its class file says what the values mean, and is refused where it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.street_sets import open_street
from mgcda_core.datasets.streets.pairs import read_class_file

CONTENT = {"labels": {"0": ["road"], "7": ["car", "truck"], "9": ["wall", "fence"]}, "void": [255], "artefact": [254]}


def write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.fixture
def root(tmp_path: Path, write_picture: Callable) -> Path:
    write_picture(tmp_path / "images" / "a.webp", np.zeros((2, 3, 3), np.uint8))
    write_picture(tmp_path / "labels" / "a.png", np.array([[0, 7, 9], [255, 254, 0]], np.uint8))
    write(tmp_path / "classes.json", CONTENT)
    return tmp_path


def test_names_of_the_cityscapes_list_read_in_both_lists(root: Path) -> None:
    road, car, truck, wall, fence = 2**0, 2**13, 2**14, 2**3, 2**4
    _, allowed, artefact = open_street("pairs", root, None, class_list="cityscapes")[0].read_with_artefacts()
    assert allowed.tolist() == [[road, car + truck, wall + fence], [0, 0, road]]
    assert artefact.tolist() == [[False, False, False], [False, True, False]]
    allowed = open_street("pairs", root, None)[0].read()[1]
    building, fence = 2**1, 2**7
    assert allowed.tolist() == [[2**3, 2**8, building + fence], [0, 0, 2**3]]


def test_names_of_the_street_list_read_in_both_lists(root: Path) -> None:
    file = write(
        root / "mine.json", {"class_list": "street", "labels": {"0": ["road"], "7": ["car"]}, "void": [9, 254, 255]}
    )
    street = open_street("pairs", root, None, class_file=file)[0].read()[1]
    assert street[0].tolist() == [2**3, 2**8, 0]
    cityscapes = open_street("pairs", root, None, class_list="cityscapes", class_file=file)[0].read()[1]
    assert cityscapes[0].tolist() == [1, 2**13 + 2**14 + 2**15 + 2**16, 0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ([], 'has no "labels" is not allowed; expected'),
        ({"void": [255]}, 'has no "labels"'),
        ({"labels": {}}, 'has no "labels"'),
        ({"labels": {"0": ["road"]}, "viod": [1]}, r"unknown fields \['viod'\]"),
        ({"labels": {"0": ["road"]}, "class_list": "ade20k"}, "class_list 'ade20k'"),
        ({"labels": {"0": ["road"]}, "class_list": []}, r"class_list \[\]"),
        ({"labels": {"0": ["dragon"]}}, r"label value 0: unknown classes \['dragon'\]"),
        (
            {"labels": {"0": ["pavement"]}},
            r"label value 0: unknown classes \['pavement'\] is not allowed; expected some of road, sidewalk",
        ),
        ({"labels": {"0": "road"}}, "label value 0: 'road' is not allowed; expected a list"),
        ({"labels": {"0": []}}, r"label value 0: \[\] is not allowed"),
        ({"labels": {"256": ["road"]}}, "label value '256' is not allowed; expected a whole number from 0 to 255"),
        ({"labels": {"-1": ["road"]}}, "label value '-1'"),
        ({"labels": {"x": ["road"]}}, "label value 'x'"),
        ({"labels": {"0": ["road"]}, "void": 255}, "void 255 is not allowed; expected a list"),
        ({"labels": {"0": ["road"]}, "void": [True]}, "label value True"),
        ({"labels": {"0": ["road"]}, "void": [0]}, r"label values \[0\] are listed twice"),
        ({"labels": {"0": ["road"]}, "void": [9], "artefact": [9]}, r"label values \[9\] are listed twice"),
    ],
)
def test_a_class_file_that_is_wrong_is_named(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(ValueError, match=rf"classes\.json: {message}") as raised:
        read_class_file(write(tmp_path / "classes.json", content))
    assert "\n" not in str(raised.value)


def test_a_missing_class_file_is_named(root: Path) -> None:
    (root / "classes.json").unlink()
    with pytest.raises(ValueError, match=r"classes\.json: no such file; expected the class file, such as"):
        open_street("pairs", root, None)
