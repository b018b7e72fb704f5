"""One bag through the detector, into a folder: frames.jsonl, report.json, report.html, a video and a bag of outputs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from mgcda_core.deploy.detector import Detector
from mgcda_core.processing import Processor
from mgcda_ros import settings as meanings
from mgcda_ros.bags.recording import Recording
from mgcda_ros.bags.stored import StoredMessage, deserialize
from mgcda_ros.mounting import FixedMounting, Mounting
from mgcda_ros.parameters.file import checked_values
from mgcda_ros.replay.alarms import Alarms
from mgcda_ros.replay.bag_job import BagJob
from mgcda_ros.replay.frame_records import frame_record, record_line
from mgcda_ros.replay.looker import Look, Looker
from mgcda_ros.replay.pictures import AlarmPictures, ReplayVideo, drawn
from mgcda_ros.replay.report_files import write_report
from mgcda_ros.replay.summary import Outcome, summarise
from mgcda_ros.replay.tally import Tally
from mgcda_ros.replay.topics import ChosenTopics, choose_topics
from mgcda_ros.replay.transforms import FIXED, MOVING, BagTransforms
from mgcda_ros.replay.travelled import Travelled
from mgcda_ros.replay.truth import FolderTruth, TopicTruth, Truth
from mgcda_ros.replay.truth_counts import write_counts
from mgcda_ros.replay.truth_metrics import TruthMetrics


def replay_bag(job: BagJob, *, is_quiet: bool = False) -> dict[str, Any]:
    """Replay a bag, write everything below job.folder, and return the report.

    Raises ValueError for arguments and parameters that do not fit the bag, FileNotFoundError and WeightsError.
    """
    started_s = time.monotonic()
    values = checked_values(job.overrides)
    if job.ground_truth is not None and not meanings.region_of_interest(values).is_whole:
        raise ValueError(
            "ground_truth: not with a region_of_interest, whose pictures are smaller than the labels; leave one out"
        )
    with ExitStack() as stack:
        recording = stack.enter_context(Recording(job.bag))
        is_folder = job.ground_truth is not None and Path(job.ground_truth).expanduser().is_dir()
        topics = choose_topics(
            recording.topics,
            topic=job.topic,
            truth=None if is_folder else job.ground_truth,
            overrides=job.overrides,
            values=values,
        )
        detector = Detector(
            job.weights,
            long_side_px=values["long_side_px"] or None,
            threads=values["threads"] or job.threads or None,
            runtime=meanings.runtime_settings(values),
        )
        processor = Processor(detector, meanings.region_settings(values, detector.card.threshold))
        job.folder.mkdir(parents=True)
        replay = _Replay(job, recording, topics, processor, values, stack)
        replay.run(is_quiet=is_quiet)
        outcome = replay.outcome()
        if replay.metrics is not None:
            write_counts(job.folder, replay.metrics)
    summary = summarise(outcome, seconds=time.monotonic() - started_s)
    write_report(job.folder, summary, outcome)
    return summary


class _Replay:
    """The parts that a bag's messages go through. metrics: against ground truth, None without."""

    def __init__(
        self,
        job: BagJob,
        recording: Recording,
        topics: ChosenTopics,
        processor: Processor,
        values: dict[str, Any],
        stack: ExitStack,
    ) -> None:
        self._job, self._recording, self._topics, self._values = job, recording, topics, values
        self._processor = processor
        self._transforms = BagTransforms(recording, values) if values["extrinsics"] == "tf" else None
        mounting: Mounting = self._transforms or FixedMounting(meanings.fixed_extrinsics(values))
        self._looker = Looker(processor, values, topics, mounting)
        self._records = stack.enter_context((job.folder / "frames.jsonl").open("w", encoding="utf-8"))
        self._tally, self._alarms, self._travelled = Tally(), Alarms(), Travelled()
        self._pictures = AlarmPictures(job.folder / "alarms")
        self._truth = _truth(job, recording, topics)
        self.metrics = None if self._truth is None else TruthMetrics(processor.threshold)
        self._unreadable: Counter[str] = Counter()
        self._missing: dict[str, str] = {}
        self._video = self._open_video(stack) if job.video != "none" else None
        self._bag: Any = self._open_bag(stack) if job.write_bag else None

    def run(self, *, is_quiet: bool) -> None:
        """Take every message in the order of the bag."""
        topics = self._topics
        handlers: dict[str, Callable[[Any, int], None]] = {topics.info: self._looker.calibrate}
        if topics.travelled is not None:
            handlers[topics.travelled] = self._move
        wanted = {topics.image, *handlers}
        if self._bag is not None:
            wanted |= {FIXED, MOVING, *([topics.truth] if topics.truth else [])} & self._recording.topics.keys()
        total = self._recording.topics[topics.image].count
        with tqdm(total=total, desc=self._job.bag.name, unit="frame", disable=is_quiet) as bar:
            for message in self._recording.messages(wanted):
                if self._bag is not None:
                    self._bag.copy(message)
                if message.topic == topics.image:
                    self._add(self._look(message))
                    bar.update()
                elif message.topic in handlers:
                    self._handle(message, handlers[message.topic])
        if self._bag is not None and self._recording.end_ns is not None:
            self._bag.end(self._recording.end_ns)

    def outcome(self) -> Outcome:
        """Return what is to be reported."""
        recording, remarks = self._recording, list[str]()
        if self._transforms is not None:
            remarks += self._transforms.problems
        if self._truth is not None:
            remarks += [*self._truth.problems, *([unused] if (unused := self._truth.unused()) else [])]
        failures = Counter(self._unreadable)
        if self._bag is not None:
            failures.update(self._bag.failures)
        return Outcome(
            job=self._job,
            start_ns=recording.start_ns,
            end_ns=recording.end_ns,
            problems=tuple(dict.fromkeys(recording.problems)),
            remarks=tuple(dict.fromkeys(remarks)),
            failures=dict(failures),
            missing=self._missing,
            topics=self._topics,
            values=self._values,
            model=self._processor.detector.model,
            threshold=self._processor.threshold,
            tally=self._tally,
            alarms=self._alarms.all,
            alarm_pictures=self._pictures.files(),
            conditions=self._looker.conditions,
            kilometres=self._travelled.kilometres,
            metrics=None if self.metrics is None else self.metrics.values(),
            video_rate=None if self._video is None else self._video.rate,
        )

    def _look(self, message: StoredMessage) -> Look:
        try:
            fields = deserialize(message)
        except Exception as error:  # of rosbags, for bytes that are no such message
            return self._looker.unreadable(f"the message cannot be read: {error}", message.time_ns)
        if self._transforms is not None:
            self._transforms.advance(message.time_ns)
        return self._looker.look(fields, message.time_ns)

    def _add(self, look: Look) -> None:
        labels = self._labels(look)
        self._records.write(record_line(frame_record(look)))
        self._tally.add(look)
        begun = self._alarms.add(look, labels)
        picture = drawn(look) if self._video is not None or begun else None
        if self._video is not None and picture is not None:
            self._video.add(picture)
        for alarm in begun:
            self._pictures.add(alarm.number, picture, alarm.box_px)
        if self._bag is not None:
            self._bag.add(look)

    def _labels(self, look: Look) -> np.ndarray | None:
        """Return the frame's labels and let them be measured against, or None where there are none to compare."""
        if self._truth is None or self.metrics is None or look.stamp_ns is None:
            return None
        size = None if look.result is None else look.result.frame.image.shape[:2]
        labels = self._truth.labels(look.stamp_ns, look.time_ns, size)
        if labels is not None and look.result is not None:
            self.metrics.add(look.result, labels)
        elif labels is not None:
            self.metrics.add_blind()
        return labels

    def _move(self, message: Any, time_ns: int) -> None:
        self._travelled.add(message)
        if self._topics.odometry is not None:
            self._looker.move(message, time_ns)

    def _handle(self, message: StoredMessage, handler: Callable[[Any, int], None]) -> None:
        try:
            fields = deserialize(message)
        except Exception:  # of rosbags, for bytes that are no such message
            self._unreadable[f"{message.topic}: a message cannot be read"] += 1
            return
        handler(fields, message.time_ns)

    def _open_video(self, stack: ExitStack) -> ReplayVideo | None:
        recording = self._recording
        count = recording.topics[self._topics.image].count
        seconds = ((recording.end_ns or 0) - (recording.start_ns or 0)) / 1e9
        try:
            path = self._job.folder / f"overlay.{self._job.video}"
            video = ReplayVideo(path, count / seconds if seconds > 0 else 10.0)
        except RuntimeError as error:
            self._missing["video"] = str(error)
            return None
        stack.callback(video.close)
        return video

    def _open_bag(self, stack: ExitStack) -> Any:
        try:
            from mgcda_ros.replay.output_bag import OutputBag
        except ImportError as error:
            self._missing["bag"] = (
                f"messages cannot be made without ROS 2 ({error}); source its setup.bash, or install the extra ros"
            )
            return None
        return stack.enter_context(
            OutputBag(self._job.folder / "bag", self._values, self._looker.motion, self._topics.image)
        )


def _truth(job: BagJob, recording: Recording, topics: ChosenTopics) -> Truth | None:
    if job.ground_truth is None:
        return None
    if topics.truth is not None:
        return TopicTruth(recording, topics.truth)
    return FolderTruth(Path(job.ground_truth).expanduser())
