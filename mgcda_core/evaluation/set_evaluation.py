"""One set, twice: the scores of all pixels first, and then, at the threshold that they give, everything with a mask."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from mgcda_core.datasets.benchmarks import LabelledSet
from mgcda_core.datasets.labelled_picture import LabelledPicture
from mgcda_core.evaluation.component_metrics import ComponentMetrics, StreamingComponentMetrics
from mgcda_core.evaluation.curve import Curve, thinned
from mgcda_core.evaluation.false_regions import FalseRegions
from mgcda_core.evaluation.frame_page import FrameEntry, frame_f1, write_judgement, write_picture
from mgcda_core.evaluation.kept_labels import KeptLabels
from mgcda_core.evaluation.pixel_metrics import PixelMetrics, metrics_of
from mgcda_core.evaluation.region_metrics import MINIMUM_OBJECT_PX, RegionMetrics, StreamingRegionMetrics
from mgcda_core.evaluation.reliability import ReliabilityCurve, reliability_curve
from mgcda_core.evaluation.score_files import write_scores
from mgcda_core.evaluation.score_sources import Scores, ScoreSource
from mgcda_core.evaluation.scored_regions import regions_of
from mgcda_core.evaluation.segment_me_if_you_can import BinnedPixelMetrics
from mgcda_core.evaluation.slices import SlicedRecall
from mgcda_core.evaluation.streaming import StreamingPixelMetrics

CURVE_POINTS = 2000
"""Of a curve that is drawn."""
THREADS = min(4, os.cpu_count() or 1)
BINNED = "{method} (binned)"
"""The row of SegmentMeIfYouCan's binned mode."""


@dataclass(frozen=True)
class MethodResult:
    """What one method reaches on one set; binned: in SegmentMeIfYouCan's binned mode.

    threshold: of recall and false_regions, which are of masks as a vehicle would have them: the method's own where it
    has one, the set's best otherwise. components and regions go by the set's best. reliability: of probabilities only.
    """

    method: str
    binned: bool
    pixels: PixelMetrics
    components: ComponentMetrics
    regions: RegionMetrics
    threshold: float
    recall: SlicedRecall
    false_regions: FalseRegions
    curve: Curve
    reliability: ReliabilityCurve | None


@dataclass
class Seconds:
    """Time spent on reading pictures and labels, on scoring (network or score files), and on metrics and reports.

    Metrics are reckoned beside the scoring of the next picture: measuring is only what the run had to wait for them.
    """

    reading: float = 0.0
    scoring: float = 0.0
    measuring: float = 0.0

    @contextmanager
    def spent(self, on: str) -> Iterator[None]:
        """Add the time within to one of the three."""
        started = time.perf_counter()
        yield
        setattr(self, on, getattr(self, on) + time.perf_counter() - started)


@dataclass(frozen=True)
class SetResult:
    """name and images of a set, its results in the order of a table's rows, and its frames for the page."""

    name: str
    images: int
    methods: list[MethodResult]
    frames: list[FrameEntry]
    seconds: Seconds


class _Cut(NamedTuple):
    """Of a frame, (H, W): its scores, and bool what of it is above the set's best threshold and above the method's."""

    scores: np.ndarray
    above: np.ndarray
    reported: np.ndarray


@dataclass
class _Method:
    """A row in the making: what has been added up so far."""

    name: str
    scores: str
    pixels: StreamingPixelMetrics | BinnedPixelMetrics
    is_probability: bool
    curve: Curve = field(init=False)
    metrics: PixelMetrics = field(init=False)
    threshold: float = field(init=False)
    components: StreamingComponentMetrics = field(init=False)
    regions: StreamingRegionMetrics = field(init=False)
    recall: SlicedRecall = field(default_factory=SlicedRecall)
    false_regions: FalseRegions = field(default_factory=FalseRegions)

    def choose(self, labelled: LabelledSet, own_threshold: float | None) -> None:
        self.curve = self.pixels.curve()
        self.metrics = metrics_of(self.curve)
        best = self.metrics.best_f1_threshold
        self.threshold = best if own_threshold is None else own_threshold
        self.components = StreamingComponentMetrics(threshold=best, minimum_sizes=labelled.minimum_sizes)
        self.regions = StreamingRegionMetrics()

    def cut(self, scores: Scores) -> _Cut:
        own = scores[self.scores]
        above = own > self.components.threshold
        # Most methods have no threshold of their own.
        is_best = self.threshold == self.metrics.best_f1_threshold
        return _Cut(own, above, above if is_best else own > self.threshold)

    def add_components(self, cut: _Cut, labels: np.ndarray) -> None:
        self.components.add_predicted(cut.above, labels)

    def add_regions(self, cut: _Cut, labels: np.ndarray) -> None:
        self.regions.add(labels, regions_of(cut.scores, cut.above, minimum_px=MINIMUM_OBJECT_PX))

    def add_mask(self, cut: _Cut, labels: np.ndarray) -> None:
        self.recall.add(cut.reported, labels)
        self.false_regions.add(cut.reported, labels)

    def result(self) -> MethodResult:
        return MethodResult(
            self.name,
            isinstance(self.pixels, BinnedPixelMetrics),
            self.metrics,
            self.components.metrics(),
            self.regions.metrics(),
            self.threshold,
            self.recall,
            self.false_regions,
            thinned(self.curve, CURVE_POINTS),
            reliability_curve(self.curve) if self.is_probability else None,
        )


