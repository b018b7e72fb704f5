"""Mapillary Vistas: classes are read by name, so that the places of either version's list do not matter."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.street_sets import open_street
from mgcda_core.datasets.streets.mapillary import mapillary_labels

# Names of version 1.2 (first half) and 2.0, from the configuration files of the set, with the class each stands for.
NAMES = {
    "animal--ground-animal": (),
    "construction--barrier--curb": ("sidewalk",),
    "construction--flat--road": ("road",),
    "construction--structure--bridge": ("building",),
    "human--person": ("person",),
    "human--rider--motorcyclist": ("rider",),
    "marking--crosswalk-zebra": ("road",),
    "object--traffic-light": ("traffic light",),
    "object--traffic-sign--front": ("traffic sign",),
    "object--vehicle--on-rails": ("train",),
    "void--ego-vehicle": (),
    "void--unlabeled": (),
    "construction--barrier--temporary": ("sidewalk", "wall", "fence"),
    "human--person--individual": ("person",),
    "marking-only--discrete--text": ("road",),
    "marking--discrete--arrow--split-left-or-straight": ("road",),
    "object--support--pole-group": ("pole",),
    "object--sign--store": ("building", "traffic sign"),
    "object--traffic-cone": (),
    "object--traffic-light--general-upright": ("traffic light",),
    "void--static": (),
}


def write_config(path: Path, *names: str) -> Path:
    path.write_text(json.dumps({"labels": [{"name": name, "color": [0, 0, 0]} for name in names]}))
    return path


@pytest.mark.parametrize("order", [list(NAMES), list(reversed(NAMES))], ids=["one order", "the other"])
def test_classes_are_read_by_name(tmp_path: Path, order: list[str]) -> None:
    labels = mapillary_labels(write_config(tmp_path / "config.json", *order))
    assert [(label.value, label.name) for label in labels] == list(enumerate(order))
    assert {label.name: label.cityscapes for label in labels} == NAMES


def test_the_camera_s_own_void_is_an_artefact(tmp_path: Path) -> None:
    names = ["void--car-mount", "void--dynamic", "void--ego-vehicle", "void--ground", "void--unlabeled"]
    labels = mapillary_labels(write_config(tmp_path / "config.json", *names))
    assert [label.artefact for label in labels] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("present", "chosen"),
    [
        (["labels"], "labels"),
        (["v1.2/labels"], "v1.2/labels"),
        (["v1.2/labels", "v2.0/labels"], "v2.0/labels"),
    ],
)
def test_the_newest_version_is_taken(tmp_path: Path, write_picture: Callable, present: list[str], chosen: str) -> None:
    configs = {"labels": "config.json", "v1.2/labels": "config_v1.2.json", "v2.0/labels": "config_v2.0.json"}
    write_picture(tmp_path / "validation/images/a.jpg", np.zeros((4, 4, 3), np.uint8))
    for folder in present:
        write_picture(tmp_path / "validation" / folder / "a.png", np.zeros((4, 4), np.uint8))
        name = "nature--sky" if folder == chosen else "human--person"
        write_config(tmp_path / configs[folder], name)
    (scene,) = open_street("mapillary", tmp_path, "validation")
    assert scene.label_path == tmp_path / "validation" / chosen / "a.png"
    assert (scene.read()[1] == 1).all(), "sky"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file; expected the set's list of classes"),
        ("{", "not a list of classes"),
        ('{"labels": [{"id": 3}]}', "not a list of classes"),
        ('{"classes": []}', "not a list of classes"),
        ('{"labels": [{"name": "object--dragon"}]}', "class 'object--dragon' is unknown"),
    ],
)
def test_a_configuration_that_is_wrong_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    config = tmp_path / "config_v1.2.json"
    if content is not None:
        config.write_text(content)
    with pytest.raises(ValueError, match=rf"config_v1\.2\.json: {message}"):
        mapillary_labels(config)
