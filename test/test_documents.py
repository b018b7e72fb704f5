"""README and docs agree with the code, and every command that the README shows is one that exists and runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mgcda_core.cli import commands
from mgcda_ros.parameters.declaration import RULES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()

NOT_RUN_HERE = {
    "rosdep": "needs ROS 2 from apt",
    "colcon": "needs ROS 2 from apt",
    "ros2": "needs ROS 2 from apt; test_launch_file.py tests the launch file",
    "pip": "part of make setup",
    "export": "no command of ours",
    "source": "no command of ours",
}


def shown_commands() -> list[str]:
    lines = [line for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
    return [line.split("  #")[0].strip() for line in lines if line.strip()]


def test_every_shown_command_is_known() -> None:
    programs = {shlex.split(line)[0] for line in shown_commands()}
    assert programs == {"make", "mgcda", *NOT_RUN_HERE}


@pytest.mark.parametrize("line", [line for line in shown_commands() if line.startswith("make")])
def test_shown_make_command_has_a_recipe(line: str) -> None:
    done = subprocess.run(
        [*shlex.split(line), "--dry-run"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    for assignment in shlex.split(line)[2:]:
        name, value = assignment.split("=")
        assert f'--{name.lower()} "{value}"' in done.stdout


def test_make_help_lists_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    for target in ("setup", "demo", "test", "clean"):
        assert f"make {target}" in shown


@pytest.mark.parametrize("line", [line for line in shown_commands() if line.startswith("mgcda ")])
def test_shown_mgcda_command_takes_the_shown_options(line: str) -> None:
    command, *arguments = shlex.split(line)[1:]
    assert command in commands()
    done = subprocess.run(
        [sys.executable, "-c", "from mgcda_core.cli import main; main()", command, "--help"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    for option in [argument for argument in arguments if argument.startswith("--")]:
        assert f"--{option[2:].replace('-', '_')}" in done.stdout


def test_linked_files_exist() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).is_file(), f"{page.name} links to {target}"


def test_parameter_page_agrees_with_the_declaration() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| `(.*?)` \| (.*?) \| (.*?) \| (.*?) \|$", (ROOT / "docs" / "parameters.md").read_text(), re.M
    )
    assert [row[0] for row in rows] == [rule.name for rule in RULES]
    for (_, default, allowed, takes_effect, description), rule in zip(rows, RULES, strict=True):
        assert (yaml.safe_load(default), allowed, description) == (rule.default, rule.allowed, rule.description)
        assert takes_effect == rule.takes_effect


def test_nothing_but_the_named_places_needs_the_network() -> None:
    """No code of ours opens a connection: backbones and weights come from disk."""
    pattern = re.compile(r"pretrained=True|hf_hub|urlopen|requests\.|torch\.hub|load_state_dict_from_url")
    offenders = [
        str(path.relative_to(ROOT))
        for package in ("mgcda_core", "mgcda_ros")
        for path in (ROOT / package).rglob("*.py")
        if pattern.search(path.read_text())
    ]
    assert offenders == []
