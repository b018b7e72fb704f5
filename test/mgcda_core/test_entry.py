"""The console script prepares the environment before PyTorch reads it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CODE = """
import os, sys
from mgcda_core import entry
assert "torch" not in sys.modules, "PyTorch reads the environment when it is loaded"
sys.argv = ["mgcda", "info", "--help"]
try:
    entry.main()
finally:
    print(os.environ["THP_MEM_ALLOC_ENABLE"])
"""


@pytest.mark.parametrize("given, expected", [(None, "1"), ("0", "0")], ids=["unset", "switched off"])
def test_huge_pages_are_asked_for_unless_the_user_says_otherwise(given: str | None, expected: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "THP_MEM_ALLOC_ENABLE"}
    if given is not None:
        environment["THP_MEM_ALLOC_ENABLE"] = given
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.split()[-1] == expected
    assert "usage: mgcda" in done.stdout
