"""The ablation: what is planned, what is run again, and what its tables say."""

from __future__ import annotations

import csv
import json
import statistics
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from mgcda_core import cli
from mgcda_core.alignment.cacl import Strategy
from mgcda_core.datasets.benchmarks import LabelledSet, open_sets
from mgcda_core.training import ablation, ablation_report
from mgcda_core.training.ablation import HELD_OUT, Outcome, Run, Score, ablate, planned_runs
from mgcda_core.training.ablation_report import format_table, write_report
from mgcda_core.training.recipe import Recipe

ROOT = Path(__file__).parents[3]
TABLES = {
    "alignment": {"neither": {}, "CACL": {"alignment": {"contrast_weight": 0.1, "per_class": 8}}},
    "crops": {"as it is": {}, "wide": {"crop": [64, 96], "steps": 3}},
}


def test_every_variant_is_planned_for_every_seed_and_equal_ones_are_one_training(small: Recipe) -> None:
    runs = planned_runs(small, TABLES, (3, 4))
    assert [(run.table, run.variant, run.seed) for run in runs] == [
        (table, variant, seed) for seed in (3, 4) for table, variants in TABLES.items() for variant in variants
    ]
    by_name = {(run.variant, run.seed): run.recipe for run in runs}
    cacl, wide = by_name["CACL", 3], by_name["wide", 3]
    assert (cacl.seed, cacl.alignment.contrast_weight, cacl.alignment.temperature) == (3, 0.1, 0.1)
    assert (wide.crop, wide.steps, wide.alignment) == ((64, 96), 3, small.alignment)
    assert by_name["neither", 3].out == by_name["as it is", 3].out
    assert len({run.recipe.out for run in runs}) == 6
    elsewhere = planned_runs(replace(small, data=Path("elsewhere"), workers=2), TABLES, (3,))
    assert [run.recipe.out.name for run in elsewhere] == [run.recipe.out.name for run in runs[:4]]


