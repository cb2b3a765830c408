"""All workloads by name. Each is written once, on the interface of :class:`~benchmarks.adapter.Adapter`."""

from __future__ import annotations

from .bridge import BRIDGE
from .calls import CALLS
from .cpu import CPU
from .data import DATA
from .machines import MACHINES
from .snapshots import SNAPSHOTS
from .web import WEB
from .workflows import WORKFLOWS

GROUPS = {group.name: group for group in (MACHINES, CALLS, DATA, CPU, WEB, SNAPSHOTS, BRIDGE, WORKFLOWS)}
WORKLOADS = {workload.name: workload for group in GROUPS.values() for workload in group.workloads}
RATIOS = [ratio for group in GROUPS.values() for ratio in group.ratios]
MEANS = [mean for group in GROUPS.values() for mean in group.means]
