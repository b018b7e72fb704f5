"""A simulated camera: the rendered drive as Image and CameraInfo, with its ground truth on side topics."""

from __future__ import annotations

import json
import math
from typing import Any

import cv2
import numpy as np
import rclpy
from nav_msgs.msg import Odometry
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header, String

from mgcda_core.frame import Camera
from mgcda_core.simulation.drive import Drive, RenderedFrame
from mgcda_ros.images import rgb_to_image
from mgcda_ros.shared_files import use_shared_memory_profile
from mgcda_ros.spinning import init_without_signal_handlers, spin_until_signal

FRAME_ID = "sim_camera_optical_frame"
BASE_FRAME = "base_link"


def camera_info_message(camera: Camera, header: Header) -> CameraInfo:
    """Return sensor_msgs/CameraInfo for a camera whose pictures are rectified already (R = 1, P = [K | 0])."""
    message = CameraInfo(header=header, width=camera.width, height=camera.height)
    message.distortion_model = camera.distortion_model
    message.d = [float(value) for value in camera.distortion]
    message.k = [float(value) for value in camera.intrinsics.ravel()]
    message.r = [float(value) for value in np.eye(3).ravel()]
    message.p = [float(value) for value in np.hstack([camera.intrinsics, np.zeros((3, 1))]).ravel()]
    return message


def truth_fields(frame: RenderedFrame) -> dict[str, Any]:
    """Return the frame's hazards as plain values: sizes and positions in metres (base frame), boxes in pixels."""
    return {
        "time_s": frame.time_s,
        "hazards": [
            {
                "id": hazard.id,
                "kind": hazard.kind,
                "size_m": list(hazard.size_m),
                "position_m": list(hazard.position_m),
                "distance_m": hazard.distance_m,
                "box_px": list(hazard.box_px),
                "visible_px": hazard.visible_px,
            }
            for hazard in frame.hazards
        ],
    }


class SimCamera(Node):
    """Publishes image, camera_info, odometry, ground_truth/instances (mono8, 0 = none), ground_truth/hazards (JSON).

    Every message of a frame has the same stamp. Parameters: seed, width, height (pixels), rate (frames per second),
    speed (metres per second), frames (then it stops; 0: endless), reliability of the pictures.
    """

    def __init__(self) -> None:
        super().__init__("sim_camera")
        self._seed = self._integer("seed", 7, 0, 2**31 - 1, "which drive; seeds below 1000 were never trained on")
        width = self._integer("width", 640, 64, 4096, "pixels")
        height = self._integer("height", 360, 64, 4096, "pixels")
        self._frames = self._integer("frames", 0, 0, 10**9, "stop after so many; 0: never")
        self._rate = self._number("rate", 10.0, 0.1, 120.0, "frames per second, also of the drive's own time")
        speed = self._number("speed", 10.0, 0.0, 60.0, "metres per second")
        self._speed_mps = speed
        self._drive = Drive(seed=self._seed, width=width, height=height, speed_mps=speed)
        newest = QoSProfile(depth=2)
        self._image = self.create_publisher(Image, "image", newest)
        self._info = self.create_publisher(CameraInfo, "camera_info", newest)
        self._instances = self.create_publisher(Image, "ground_truth/instances", newest)
        self._odometry = self.create_publisher(Odometry, "odometry", QoSProfile(depth=10))
        self._truth = self.create_publisher(String, "ground_truth/hazards", QoSProfile(depth=50))
        self._published = 0
        self.create_timer(1 / self._rate, self._publish)
        self.get_logger().info(f"drive {self._seed}, {width} x {height} at {self._rate:g} frames per second")

    def _integer(self, name: str, default: int, low: int, high: int, description: str) -> int:
        limits = [IntegerRange(from_value=low, to_value=high)]
        descriptor = ParameterDescriptor(description=description, integer_range=limits, read_only=True)
        return int(self.declare_parameter(name, default, descriptor).value)

    def _number(self, name: str, default: float, low: float, high: float, description: str) -> float:
        limits = [FloatingPointRange(from_value=low, to_value=high)]
        descriptor = ParameterDescriptor(description=description, floating_point_range=limits, read_only=True)
        return float(self.declare_parameter(name, default, descriptor).value)

    def _odometry_message(self, picture: Header) -> Odometry:
        x, y, yaw = self._drive.pose_at(self._published / self._rate)
        message = Odometry(header=Header(stamp=picture.stamp, frame_id="odom"), child_frame_id=BASE_FRAME)
        message.pose.pose.position.x, message.pose.pose.position.y = x, y
        message.pose.pose.orientation.z, message.pose.pose.orientation.w = math.sin(yaw / 2), math.cos(yaw / 2)
        message.twist.twist.linear.x = self._speed_mps
        return message

    def _publish(self) -> None:
        if self._frames and self._published >= self._frames:
            raise SystemExit(0)
        frame = self._drive.render(self._published / self._rate)
        header = Header(stamp=self.get_clock().now().to_msg(), frame_id=FRAME_ID)
        truth = truth_fields(frame) | {"stamp_ns": header.stamp.sec * 10**9 + header.stamp.nanosec}
        self._truth.publish(String(data=json.dumps(truth)))
        self._instances.publish(rgb_to_image(frame.instances, encoding="mono8", header=header))
        self._odometry.publish(self._odometry_message(header))
        self._info.publish(camera_info_message(frame.camera, header))
        self._image.publish(rgb_to_image(frame.image, encoding="rgb8", header=header))
        self._published += 1


def main() -> None:
    """Run the simulated camera until it is told to stop: the console script mgcda_sim_camera."""
    use_shared_memory_profile()
    init_without_signal_handlers()
    cv2.setNumThreads(1)
    node = SimCamera()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        spin_until_signal(executor, node.get_logger().error)
    except SystemExit:
        pass
    finally:
        node.get_logger().info("stopping")
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
