"""~/cloud, ~/grid, ~/nearest and ~/stop_distance: every field, from results made by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from result_samples import BASE, LEVEL, STAMP, located, result, without_position
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from mgcda_core.deploy.resolution_budget import ResolutionBudget
from mgcda_core.frame import HazardState, Status
from mgcda_core.hazards.ground_grid import GridSettings
from mgcda_core.monitoring.monitor import MonitorSettings
from mgcda_ros.camera_watch import CameraWatch
from mgcda_ros.health import Health
from mgcda_ros.mounting import FixedMounting
from mgcda_ros.outputs import Output, available_outputs
from mgcda_ros.outputs.cloud import CloudSettings, cloud_message
from mgcda_ros.outputs.grid import GridOutput
from mgcda_ros.outputs.nearest import nearest_message
from mgcda_ros.outputs.stop import stop_message

GRID = GridSettings(resolution_m=0.5, ahead_m=20.0, behind_m=5.0, aside_m=5.0, decay_s=1.0)


def assert_of_the_frame(header: Header) -> None:
    assert (header.frame_id, header.stamp.sec, header.stamp.nanosec) == (BASE, STAMP // 10**9, STAMP % 10**9)


def values(message: PointCloud2, name: str) -> np.ndarray:
    """Read one field of a cloud as sensor_msgs/PointCloud2 describes it."""
    (field,) = [field for field in message.fields if field.name == name]
    kind = {PointField.FLOAT32: "<f4", PointField.UINT32: "<u4"}[field.datatype]
    points = np.frombuffer(message.data, np.uint8).reshape(message.width, message.point_step)
    return points[:, field.offset : field.offset + 4].copy().view(kind)[:, 0]


def test_cloud_has_the_footprints_points_with_score_and_id() -> None:
    message = cloud_message(result(located(7, 10, 2, score=0.75), located(9, 20, -3, score=0.5)))
    assert_of_the_frame(message.header)
    assert [(f.name, f.datatype, f.count) for f in message.fields] == [
        ("x", PointField.FLOAT32, 1),
        ("y", PointField.FLOAT32, 1),
        ("z", PointField.FLOAT32, 1),
        ("intensity", PointField.FLOAT32, 1),
        ("id", PointField.UINT32, 1),
    ]
    assert (message.height, message.is_bigendian, message.is_dense) == (1, False, True)
    assert message.row_step == message.width * message.point_step == len(message.data)
    for number, x, y, score in ((7, 10, 2, 0.75), (9, 20, -3, 0.5)):
        own = values(message, "id") == number
        for name, least, most in (("x", x, x + 1), ("y", y - 0.5, y + 0.5), ("z", 0, 0), ("intensity", score, score)):
            assert (values(message, name)[own].min(), values(message, name)[own].max()) == (least, most)
        # 40 on the outline of a square metre, 9 x 9 inside of it, and what of the lattice lies on the outline again.
        assert 40 + 9 * 9 <= own.sum() <= 40 + 11 * 11


def test_cloud_can_be_read_by_sensor_msgs_py() -> None:
    point_cloud2 = pytest.importorskip("sensor_msgs_py.point_cloud2", reason="it comes with ROS 2 from apt")
    message = cloud_message(result(located(7, 10, 2)))
    read = point_cloud2.read_points(message)
    for name in ("x", "y", "z", "intensity", "id"):
        np.testing.assert_array_equal(read[name], values(message, name))


def test_cloud_without_hazards_is_empty_and_valid() -> None:
    message = cloud_message(result(without_position(1)))
    assert_of_the_frame(message.header)
    assert (message.height, message.width, message.row_step, len(message.data)) == (1, 0, 0, 0)
    assert (len(message.fields), message.point_step) == (5, 20)


def test_cloud_leaves_tentative_hazards_out_where_asked_to() -> None:
    hazards = [located(n, 5 * n, 0, state=state) for n, state in enumerate(HazardState, start=1)]
    assert set(values(cloud_message(result(*hazards)), "id")) == {1, 2, 3}
    settings = CloudSettings(includes_tentative=False)
    assert set(values(cloud_message(result(*hazards), settings), "id")) == {2, 3}


@pytest.mark.parametrize("spacing", [0.0, -1.0, math.nan])
def test_wrong_spacing_is_named(spacing: float) -> None:
    with pytest.raises(ValueError, match="^spacing_m: .* is not allowed; it must be finite and 0.01 or more"):
        CloudSettings(spacing_m=spacing)


def test_grid_says_where_its_cells_are_and_what_stands_on_them() -> None:
    raised = replace(LEVEL, ground_z_m=-0.3)
    message = GridOutput(GRID)(result(located(1, 10.2, 2.1, score=0.75), extrinsics=raised))
    assert_of_the_frame(message.header)
    info = message.info
    assert (info.width, info.height, info.resolution) == (50, 20, 0.5)
    assert (info.map_load_time.sec, info.map_load_time.nanosec) == (STAMP // 10**9, STAMP % 10**9)
    assert (info.origin.position.x, info.origin.position.y, info.origin.position.z) == (-5.0, -5.0, -0.3)
    assert (info.origin.orientation.w, info.origin.orientation.z) == (1.0, 0.0)
    cells = np.array(message.data).reshape(info.height, info.width)
    assert set(cells.ravel()) == {-1, 75}
    rows, columns = np.nonzero(cells == 75)
    x, y = -5 + 0.5 * (columns + 0.5), -5 + 0.5 * (rows + 0.5)
    # The footprint reaches over x 10.2 to 11.2 and y 1.6 to 2.6.
    assert set(zip(x.tolist(), y.tolist(), strict=True)) == {
        (x, y) for x in (10.25, 10.75, 11.25) for y in (1.75, 2.25, 2.75)
    }


def test_grid_without_hazards_claims_nothing() -> None:
    message = GridOutput(GRID)(result(without_position(1)))
    assert set(message.data) == {-1} and len(message.data) == 50 * 20


def test_grid_fades_what_is_gone_and_moves_it_with_the_vehicle() -> None:
    asked: list[tuple[int, int]] = []

    def motion_between(start_ns: int, stop_ns: int) -> Any:
        asked.append((start_ns, stop_ns))
        return SimpleNamespace(moved=lambda points: points - (3.0, 0.0, 0.0))

    output = GridOutput(GRID, motion_between)
    output(result(located(1, 10.1, 0.0, score=0.8)))
    later = STAMP + 500_000_000
    faded = np.array(output(result(stamp=later)).data).reshape(20, 50)
    assert asked == [(STAMP, later)]
    assert set(faded.ravel()) == {-1, 40}
    columns = np.nonzero((faded == 40).any(axis=0))[0]
    assert (-5 + 0.5 * columns.min(), -5 + 0.5 * (columns.max() + 1)) == (7.0, 8.5)
    assert set(output(result(stamp=STAMP + 1_000_000_000)).data) == {-1}


def test_each_set_of_outputs_has_a_grid_of_its_own() -> None:
    first, second = (
        next(output for output in available_outputs(grid=GRID) if output.topic == "grid") for _ in range(2)
    )
    first.build(result(located(1, 10, 0)))
    assert set(second.build(result(stamp=STAMP + 1)).data) == {-1}


def test_nearest_is_the_footprint_of_the_nearest_confirmed_hazard() -> None:
    hazards = (
        located(1, 20, 0),
        located(2, 4, 0, state=HazardState.TENTATIVE),
        located(3, 12, 3, state=HazardState.COASTING),
        without_position(4),
    )
    message = nearest_message(result(*hazards))
    assert_of_the_frame(message.header)
    points = [(point.x, point.y, point.z) for point in message.polygon.points]
    assert points == [(12.0, 3.5, 0.0), (12.0, 2.5, 0.0), (13.0, 2.5, 0.0), (13.0, 3.5, 0.0)]


@pytest.mark.parametrize("hazards", [(), (without_position(1),), (located(1, 5, 0, state=HazardState.TENTATIVE),)])
def test_nearest_is_empty_where_no_confirmed_hazard_has_a_position(hazards: tuple) -> None:
    message = nearest_message(result(*hazards))
    assert_of_the_frame(message.header)
    assert len(message.polygon.points) == 0


@pytest.mark.parametrize("distance", [0.0, 12.5, math.inf])
def test_stop_distance_is_what_was_computed(distance: float) -> None:
    hazards = (located(1, 14, 0), without_position(2, HazardState.TENTATIVE))
    assert stop_message(result(*hazards, stop_distance_m=distance)).data == distance


@pytest.mark.parametrize(
    "unknown",
    [
        *({"status": status} for status in Status if status != Status.OK),
        {"extrinsics": None},
        {"stop_distance_m": math.nan},
        {"stop_distance_m": -math.inf},
    ],
    ids=str,
)
def test_stop_distance_is_not_a_number_where_it_is_not_known(unknown: dict[str, Any]) -> None:
    assert math.isnan(stop_message(result(located(1, 14, 0), **({"stop_distance_m": 3.0} | unknown))).data)
    assert math.isnan(stop_message(result(**unknown)).data)


@pytest.mark.parametrize("state", [HazardState.CONFIRMED, HazardState.COASTING])
def test_stop_distance_is_not_a_number_where_a_confirmed_hazard_could_stand_anywhere(state: HazardState) -> None:
    broken = replace(located(2, 5, 0), footprint_m=np.full((4, 3), np.nan), state=state)
    for hazard in (without_position(1, state), broken):
        assert math.isnan(stop_message(result(hazard)).data)


def test_result_has_no_stop_distance_unless_given_one() -> None:
    whole = result()
    bare = type(whole)(whole.frame, whole.score_map, whole.report, whole.threshold)
    assert math.isnan(stop_message(bare).data)


@pytest.mark.parametrize("build", [cloud_message, nearest_message, GridOutput(GRID)])
def test_without_extrinsics_there_is_no_message_that_could_read_as_clear(build: Callable) -> None:
    assert build(result(located(1, 5, 0), extrinsics=None)) is None
    whole = result()
    no_camera = replace(whole, frame=replace(whole.frame, camera=None))
    assert build(no_camera) is None


def test_nothing_is_published_where_there_is_no_message() -> None:
    published: list[Any] = []
    publisher = SimpleNamespace(get_subscription_count=lambda: 1, publish=published.append)
    outputs = [(Output("cloud", PointCloud2, cloud_message), publisher)]
    health = Health(lambda *_: None)
    watch = CameraWatch(
        camera=SimpleNamespace(), mounting=FixedMounting(None), follower=SimpleNamespace(),
        settings=SimpleNamespace(monitor=MonitorSettings(), kept_frames=0), health=health, outputs=outputs,
        resolution=ResolutionBudget(64),
        now_ns=lambda: 0, publish_report=lambda report: None,
    )  # fmt: skip
    watch._publish_outputs(result(extrinsics=None))
    assert published == [] and health.current()[0] == Status.OK
    watch._publish_outputs(result())
    assert len(published) == 1
