"""What RViz shows of hazards with a position, and that those without are not taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from result_samples import BASE, STAMP, located, result, without_position
from visualization_msgs.msg import Marker

from mgcda_core.frame import HazardState
from mgcda_ros.outputs.markers import STATE_COLOURS, markers_message


def by_namespace(*hazards: object, **arguments: object) -> dict[str, list[Marker]]:
    markers = markers_message(result(*hazards, **arguments)).markers
    assert markers[0].action == Marker.DELETEALL
    assert all(marker.lifetime.sec > 0 for marker in markers[1:])
    assert all(marker.header.stamp.sec == STAMP // 10**9 for marker in markers)
    keys = [(marker.ns, marker.id) for marker in markers[1:]]
    assert len(set(keys)) == len(keys)
    return {name: [marker for marker in markers[1:] if marker.ns == name] for name, _ in keys}


def points_of(marker: Marker) -> np.ndarray:
    return np.array([(point.x, point.y, point.z) for point in marker.points])


def sides(points: np.ndarray) -> set[frozenset[tuple[float, ...]]]:
    """Return the ends of each line, in any order."""
    rounded = np.round(points, 6).reshape(-1, 2, 3)
    return {frozenset(map(tuple, (side + 0.0).tolist())) for side in rounded}


def test_footprints_lie_on_the_ground_in_the_base_frame() -> None:
    markers = by_namespace(located(3, 10, 0), located(8, 20, 5))
    (footprints,) = markers["footprints"]
    assert (footprints.header.frame_id, footprints.type) == (BASE, Marker.LINE_LIST)
    assert footprints.scale.x > 0 and footprints.pose.orientation.w == 1.0
    expected = set()
    for x, y in ((10.0, 0.0), (20.0, 5.0)):
        corners = [(x, y + 0.5, 0.0), (x, y - 0.5, 0.0), (x + 1, y - 0.5, 0.0), (x + 1, y + 0.5, 0.0)]
        expected |= {frozenset((corners[i], corners[i - 1])) for i in range(4)}
    assert sides(points_of(footprints)) == expected


def test_boxes_and_footprints_together_have_the_twelve_edges_of_a_body_on_the_ground() -> None:
    markers = by_namespace(located(3, 10, 0))
    (boxes,), (footprints,) = markers["boxes"], markers["footprints"]
    assert (boxes.header.frame_id, boxes.type) == (BASE, Marker.LINE_LIST)
    corners = [(x, y, z) for x in (10.0, 11.0) for y in (-0.5, 0.5) for z in (0.0, 0.5)]
    expected = {
        frozenset((a, b)) for a in corners for b in corners if sum(p != q for p, q in zip(a, b, strict=True)) == 1
    }
    assert len(expected) == 12
    assert sides(points_of(boxes)) | sides(points_of(footprints)) == expected
    assert len(sides(points_of(boxes))) == 8, "no edge is drawn twice"


def test_labels_stand_above_the_boxes_and_tell_the_distance() -> None:
    first, second = by_namespace(located(3, 10, 0), located(8, 20, 5))["labels"]
    assert (first.id, second.id) == (3, 8)
    assert (first.header.frame_id, first.type) == (BASE, Marker.TEXT_VIEW_FACING)
    assert first.text == "3: 10.0 m +- 0.4 m"
    assert second.text == "8: 20.5 m +- 0.4 m"
    assert (first.pose.position.x, first.pose.position.y) == pytest.approx((10.5, 0.0))
    assert first.pose.position.z > 0.5 + first.scale.z / 2


def test_colours_tell_the_states_apart() -> None:
    hazards = [located(n, 5 + 5 * n, 0, state=state) for n, state in enumerate(HazardState)]
    markers = by_namespace(*hazards, *(without_position(10 + n, state) for n, state in enumerate(HazardState)))
    assert len(set(STATE_COLOURS.values())) == len(HazardState)
    expected = [tuple(channel / 255 for channel in STATE_COLOURS[state]) for state in HazardState]

    def rgb(colour: object) -> tuple[float, ...]:
        assert colour.a > 0
        return colour.r, colour.g, colour.b

    for name, per_hazard in (("footprints", 8), ("boxes", 16)):
        assert [len(marker.points) for marker in markers[name]] == [per_hazard] * len(HazardState)
        assert len({marker.id for marker in markers[name]}) == len(HazardState)
    for name in ("footprints", "boxes", "labels", "hazards"):
        assert [rgb(marker.color) for marker in markers[name]] == expected


def test_hazard_without_a_position_is_an_outline_before_the_camera_and_is_counted() -> None:
    markers = by_namespace(located(3, 10, 0), without_position(4))
    (outline,) = markers["hazards"]
    assert (outline.id, outline.header.frame_id, outline.type) == (4, "camera", Marker.LINE_STRIP)
    (status,) = markers["status"]
    assert (status.text, status.header.frame_id) == ("OK: 2 hazard(s), 1 without position", "camera")


def test_without_extrinsics_nothing_is_drawn_on_the_ground() -> None:
    markers = by_namespace(located(3, 10, 0), extrinsics=None)
    assert set(markers) == {"status", "hazards"}
    assert markers["status"][0].text == "OK: 1 hazard(s), 1 without position"


def test_without_hazards_only_the_status_is_left() -> None:
    assert set(by_namespace()) == {"status"}
