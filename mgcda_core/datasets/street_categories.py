"""Which of the object sets' categories a street data set knows: they are never anomalies."""

from __future__ import annotations

COCO_STREET_CATEGORIES: dict[str, str] = {
    "person": "pedestrian", "car": "car", "truck": "car", "bus": "car", "bicycle": "bicyclist",
    "motorcycle": "bicyclist", "train": "car", "traffic light": "sign", "stop sign": "sign",
}  # fmt: skip
"""With our street class for each, as datasets/classes.py has it."""
VOC_STREET_CATEGORIES: dict[str, str] = {
    "person": "pedestrian", "car": "car", "bus": "car", "train": "car", "bicycle": "bicyclist",
    "motorbike": "bicyclist",
}  # fmt: skip
STREET_CLASS_OF: dict[str, str] = COCO_STREET_CATEGORIES | VOC_STREET_CATEGORIES
"""By category of any set: none means two things."""
