"""Where score maps come from: a Detector with the baselines of its segmentation network, or somebody else's files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from mgcda_core.datasets.labelled_picture import LabelledPicture
from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.resizing import enlarge
from mgcda_core.evaluation.baselines import BASELINES
from mgcda_core.evaluation.score_files import check_scores, read_scores, score_file

OURS = "MGCDA"

Scores = dict[str, np.ndarray]
"""A score map per method, float32 (H, W), higher is more anomalous, never NaN."""


class ScoreSource(Protocol):
    """methods: the names of the scores, in the order of a table's rows.

    probabilities: those of them that claim to be one. thresholds: of those that have one of their own.
    """

    methods: tuple[str, ...]
    probabilities: tuple[str, ...]
    thresholds: dict[str, float]

    def check(self, pictures: Sequence[LabelledPicture]) -> None:
        """Raise ValueError naming the first picture that will have no scores, before any is scored."""

    def scores(self, picture: LabelledPicture, image: np.ndarray, *, keep: bool = False) -> Scores:
        """Return the scores of a picture; image: uint8 (H, W, 3) RGB; keep: for again().

        Raises ValueError or RuntimeError naming what is wrong.
        """

    def again(self, picture: LabelledPicture, size: tuple[int, int]) -> Scores:
        """Return what was kept once more, without running a network; size: (height, width) of the picture."""


class DetectorScores:
    """The calibrated probability of a Detector and, where asked for, the baselines of the same pass.

    kept: a folder for what again() needs: maps at the network's resolution, 0.13 MB each for 1024 x 512; the caller's
    to delete. All methods see the picture at the detector's resolution.
    """

    def __init__(self, detector: Detector, *, baselines: bool, kept: Path) -> None:
        if baselines and detector.network is None:
            raise ValueError("baselines: an exported file has no logits to make them of; give the .safetensors file")
        self.detector = detector
        self.methods = (OURS, *BASELINES) if baselines else (OURS,)
        self.probabilities = (OURS,)
        self.thresholds = {OURS: detector.card.threshold}
        self._kept = kept

    def check(self, pictures: Sequence[LabelledPicture]) -> None:
        """Do nothing: every picture can be scored."""

    def scores(self, picture: LabelledPicture, image: np.ndarray, *, keep: bool = False) -> Scores:
        """Return what ScoreSource.scores returns."""
        with torch.inference_mode():
            outputs = self.detector.run(self.detector.preprocess(image))
            maps = {OURS: self.detector.coarse(outputs).probability}
            for method in self.methods[1:]:
                maps[method] = BASELINES[method](outputs.segmentation_logits.float())[0, 0].cpu().numpy()
        for method, values in maps.items():
            if not np.isfinite(values).all():
                raise RuntimeError(
                    f"{picture.image_path}: the score {method!r} of {self.detector.model} holds NaN or infinity"
                )
        if keep:
            np.savez(self._kept_file(picture), **maps)
        return _enlarged(maps, image.shape[:2])

    def again(self, picture: LabelledPicture, size: tuple[int, int]) -> Scores:
        """Return what ScoreSource.again returns."""
        with np.load(self._kept_file(picture), allow_pickle=False) as maps:
            return _enlarged({method: maps[method] for method in self.methods}, size)

    def _kept_file(self, picture: LabelledPicture) -> Path:
        return self._kept / f"{picture.id}.npz"


class FileScores:
    """Score maps on disk, of any method; folder: one file per picture (score_files.py), its name is the method's."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ValueError(f"{folder}: no such folder; give the folder that holds one score file per picture")
        self._folder = folder
        self.methods = (folder.resolve().name,)
        self.probabilities: tuple[str, ...] = ()
        self.thresholds: dict[str, float] = {}

    def check(self, pictures: Sequence[LabelledPicture]) -> None:
        """Look at the headers of all files; raises ValueError naming the first that is wrong."""
        check_scores(self._folder, pictures)

    def scores(self, picture: LabelledPicture, image: np.ndarray, *, keep: bool = False) -> Scores:
        """Return what ScoreSource.scores returns; the files are kept anyway."""
        return self.again(picture, image.shape[:2])

    def again(self, picture: LabelledPicture, size: tuple[int, int]) -> Scores:
        """Return what ScoreSource.again returns."""
        return {self.methods[0]: read_scores(score_file(self._folder, picture.id), size)}


def _enlarged(maps: Scores, size: tuple[int, int]) -> Scores:
    return {method: enlarge(values, *size) for method, values in maps.items()}
