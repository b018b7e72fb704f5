"""One picture file in, an overlay and a score map on disk out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from mgcda_core.datasets.picture import PICTURE_SUFFIXES, read_picture
from mgcda_core.frame import Frame, Hazard, Status
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_core.overlay import draw_overlay
from mgcda_core.processing import Processor


def picture_files(path: Path) -> list[Path]:
    """Return path itself or, for a folder, its pictures; raises ValueError where there are none."""
    if path.is_file():
        return [path]
    found = sorted(file for file in path.glob("*") if file.suffix.lower() in PICTURE_SUFFIXES)
    if not found:
        raise ValueError(f"{path}: no pictures found ({', '.join(PICTURE_SUFFIXES)})")
    return found


def predict_file(processor: Processor, path: Path, out: Path) -> tuple[Hazard, ...]:
    """Write {name}_overlay.jpg and {name}_score.png (16 bit, 65535 = 1) to out and return the picture's hazards."""
    image = read_picture(path)
    frame = Frame(image, 0, "")
    score_map, hazards = processor.process(frame)
    problems = PictureMonitor().problems(frame, score_map, processor.drivable)
    overlay = draw_overlay(
        image,
        hazards,
        Status.DEGRADED if problems else Status.OK,
        "; ".join(problems) or f"{len(hazards)} hazard(s)",
        probability=score_map.probability,
        tint_above=processor.threshold,
    )
    cv2.imwrite(str(out / f"{path.stem}_overlay.jpg"), cv2.cvtColor(overlay, cv2.COLOR_RGB2BGR))
    cv2.imwrite(str(out / f"{path.stem}_score.png"), np.round(score_map.probability * 65535).astype(np.uint16))
    return hazards