def evaluate_set(
    labelled: LabelledSet,
    source: ScoreSource,
    *,
    frames: Path,
    binned: bool = False,
    written: tuple[Path, str] | None = None,
) -> SetResult:
    """Return the results of a source's methods on a set, the first one's frames drawn into a folder for the page.

    frames: that folder, which is made. binned: add a row per method in SegmentMeIfYouCan's binned mode. written: folder
    and suffix (score_formats.py) that the first method's scores are written with. Memory does not grow with the number
    of pictures, but for 50 bytes of each on the page and some 30 a region. Raises ValueError naming the file that is
    wrong.
    """
    seconds = Seconds()
    methods = [_Method(name, name, StreamingPixelMetrics(), name in source.probabilities) for name in source.methods]
    if binned:
        methods += [_Method(BINNED.format(method=name), name, BinnedPixelMetrics(), False) for name in source.methods]
    with ThreadPoolExecutor(THREADS) as pool, TemporaryDirectory(prefix="mgcda_labels_") as folder:
        kept = KeptLabels(Path(folder))
        running: list[Future] = []
        for number, picture in enumerate(tqdm(labelled.pictures, desc=f"{labelled.name}: scores", unit="image")):
            with seconds.spent("reading"):
                image, labels = picture.read()
            with seconds.spent("scoring"):
                scores = source.scores(picture, image, keep=True)
            with seconds.spent("measuring"):
                _finish(running)
            running = [pool.submit(method.pixels.add, scores[method.scores], labels) for method in methods]
            running += [
                pool.submit(write_picture, frames, _stem(number), image),
                pool.submit(kept.keep, number, labels),
            ]
            if written is not None:
                running.append(pool.submit(write_scores, written[0], picture.id, scores[source.methods[0]], written[1]))
        with seconds.spent("measuring"):
            _finish(running)
            for method in methods:
                method.choose(labelled, source.thresholds.get(method.name))
            entries = _second_look(pool, labelled, source, methods, kept, frames)
    return SetResult(labelled.name, len(labelled.pictures), [each.result() for each in methods], entries, seconds)


def _second_look(
    pool: ThreadPoolExecutor,
    labelled: LabelledSet,
    source: ScoreSource,
    methods: list[_Method],
    kept: KeptLabels,
    frames: Path,
) -> list[FrameEntry]:
    """Add up everything that needs the threshold, and draw the frames."""

    def read(number: int, picture: LabelledPicture) -> tuple[list[_Cut], np.ndarray]:
        labels = kept.labels(number)
        scores = source.again(picture, labels.shape)
        return [method.cut(scores) for method in methods], labels

    def add(what: Callable[[_Method, _Cut, np.ndarray], None], cuts: list[_Cut], labels: np.ndarray) -> None:
        for method, cut in zip(methods, cuts, strict=True):
            what(method, cut, labels)

    entries: list[FrameEntry] = []
    pictures = labelled.pictures
    upcoming = pool.submit(read, 0, pictures[0])
    for number, picture in enumerate(tqdm(pictures, desc=f"{labelled.name}: objects", unit="image")):
        cuts, labels = upcoming.result()
        if number + 1 < len(pictures):
            upcoming = pool.submit(read, number + 1, pictures[number + 1])
        # One task for the regions of all methods: pycocotools prints, and silencing it is not a thing for two threads.
        running = [
            pool.submit(add, what, cuts, labels)
            for what in (_Method.add_regions, _Method.add_components, _Method.add_mask)
        ]
        entries.append(_draw(frames, number, picture.id, cuts[0], labels))
        _finish(running)
    return entries


def _finish(running: Iterable[Future]) -> None:
    """Wait for all; raises what the first that failed has raised."""
    for future in running:
        future.result()


def _draw(frames: Path, number: int, name: str, cut: _Cut, labels: np.ndarray) -> FrameEntry:
    write_judgement(frames, _stem(number), cut.scores, cut.above, labels)
    return FrameEntry(name, *frame_f1(cut.above, labels), _stem(number))


def _stem(number: int) -> str:
    return f"{number:05d}"
