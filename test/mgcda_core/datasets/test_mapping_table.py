"""docs/datasets.md shows what the code does."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.mapping_table import mapping_tables
from mgcda_core.datasets.object_sets import OBJECT_LAYOUTS
from mgcda_core.datasets.street_sets import STREET_LAYOUTS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "datasets.md").read_text()


def test_the_page_ends_with_the_tables_of_the_code() -> None:
    assert PAGE.endswith("\n\n" + mapping_tables()), "run python -m mgcda_core.datasets.mapping_table"


def test_the_page_describes_every_layout() -> None:
    for layout in (*STREET_LAYOUTS, *OBJECT_LAYOUTS):
        assert f"\n| `{layout}` | " in PAGE


def test_rows_say_what_a_reader_expects() -> None:
    tables = mapping_tables()
    assert "\n| 26 | car | car | car |\n" in tables  # Cityscapes
    assert "\n| 1 | ego vehicle | void, artefact | void, artefact |\n" in tables
    assert "\n| 4 | static | void | void |\n" in tables
    assert "\n| `void--ego-vehicle` | void, artefact | void, artefact |\n" in tables
