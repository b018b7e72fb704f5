"""A bag of ROS 1 or ROS 2 as one stream of messages, whatever its state, without a ROS installation."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from mgcda_ros.bags.salvage.sqlite import unmerged_log
from mgcda_ros.bags.sources import Source, open_source
from mgcda_ros.bags.stored import ZSTD_MAGIC, StoredMessage, Topic, as_cdr, zstd

COMPRESSED = (".zstd", ".zst")
STORAGE = (".mcap", ".db3")
BLOCK = 1 << 22


class Recording:
    """A context manager. path: a rosbag2 folder, or a file of MCAP, SQLite (also .zstd) or ROS 1 (also .bag.active).

    topics: by name. start_ns, end_ns: times of the first and the last message, nanoseconds; None in an empty bag.
    problems: a sentence for everything that is wrong with the bag; reading messages may add some.
    Raises FileNotFoundError where there is nothing, ValueError where it is no bag.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.topics: dict[str, Topic] = {}
        self.start_ns: int | None = None
        self.end_ns: int | None = None
        self._sources: list[Source] = []
        self._stack = ExitStack()

    def __enter__(self) -> Recording:
        if not self.path.exists():
            raise FileNotFoundError(f"{self.path}: no such bag")
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def messages(self, topics: Collection[str], *, is_main: bool = True) -> Iterator[StoredMessage]:
        """Yield the messages of these topics as ROS 2 has them; several such streams may be read at once.

        is_main: what is wrong goes into problems; of streams beside another it would be said twice. A message that
        cannot be converted comes as it was stored, so that it is not missed.
        """
        problems = self.problems if is_main else []
        known, last_ns = len(self.problems), self.start_ns
        for source in self._sources:
            for message in source.messages(topics, problems):
                last_ns = message.time_ns
                try:
                    yield as_cdr(message)
                except Exception:  # of rosbags or a codec; who deserializes it will meet the same, and say so
                    yield message
        if is_main and len(self.problems) > known:
            # The index promised more than can be read.
            self.end_ns = last_ns

    def _open(self) -> None:
        is_folder = self.path.is_dir()
        files = _storage_files(self.path) if is_folder else [self.path]
        self.problems += [sentence for file in files if (sentence := unmerged_log(file))]
        if is_folder and not any(file.suffix in COMPRESSED for file in files):
            try:
                self._sources = [open_source(self.path, self.problems)]
            except ValueError as error:
                if not files:
                    raise ValueError(f"{self.path} holds no .mcap or .db3 file, and is no rosbag2 ({error})") from None
                self.problems.append(f"the folder cannot be read as a whole ({error}): its files were read one by one")
        if not self._sources:
            self._sources = self._file_sources(files, must_be_one=not is_folder)
        for contents in (source.contents for source in self._sources):
            for name, topic in contents.topics.items():
                before = self.topics.get(name)
                self.topics[name] = topic if before is None else topic._replace(count=topic.count + before.count)
            times = [time for time in (self.start_ns, contents.start_ns) if time is not None]
            self.start_ns = min(times, default=None)
            times = [time for time in (self.end_ns, contents.end_ns) if time is not None]
            self.end_ns = max(times, default=None)

    def _file_sources(self, files: list[Path], *, must_be_one: bool) -> list[Source]:
        """Open files one by one; one that is no bag is left out with a word, or raises ValueError where it is all."""
        sources: list[Source] = []
        for file in files:
            if file.stat().st_size == 0:
                self.problems.append(f"{file.name} is empty")
                continue
            try:
                sources.append(open_source(self._plain(file), self.problems))
            except ValueError as error:
                if must_be_one:
                    raise
                self.problems.append(f"{file.name} is left out: {error}")
        return sources

    def _plain(self, file: Path) -> Path:
        """Return a file as it was before the recorder compressed it, as far as it is there."""
        with file.open("rb") as packed:
            if packed.read(4) != ZSTD_MAGIC:
                return file
            packed.seek(0)
            folder = self._stack.enter_context(TemporaryDirectory(prefix="mgcda_bag_"))
            plain = Path(folder) / file.with_suffix("" if file.suffix in COMPRESSED else file.suffix).name
            decompressor = zstd.ZstdDecompressor()
            with plain.open("wb") as unpacked:
                while not decompressor.eof and (block := packed.read(BLOCK)):
                    try:
                        unpacked.write(decompressor.decompress(block))
                    except zstd.ZstdError as error:
                        self.problems.append(f"{file.name} is damaged before byte {packed.tell()}: {error}")
                        return plain
        if not decompressor.eof:
            self.problems.append(f"{file.name} is cut off: it ends in the middle of its compressed data")
        return plain


def _storage_files(folder: Path) -> list[Path]:
    """Return the files that messages lie in, in the order that they were recorded in: by the number in their name."""
    files = [
        path
        for path in folder.iterdir()
        if path.is_file()
        and (path.suffix in STORAGE or (path.suffix in COMPRESSED and path.with_suffix("").suffix in STORAGE))
    ]
    return sorted(
        files, key=lambda path: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]
    )
