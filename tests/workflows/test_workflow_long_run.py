"""A run that lives long; `python -m benchmarks.long_run` is the long one, and says what time it takes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from benchmarks.long_run import live


@pytest.mark.slow
def test_the_file_of_a_run_that_lives_long_grows_as_its_results_do(tmp_path: Path) -> None:
    sizes = [pause.size for pause in live(str(tmp_path / "runs.db"), 600, 4, cold=False)]
    grown = [after - before for before, after in pairwise(sizes)]

    assert len(grown) == 4
    assert max(grown[1:]) < 1.2 * min(grown[1:])
    assert max(grown[1:]) < 150 * 1000
    assert grown[0] < 150 * 2000  # there are no states of earlier turns to remove yet
