"""`mgcda benchmark-compare OLD NEW`: two results of `mgcda benchmark` side by side. Needs no ROS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mgcda_ros.benchmark.percentiles import percentiles
from mgcda_ros.benchmark.results import Results, SizeTimes, read_results

NOT_COMPARED = ("date",)
"""In which two results always differ."""


def benchmark_compare(files: tuple[Path, ...]) -> None:
    """Print the medians of two results by size and step, the second over the first, and what else differs.

    Args:
        files: two files that mgcda benchmark --json_file wrote, the old one first; may be given without the option's
            name.
    """
    if len(files) != 2:
        raise ValueError(f"files: {len(files)} given; name two, the old one and the new one")
    print(format_comparison(*(read_results(path) for path in files)))


def format_comparison(old: Results, new: Results) -> str:
    """Return what differs, and a table per size that both have; raises ValueError where there is none."""
    common = [size for size in old.sizes if size in new.sizes]
    if not common:
        sizes = " and ".join(", ".join(results.sizes) or "none" for results in (old, new))
        raise ValueError(f"files: the results have no size of pictures in common ({sizes}); give both one in --sizes")
    lines = [f"differs: {difference}" for difference in differences(old.about, new.about)]
    lines = lines or ["machine, threads, model, runtime and settings are the same"]
    for told, results, other in (("first", old, new), ("second", new, old)):
        lines += [f"only in the {told}: {size}" for size in results.sizes if size not in other.sizes]
    for size in common:
        lines += ["", size, _table(old.sizes[size], new.sizes[size])]
    return "\n".join(lines)


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what two results' surroundings differ in, as "name: old -> new"."""
    found: list[str] = []
    for name in dict.fromkeys([*old, *new]):
        before, after = (about.get(name) for about in (old, new))
        if name in NOT_COMPARED or before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            found += [f"{name}, {difference}" for difference in differences(before, after)]
        else:
            found.append(f"{name}: {_told(before)} -> {_told(after)}")
    return found


def _told(value: Any) -> str:
    return "not set" if value is None else str(value)


def _table(old: SizeTimes, new: SizeTimes) -> str:
    before, after = ({name: percentiles(row).p50 for name, row in times.rows().items()} for times in (old, new))
    lines = [
        f"| step | first, p50 ms of {old.frames} | second, p50 ms of {new.frames} | second / first |",
        "|---|---|---|---|",
    ]
    for name in dict.fromkeys([*before, *after]):
        found = [f"{row[name]:.2f}" if name in row else "-" for row in (before, after)]
        known = name in before and name in after and before[name] > 0
        found.append(f"{after[name] / before[name]:.2f}" if known else "-")
        lines.append(f"| {name} | {' | '.join(found)} |")
    return "\n".join(lines)
