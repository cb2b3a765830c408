"""examples/agent: a conversation over two days, each a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import snapjs

AGENT = Path(__file__).parents[2] / "examples" / "agent" / "agent.py"

MONDAY = """\
monday: What did Anna order?
  turn 1
    orders.find({'name': 'anna'}): refused
    failed: TypeError: orders.find: customer must be a string, not an object
  turn 2
    failed: The JavaScript code ran longer than 2 s. Give timeout= a larger value if it needs more.
  turn 3
    orders.find('anna'): returned
    gave {'done': '1 order, 250'}
"""
TUESDAY = """\
tuesday: Refund a tenth of what you found yesterday.
  turn 1
    orders.refund('A-17', 25.0, 'it came late'): returned
    orders.refund('A-17', 25, {'reason': 'it came late'}): refused
    failed: orders.refund was called 1 time in this eval, and max_calls allows no more. Call it less often, or \
register it with a higher limit.
  turn 2
    gave {'done': 'refunded 25 for A-17'}
"""


def test_agent_goes_on_the_next_day(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(snapjs.__file__).parents[1])}
    outputs = []
    for day in ("monday", "tuesday"):
        command = [sys.executable, str(AGENT), str(tmp_path / "sessions"), day]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.stderr == ""
        outputs.append(done.stdout)
    assert outputs == [MONDAY, TUESDAY]
