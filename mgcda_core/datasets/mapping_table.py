"""How every street set reads in the common class lists, as the tables of docs/datasets.md.

`python -m mgcda_core.datasets.mapping_table` prints them.
"""

from __future__ import annotations

from collections.abc import Iterable

from mgcda_core.datasets.classes import CITYSCAPES_CLASSES, CITYSCAPES_TO_STREET, to_street
from mgcda_core.datasets.labels import Label
from mgcda_core.datasets.street_sets import splits_of
from mgcda_core.datasets.streets.bdd100k import BDD100K_LABELS
from mgcda_core.datasets.streets.camvid import CAMVID_LABELS
from mgcda_core.datasets.streets.cityscapes import CITYSCAPES_LABELS
from mgcda_core.datasets.streets.idd import IDD_ID_LABELS, IDD_LEVEL3_LABELS
from mgcda_core.datasets.streets.idd_lite import IDD_LITE_LABELS
from mgcda_core.datasets.streets.mapillary import MAPILLARY_ARTEFACTS, MAPILLARY_CLASSES

VOID, ARTEFACT = "void", "void, artefact"


def mapping_tables() -> str:
    """Return all tables in Markdown, one section each."""
    sections = [
        _table("Cityscapes classes as street classes", ("train id", "`cityscapes`", "`street`"), _between_lists()),
        _label_section("CamVid", "camvid", CAMVID_LABELS),
        _label_section("IDD Lite", "idd_lite", IDD_LITE_LABELS),
        _label_section("IDD, level-3 ids", "idd", IDD_LEVEL3_LABELS),
        _label_section("IDD, ids", "idd", IDD_ID_LABELS),
        _label_section("Cityscapes", "cityscapes", CITYSCAPES_LABELS),
        _label_section("BDD100K", "bdd100k", BDD100K_LABELS),
        _table(
            "Mapillary Vistas" + _splits("mapillary"),
            ("name, and all below it", "`street`", "`cityscapes`"),
            _mapillary(),
        ),
    ]
    return "\n\n".join(sections) + "\n"


def _between_lists() -> list[tuple[str, ...]]:
    return [
        (str(number), name, ", ".join(CITYSCAPES_TO_STREET[name])) for number, name in enumerate(CITYSCAPES_CLASSES)
    ]


def _label_section(title: str, layout: str, labels: Iterable[Label]) -> str:
    rows = [
        (str(item.value), item.name, *(_cell(item.classes(name), item.artefact) for name in ("street", "cityscapes")))
        for item in labels
    ]
    return _table(title + _splits(layout), ("value", "name", "`street`", "`cityscapes`"), rows)


def _mapillary() -> list[tuple[str, ...]]:
    rows = {name: (classes, False) for name, classes in MAPILLARY_CLASSES.items()}
    rows |= {name: ((), True) for name in MAPILLARY_ARTEFACTS}
    return [
        (f"`{name}`", _cell(to_street(classes), artefact), _cell(classes, artefact))
        for name, (classes, artefact) in sorted(rows.items())
    ]


def _splits(layout: str) -> str:
    splits = splits_of(layout)
    named = [("training", splits.training), ("validation", splits.validation), ("test", splits.test)]
    return " (" + ", ".join(f"{purpose}: `{name}`" for purpose, name in named if name) + ")"


def _cell(classes: tuple[str, ...], artefact: bool) -> str:
    return ", ".join(classes) or (ARTEFACT if artefact else VOID)


def _table(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"### {title}", "", f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


if __name__ == "__main__":
    print(mapping_tables(), end="")
