"""All workloads by name. Each is written once, on the interface of :class:`~benchmarks.adapter.Adapter`."""

from __future__ import annotations

from .calls import CALLS
from .cpu import CPU
from .data import DATA
from .machines import MACHINES
from .snapshots import SNAPSHOTS
from .workload import Mean

CPU.means += [
    Mean("computing, geometric mean, by quickjs-ng", "cpu", 1.15, "quickjs-ng"),
    Mean("computing, geometric mean, by quickjs-wasi", "cpu", 0.85, "quickjs-wasi"),
]
for _workload in CPU.workloads:
    CPU.stays_under(1, _workload.name, _workload.title, ["quickjs-rs"])

GROUPS = {group.name: group for group in (MACHINES, CALLS, DATA, CPU, SNAPSHOTS)}
WORKLOADS = {workload.name: workload for group in GROUPS.values() for workload in group.workloads}
RATIOS = [ratio for group in GROUPS.values() for ratio in group.ratios]
MEANS = [mean for group in GROUPS.values() for mean in group.means]
