"""Status, alarms, distances, latency and rate over the time of a bag, as one SVG that needs nothing else."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence

from mgcda_core.frame import Status
from mgcda_core.overlay import STATUS_COLOURS
from mgcda_ros.replay.alarms import Alarm
from mgcda_ros.replay.status_times import Segment
from mgcda_ros.replay.summary import Outcome

WIDTH_PX, LEFT_PX, RIGHT_PX = 1180, 110, 20
ROW_PX, MOST_ROWS = 13, 14
PLOT_PX, GAP_PX = 70, 26
TRUE, FALSE, UNKNOWN = "#009e73", "#d55e00", "#4666a8"
"""Of alarms: what ground truth says of them, or that it says nothing."""
INK, PALE = "#333", "#e4e4e4"
TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400)
MOST_TICKS = 10
MOST_SEGMENTS = 500
"""Of the status that are drawn as they are; more cannot be told apart."""


class _Canvas:
    """Collects the parts of the SVG, and knows where a time lies."""

    def __init__(self, start_ns: int, end_ns: int) -> None:
        self.parts: list[str] = []
        self.y = 0.0
        self._start_ns = start_ns
        self.seconds = max((end_ns - start_ns) / 1e9, 1e-9)

    def x(self, time_ns: int) -> float:
        share = (time_ns - self._start_ns) / 1e9 / self.seconds
        return LEFT_PX + min(1.0, max(0.0, share)) * (WIDTH_PX - LEFT_PX - RIGHT_PX)

    def column(self, time_ns: int) -> int:
        return int(self.x(time_ns))

    def box(self, start_ns: int, end_ns: int, y: float, height: float, colour: str, title: str) -> None:
        x, width = self.x(start_ns), max(1.5, self.x(end_ns) - self.x(start_ns))
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}">'
            f"<title>{html.escape(title)}</title></rect>"
        )

    def text(self, x: float, y: float, text: str, anchor: str = "end") -> None:
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>')

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = PALE) -> None:
        self.parts.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" fill="none"/>')


def timeline(outcome: Outcome) -> str:
    """Return the SVG, to stand in a page; an empty string where nothing of the bag could be read."""
    if outcome.start_ns is None or outcome.end_ns is None or not outcome.tally.times_ns:
        return ""
    canvas = _Canvas(outcome.start_ns, outcome.end_ns)
    _status(canvas, outcome)
    _alarm_rows(canvas, outcome)
    tally, limit_s = outcome.tally, outcome.values["maximum_latency_s"]
    _plot(canvas, "nearest alarm, m", _known(tally.times_ns, tally.nearest_m), lowest=True)
    latencies = [(time_ns, 1000 * seconds) for time_ns, seconds in _known(tally.times_ns, tally.latencies_s)]
    _plot(canvas, "latency, ms", latencies, limit=1000 * limit_s)
    _plot(canvas, "frames per s", _rates(tally.times_ns))
    _axis(canvas)
    height = canvas.y
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height:.0f}" width="100%" '
        f'font-family="system-ui, sans-serif" font-size="11" fill="{INK}" role="img" '
        f'aria-label="status and alarms over time">{"".join(canvas.parts)}</svg>'
    )


def _status(canvas: _Canvas, outcome: Outcome) -> None:
    canvas.text(LEFT_PX - 8, canvas.y + 16, "status")
    for segment in _shown(canvas, outcome.segments):
        seconds = (segment.end_ns - segment.start_ns) / 1e9
        title = (
            f"{segment.status.name}, {_seconds((segment.start_ns - outcome.start_ns) / 1e9)}, for {_seconds(seconds)}"
        )
        canvas.box(segment.start_ns, segment.end_ns, canvas.y, 22, colour_of(segment.status), title)
    canvas.y += 22 + GAP_PX / 2


def _shown(canvas: _Canvas, segments: Sequence[Segment]) -> Sequence[Segment]:
    """Return segments that can be told apart: of many that share a column of pixels, one with the worst status."""
    if len(segments) <= MOST_SEGMENTS:
        return segments
    shown: list[Segment] = []
    for segment in segments:
        last = shown[-1] if shown else None
        if last is not None and canvas.column(last.start_ns) == canvas.column(segment.end_ns):
            shown[-1] = Segment(last.start_ns, segment.end_ns, max(last.status, segment.status))
        else:
            shown.append(segment)
    return shown


def colour_of(status: Status) -> str:
    """Return a status' colour as CSS has it; the overlay's own."""
    red, green, blue = STATUS_COLOURS[status]
    return f"rgb({red},{green},{blue})"


def colour_of_alarm(alarm: Alarm) -> str:
    """Return the colour that says whether an alarm is true, false, or was not labelled."""
    if not alarm.labelled:
        return UNKNOWN
    return TRUE if alarm.true else FALSE


def _alarm_rows(canvas: _Canvas, outcome: Outcome) -> None:
    canvas.text(LEFT_PX - 8, canvas.y + 10, f"alarms ({len(outcome.alarms)})")
    ends: list[int] = []
    # Half a per cent of the time between two in a row, or they look like one.
    space_ns = round(canvas.seconds * 1e9 / 200)
    for alarm in outcome.alarms:
        row = next((place for place, end in enumerate(ends) if alarm.start_ns > end + space_ns), len(ends))
        if row == len(ends) and row < MOST_ROWS:
            ends.append(0)
        row = min(row, MOST_ROWS - 1)
        ends[row] = max(ends[row], alarm.end_ns)
        metres = "" if alarm.distance_m is None else f", {alarm.distance_m:.0f} m at its nearest"
        start_s, seconds = (alarm.start_ns - outcome.start_ns) / 1e9, (alarm.end_ns - alarm.start_ns) / 1e9
        title = f"alarm {alarm.number}: {_seconds(start_s)}, for {_seconds(seconds)}, score {alarm.score:.2f}{metres}"
        canvas.box(alarm.start_ns, alarm.end_ns, canvas.y + row * ROW_PX, ROW_PX - 3, colour_of_alarm(alarm), title)
    canvas.y += max(1, len(ends)) * ROW_PX + GAP_PX / 2


def _plot(
    canvas: _Canvas,
    name: str,
    points: Sequence[tuple[int, float]],
    *,
    lowest: bool = False,
    limit: float | None = None,
) -> None:
    """Draw values over time, of those that share a column of pixels the highest, or the lowest."""
    if not points:
        return
    chosen: dict[int, float] = {}
    for time_ns, value in points:
        column = canvas.column(time_ns)
        before = chosen.get(column)
        chosen[column] = value if before is None else (min if lowest else max)(before, value)
    top = _round_up(max(chosen.values()))
    base = canvas.y + PLOT_PX
    canvas.text(LEFT_PX - 8, canvas.y + PLOT_PX / 2 + 4, name)
    for share in (0.0, 0.5, 1.0):
        y = base - share * PLOT_PX
        canvas.line(LEFT_PX, y, WIDTH_PX - RIGHT_PX, y)
        if share != 0.5:
            canvas.text(LEFT_PX - 8, y + (10 if share else 0), f"{share * top:g}")
    if limit is not None and limit <= top:
        y = base - limit / top * PLOT_PX
        canvas.line(LEFT_PX, y, WIDTH_PX - RIGHT_PX, y, FALSE)
        canvas.text(WIDTH_PX - RIGHT_PX, y - 3, "limit")
    dots = "".join(f"M{column} {base - value / top * PLOT_PX:.1f}h.01" for column, value in sorted(chosen.items()))
    canvas.parts.append(f'<path d="{dots}" stroke="{UNKNOWN}" stroke-width="3" stroke-linecap="round" fill="none"/>')
    canvas.y = base + GAP_PX / 2


def _known(times_ns: Sequence[int], values: Sequence[float | None]) -> list[tuple[int, float]]:
    return [(time_ns, value) for time_ns, value in zip(times_ns, values, strict=True) if value is not None]


def _rates(times_ns: Sequence[int]) -> list[tuple[int, float]]:
    """Return frames per second around each frame: of the step before it."""
    steps = zip(times_ns, times_ns[1:], strict=False)
    return [(later, 1e9 / (later - earlier)) for earlier, later in steps if later > earlier]


def _axis(canvas: _Canvas) -> None:
    step = next((each for each in TICKS_S if canvas.seconds / each <= MOST_TICKS), TICKS_S[-1])
    canvas.line(LEFT_PX, canvas.y, WIDTH_PX - RIGHT_PX, canvas.y, INK)
    for number in range(math.floor(canvas.seconds / step) + 1):
        x = LEFT_PX + number * step / canvas.seconds * (WIDTH_PX - LEFT_PX - RIGHT_PX)
        canvas.line(x, canvas.y, x, canvas.y + 5, INK)
        canvas.text(x, canvas.y + 17, _seconds(number * step), "middle")
    canvas.y += 24


def _seconds(value: float) -> str:
    """Return a time since the start of the bag, for people."""
    if value < 60:
        return f"{value:.3g} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d} min"


def _round_up(value: float) -> float:
    """Return the next number of 1, 2 or 5 times a power of ten, above 0."""
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= value)


def key(colours: Iterable[tuple[str, str]]) -> str:
    """Return a key of colours and what they mean, as HTML."""
    return "".join(f'<span style="background: {colour}"></span>{html.escape(name)}' for name, colour in colours)
