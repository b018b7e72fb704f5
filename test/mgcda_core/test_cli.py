"""The README's commands, run for real on small things."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mgcda_core.cli import main
from mgcda_core.deploy.weights import load_weights, save_weights
from mgcda_core.networks.scales import Scale
from mgcda_core.simulation.drive import Drive
from mgcda_core.training.recipe import DOMAIN_NAMES


@pytest.fixture(scope="module")
def benchmark_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rendered frames in the layout of a benchmark set."""
    root = tmp_path_factory.mktemp("benchmarks") / "small"
    for name in ("images", "labels_masks"):
        (root / name).mkdir(parents=True)
    drive = Drive(seed=7, width=320, height=180)
    for number in range(2):
        frame = drive.render(3.0 + number)
        labels = (frame.instances > 0).astype(np.uint8)
        assert labels.any()
        cv2.imwrite(str(root / "images" / f"{number}.png"), cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
        cv2.imwrite(str(root / "labels_masks" / f"{number}.png"), labels)
    return root


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["mgcda", *map(str, arguments)])
    main()


def test_predict_writes_an_overlay_and_a_score_map_of_the_pictures_size(
    benchmark_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "predict", "--images", benchmark_folder / "images", "--out", tmp_path)
    for number in range(2):
        score = cv2.imread(str(tmp_path / f"{number}_score.png"), cv2.IMREAD_UNCHANGED)
        assert (score.dtype, score.shape) == (np.uint16, (180, 320))
        assert cv2.imread(str(tmp_path / f"{number}_overlay.jpg")).shape == (180, 320, 3)
    assert "hazard(s)" in capsys.readouterr().out


@pytest.mark.parametrize("below", [True, False], ids=["a set", "a folder of sets"])
def test_evaluate_prints_a_row_per_score_and_writes_them(
    below: bool,
    benchmark_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = benchmark_folder if below else benchmark_folder.parent
    run(monkeypatch, "evaluate", "--layout", "pairs", "--root", root, "--out", tmp_path, "--baselines")
    table = capsys.readouterr().out
    stored = json.loads((tmp_path / "metrics.json").read_text())["results"]
    assert [row["method"] for row in stored] == ["MGCDA", "max softmax", "max logit", "entropy", "energy"]
    for row in stored:
        assert f"| small | {row['method']} | {100 * row['ap']:.1f} |" in table
    assert (tmp_path / "small" / "index.html").is_file()


def test_evaluate_reads_what_it_wrote_for_others(
    benchmark_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, "evaluate", "--root", benchmark_folder, "--out", tmp_path / "ours", "--write-scores", "npz")
    theirs = tmp_path / "ours" / "scores" / "small"
    run(monkeypatch, "evaluate", "--root", benchmark_folder, "--out", tmp_path / "theirs", "--scores", theirs)
    ours, again = (
        json.loads((tmp_path / name / "metrics.json").read_text())["results"][0] for name in ("ours", "theirs")
    )
    assert again["method"] == "small"
    for name in ("ap", "fpr95", "siou", "f1_star", "mask_ap"):
        assert again[name] == ours[name]


def test_a_package_that_is_not_installed_is_named(
    benchmark_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pycocotools", None)
    for name in [name for name in sys.modules if name.startswith("mgcda_core.evaluation")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "evaluate", "--root", benchmark_folder, "--out", tmp_path)
    assert ended.value.code == 2
    assert "mgcda: evaluate needs pycocotools, which is not installed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "--images", "/nowhere.jpg"], "/nowhere.jpg"),
        (["evaluate", "--root", "/nowhere"], "/nowhere: no such folder"),
        (["evaluate", "--root", "/", "--layout", "road_anomaly"], "/frames: no pictures found"),
        (["evaluate", "--root", "/", "--scores", "/theirs", "--baselines"], "leave baselines"),
        (["predict", "--images", "/nowhere.jpg", "--weights", "/no.safetensors"], "/no.safetensors"),
    ],
)
def test_mistake_ends_in_one_line_that_names_it(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *arguments)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_domains_writes_a_sheet_per_domain_and_one_after_augmentation(
    training_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "domains", "--data", training_data, "--preview", tmp_path, "--columns", 1, "--rows", 1)
    names = {*DOMAIN_NAMES, "augmented"}
    assert {path.stem for path in tmp_path.iterdir()} == names
    assert len(capsys.readouterr().out.splitlines()) >= len(names)
    some = ("domains", "--data", training_data, "--columns", 1, "--rows", 1, "--names")
    run(monkeypatch, *some, "[road_debris+anomaly_mix]", "--preview", tmp_path / "some")
    assert {path.stem for path in (tmp_path / "some").iterdir()} == {"road_debris+anomaly_mix", "augmented"}
    with pytest.raises(SystemExit):
        run(monkeypatch, *some, "[cut_mix]", "--preview", tmp_path / "none")
    assert "domains: cut_mix is not allowed; names are void_class" in capsys.readouterr().err


def test_info_tells_what_the_weights_are_made_of(
    weights_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    network, card = load_weights(weights_file)
    path = tmp_path / "two.safetensors"
    save_weights(network, replace(card, scales=(Scale(0.75, 0.25),)), path)
    run(monkeypatch, "info", path, "--height", 64, "--width", 96)
    printed = capsys.readouterr().out
    assert "looks again at 0.75 of the picture's size, with a weight of 0.25" in printed
    total = sum(parameter.numel() for parameter in network.parameters())
    assert f"| all | {total:,} |" in printed and "at 96 x 64, one look" in printed
