"""What people type becomes what the parser takes."""

from __future__ import annotations

import pytest

from mgcda_core.command_line import parsed_size, plain_arguments


def look(root: str, deep: bool = False, write_scores: str | None = None) -> None: ...


def replay(bags: tuple[str, ...], out: str = "") -> None: ...


COMMANDS = {"look": look, "info": lambda weights="", height=1: None, "replay": replay}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("look --root a --deep", "look --root a --deep true"),
        ("look --deep --root a", "look --deep true --root a"),
        ("look --deep false --root a", "look --deep false --root a"),
        ("look --deep=false", "look --deep=false"),
        ("look --write-scores", "look --write_scores hdf5"),
        ("look --write-scores npy", "look --write_scores npy"),
        ("look --write-scores=npy --deep", "look --write_scores=npy --deep true"),
        ("look --root my-folder", "look --root my-folder"),
        ("look --root=--a-b", "look --root=--a-b"),
        ("info file.safetensors --height 3", "info --weights file.safetensors --height 3"),
        ("info --weights a", "info --weights a"),
        ("info", "info"),
        ("replay a --out b", 'replay --bags ["a"] --out b'),
        ("replay --bags [a] --out b", "replay --bags [a] --out b"),
        ("unknown --deep", "unknown --deep"),
        ("--help", "--help"),
        ("", ""),
    ],
)
def test_flags_dashes_and_the_nameless_argument(typed: str, expected: str) -> None:
    assert plain_arguments(typed.split(), COMMANDS) == expected.split()


def test_several_arguments_without_a_name_become_a_list() -> None:
    found = plain_arguments(["replay", "my bag", "b", "--out", "c"], COMMANDS)
    assert found == ["replay", "--bags", '["my bag", "b"]', "--out", "c"]
    found = plain_arguments(["benchmark-compare", "a.json", "b.json"], COMMANDS)
    assert found == ["benchmark-compare", "--files", '["a.json", "b.json"]']


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1024x576", (1024, 576)),
        ("1x1", (1, 1)),
        ("0x5", None),
        ("5x", None),
        ("axb", None),
        ("1x2x3", None),
        ("", None),
    ],
)
def test_a_size_is_width_and_height(typed: str, expected: tuple[int, int] | None) -> None:
    assert parsed_size(typed) == expected
