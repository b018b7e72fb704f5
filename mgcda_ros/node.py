"""The lifecycle node: wiring only.

Camera callback -> mailbox (newest wins) -> one worker (convert, detect, regions) -> outputs and report. Configure
loads, warms up and checks; activate subscribes; deactivate stops and keeps the model; cleanup frees it. A status of
every camera is published as long as the process lives, in whatever lifecycle state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import rclpy
from rcl_interfaces.msg import SetParametersResult
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.executors import MultiThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.runtimes.runtime import RuntimeUnavailableError
from mgcda_core.deploy.weights import WeightsError
from mgcda_core.following import Follower
from mgcda_core.frame import Status
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.processing import Processor
from mgcda_ros.batching import batch_pays, blank_frame
from mgcda_ros.camera_channel import CameraChannel, check_period_s
from mgcda_ros.camera_input import CameraInput
from mgcda_ros.camera_settings import CameraSettings, camera_settings
from mgcda_ros.camera_watch import CameraWatch
from mgcda_ros.health import Health
from mgcda_ros.machine import machine_figures
from mgcda_ros.mounting import FixedMounting, Mounting, TransformMounting
from mgcda_ros.odometry_input import OdometryInput
from mgcda_ros.outputs import Output
from mgcda_ros.packages import check_packages
from mgcda_ros.parameters.reading import ParameterError, Parameters
from mgcda_ros.service_calls import ServiceCalls
from mgcda_ros.services import create_services
from mgcda_ros.settings import check_latency_budget, runtime_settings
from mgcda_ros.shared_files import use_shared_memory_profile
from mgcda_ros.spinning import init_without_signal_handlers, spin_until_signal
from mgcda_ros.stamps import SECOND
from mgcda_ros.worker import Worker


class MgcdaNode(LifecycleNode):
    """Turns cameras' pictures into anomaly masks, hazards and statuses that never claim more than was seen."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__("mgcda", **arguments)
        self._rules = Parameters(self)
        self.add_on_set_parameters_callback(self._on_set_parameters)
        self._health = Health(self._log_condition)
        self._health.report("lifecycle", Status.BLIND, "not active: unconfigured")
        self._channels = [
            CameraChannel(self, name, self._health, self._logger_of(name)) for name in self._rules.cameras
        ]
        self._detector: Detector | None = None
        self._worker: Worker | None = None
        self._values: dict[str, dict[str, Any]] = {}
        self._camera_settings: dict[str, CameraSettings] = {}
        self._motion: EgoMotion | None = None
        self._odometry: OdometryInput | None = None
        # The steady clock: with the node's, a paused simulation or a corrected system clock would stop the heartbeat.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        # A group of its own: a transition that takes seconds must not hold up the heartbeat.
        group = MutuallyExclusiveCallbackGroup()
        period_s = check_period_s(self.get_parameter("heartbeat_s").value)
        self._heartbeat_timer = self.create_timer(period_s, self._heartbeat, group, clock=steady)
        self._autostart_timer = None
        if self.get_parameter("autostart").value:
            self._autostart_timer = self.create_timer(0.01, self._autostart, clock=steady)
        self._service_change_state.callback = self._survive_bad_request(self._service_change_state.callback)
        calls = ServiceCalls(
            self, self._channels, self._health, worker=lambda: self._worker, odometry=lambda: self._odometry
        )
        if not create_services(
            self, enable=calls.enable, reset_tracks=calls.reset_tracks, save_frames=calls.save_frames
        ):
            self.get_logger().info("std_srvs is not installed: the node has no services of its own")

    @property
    def _settings(self) -> dict[str, Any]:
        """Return the parameters that all cameras share."""
        return self._values[self._rules.cameras[0]]

    def _set_heartbeat(self) -> None:
        self._heartbeat_timer.timer_period_ns = int(check_period_s(self._settings["heartbeat_s"]) * SECOND)

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
            self._values = self._rules.read()
            settings = self._settings
            check_packages(settings, self.get_logger().info)
            detector = Detector(
                settings["weights"],
                long_side_px=settings["long_side_px"] or None,
                threads=settings["threads"] or None,
                runtime=runtime_settings(settings),
            )
            self._camera_settings = self._meant(self._values, detector)
        except ParameterError as error:
            return self._refuse("parameters", str(error))
        except RuntimeUnavailableError as error:
            return self._refuse("weights", f"parameter {error}")
        except (WeightsError, ValueError) as error:
            return self._refuse("weights", f"parameter weights: {error}")
        self._set_heartbeat()
        self._health.clear("parameters")
        self._health.clear("weights")
        started = time.monotonic()
        detector.detect(blank_frame(detector.card.exported))
        self._together = False
        if len(self._channels) > 1:
            self._together, told = batch_pays(detector, len(self._channels))
            self.get_logger().info(told)
        self._motion = EgoMotion() if settings["odometry_topic"] else None
        for channel in self._channels:
            channel.outputs(self._camera_settings[channel.name], self._motion_between)
        self._detector = detector
        self._health.report("lifecycle", Status.BLIND, "not active: inactive")
        self.get_logger().info(
            f"model {detector.model}, longer side {detector.long_side_px} px, threshold "
            f"{settings['threshold'] or detector.card.threshold:g}, warm-up {time.monotonic() - started:.2f} s; "
            f"{detector.runtime}: {detector.why_this_runtime}"
        )
        return TransitionCallbackReturn.SUCCESS

    def _meant(self, values: Mapping[str, Mapping[str, Any]], detector: Detector) -> dict[str, CameraSettings]:
        """Return what the parameters mean by camera; raises ParameterError naming the camera."""
        check_latency_budget(values[self._rules.cameras[0]], detector.card.exported)
        meant: dict[str, CameraSettings] = {}
        for name, own in values.items():
            try:
                meant[name] = camera_settings(own, detector.card.threshold)
            except ParameterError as error:
                raise ParameterError(f"camera {name}: {error}" if name else str(error)) from None
        return meant

    @property
    def _motion_between(self) -> Callable[[int, int], Any] | None:
        return None if self._motion is None else self._motion.between

    def _activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._worker = worker = Worker(
            self._detector, together=self._together, latency_budget_s=self._settings["latency_budget_s"]
        )
        try:
            self._open_inputs(worker)
        except Exception:
            # Autostart tries again and again: what was made before the failure must not pile up.
            worker.watches = [channel.watch for channel in self._channels if channel.watch is not None]
            self.stop_worker()
            raise
        worker.start([channel.watch for channel in self._channels])
        self._health.clear("lifecycle")
        return super().on_activate(state)

    def _open_inputs(self, worker: Worker) -> None:
        if self._motion is not None:
            self._odometry = OdometryInput(
                self,
                self._health,
                self._motion,
                topic=self._settings["odometry_topic"],
                base_frame=self._settings["base_frame"],
                deadline_s=self._settings["frame_deadline_s"],
            )
        for channel in self._channels:
            channel.watch = self._watch(channel, worker)

    def _watch(self, channel: CameraChannel, worker: Worker) -> CameraWatch:
        values, settings = self._values[channel.name], self._camera_settings[channel.name]
        camera = CameraInput(
            self,
            channel.health,
            image_topic=values["image_topic"],
            transport=values["image_transport"],
            info_topic=values["camera_info_topic"],
            reliability=values["image_reliability"],
            view=settings.view,
            wake=worker.wake,
        )
        return CameraWatch(
            camera=camera,
            mounting=self._mounting(settings),
            follower=Follower(Processor(self._detector, settings.regions), settings.follow, self._motion),
            settings=settings,
            resolution=worker.resolution,
            health=channel.health,
            outputs=channel.outputs(settings, self._motion_between),
            now_ns=lambda: self.get_clock().now().nanoseconds,
            publish_report=channel.publish_report,
        )

    def _mounting(self, settings: CameraSettings) -> Mounting:
        if self._settings["extrinsics"] == "parameters":
            return FixedMounting(settings.extrinsics)
        return TransformMounting(
            self,
            base_frame=self._settings["base_frame"],
            ground_height_m=self._settings["ground_height_m"],
            timeout_s=self._settings["transform_timeout_s"],
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
        odometry, self._odometry = self._odometry, None
        try:
            if worker is not None:
                worker.stop()
        finally:
            if odometry is not None:
                odometry.close()
            for channel in self._channels:
                channel.watch = None
            self._health.clear("enable")  # the next worker looks

    def _free(self) -> None:
        for channel in self._channels:
            channel.free()
        self._detector = None

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
        """Check what is to be set together; have all of it count from the next frame on, or refuse all of it."""
        changes = {parameter.name: parameter.value for parameter in parameters if self._rules.rule(parameter.name)}
        if reason := self._rules.refusal(changes, is_configured=self._detector is not None):
            return SetParametersResult(successful=False, reason=reason)
        if changes and self._detector is not None:
            try:
                values = self._rules.read(changes)
                meant = self._meant(values, self._detector)
            except ParameterError as error:
                return SetParametersResult(successful=False, reason=str(error))
            try:
                outputs = {
                    channel.name: channel.outputs(meant[channel.name], self._motion_between)
                    for channel in self._channels
                }
            except Exception as error:  # of rclpy, for a topic whose QoS parameters are none
                return SetParametersResult(successful=False, reason=f"{type(error).__name__}: {error}")
            self._adopt(values, meant, outputs)
        for name in changes:
            self._rules.forget_problem(name)
        return SetParametersResult(successful=True)

    def _adopt(
        self,
        values: dict[str, dict[str, Any]],
        meant: dict[str, CameraSettings],
        outputs: dict[str, list[tuple[Output, Any]]],
    ) -> None:
        self._values, self._camera_settings = values, meant
        self._set_heartbeat()
        if self._odometry is not None:
            self._odometry.deadline_s = self._settings["frame_deadline_s"]
        if (worker := self._worker) is not None:
            worker.latency_budget_s = self._settings["latency_budget_s"]
        for channel in self._channels:
            if channel.watch is not None:
                channel.watch.adopt(meant[channel.name], outputs[channel.name])

    # Status

    def _heartbeat(self) -> None:
        if (worker := self._worker) is not None:
            worker.watch()
        if (odometry := self._odometry) is not None:
            odometry.watch()
        detector = self._detector
        model = "" if detector is None else detector.model
        figures = cache(machine_figures)  # once for all cameras: the load is that since the last time
        for channel in self._channels:
            channel.heartbeat(self.get_parameter("heartbeat_s").value, model)
            channel.diagnose(self.get_parameter("diagnostics_period_s").value, model, figures)

    def _logger_of(self, camera: str) -> Callable[[str, Status, str], None]:
        def log(name: str, status: Status, message: str) -> None:
            self._log_condition(name, status, f"camera {camera}: {message}" if camera else message)

        return log

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
