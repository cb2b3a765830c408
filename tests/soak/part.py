"""The process of one part: ``python -m tests.soak.part NAME SECONDS SEED``.

It says what it has done, a JSON object a line: counts by name, for all its rounds together. It exits with 1 when
something was wrong, which stands on standard error.
"""

from __future__ import annotations

import importlib
import json
import random
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

TESTS = Path(__file__).parents[1]
_EVERY = 2.0
"""seconds between two lines"""


def play(name: str, seconds: float, seed: int) -> int:
    """Do rounds for so long, or until Ctrl-C, which lets the round end that is under way."""
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    rounds = importlib.import_module(f"tests.soak.parts.{name}").rounds
    done: Counter[str] = Counter()
    end, said = time.monotonic() + seconds, 0.0
    with TemporaryDirectory(prefix=f"soak-{name}-") as folder:
        going = rounds(random.Random(seed), Path(folder))
        try:
            while time.monotonic() < end and not stopped.is_set():
                done.update({"rounds": 1} | next(going))
                if time.monotonic() - said > _EVERY:
                    said = time.monotonic()
                    print(json.dumps(done), flush=True)
        except Exception:
            traceback.print_exc()
            return 1
        finally:
            going.close()
            print(json.dumps(done), flush=True)
    return 0


if __name__ == "__main__":
    sys.path[:0] = [str(TESTS / folder) for folder in ("guest", "sandbox")]
    sys.exit(play(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
