"""A set under weather and camera faults: every picture made worse and scored anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from mgcda_core.datasets.benchmarks import LabelledSet
from mgcda_core.datasets.labelled_picture import LabelledPicture
from mgcda_core.evaluation.corruptions import CORRUPTIONS, STRENGTHS, corrupt
from mgcda_core.evaluation.false_regions import FalseRegions
from mgcda_core.evaluation.result_table import percent
from mgcda_core.evaluation.score_sources import ScoreSource
from mgcda_core.evaluation.set_evaluation import SetResult
from mgcda_core.evaluation.slices import SlicedRecall
from mgcda_core.evaluation.streaming import StreamingPixelMetrics

CLEAN = "none"


class CorruptionRow(NamedTuple):
    """The first method's results on a set under one fault; strength 0 of CLEAN is the set as it is.

    found_share and false_regions_per_frame: at the threshold that the method has without faults.
    """

    set: str
    corruption: str
    strength: int
    ap: float
    fpr95: float
    found_share: float
    false_regions_per_frame: float


def corruption_rows(labelled: LabelledSet, source: ScoreSource, clean: SetResult) -> Iterator[CorruptionRow]:
    """Yield the row of the set as it is, from clean, and one per fault and strength.

    Takes as long as evaluating the set, 35 times.
    """
    method = clean.methods[0]
    yield CorruptionRow(
        labelled.name,
        CLEAN,
        0,
        method.pixels.ap,
        method.pixels.fpr95,
        method.recall.total().found_share,
        method.false_regions.per_frame,
    )
    runs = [(name, strength) for name in CORRUPTIONS for strength in STRENGTHS]
    with tqdm(total=len(runs) * len(labelled.pictures), desc=f"{labelled.name}: faults", unit="image") as progress:
        for name, strength in runs:
            pixels, recall, false_regions = StreamingPixelMetrics(), SlicedRecall(), FalseRegions()
            for picture in labelled.pictures:
                scores, labels = _scored(picture, source, name, strength)
                mask = scores > method.threshold
                pixels.add(scores, labels)
                recall.add(mask, labels)
                false_regions.add(mask, labels)
                progress.update()
            metrics = pixels.metrics()
            found = recall.total().found_share
            yield CorruptionRow(
                labelled.name, name, strength, metrics.ap, metrics.fpr95, found, false_regions.per_frame
            )


def corruption_cells(rows: Sequence[CorruptionRow], column: str) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of a table as text: a column's values by fault, in percent but for counts."""
    header = ["fault", *(str(strength) for strength in (0, *STRENGTHS))]
    shown = percent if column != "false_regions_per_frame" else "{:.2f}".format
    return header, [[name, *(shown(value) for value in values)] for name, values in by_corruption(rows, column).items()]


def by_corruption(rows: Sequence[CorruptionRow], column: str) -> dict[str, list[float]]:
    """Return a column's values by fault, from strength 0, which all faults share, to 5."""
    clean = [getattr(row, column) for row in rows if row.corruption == CLEAN]
    names = dict.fromkeys(row.corruption for row in rows if row.corruption != CLEAN)
    return {name: clean + [getattr(row, column) for row in rows if row.corruption == name] for name in names}


def _scored(picture: LabelledPicture, source: ScoreSource, name: str, strength: int) -> tuple[np.ndarray, np.ndarray]:
    image, labels = picture.read()
    return source.scores(picture, corrupt(image, name, strength, picture.id))[source.methods[0]], labels
