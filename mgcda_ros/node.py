"""The lifecycle node: wiring only.

Camera callback -> mailbox (newest wins) -> one worker (convert, detect, regions) -> outputs and report. Configure
loads, warms up and checks; activate subscribes; deactivate stops and keeps the model; cleanup frees it. A status is
published as long as the process lives, in whatever lifecycle state.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import SetParametersResult
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.executors import MultiThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, WeightsError
from mgcda_core.following import Follower, FollowSettings
from mgcda_core.frame import Extrinsics, Frame, HazardReport, Status
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_core.processing import Processor
from mgcda_ros import settings as meanings
from mgcda_ros.camera_input import CameraInput
from mgcda_ros.health import Health
from mgcda_ros.mounting import FixedMounting, Mounting, TransformMounting
from mgcda_ros.odometry_input import OdometryInput
from mgcda_ros.outputs import available_outputs
from mgcda_ros.outputs.status import status_message
from mgcda_ros.parameters.declaration import BY_NAME
from mgcda_ros.parameters.reading import ParameterError, Parameters
from mgcda_ros.shared_files import use_shared_memory_profile
from mgcda_ros.spinning import init_without_signal_handlers, spin_until_signal
from mgcda_ros.stamps import SECOND
from mgcda_ros.worker import Limits, Worker

WARM_UP_SIZE = (576, 1024, 3)
HEARTBEAT_CHECK = 0.1
"""How often it is looked whether a heartbeat is due, as a share of heartbeat_s."""


class MgcdaNode(LifecycleNode):
    """Turns one camera's pictures into anomaly masks, hazards and a status that never claims more than was seen."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__("mgcda", **arguments)
        self._rules = Parameters(self)
        self.add_on_set_parameters_callback(self._on_set_parameters)
        self._health = Health(self._log_condition)
        self._health.report("lifecycle", Status.BLIND, "not active: unconfigured")
        self._processor: Processor | None = None
        self._worker: Worker | None = None
        self._settings: dict[str, Any] = {}
        self._follow_settings = FollowSettings()
        self._extrinsics: Extrinsics | None = None
        self._motion: EgoMotion | None = None
        self._output_publishers: list[tuple[Any, Any]] = []
        self._reports_lock = threading.Lock()
        self._last_report_s = time.monotonic()
        self._status_publishers = [
            self.create_publisher(DiagnosticArray, topic, 10) for topic in ("~/status", "/diagnostics")
        ]
        # The steady clock: with the node's, a paused simulation or a corrected system clock would stop the heartbeat.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        # A group of its own: a transition that takes seconds must not hold up the heartbeat.
        group = MutuallyExclusiveCallbackGroup()
        self._heartbeat_timer = self.create_timer(self._heartbeat_period_s(), self._heartbeat, group, clock=steady)
        self._autostart_timer = None
        if self.get_parameter("autostart").value:
            self._autostart_timer = self.create_timer(0.01, self._autostart, clock=steady)
        self._service_change_state.callback = self._survive_bad_request(self._service_change_state.callback)

    def _heartbeat_period_s(self) -> float:
        return float(self.get_parameter("heartbeat_s").value) * HEARTBEAT_CHECK

    def _survive_bad_request(self, change_state: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """Answer a transition that the state does not have with no success; rclpy raises instead (rclpy issue 1209)."""

        def answer(request: Any, response: Any) -> Any:
            try:
                return change_state(request, response)
            except Exception as error:
                self.get_logger().error(f"transition {request.transition.id} was refused: {error}")
                response.success = False
                return response

        return answer

    # Transitions

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read and check the parameters, load the weights and run them once."""
        return self._explained(self._configure)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe to the camera and start the worker."""
        return self._explained(lambda: self._activate(state))

    def _explained(self, transition: Callable[[], TransitionCallbackReturn]) -> TransitionCallbackReturn:
        """Run a transition; rclpy would make ERROR of any exception and tell nobody which."""
        try:
            result = transition()
        except Exception as error:
            self._health.report("transition", Status.BLIND, f"{type(error).__name__}: {error}")
            return TransitionCallbackReturn.ERROR
        self._health.clear("transition")
        return result

    def _configure(self) -> TransitionCallbackReturn:
        try:
            settings = self._settings = self._rules.read()
            self._extrinsics = meanings.fixed_extrinsics(settings)
            self._follow_settings = meanings.follow_settings(settings)
            self._motion = EgoMotion() if settings["odometry_topic"] else None
            outputs = available_outputs(
                meanings.published_topics(settings),
                meanings.cloud_settings(settings),
                meanings.grid_settings(settings),
                None if self._motion is None else self._motion.between,
            )
            self._check_packages()
            detector = Detector(
                Path(settings["weights"]).expanduser() if settings["weights"] else SHIPPED_WEIGHTS,
                long_side_px=settings["long_side_px"] or None,
                threads=settings["threads"] or None,
            )
            self._processor = Processor(detector, meanings.region_settings(settings, detector.card.threshold))
        except ParameterError as error:
            return self._refuse("parameters", str(error))
        except (WeightsError, ValueError) as error:
            return self._refuse("weights", f"parameter weights: {error}")
        self._health.clear("parameters")
        self._health.clear("weights")
        self._heartbeat_timer.timer_period_ns = int(self._heartbeat_period_s() * SECOND)
        started = time.monotonic()
        self._processor.process(Frame(np.zeros(WARM_UP_SIZE, np.uint8), 0, ""))
        self._output_publishers = [
            (output, self.create_publisher(output.message_type, f"~/{output.topic}", 2)) for output in outputs
        ]
        self._health.report("lifecycle", Status.BLIND, "not active: inactive")
        self.get_logger().info(
            f"model {detector.model}, longer side {detector.long_side_px} px, threshold "
            f"{self._processor.threshold:g}, warm-up {time.monotonic() - started:.2f} s"
        )
        return TransitionCallbackReturn.SUCCESS

    def _check_packages(self) -> None:
        """Say, or raise ParameterError, where a package is missing that the parameters ask for."""
        if self._settings["extrinsics"] == "tf" and find_spec("tf2_ros") is None:
            raise ParameterError(
                "parameter extrinsics: 'tf' is not allowed without tf2_ros; "
                "install ros-$ROS_DISTRO-tf2-ros-py, or set it to 'parameters'"
            )
        if find_spec("vision_msgs") is None:
            if self._settings["detections"] == "required":
                raise ParameterError(
                    "parameter detections: 'required' is not allowed without vision_msgs; "
                    "install ros-$ROS_DISTRO-vision-msgs, or set it to 'auto'"
                )
            self.get_logger().info("vision_msgs is not installed: ~/hazards and ~/hazards_3d are not published")

    def _activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        settings = self._settings
        camera = CameraInput(
            self,
            self._health,
            image_topic=settings["image_topic"],
            transport=settings["image_transport"],
            info_topic=settings["camera_info_topic"],
            reliability=settings["image_reliability"],
        )
        self._worker = Worker(
            camera=camera,
            mounting=self._mounting(),
            odometry=self._odometry(),
            follower=Follower(self._processor, self._follow_settings, self._motion),
            monitor=PictureMonitor(meanings.monitor_settings(settings)),
            health=self._health,
            limits=Limits(**{field.name: settings[field.name] for field in fields(Limits)}),
            outputs=self._output_publishers,
            now_ns=lambda: self.get_clock().now().nanoseconds,
            publish_report=self._publish_report,
        )
        self._worker.start()
        self._health.clear("lifecycle")
        return super().on_activate(state)

    def _mounting(self) -> Mounting:
        settings = self._settings
        if settings["extrinsics"] == "parameters":
            return FixedMounting(self._extrinsics)
        return TransformMounting(
            self,
            base_frame=settings["base_frame"],
            ground_height_m=settings["ground_height_m"],
            timeout_s=settings["transform_timeout_s"],
        )

    def _odometry(self) -> OdometryInput | None:
        if self._motion is None:
            return None
        settings = self._settings
        return OdometryInput(
            self,
            self._health,
            self._motion,
            topic=settings["odometry_topic"],
            base_frame=settings["base_frame"],
            deadline_s=settings["frame_deadline_s"],
        )

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribe and stop the worker; the model stays loaded."""
        return self._explained(lambda: self._deactivate(state))

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free the model and the outputs."""
        self._end("unconfigured")
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop and free everything; the status stays BLIND until the process ends."""
        self._end("shut down")
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go back to unconfigured after an exception in a transition, and try again where autostart is on."""
        result = self.on_cleanup(state)
        if self._autostart_timer is not None:
            self._autostart_timer.reset()
        return result

    def _refuse(self, condition: str, message: str) -> TransitionCallbackReturn:
        self._health.report(condition, Status.BLIND, message)
        return TransitionCallbackReturn.FAILURE

    def _deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        # Before the worker stops: what it still publishes while its conditions are lifted must not read as OK.
        self._health.report("lifecycle", Status.BLIND, "not active: inactive")
        self.stop_worker()
        return super().on_deactivate(state)

    def _end(self, state: str) -> None:
        self._health.report("lifecycle", Status.BLIND, f"not active: {state}")
        self.stop_worker()
        self._free()

    def stop_worker(self) -> None:
        """Stop looking; raises TimeoutError where the frame in work does not end."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()

    def _free(self) -> None:
        for _, publisher in self._output_publishers:
            self.destroy_publisher(publisher)
        self._output_publishers = []
        self._processor = None

    def _autostart(self) -> None:
        label = self._state_machine.current_state[1]
        if label == "unconfigured":
            self.trigger_configure()
            label = self._state_machine.current_state[1]
        if label == "inactive":
            self.trigger_activate()
            label = self._state_machine.current_state[1]
        self._autostart_timer.cancel()
        if label == "unconfigured":
            self._autostart_timer.timer_period_ns = int(self.get_parameter("autostart_retry_s").value * SECOND)
            self._autostart_timer.reset()

    def _on_set_parameters(self, parameters: list[Parameter]) -> SetParametersResult:
        known = [parameter for parameter in parameters if parameter.name in BY_NAME]
        for parameter in known:
            if problem := BY_NAME[parameter.name].problem(parameter.value):
                return SetParametersResult(successful=False, reason=problem)
            if self._processor is not None:
                reason = f"parameter {parameter.name} takes effect at configure: deactivate and clean up the node first"
                return SetParametersResult(successful=False, reason=reason)
        for parameter in known:
            self._rules.forget_problem(parameter.name)
        return SetParametersResult(successful=True)

    # Status

    @property
    def _model(self) -> str:
        return self._processor.detector.model if self._processor is not None else ""

    def _heartbeat(self) -> None:
        worker = self._worker
        if worker is not None:
            worker.watch()
        heartbeat_s = float(self.get_parameter("heartbeat_s").value)
        if time.monotonic() - self._last_report_s >= heartbeat_s * (1 - HEARTBEAT_CHECK):
            status, message = self._health.current()
            if status == Status.OK:
                # A heartbeat of OK, with no hazards, would speak for a frame that nobody has looked at yet.
                status, message = Status.DEGRADED, "between frames: no report within heartbeat_s"
            self._publish_report(HazardReport(None, "", status, message, model=self._model))

    def _publish_report(self, report: HazardReport) -> None:
        worker, counters = self._worker, {}
        if worker is not None:
            mailbox = worker.camera.mailbox
            counters = {"received": mailbox.received, "processed": worker.processed, "dropped": mailbox.dropped}
        message = status_message(
            report, name=self.get_fully_qualified_name(), now=self.get_clock().now().to_msg(), counters=counters
        )
        with self._reports_lock:
            self._last_report_s = time.monotonic()
            for publisher in self._status_publishers:
                publisher.publish(message)
            if report.stamp is None:
                for output, publisher in self._output_publishers:
                    if output.blind is not None:
                        publisher.publish(output.blind)

    def _log_condition(self, name: str, status: Status, message: str) -> None:
        logger = self.get_logger()
        if status == Status.OK or name == "lifecycle":
            logger.info(message)
        elif status == Status.BLIND:
            logger.error(message)
        else:
            logger.warning(message)


def main() -> None:
    """Run the node until it is told to stop: the console script mgcda_node."""
    use_shared_memory_profile()
    init_without_signal_handlers()
    node = MgcdaNode()
    executor = MultiThreadedExecutor(num_threads=3)
    executor.add_node(node)
    try:
        spin_until_signal(executor, node.get_logger().error)
        node.get_logger().info("stopping")
        node.stop_worker()
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
