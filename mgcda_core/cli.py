"""The command line: `mgcda train | evaluate | predict | info ...`, and commands that other packages add.

A package adds a command by an entry point of the group "mgcda.commands": a function whose type-hinted arguments
become options. That is how `mgcda benchmark` comes from mgcda_ros without an import of ROS here.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from importlib.metadata import entry_points

from jsonargparse import auto_cli

from mgcda_core.command_line import plain_arguments
from mgcda_core.commands.looking import evaluate, predict
from mgcda_core.commands.networks import architectures, export, info
from mgcda_core.commands.training import ablate, alignment_study, combine, domains, train, training_cost
from mgcda_core.deploy.weights import WeightsError
from mgcda_core.training.errors import TrainingError, TrainingStopped


def commands() -> dict[str, Callable[..., None]]:
    """Return every command by name; one whose package cannot be imported says why when it is called."""
    found: dict[str, Callable[..., None]] = {
        "train": train, "evaluate": evaluate, "predict": predict, "info": info, "architectures": architectures,
        "alignment-study": alignment_study, "ablate": ablate, "training-cost": training_cost, "domains": domains,
        "combine": combine, "export": export,
    }  # fmt: skip
    for point in entry_points(group="mgcda.commands"):
        try:
            found[point.name] = point.load()
        except ImportError as error:
            found[point.name] = _missing(point.name, error)
    return found


def _missing(name: str, error: ImportError) -> Callable[..., None]:
    def command() -> None:
        raise SystemExit(f"mgcda {name} needs {error.name}, which is not installed ({error})")

    command.__doc__ = f"Not available here: {error}"
    return command


def main() -> None:
    """Run a command: the console script mgcda. Errors that the user can mend end with one line, not a traceback."""
    logging.captureWarnings(True)
    found = commands()
    try:
        auto_cli(found, args=plain_arguments(sys.argv[1:], found), prog="mgcda", as_positional=False)
    except ModuleNotFoundError as error:
        if (error.name or "mgcda").startswith("mgcda"):
            raise
        print(
            f"mgcda: {sys.argv[1]} needs {error.name}, which is not installed (docs/dependencies.md says which extra "
            "brings it)",
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    except TrainingStopped as stopped:
        print(f"mgcda: {stopped}", file=sys.stderr)
        raise SystemExit(stopped.exit_code) from None
    except (WeightsError, ValueError, FileNotFoundError, TrainingError) as error:
        print(f"mgcda: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    # For torchrun -m and accelerate launch -m, which start modules and know nothing of console scripts.
    main()
