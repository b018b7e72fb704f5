"""VoidClass: which void is labelled, and that swapped things are told to be something that they are not."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.datasets.classes import STREET_CLASSES, class_mask
from mgcda_core.domains.sample import ANOMALY, IGNORE, NOT_SWAPPED, Sample, street_sample
from mgcda_core.domains.void_class import VoidClass
from mgcda_core.domains.void_objects import VoidObjects

HEIGHT, WIDTH = 200, 300
ROAD, SKY, CAR, PERSON, BUILDING = (class_mask([n]) for n in ("road", "sky", "car", "pedestrian", "building"))
COARSE = class_mask(["car", "bicyclist"])


def street() -> Sample:
    """Return sky, buildings and road with four cars, a person and a vehicle of a coarse data set."""
    allowed = np.full((HEIGHT, WIDTH), SKY, np.int32)
    allowed[40:100], allowed[100:] = BUILDING, ROAD
    for x in (10, 60, 110, 160):
        allowed[90:120, x : x + 30] = CAR
    allowed[85:115, 210:220] = PERSON
    allowed[90:120, 240:270] = COARSE
    return street_sample(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8), allowed)


def with_void(**regions: tuple[slice, slice]) -> Sample:
    sample = street()
    for region in regions.values():
        sample.allowed[region] = 0
    return street_sample(sample.image, sample.allowed)


VOIDS = {
    "bin": np.s_[120:140, 280:296],
    "seam": np.s_[98:100, 0:300],
    "in the air": np.s_[10:30, 20:50],
    "bonnet": np.s_[185:200, 50:250],
    "crumb": np.s_[150:155, 20:25],
}


def labelled(sample: Sample, objects: VoidObjects | None) -> np.ndarray:
    domain = VoidClass(void_share=1.0, swap_share=0.0, void_objects=objects)
    return domain(np.random.default_rng(0), sample).anomaly


def test_only_what_stands_on_the_ground_as_a_thing_is_an_anomaly() -> None:
    sample = with_void(**VOIDS)
    anomaly = labelled(sample, VoidObjects())
    assert (anomaly[VOIDS["bin"]] == ANOMALY).all()
    for name in ("seam", "in the air", "bonnet", "crumb"):
        assert (anomaly[VOIDS[name]] == IGNORE).all(), name
    assert (anomaly[sample.allowed != 0] == 0).all()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("crumb", {"minimum_area_share": None, "minimum_thickness_share": 0.01}),
        ("in the air", {"minimum_ground_share": None}),
        ("bonnet", {"leave_out_cut_below": False, "maximum_area_share": 0.2, "minimum_ground_share": None}),
        ("seam", {"minimum_thickness_share": None}),
    ],
)
def test_every_condition_can_be_switched_off(name: str, changes: dict[str, object]) -> None:
    sample = with_void(region=VOIDS[name])
    assert (labelled(sample, VoidObjects())[VOIDS[name]] == IGNORE).all()
    assert (labelled(sample, VoidObjects(**changes))[VOIDS[name]] == ANOMALY).all()


def test_a_region_that_is_mostly_holes_is_no_object() -> None:
    cross = with_void(upright=np.s_[110:170, 285:290], level=np.s_[160:165, 200:290])
    assert not (labelled(cross, VoidObjects(minimum_thickness_share=None)) == ANOMALY).any()
    assert (labelled(cross, VoidObjects(minimum_thickness_share=None, minimum_solidity=None)) == ANOMALY).any()


def test_without_conditions_all_void_is_an_anomaly() -> None:
    sample = with_void(**VOIDS)
    assert np.array_equal(labelled(sample, None) == ANOMALY, sample.allowed == 0)


def test_void_of_the_vehicle_itself_is_left_out_where_the_data_set_tells() -> None:
    sample = with_void(**VOIDS)
    sample.void = sample.allowed == 0
    sample.void[VOIDS["bonnet"]] = False
    anomaly = labelled(sample, None)
    assert (anomaly[VOIDS["bonnet"]] == IGNORE).all() and (anomaly[VOIDS["bin"]] == ANOMALY).all()


def test_void_share_is_a_probability() -> None:
    domain = VoidClass(void_share=0.3, swap_share=0.0, void_objects=None)
    sample = with_void(**VOIDS)
    hits = sum((domain(np.random.default_rng(seed), sample).anomaly == ANOMALY).any() for seed in range(200))
    assert 40 <= hits <= 82


def test_swapped_things_are_told_another_class_and_are_anomalies() -> None:
    told: set[int] = set()
    for seed in range(300):
        before = street()
        after = VoidClass(swap_share=1.0)(np.random.default_rng(seed), before)
        swapped = after.swapped != NOT_SWAPPED
        assert swapped.any() and np.array_equal(swapped, after.anomaly == ANOMALY)
        assert np.array_equal(after.image, before.image) and np.array_equal(after.allowed, before.allowed)
        truths = before.allowed[swapped].astype(int)
        assert not (truths >> after.swapped[swapped] & 1).any(), "told the truth"
        assert set(np.unique(before.allowed[swapped]).tolist()) <= {CAR, PERSON, COARSE}
        told |= {STREET_CLASSES[number] for number in np.unique(after.swapped[swapped])}
    assert told == set(VoidClass().bag)


def test_whole_instances_are_swapped_at_most_the_share_and_at_least_one() -> None:
    counts = []
    for seed in range(100):
        after = VoidClass(swap_share=1.0, largest_swapped_share=0.5)(np.random.default_rng(seed), street())
        cars = [after.swapped[90:120, x : x + 30] for x in (10, 60, 110, 160)]
        assert all(len(np.unique(car)) == 1 for car in cars)
        counts.append(
            sum(int((car != NOT_SWAPPED).any()) for car in cars)
            + int((after.swapped[85:115, 210:220] != NOT_SWAPPED).any())
            + int((after.swapped[90:120, 240:270] != NOT_SWAPPED).any())
        )
    assert min(counts) == 1 and max(counts) == 3, "half of six"


def test_only_countable_classes_of_some_size_are_instances() -> None:
    domain = VoidClass(swap_share=1.0, countable=("pedestrian",), largest_swapped_share=1.0)
    after = domain(np.random.default_rng(0), street())
    assert np.array_equal(after.swapped != NOT_SWAPPED, street().allowed == PERSON)
    small = VoidClass(swap_share=1.0, countable=("pedestrian",), minimum_instance_px=301)
    assert (small(np.random.default_rng(0), street()).swapped == NOT_SWAPPED).all()


def test_a_thing_of_every_class_of_the_bag_stays_itself() -> None:
    domain = VoidClass(swap_share=1.0, bag=("car", "bicyclist"), countable=("car", "bicyclist"))
    sample = street()
    sample.allowed[sample.allowed == CAR] = COARSE
    assert (domain(np.random.default_rng(0), sample).swapped == NOT_SWAPPED).all()


def test_the_input_stays_and_the_seed_decides() -> None:
    before, given = with_void(**VOIDS), with_void(**VOIDS)
    results = [VoidClass()(np.random.default_rng(seed), given) for seed in (4, 4)]
    for name in ("image", "allowed", "anomaly"):
        assert np.array_equal(getattr(given, name), getattr(before, name))
    assert given.swapped is None
    assert np.array_equal(results[0].anomaly, results[1].anomaly)
    assert np.array_equal(results[0].swapped, results[1].swapped)


@pytest.mark.parametrize("value", [0, ROAD, CAR], ids=["void", "road", "car"])
@pytest.mark.parametrize("size", [(1, 1), (2, 7), (40, 40)], ids=str)
def test_odd_pictures_do_no_harm(size: tuple[int, int], value: int) -> None:
    sample = street_sample(np.zeros((*size, 3), np.uint8), np.full(size, value, np.int32))
    for seed in range(4):
        assert VoidClass()(np.random.default_rng(seed), sample).anomaly.shape == size


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"void_share": 2}, "VoidClass.void_share: 2 is not allowed; it must be from 0 to 1"),
        ({"bag": ("car",)}, "VoidClass.bag"),
        ({"countable": ("unicorn",)}, r"VoidClass.countable: \['unicorn'\] is not allowed"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VoidClass(**changes)
