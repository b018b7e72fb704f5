"""A page to look at: every frame of a set, worst first, as picture, score, mask and ground truth."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mgcda_core.datasets.labelled_picture import ANOMALY, IGNORED, NORMAL

WIDTH_PX = 480
"""Of each picture on the page, or near it: pictures are reduced by whole numbers, which takes a third of the time."""
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1980px; padding: 0 1em; color: #1a1a1a; }
table { border-collapse: collapse; margin: 1em 0; } td, th { padding: .25em .8em; border-bottom: 1px solid #ccc; }
td { text-align: right; font-variant-numeric: tabular-nums; } td:first-child, th:first-child { text-align: left; }
figure { margin: 1.5em 0; } figcaption { margin-bottom: .3em; } .row { display: flex; flex-wrap: wrap; gap: 6px; }
.row div { flex: 1 1 300px; max-width: 480px; } .row img { width: 100%; display: block; } .what { color: #555; }
.key span { display: inline-block; width: 1em; height: 1em; vertical-align: -0.15em; margin: 0 .3em 0 1em; }
"""
FOUND, FALSE, MISSED = (0, 158, 115), (213, 94, 0), (204, 121, 167)
"""RGB of anomalous pixels that the mask covers, of normal ones that it covers, and of anomalous ones that it misses."""
VOID = (24, 24, 24)
"""RGB of what is ignored in the ground truth."""
JPEG_QUALITY = 85
DARKER = (np.arange(256) * 0.6).astype(np.uint8)
"""Of the picture under a mask, by brightness."""


@dataclass(frozen=True)
class FrameEntry:
    """One frame on the page. f1: of the pixels at the set's threshold, in [0, 1]; stem: of its picture files."""

    name: str
    f1: float
    false_share: float
    stem: str


def frame_f1(mask: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return the pixel F1 of a mask and the share of normal pixels that it covers, both in [0, 1].

    mask: bool (H, W). labels: uint8 (H, W), 0 normal, 1 anomaly, 255 ignored. A frame without anomalies has F1 1 where
    nothing is covered and 0 elsewhere; the share is 0 where nothing is normal.
    """
    truth, clear = labels == ANOMALY, labels == NORMAL
    found, false = int(np.count_nonzero(mask & truth)), int(np.count_nonzero(mask & clear))
    anomalous, normal = int(np.count_nonzero(truth)), int(np.count_nonzero(clear))
    total = found + false + anomalous
    return (2 * found / total if total else 1.0), (false / normal if normal else 0.0)


def write_picture(folder: Path, stem: str, image: np.ndarray) -> None:
    """Write the picture of a frame, uint8 (H, W, 3) RGB, to folder, which is made, at the page's width."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, stem, "picture", _reduced(image))


def write_judgement(folder: Path, stem: str, score: np.ndarray, mask: np.ndarray, labels: np.ndarray) -> None:
    """Write score, mask and ground truth of a frame beside its picture, which write_picture() has written.

    score: float32 (H, W), shown from its lowest (dark) to its highest value. mask: bool (H, W). labels: uint8 (H, W),
    0 normal, 1 anomaly, 255 ignored.
    """
    picture = cv2.imread(str(folder / f"{stem}_picture.jpg"))[..., ::-1]
    score, mask, labels = (_thinned(values, picture) for values in (score, mask, labels))
    low, high = float(score.min()), float(score.max())
    scaled = (score - low) / (high - low) if high > low else np.zeros_like(score)
    heat = cv2.applyColorMap(np.round(255 * scaled).astype(np.uint8), cv2.COLORMAP_INFERNO)
    truth = labels == ANOMALY
    marks = ((mask & truth, FOUND), (mask & (labels == NORMAL), FALSE), (truth & ~mask, MISSED))
    _write(folder, stem, "score", heat[..., ::-1])
    _write(folder, stem, "mask", _marked(DARKER[picture], marks))
    _write(folder, stem, "truth", _marked(picture, ((labels == IGNORED, VOID), (truth, FOUND))))


def _marked(picture: np.ndarray, marks: Iterable[tuple[np.ndarray, tuple[int, int, int]]]) -> np.ndarray:
    """Return a picture with a colour where a bool (H, W) of its size is true."""
    shown = picture.copy()
    for where, colour in marks:
        shown[where] = colour
    return shown


def _reduced(picture: np.ndarray) -> np.ndarray:
    """Return a picture (H, W, 3) at about the page's width; what is left over at its ends is cut off."""
    factor = _factor(picture)
    height, width = picture.shape[0] // factor, picture.shape[1] // factor
    return cv2.resize(picture[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)


def _thinned(values: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Return the middle one of the pixels (H, W) that became one of the picture's: a page needs no more."""
    factor = _factor(values)
    height, width = picture.shape[:2]
    return np.ascontiguousarray(values[factor // 2 :: factor, factor // 2 :: factor][:height, :width])


def _factor(values: np.ndarray) -> int:
    return max(1, round(values.shape[1] / WIDTH_PX))


def _write(folder: Path, stem: str, what: str, picture: np.ndarray) -> None:
    path = str(folder / f"{stem}_{what}.jpg")
    cv2.imwrite(path, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def write_page(path: Path, *, title: str, sections: Iterable[str], entries: Sequence[FrameEntry]) -> None:
    """Write the page; the frames' pictures lie in frames/ beside it. sections: HTML that stands above the frames."""
    worst_first = sorted(entries, key=lambda entry: (entry.f1, -entry.false_share, entry.name))
    key = "".join(
        f'<span style="background: rgb{colour}"></span>{what}'
        for colour, what in ((FOUND, "found"), (MISSED, "missed"), (FALSE, "false"))
    )
    figures = "".join(_figure(entry) for entry in worst_first)
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{html.escape(title)}</h1>{''.join(sections)}"
        f"<h2>{len(entries)} frames, worst first</h2><p>By pixel F1 at the set's best threshold; a frame without "
        f'anomalies is perfect where nothing is marked.</p><p class="key">mask:{key}; ground truth: ignored is dark</p>'
        f"{figures}</body></html>\n",
        encoding="utf-8",
    )


def html_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as HTML, its cells escaped."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _figure(entry: FrameEntry) -> str:
    pictures = "".join(
        f'<div><img loading="lazy" src="frames/{entry.stem}_{what}.jpg" alt="{what}">'
        f'<span class="what">{shown}</span></div>'
        for what, shown in (("picture", "picture"), ("score", "score"), ("mask", "mask"), ("truth", "ground truth"))
    )
    return (
        f"<figure><figcaption><b>{html.escape(entry.name)}</b> F1 {entry.f1:.3f}, {100 * entry.false_share:.2f} % of "
        f'normal pixels marked</figcaption><div class="row">{pictures}</div></figure>'
    )
