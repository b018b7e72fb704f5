"""Plain pairs: images/{id}.* with labels_masks/{id}.png or labels/{id}.png."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.labelled_picture import PLAIN_RULE, LabelledPicture, LabelRule
from mgcda_core.datasets.layouts.matching import by_id, files, match, require_pictures
from mgcda_core.datasets.picture import PICTURE_SUFFIXES

LABEL_FOLDERS = ("labels_masks", "labels")
WITHOUT_2 = LabelRule(
    PLAIN_RULE.normal, PLAIN_RULE.anomaly, PLAIN_RULE.ignored, "; pass anomaly_value 2 where the set marks anomalies so"
)
WITH_2 = LabelRule(PLAIN_RULE.normal, (1, 2), PLAIN_RULE.ignored)
_ENDING = "_labels_semantic"


def pairs(root: Path, *, anomaly_value: int | None = None) -> list[LabelledPicture]:
    """Return the set below root: labels hold 0 normal, 1 anomaly, 255 ignored.

    anomaly_value: 1, or 2 where the set marks anomalies with 2 as well; it is never guessed. A label may
    also be named {id}_labels_semantic.png. Raises ValueError naming the first file where pictures and labels disagree.
    """
    if anomaly_value not in (None, 1, 2):
        raise ValueError(f"anomaly_value is {anomaly_value}; allowed: 1, or 2 where the set marks anomalies with 2")
    return matched_pairs(root, rule=WITH_2 if anomaly_value == 2 else WITHOUT_2)


def matched_pairs(root: Path, *, rule: LabelRule, prefix: str = "", remedy: str = "") -> list[LabelledPicture]:
    """Return the pairs whose ids start with prefix; remedy ends the sentence of the error about a missing label."""
    found = files(root / "images", f"{prefix}*", PICTURE_SUFFIXES)
    require_pictures(found, root / "images", f"{prefix}*.png, .jpg or .webp, and labels_masks/ beside images/")
    pictures = by_id(found, lambda path: path.stem)
    folders = [folder for folder in LABEL_FOLDERS if files(root / folder, "*", (".png",))]
    if len(folders) > 1:
        raise ValueError(f"{root}: labels in {' and in '.join(folders)}; keep those that count in one of the two")
    folder = root / (folders or LABEL_FOLDERS)[0]
    labels = [
        path
        for path in files(folder, f"{prefix}*", (".png",))
        # SegmentMeIfYouCan ships each label a second time, in colours, for people to look at.
        if path.stem in pictures or not path.stem.endswith("_color")
    ]
    return match(
        pictures,
        by_id(labels, lambda path: path.stem if path.stem in pictures else path.stem.removesuffix(_ENDING)),
        rule=rule,
        label_name=f"{folder}/{{id}}{_ENDING}.png or {{id}}.png",
        remedy=remedy,
    )
