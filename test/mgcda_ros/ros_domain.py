"""A ROS_DOMAIN_ID of its own for every test that talks over DDS: none hears the nodes of another."""

from __future__ import annotations

import itertools
import os

DOMAINS = range(1, 102)
"""0 is everybody's, and from 102 on DDS would need ports that Linux hands out to any program."""
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_own = DOMAINS[_worker :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
_turns = itertools.count(os.getpid())


def fresh_domain() -> int:
    """Return a ROS_DOMAIN_ID that no test has which runs meanwhile, in this process or in the others of this run.

    A second run at the same time begins at another number as a rule: that of its process.
    """
    return _own[next(_turns) % len(_own)]
