"""The card beside a user's own network: what it means, and what is said of every mistake in it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from mgcda_core.networks.external_card import ExternalCard, Task, load_external_card

OURS = ("road", "car", "sky")
FIELDS: dict[str, Any] = {
    "format": 1,
    "task": "segmentation",
    "name": "theirs",
    "classes": ["road", "truck", "thing"],
    "class_map": {"truck": "car", "thing": None},
    "mean": [0.1, 0.2, 0.3],
    "std": [0.5, 1, 0.25],
    "channel_order": "bgr",
    "output": "logits",
}
SYNTHESIS = {key: value for key, value in FIELDS.items() if key != "output"} | {
    "task": "synthesis",
    "class_map": {"car": "truck", "sky": None},
}
ABSENT = object()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of no meaning: the card is read before it."""
    path = tmp_path / "theirs.onnx"
    path.write_bytes(b"content")
    return path


def load(file: Path, task: Task = "segmentation", /, **changes: object) -> ExternalCard:
    """Write a card with changes to FIELDS or SYNTHESIS (ABSENT leaves a field out) and load it."""
    fields = (FIELDS if task == "segmentation" else SYNTHESIS) | changes
    content = {key: value for key, value in fields.items() if value is not ABSENT}
    file.with_suffix(".json").write_text(json.dumps(content))
    return load_external_card(file, task, OURS)


def test_a_card_is_read_as_it_was_written(file: Path) -> None:
    assert load(file, multiple_of=32) == ExternalCard(
        name="theirs",
        task="segmentation",
        classes=("road", "truck", "thing"),
        class_map={"road": "road", "truck": "car", "thing": None},
        mean=(0.1, 0.2, 0.3),
        std=(0.5, 1, 0.25),
        channel_order="bgr",
        output="logits",
        multiple_of=32,
    )


def test_for_synthesis_the_map_goes_from_our_classes_to_theirs(file: Path) -> None:
    card = load(file, "synthesis", class_map={"car": "truck", "sky": "truck"})
    assert card.class_map == {"road": "road", "car": "truck", "sky": "truck"}
    assert (card.output, card.multiple_of) == (None, 1)


def test_the_map_may_be_left_out_where_all_names_are_ours(file: Path) -> None:
    card = load(file, classes=["sky", "road"], class_map=ABSENT)
    assert card.class_map == {"sky": "sky", "road": "road"}


def test_the_map_may_say_that_a_name_of_ours_means_something_else(file: Path) -> None:
    assert load(file, classes=["sky", "road"], class_map={"sky": None}).class_map == {"sky": None, "road": "road"}


def test_the_hash_of_the_right_file_is_accepted_in_either_case(file: Path) -> None:
    found = hashlib.sha256(b"content").hexdigest()
    assert load(file, sha256=found) == load(file, sha256=found.upper()) == load(file)


