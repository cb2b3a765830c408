"""Runs of mixed shapes, whose workers are killed all the time, in a new file each round."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.workflows.soak import soak


def rounds(chance: random.Random, folder: Path) -> Iterator[dict[str, int]]:
    """A file in each round, whose runs all come to what they have to."""
    while True:
        with TemporaryDirectory(dir=folder) as place:
            report = soak(
                Path(place),
                runs=40,
                kills=10,
                seed=chance.randrange(1 << 30),
                workers=2,
                patience=600,
                checkpoints=True,
            )
        if report.faults:
            raise AssertionError("\n".join(report.faults))
        yield {"runs": report.runs, "workers killed": report.kills}
