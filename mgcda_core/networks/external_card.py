"""The card beside a user's own network: what its file wants, what it answers, and which class is which of ours.

docs/own_networks.md has the fields for the people who write them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

EXTERNAL_CARD_FORMAT = 1
REQUIRED = ("format", "task", "name", "classes", "mean", "std", "channel_order")
OPTIONAL = ("class_map", "multiple_of", "sha256")
Task = Literal["segmentation", "synthesis"]


@dataclass(frozen=True)
class ExternalCard:
    """What a user's own network is.

    classes: of the file's channels, in their order. class_map: complete, as read for the task: segmentation, every
    class of theirs to one of ours; synthesis, every class of ours to one of theirs; None is void. mean and std: in the
    order of the file's channels, of colours in [0, 1]. output: None for synthesis. multiple_of: pixels, 1 or more.
    """

    name: str
    task: Task
    classes: tuple[str, ...]
    class_map: dict[str, str | None]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    channel_order: Literal["rgb", "bgr"]
    output: Literal["logits", "probabilities"] | None
    multiple_of: int


def load_external_card(path: Path, task: Task, classes: Sequence[str]) -> ExternalCard:
    """Read and check the card beside a user's file; classes: ours. Raises ValueError naming card, field and value."""
    if not path.is_file():
        raise ValueError(
            f"{path}: the file of the {task} network does not exist; put it there, with its card "
            f"{path.with_suffix('.json').name} beside it"
        )
    card = path.with_suffix(".json")
    stored = _read(card, path)
    _check_keys(card, stored, task)
    if not isinstance(stored["name"], str) or not stored["name"]:
        _refuse(card, "name", stored["name"], "a text of one character or more")
    names = stored["classes"]
    if (
        not isinstance(names, list)
        or len(names) < 2
        or not all(isinstance(name, str) and name for name in names)
        or len(set(names)) != len(names)
    ):
        _refuse(card, "classes", names, "a list of two different names or more, one for every channel of the file")
    for field, allowed in (("channel_order", ("rgb", "bgr")), ("output", ("logits", "probabilities"))):
        if field in stored and stored[field] not in allowed:
            _refuse(card, field, stored[field], f"one of {allowed}")
    if not _three_fractions(stored["mean"]):
        _refuse(card, "mean", stored["mean"], "three numbers from 0 to 1, for colours from 0 to 1 (not 0 to 255)")
    if not _three_fractions(stored["std"]) or min(stored["std"]) <= 0:
        _refuse(card, "std", stored["std"], "three numbers above 0 and up to 1, for colours from 0 to 1 (not 0 to 255)")
    multiple_of = stored.get("multiple_of", 1)
    if not isinstance(multiple_of, int) or isinstance(multiple_of, bool) or multiple_of < 1:
        _refuse(card, "multiple_of", multiple_of, "a whole number of 1 or more pixels")
    if "sha256" in stored:
        _check_sha256(card, path, stored["sha256"])
    return ExternalCard(
        name=stored["name"],
        task=task,
        classes=tuple(names),
        class_map=_complete_map(card, task, stored.get("class_map", {}), tuple(names), tuple(classes)),
        mean=tuple(stored["mean"]),
        std=tuple(stored["std"]),
        channel_order=stored["channel_order"],
        output=stored.get("output"),
        multiple_of=multiple_of,
    )


def _refuse(card: Path, field: str, value: object, allowed: str) -> NoReturn:
    raise ValueError(f"{card}: {field} {value!r} is not allowed; it must be {allowed}")


def _read(card: Path, path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(card.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(
            f"{card}: the card is missing; it belongs beside {path.name} (docs/own_networks.md says what it holds)"
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{card}: not a JSON card ({error}); correct it there") from None
    if not isinstance(stored, dict):
        raise ValueError(f"{card}: the card is a {type(stored).__name__}; it must be a JSON object of named fields")
    return stored


def _check_keys(card: Path, stored: dict[str, Any], task: Task) -> None:
    if stored.get("format") != EXTERNAL_CARD_FORMAT:
        _refuse(card, "format", stored.get("format"), f"{EXTERNAL_CARD_FORMAT}, the only one that there is")
    if stored.get("task") != task:
        _refuse(card, "task", stored.get("task"), f"{task!r}, which is what its file is used for")
    required = (*REQUIRED, "output") if task == "segmentation" else REQUIRED
    if missing := [key for key in required if key not in stored]:
        raise ValueError(f"{card}: {missing} missing; a card for {task} must have {required}")
    if unknown := [key for key in stored if key not in (*required, *OPTIONAL)]:
        raise ValueError(
            f"{card}: {unknown} unknown; a card for {task} has {required} and may have {OPTIONAL}; "
            "correct the spelling or leave it out"
        )


def _three_fractions(values: object) -> bool:
    return (
        isinstance(values, list)
        and len(values) == 3
        and all(isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1 for value in values)
    )


def _check_sha256(card: Path, path: Path, expected: object) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if not isinstance(expected, str) or expected.lower() != found:
        _refuse(
            card, "sha256", expected, f"that of {path.name}, {found}; file and card belong together, copy both again"
        )


def _complete_map(
    card: Path, task: Task, stored: object, theirs: tuple[str, ...], ours: tuple[str, ...]
) -> dict[str, str | None]:
    # The map goes the way of the data, because only so may several on one side mean the same on the other.
    keys, values = (theirs, ours) if task == "segmentation" else (ours, theirs)
    key_owner, value_owner = ("the card's", "our") if task == "segmentation" else ("our", "the card's")
    if not isinstance(stored, dict):
        _refuse(card, "class_map", stored, f"an object of {key_owner} classes, each with one of {value_owner}s or null")
    for key, value in stored.items():
        if key not in keys:
            raise ValueError(
                f"{card}: class_map key {key!r} is not allowed; for {task} the keys are {key_owner} classes {keys}"
            )
        if value is not None and value not in values:
            _refuse(card, f"class_map {key!r}:", value, f"one of {value_owner} classes {values}, or null for void")
    complete = {key: stored.get(key, key) for key in keys}
    for key, value in complete.items():
        if value is not None and value not in values:
            raise ValueError(
                f"{card}: class_map lacks {key!r}, one of {key_owner} classes that has no namesake; "
                f"map it to one of {value_owner} classes {values}, or to null for void"
            )
    if all(value is None for value in complete.values()):
        _refuse(card, "class_map", stored, "other than null for one class or more; so the network would mean nothing")
    return complete