@pytest.mark.parametrize(
    ("tables", "seeds", "message"),
    [
        ({}, (0,), "tables: each must have one variant or more"),
        ({"alignment": {}}, (0,), "tables: each must have one variant or more"),
        (TABLES, (), r"seeds: \[\] are not allowed"),
        (TABLES, (1, 1), r"seeds: \[1, 1\] are not allowed"),
        ({"a": {"b": {"step": 3}}}, (0,), r"tables\.a\.b\.step is not a setting; there are data, out"),
        ({"a": {"b": {"alignment": {"weight": 3}}}}, (0,), r"tables\.a\.b\.alignment\.weight is not a setting"),
        ({"a": {"b": {"steps": 0}}}, (0,), r"tables\.a\.b: steps: 0 is not allowed"),
    ],
)
def test_what_cannot_be_planned_is_named(small: Recipe, tables: dict, seeds: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        planned_runs(small, tables, seeds)


@pytest.fixture
def benchmark(tmp_path: Path, training_data: Path, write_picture: object, make_picture: object) -> LabelledSet:
    root = tmp_path / "street"
    for number in range(2):
        labels = make_picture(64, 96, number)[..., 0] % 2
        write_picture(root / "images" / f"{number}.png", make_picture(64, 96, number))
        write_picture(root / "labels_masks" / f"{number}.png", labels)
    (found,) = open_sets("pairs", root)
    return found


def test_a_study_trains_and_scores_each_once_and_goes_on_where_it_was(
    small: Recipe, benchmark: LabelledSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trained: list[Path] = []
    train = ablation.train_and_save

    def counted(recipe: Recipe, *, commit: str) -> object:
        trained.append(recipe.out)
        return train(recipe, commit=commit)

    monkeypatch.setattr(ablation, "train_and_save", counted)
    runs = planned_runs(small, TABLES, (0,))
    without = ablate(small, runs, [], commit="abc")
    assert len(trained) == 3 and [list(outcome.scores) for outcome in without] == [[HELD_OUT]] * 4
    assert without[0].scores == without[2].scores != without[3].scores
    outcomes = ablate(small, runs, [benchmark], commit="abc")
    assert len(trained) == 3, "weights that are there are not trained again for another set"
    for outcome, earlier in zip(outcomes, without, strict=True):
        assert list(outcome.scores) == [HELD_OUT, "street"]
        assert outcome.scores[HELD_OUT] == earlier.scores[HELD_OUT]
        assert all(0 <= value <= 1 for score in outcome.scores.values() for value in score)
    path = runs[0].recipe.out / ablation.RESULT
    stored = json.loads(path.read_text()) | {"street": [0.25, 0.75]}
    path.write_text(json.dumps(stored))
    assert ablate(small, runs[:1], [benchmark], commit="abc")[0].scores["street"] == Score(0.25, 0.75)
    text = write_report(outcomes, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "ablation.md", "ablation.csv", "ablation_alignment.png", "ablation_crops.png",
    }  # fmt: skip
    assert (tmp_path / "out" / "ablation.md").read_text().strip() == text
    rows = list(csv.DictReader((tmp_path / "out" / "ablation.csv").open()))
    assert len(rows) == 8
    assert float(rows[1]["ap"]) == outcomes[0].scores["street"].ap


def test_weights_to_start_from_are_told_apart_by_their_whole_path(small: Recipe) -> None:
    starts = {name: {"start_from": Path(name) / "mgcda.safetensors"} for name in ("one", "other")}
    one, other = planned_runs(small, {"starts": starts}, (0,))
    assert one.recipe.out != other.recipe.out


def test_several_processes_are_refused(small: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="WORLD_SIZE: 2 is not allowed; an ablation runs in one process"):
        ablate(small, planned_runs(small, TABLES, (0,)), [], commit="abc")


def test_the_shipped_study_has_what_the_paper_compares(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    planned: list[Run] = []
    monkeypatch.setattr(ablation, "ablate", lambda recipe, runs, sets, commit: planned.extend(runs))
    monkeypatch.setattr(ablation_report, "write_report", lambda outcomes, out: "")
    file = ROOT / "config" / "train" / "ablation.yaml"
    monkeypatch.setattr("sys.argv", ["mgcda", "ablate", "--config", str(file), "--out", str(tmp_path)])
    cli.main()
    assert {run.seed for run in planned} == {0, 1, 2} and len({run.recipe.out for run in planned}) == 36
    assert len({run.recipe.steps for run in planned}) == 1, "equal steps"
    first = {(run.table, run.variant): run.recipe for run in planned if run.seed == 0}
    assert [(each.alignment.uses_domains, each.alignment.uses_contrast) for each in list(first.values())[:4]] == [
        (False, False), (True, False), (False, True), (True, True),
    ]  # fmt: skip
    assert [len(each.domains) for (table, _), each in first.items() if table == "domains"] == [1, 2, 1, 3]
    strategies = [each.alignment.strategy for (table, _), each in first.items() if table == "sampling"]
    assert sorted(strategies) == sorted(get_args(Strategy))
    assert len({each.architecture.backbone for (table, _), each in first.items() if table == "backbones"}) == 2


def test_a_table_has_the_mean_and_the_deviation_of_a_sample(small: Recipe) -> None:
    aps, rates = (0.5, 0.6, 0.72), (0.1, 0.2, 0.3)
    outcomes = [
        Outcome(Run("alignment", variant, seed, small), {"road": Score(ap + shift, rate)})
        for seed, (ap, rate) in enumerate(zip(aps, rates, strict=True))
        for variant, shift in (("neither", 0.0), ("both", 0.1))
    ]
    lines = format_table(outcomes, "alignment").splitlines()
    assert lines[0] == "| alignment | seeds | road |"
    spread = 100 * statistics.stdev(aps)
    assert lines[2] == f"| neither | 3 | {100 * statistics.mean(aps):.1f} ± {spread:.1f} / 20.0 ± 10.0 |"
    assert lines[3].startswith(f"| both | 3 | {100 * statistics.mean(aps) + 10:.1f} ± {spread:.1f}")
    assert format_table(outcomes[:2], "alignment").splitlines()[2] == "| neither | 1 | 50.0 / 10.0 |"
