"""Ground truth over all frames of all bags, as of one set: each bag leaves its counts, and they are added up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mgcda_core.evaluation.pooled_curve import PooledCurve
from mgcda_ros.replay.fleet import BagResult
from mgcda_ros.replay.truth_counts import COUNTS, read_counts
from mgcda_ros.replay.truth_metrics import TruthMetrics


class FleetTruth:
    """out: folder of the bags' folders, whose counts are read once each. Holds the pixels' counts of all in one."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._pixels = PooledCurve()
        self._counts: dict[str, dict[str, np.ndarray]] = {}
        self._left_out: dict[str, str] = {}

    def values(self, results: Sequence[BagResult]) -> dict[str, Any] | None:
        """Return what TruthMetrics.values() returns, of all frames of the bags; None where no bag has ground truth.

        "bags": how many it is of. "left_out": of the others the reason, by name. "without_regions": bags that were
        looked at without pycocotools, because of which there are no regions of all. results: all that were handed in
        before, and more.
        """
        labelled = {result.name: result.report for result in results if result.report and result.report["ground_truth"]}
        if not labelled:
            return None
        threshold = next(iter(labelled.values()))["threshold"]
        for name in labelled.keys() - self._counts.keys() - self._left_out.keys():
            self._take(name, threshold)
        all_bags = TruthMetrics(threshold)
        # In the order of the bags, whichever was finished first: sums of floats show it in their last digits.
        merged = [name for name in labelled if name in self._counts]
        for name in merged:
            all_bags.add_counts(self._counts[name])
        return {
            "bags": len(merged),
            "left_out": dict(sorted(self._left_out.items())),
            "without_regions": [name for name in merged if "regions scores" not in self._counts[name]],
            **all_bags.values(self._pixels.curve()),
        }

    def _take(self, name: str, threshold: float) -> None:
        try:
            curve, counts = read_counts(self._out / name)
            # What does not fit must not be half of the sum.
            TruthMetrics(threshold).add_counts(counts)
            self._pixels.add(curve)
        except FileNotFoundError:
            self._left_out[name] = f"its folder has no {COUNTS}, which earlier versions did not write"
        except (OSError, ValueError, KeyError) as error:
            self._left_out[name] = f"{COUNTS}: {error}"
        else:
            self._counts[name] = counts
