"""A run that lives long; `python -m benchmarks.long_run` is the long one, and says what time it takes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from benchmarks.long_run import live


@pytest.mark.slow
def test_the_file_of_a_run_that_lives_long_grows_as_its_results_do(tmp_path: Path) -> None:
    sizes = [pause.size for pause in live(str(tmp_path / "runs.db"), 600, 4, cold=False)]
    first, *later = [after - before for before, after in pairwise(sizes)]

    # A slow machine stores more states. That each were stored whole would be 20,000 bytes an event.
    assert len(later) == 3
    assert sum(later) < 450 * 2000
    assert first < 150 * 4000  # there are no states of earlier turns to remove yet
