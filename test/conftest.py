"""What all tests share: one thread of PyTorch's, before it is loaded, and no deadline for generated cases."""

from __future__ import annotations

import os

# `make test` runs a process per core: a second thread in each would wait for a core that another process has. Children
# inherit it; where a test or a parameter asks for threads, torch.set_num_threads() comes after it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import HealthCheck, settings

# A shared machine stands still for a second now and then.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")