REFUSED: dict[str, tuple[Task, dict[str, object], str]] = {
    "format of tomorrow": ("segmentation", {"format": 2}, "format 2 is not allowed; it must be 1"),
    "no format": ("segmentation", {"format": ABSENT}, "format None is not allowed; it must be 1"),
    "other task": (
        "segmentation", {"task": "synthesis"}, "task 'synthesis' is not allowed; it must be 'segmentation'",
    ),
    "task of neither": ("synthesis", {"task": "depth"}, "task 'depth' is not allowed; it must be 'synthesis'"),
    "missing": ("segmentation", {"mean": ABSENT, "output": ABSENT}, r"\['mean', 'output'\] missing; a card for segm"),
    "unknown": ("segmentation", {"channels": 3}, r"\['channels'\] unknown; a card for segmentation has .* leave it"),
    "output of a generator": ("synthesis", {"output": "logits"}, r"\['output'\] unknown; a card for synthesis has"),
    "empty name": ("segmentation", {"name": ""}, "name '' is not allowed; it must be a text"),
    "number for a name": ("segmentation", {"name": 3}, "name 3 is not allowed; it must be a text"),
    "one class": ("segmentation", {"classes": ["road"]}, r"classes \['road'\] is not allowed; it must be a list"),
    "classes twice": ("segmentation", {"classes": ["road", "road"]}, "two different names or more"),
    "class numbers": ("segmentation", {"classes": [0, 1]}, r"classes \[0, 1\] is not allowed"),
    "classes as a text": ("segmentation", {"classes": "road, car"}, "classes 'road, car' is not allowed"),
    "order": ("segmentation", {"channel_order": "RGB"}, r"channel_order 'RGB' is not allowed; .* of \('rgb', 'bgr'"),
    "output": ("segmentation", {"output": "labels"}, r"output 'labels' is not allowed; .* \('logits', 'probabilities'"),
    "mean of 255": ("segmentation", {"mean": [123.7, 116.3, 103.5]}, r"mean \[123.7, .* from 0 to 1, .* \(not 0 to"),
    "one mean": ("segmentation", {"mean": 0.5}, "mean 0.5 is not allowed; it must be three numbers from 0 to 1"),
    "NaN": ("segmentation", {"mean": [float("nan"), 0, 0]}, r"mean \[nan, 0, 0\] is not allowed"),
    "no spread": ("segmentation", {"std": [1, 0, 1]}, r"std \[1, 0, 1\] is not allowed; it must be three numbers ab"),
    "std of 255": ("synthesis", {"std": [255, 255, 255]}, r"std \[255, 255, 255\] is not allowed; .* up to 1"),
    "true for a number": ("segmentation", {"std": [True, True, True]}, r"std \[True, True, True\] is not allowed"),
    "multiple of zero": ("segmentation", {"multiple_of": 0}, "multiple_of 0 is not allowed; it must be a whole number"),
    "multiple of a half": ("segmentation", {"multiple_of": 1.5}, "multiple_of 1.5 is not allowed"),
    "hash": ("segmentation", {"sha256": "00"}, "sha256 '00' is not allowed; it must be that of theirs.onnx, [0-9a-f]+"),
    "map as a list": ("segmentation", {"class_map": []}, r"class_map \[\] is not allowed; it must be an object"),
    "key of ours": (
        "segmentation", {"class_map": {"car": "truck"}},
        r"class_map key 'car' is not allowed; for segmentation the keys are the card's classes \('road', 'truck'",
    ),
    "key of theirs": (
        "synthesis", {"class_map": {"truck": "car"}},
        r"class_map key 'truck' is not allowed; for synthesis the keys are our classes \('road', 'car', 'sky'\)",
    ),
    "value of theirs": (
        "segmentation", {"class_map": {"truck": "truck"}},
        r"class_map 'truck': 'truck' is not allowed; it must be one of our classes \('road', .* or null for void",
    ),
    "value of no class": (
        "synthesis", {"class_map": {"car": ["truck"]}},
        r"class_map 'car': \['truck'\] is not allowed; it must be one of the card's classes",
    ),
    "left out": (
        "segmentation", {"class_map": {"truck": "car"}},
        "class_map lacks 'thing', one of the card's classes that has no namesake; map it to one of our classes",
    ),
    "ours left out": ("synthesis", {"class_map": {}}, "class_map lacks 'car', one of our classes that has no namesake"),
    "all void": (
        "segmentation", {"class_map": {"road": None, "truck": None, "thing": None}}, "other than null for one class",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_mistake_is_refused_with_card_field_value_and_what_is_allowed(file: Path, name: str) -> None:
    task, changes, message = REFUSED[name]
    with pytest.raises(ValueError, match=message) as caught:
        load(file, task, **changes)
    assert str(caught.value).startswith(f"{file.with_suffix('.json')}: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    message = "theirs.onnx: the file of the synthesis network does not exist; put it there, with its card theirs.json"
    with pytest.raises(ValueError, match=message):
        load_external_card(tmp_path / "theirs.onnx", "synthesis", OURS)


def test_a_missing_card_is_named(file: Path) -> None:
    with pytest.raises(ValueError, match=r"theirs.json: the card is missing; it belongs beside theirs.onnx"):
        load_external_card(file, "segmentation", OURS)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "not a JSON card"), (b"\xff", "not a JSON card"), (b"[]", "the card is a list; it must be a JSON object")],
    ids=["cut off", "no text", "a list"],
)
def test_what_is_no_card_is_refused(file: Path, content: bytes, message: str) -> None:
    file.with_suffix(".json").write_bytes(content)
    with pytest.raises(ValueError, match=f"theirs.json: {message}"):
        load_external_card(file, "segmentation", OURS)
