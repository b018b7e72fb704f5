"""Starts the demonstration's nodes as processes and ends every one of them, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO

STOP_DEADLINE_S = 10.0


class NodeProcess:
    """A node in a process group of its own, its output in a log file; a context manager.

    program: the name of its function in entry.py. arguments: as after the executable's name on a command line.
    """

    def __init__(self, program: str, arguments: list[str], log: Path) -> None:
        self._command = [sys.executable, "-c", f"from mgcda_ros.entry import {program}; {program}()", *arguments]
        self._log = log
        self._file: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> NodeProcess:
        self._file = self._log.open("wb")
        self._process = subprocess.Popen(
            self._command,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "RCUTILS_COLORIZED_OUTPUT": "0"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                break
            os.killpg(self._process.pid, number)
            try:
                self._process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                continue
        self._file.close()

    def check(self) -> None:
        """Raise RuntimeError with the end of its log where the process has ended by itself with an error."""
        if self._process.poll() not in (None, 0):
            lines = self._log.read_text(errors="replace").splitlines()[-15:]
            raise RuntimeError(f"a node ended with {self._process.returncode}; {self._log}:\n" + "\n".join(lines))
