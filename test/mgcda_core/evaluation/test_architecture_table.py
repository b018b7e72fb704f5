"""The table of architectures: one row each, built and run."""

from __future__ import annotations

from mgcda_core.evaluation.architecture_table import architecture_rows, format_rows, variants


def test_the_table_has_a_row_per_architecture() -> None:
    chosen = list(variants(["resnet18"]))
    assert [name for name, _ in chosen] == [
        "direct, resnet18", "dissimilarity (small), resnet18", "dissimilarity (small, separable), resnet18",
        "dissimilarity (reference wiring), resnet18",
    ]  # fmt: skip
    rows = architecture_rows(chosen[:3], class_count=5, height=64, width=96, frames=1)
    assert rows[0].parameters < rows[1].parameters and rows[0].multiply_adds < rows[1].multiply_adds
    assert rows[2].multiply_adds < rows[1].multiply_adds
    assert all(row.milliseconds > 0 for row in rows)
    table = format_rows(rows).splitlines()
    assert len(table) == 5 and table[2].startswith("| direct, resnet18 | 11.")
