"""README and docs agree with the code, and every command that they show is one that exists."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonargparse import auto_cli

from mgcda_core.cli import commands
from mgcda_ros.parameters.declaration import RULES

ROOT = Path(__file__).resolve().parent.parent

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN_HERE = {
    "rosdep": "needs ROS 2 from apt",
    "colcon": "needs ROS 2 from apt",
    "ros2": "needs ROS 2 from apt; test_launch_file.py tests the launch files",
    "docker": "needs Docker",
    "torchrun": "needs several GPUs; test_processes.py starts two processes on the CPU",
    "accelerate": "needs several GPUs; test_processes.py starts two processes on the CPU",
    "pip": "part of make setup",
    "npm": "fetches a package",
    "export": "no command of ours",
    "mkdir": "no command of ours",
    "tar": "no command of ours; test_launch.py looks at the lists that it gets",
    "source": "no command of ours",
}


def shown_commands() -> list[str]:
    """Return every command in the README and the documents, without the variables that are set before it."""
    found: list[str] = []
    for page in PAGES:
        for block in re.findall(r"```bash\n(.*?)```", page.read_text(), re.DOTALL):
            lines = (line.split("  #")[0].strip() for line in block.replace("\\\n", " ").splitlines())
            found += [re.sub(r"^([A-Z_]+=\S+ )+", "", line) for line in lines if line and not line.startswith("#")]
    return list(dict.fromkeys(found))


def test_every_shown_command_is_known() -> None:
    programs = {shlex.split(line)[0] for line in shown_commands()}
    assert programs == {"make", "mgcda", *NOT_RUN_HERE}


def test_every_shown_launch_file_has_the_shown_arguments() -> None:
    shown = [shlex.split(line) for line in shown_commands() if "ros2 launch mgcda_ros" in line]
    assert len(shown) >= 3
    for words in shown:
        name, *arguments = words[words.index("mgcda_ros", words.index("launch")) + 1 :]
        text = (ROOT / "launch" / name).read_text()
        if "**launching.EVERY_NODE" in text:
            text += (ROOT / "mgcda_ros" / "launching.py").read_text().partition("EVERY_NODE: ")[2].partition("}")[0]
        for argument in arguments:
            option = argument.partition(":=")[0]
            assert argument == "--show-args" or f'"{option}": (' in text, f"{name} {argument}"


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
    for option in [argument for argument in arguments if argument.startswith("--")]:
        assert f"--{option[2:].replace('-', '_').partition('=')[0]}" in help_of(command)


@cache
def help_of(command: str) -> str:
    # In this process: starting another, PyTorch and all, takes eight seconds for each command.
    shown = io.StringIO()
    with redirect_stdout(shown), pytest.raises(SystemExit) as ended:
        auto_cli(commands(), args=[command, "--help"], prog="mgcda", as_positional=False)
    assert ended.value.code == 0
    return shown.getvalue()


def test_linked_files_exist() -> None:
    for page in PAGES:
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
