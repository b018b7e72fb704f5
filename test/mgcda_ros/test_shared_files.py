"""Files beside the code are found, and the transport profile is used unless the user has one."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from mgcda_ros.shared_files import shared_file, use_shared_memory_profile

VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")


def test_installed_file_is_preferred_and_a_missing_one_names_the_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "share" / "mgcda_ros" / "config" / "mgcda.yaml"
    installed.parent.mkdir(parents=True)
    installed.touch()
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"/nowhere:{tmp_path}")
    assert shared_file("config/mgcda.yaml") == installed
    with pytest.raises(FileNotFoundError, match="config/other.yaml is in none of .*nowhere"):
        shared_file("config/other.yaml")


def test_profile_is_set_unless_the_user_chose_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    use_shared_memory_profile()
    chosen = os.environ[VARIABLES[0]]
    assert ElementTree.parse(chosen).getroot().tag.endswith("profiles")
    monkeypatch.delenv(VARIABLES[0])
    monkeypatch.setenv(VARIABLES[1], "/mine.xml")
    use_shared_memory_profile()
    assert VARIABLES[0] not in os.environ
