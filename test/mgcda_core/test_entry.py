"""The console script prepares the environment before PyTorch reads it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mgcda_core import entry

CODE = """
import os, sys
from mgcda_core import entry

class ProgramIsLoaded:
    def find_spec(self, name, path=None, target=None):
        assert "torch" not in sys.modules, "PyTorch reads the environment when it is loaded"
        if name == "mgcda_core.cli":
            print(os.environ["THP_MEM_ALLOC_ENABLE"])
            raise SystemExit

sys.meta_path.insert(0, ProgramIsLoaded())
entry.main()
"""


@pytest.mark.parametrize("given, expected", [(None, "1"), ("0", "0")], ids=["unset", "switched off"])
def test_huge_pages_are_asked_for_unless_the_user_says_otherwise(given: str | None, expected: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "THP_MEM_ALLOC_ENABLE"}
    if given is not None:
        environment["THP_MEM_ALLOC_ENABLE"] = given
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == expected


def test_it_is_the_command_line_that_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("THP_MEM_ALLOC_ENABLE", "0")
    monkeypatch.setattr(sys, "argv", ["mgcda", "info", "--help"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert not ended.value.code
    assert "usage: mgcda" in capsys.readouterr().out
