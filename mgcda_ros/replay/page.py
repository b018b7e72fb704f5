"""report.html: what happened on a drive, on one page that needs no network."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any

from mgcda_core.evaluation.frame_page import STYLE, html_table
from mgcda_core.frame import Status
from mgcda_ros.replay import timeline as times
from mgcda_ros.replay.figures import figures, figures_of_truth, number
from mgcda_ros.replay.summary import Outcome

OWN_STYLE = """
body { max-width: 1240px; } .warn { border-left: 5px solid #d55e00; background: #fdf3ec; padding: .6em 1em; }
.sheet { display: flex; flex-wrap: wrap; gap: 12px; } .sheet figure { margin: 0; width: 380px; }
.sheet img, video { max-width: 100%; display: block; } table.text td { text-align: left; }
"""
MOST_CONDITIONS = 200


def page(summary: Mapping[str, Any], outcome: Outcome) -> str:
    """Return the page of one bag."""
    title = outcome.job.bag.name
    return document(title, "".join(_sections(summary, outcome)))


def document(title: str, body: str) -> str:
    """Return a whole page."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}{OWN_STYLE}</style></head><body><h1>{html.escape(title)}</h1>{body}</body></html>\n"
    )


def warning(heading: str, sentences: list[str]) -> str:
    """Return a box that nobody overlooks; empty without a sentence."""
    if not sentences:
        return ""
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f'<div class="warn"><b>{html.escape(heading)}</b><ul>{items}</ul></div>'


def _sections(summary: Mapping[str, Any], outcome: Outcome) -> Iterator[str]:
    yield warning(_where_it_ended(summary), list(summary["problems"]))
    failed = list(summary["remarks"])
    failed += [f"{what}: {count} times" for what, count in summary["failures"].items()]
    failed += [f"{name} is not written: {reason}" for name, reason in summary["missing"].items()]
    yield warning("Not everything could be read, matched or written", failed)
    yield html_table(["", ""], figures(summary))
    yield "<h2>Timeline</h2>"
    yield times.timeline(outcome) or "<p>No frame of this bag could be read.</p>"
    yield f'<p class="key">status:{times.key((status.name, times.colour_of(status)) for status in Status)}</p>'
    if outcome.metrics is None:
        yield "<p>An alarm is a hazard that was confirmed. Without ground truth nobody can say which are false.</p>"
    else:
        named = (("true", times.TRUE), ("false", times.FALSE), ("not labelled", times.UNKNOWN))
        yield f'<p class="key">alarms:{times.key(named)}</p>'
        yield "<h2>Against ground truth</h2>"
        yield html_table(["", ""], figures_of_truth(summary["ground_truth"]))
    if outcome.video_rate is not None:
        yield _video(f"overlay.{outcome.job.video}")
    yield from _alarms(outcome)
    yield from _conditions(summary)
    yield "<h2>How it was made</h2>"
    made = {"model": summary["model"], "threshold": number(summary["threshold"]), **summary["replay"]}
    rows = [[name, str(value)] for name, value in made.items()]
    rows += [[f"parameter {name}", repr(value)] for name, value in summary["parameters"].items()]
    rows += [[f"topic for {name}", value or "none"] for name, value in summary["topics"].items()]
    yield html_table(["", ""], rows)


def _video(name: str) -> str:
    if name.endswith(".webm"):
        return f'<h2>Video</h2><video controls preload="metadata" src="{name}"></video>'
    # Browsers do not play MPEG-4 part 2, which is what OpenCV writes quickly.
    return f'<h2>Video</h2><p><a href="{name}">{name}</a>, for a video player; --video webm makes one for browsers</p>'


def _where_it_ended(summary: Mapping[str, Any]) -> str:
    if summary["end_ns"] is None:
        return "Nothing of this bag could be read"
    return (
        f"This bag is not whole: what could be read ends {number(summary['duration_s'])} s after its start, at "
        f"{summary['end_ns']} ns"
    )


def _alarms(outcome: Outcome) -> Iterator[str]:
    if not outcome.alarms:
        return
    shown = outcome.alarm_pictures
    yield f"<h2>Alarms</h2><p>{len(shown)} of {len(outcome.alarms)}, each in the frame that confirmed it.</p>"
    yield '<div class="sheet">'
    for alarm in outcome.alarms:
        if alarm.number not in shown:
            continue
        metres = "" if alarm.distance_m is None else f", nearest {alarm.distance_m:.0f} m"
        truth = "" if not alarm.labelled else ", true" if alarm.true else ", false"
        seconds = (alarm.start_ns - (outcome.start_ns or 0)) / 1e9
        yield (
            f'<figure><img loading="lazy" src="{html.escape(shown[alarm.number])}" alt="alarm {alarm.number}">'
            f"<figcaption>{alarm.number}: at {seconds:.1f} s, highest score {alarm.score:.2f}{metres}{truth}"
            "</figcaption></figure>"
        )
    yield "</div>"


def _conditions(summary: Mapping[str, Any]) -> Iterator[str]:
    conditions = summary["conditions"]
    if not conditions:
        return
    yield "<h2>What was wrong, and when</h2>"
    rows = [
        [
            f"{each['start_s']:.2f} s",
            "to the end" if each["end_s"] is None else f"{each['end_s']:.2f} s",
            each["status"],
            each["message"],
        ]
        for each in conditions[:MOST_CONDITIONS]
    ]
    yield html_table(["from", "until", "status", "message"], rows).replace("<table>", '<table class="text">')
    if len(conditions) > MOST_CONDITIONS:
        yield f"<p>and {len(conditions) - MOST_CONDITIONS} more, in report.json</p>"
